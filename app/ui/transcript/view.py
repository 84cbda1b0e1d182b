"""The transcript: a column of messages that scrolls, follows what is written, and opens fast.

Every message has a slot with a height, which is estimated until its widget has been made and laid
out. What is in sight is always made; the rest follows in idle slices, nearest first, and what is
on the screen stays where it is while that happens.
"""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QRect, QTimer, Signal
from PySide6.QtWidgets import QTextEdit, QWidget

from app.core.conversation import Image, Message, Outcome, Role
from app.session.reading_run import ReadingStage
from app.ui.announce import announce
from app.ui.theme.theme import Theme
from app.ui.transcript import highlight
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.column import Column
from app.ui.transcript.find import Finder, Place
from app.ui.transcript.formats import Formats
from app.ui.transcript.rows import Action
from app.ui.transcript.slots import EntryLike, MessageWidget, Slot
from app.ui.transcript.sources import Checked
from app.ui.transcript.tiles import Thumbnails
from app.ui.transcript.user_message import UserMessage

AHEAD = 600  # px above and below what is in sight that are made at once
SLICE_MS = 5
BUSY_MS = 100  # between two slices while an answer is written


class TranscriptView(Column):
    """The messages of one conversation.

    Orders: ``show_conversation``, ``add_entry``, ``remove_entry``, and for the answer being
    written ``set_progress``, ``add_thought``, ``add_text``, ``finish``, ``fail``, ``set_notice``,
    all by entry id; an unknown id is ignored.
    """

    retry_requested = Signal(str)  # entry id
    copied = Signal(str)  # entry id; the text is on the clipboard
    action_requested = Signal(str, str)  # entry id, key of the Action
    picture_opened = Signal(Image)
    attachment_opened = Signal(object)  # Audio or Document
    link_clicked = Signal(str)  # http, https or mailto
    sources_shown = Signal(str)  # entry id of an answer about documents that has been made
    citation_opened = Signal(str, int)  # entry id, number of the citation in the answer
    save_requested = Signal(str)  # entry id
    aloud_requested = Signal(str, str)  # entry id, words of it ("" for all)

    def __init__(
        self,
        theme: Theme,
        thumbnails: Thumbnails | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._thumbnails = thumbnails
        self._formats = Formats(theme)
        self._user_formats = Formats(theme, line=23)
        self._thought_formats = Formats(theme, "ui", "text-2")
        self._settling = False
        self._doomed: list[QWidget] = []
        self._cold = list(reversed(highlight.COMMON))  # languages that have not been read yet
        self._finder = Finder(theme)
        self._opened = ""  # the answer with the citation that is open beside the chat
        self._aloud = ""
        self.setAccessibleName(self.tr("Conversation"))
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._idle_slice)
        theme.changed.connect(self._theme_changed)  # after the formats, which follow it as well

    # -- messages ---------------------------------------------------------------------------

    def show_conversation(self, entries: Sequence[EntryLike]) -> None:
        """Show these messages, oldest first, in place of what was there, from the end."""
        self._clear()
        for entry in entries:
            self._append(entry)
        self._set_following(True)
        self._measure()
        self._settle()

    def add_entry(self, entry: EntryLike) -> None:
        """One more message at the end. The person's own, and an answer to it, come into sight."""
        slot = self._append(entry)
        self._make(slot)
        self._lay_out(slot)
        if entry.message.role is Role.USER or entry.message.outcome is Outcome.WRITING:
            self._set_following(True)
        if entry.message.outcome is Outcome.WRITING:
            announce(self, self.tr("Answering"))
        self._place(len(self._slots) - 1)

    def remove_entry(self, key: str) -> None:
        """Take a message away."""
        slot = self._slots.get(key)
        if slot is None:
            return
        index = self._slots.remove(slot)
        if slot.widget is not None:
            _discard(slot.widget)
        self._place(index)
        self._settle()

    def widget_of(self, key: str) -> MessageWidget | None:
        """The widget of a message; None for an unknown one and one that is not made yet."""
        slot = self._slots.get(key)
        return slot.widget if slot is not None else None

    def answer(self, key: str) -> AnswerMessage | None:
        """The answer with this id, made if need be; None if there is none."""
        slot = self._slots.get(key)
        if slot is None or slot.message.role is not Role.ASSISTANT:
            return None
        self._make(slot)
        return slot.widget if isinstance(slot.widget, AnswerMessage) else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the messages, oldest first."""
        return tuple(slot.key for slot in self._slots)

    @property
    def complete(self) -> bool:
        """Whether every message has been made and laid out."""
        return self._slots.exact

    # -- the answer being written -----------------------------------------------------------

    def set_progress(self, key: str, stage: str, done: int, total: int) -> None:
        """What is done before the first word; see AnswerMessage."""
        if answer := self.answer(key):
            answer.set_progress(stage, done, total)

    def set_reading(self, key: str, stage: ReadingStage) -> None:
        """How far the reading of documents is."""
        if answer := self.answer(key):
            answer.set_reading(stage)

    def show_sources(self, key: str) -> None:
        """Show the citations of an answer as such."""
        if answer := self.answer(key):
            answer.show_sources()

    def set_checked(self, key: str, checked: Checked) -> None:
        """Take over what has been found out about the citations of an answer."""
        if answer := self.answer(key):
            answer.set_checked(checked)

    def set_opened(self, key: str, number: int) -> None:
        """The citation ``number`` of this answer is open beside the chat, and no other; "" and -1
        for none."""
        for one, place in ((self._opened, -1), (key, number)):
            slot = self._slots.get(one)
            if slot is not None and isinstance(slot.widget, AnswerMessage):
                slot.widget.set_opened(place)
        self._opened = key

    def set_aloud(self, key: str) -> None:
        """This answer is being read aloud, and no other; "" for none."""
        for one, reading in ((self._aloud, False), (key, True)):
            slot = self._slots.get(one)
            if slot is not None and isinstance(slot.widget, AnswerMessage):
                slot.widget.set_aloud(reading)
        self._aloud = key

    def add_thought(self, key: str, text: str) -> None:
        """More of the thought."""
        if answer := self.answer(key):
            answer.add_thought(text)

    def add_text(self, key: str, text: str) -> None:
        """More of the answer."""
        if answer := self.answer(key):
            answer.add_text(text)

    def finish(self, key: str, message: Message, actions: Sequence[Action] = ()) -> None:
        """The answer has ended, in whatever way ``message`` says."""
        slot, answer = self._slots.get(key), self.answer(key)
        if slot is not None and answer is not None:
            slot.message = message
            answer.finish(message, actions)
            if message.reading is not None:
                self.sources_shown.emit(key)

    def fail(
        self,
        key: str,
        title: str,
        text: str,
        actions: Sequence[Action] = (),
        details: str = "",
    ) -> None:
        """Say below an answer what went wrong, with buttons of one's own."""
        if answer := self.answer(key):
            answer.fail(title, text, actions, details)

    def set_notice(self, key: str, text: str, actions: Sequence[Action] = ()) -> None:
        """A quiet sentence above an answer."""
        if answer := self.answer(key):
            answer.set_notice(text, actions)

    # -- scrolling --------------------------------------------------------------------------

    def set_playing(self, blob: str) -> None:
        """What is being played is this sound, "" for silence."""
        for slot in self._slots:
            if isinstance(slot.widget, UserMessage):
                slot.widget.set_playing(blob)

    def find_words(self, words: str, backwards: bool = False) -> tuple[int, int]:
        """Mark ``words`` everywhere and go to the next place, or the one before: which one it is,
        from 1, and how many there are. Empty words clear the marks."""
        finder = self._finder
        if not words:
            finder.clear()
        elif words != finder.words:
            self._look_for(words, backwards)
        place = finder.step(backwards)
        if place is not None:
            self._show_place(place)
        return finder.number, len(finder)

    # -- slots ------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._finder.clear()
        for slot in self._slots:
            if slot.widget is not None:
                slot.widget.hide()
                self._doomed.append(slot.widget)
        self._slots.clear()

    def _append(self, entry: EntryLike) -> Slot:
        return self._slots.add(entry.id, entry.message)

    def _make(self, slot: Slot) -> None:
        """Make the widget of a slot."""
        if slot.widget is not None:
            return
        key = slot.key
        if slot.message.role is Role.ASSISTANT:
            answer = AnswerMessage(self._theme, self._formats, self._thought_formats, self._content)
            answer.set_gutter(self._gutter)
            answer.show_message(slot.message)
            answer.retry_wanted.connect(lambda: self.retry_requested.emit(key))
            answer.copied.connect(lambda: self.copied.emit(key))
            answer.action_wanted.connect(lambda name: self.action_requested.emit(key, name))
            answer.link_clicked.connect(self.link_clicked)
            answer.height_changed.connect(lambda: self._height_changed(slot))
            answer.citation_opened.connect(lambda number: self.citation_opened.emit(key, number))
            answer.save_wanted.connect(lambda: self.save_requested.emit(key))
            answer.aloud_wanted.connect(lambda words: self.aloud_requested.emit(key, words))
            answer.set_aloud(key == self._aloud)
            slot.widget = answer
            if slot.message.reading is not None:
                self.sources_shown.emit(key)
        else:
            message = UserMessage(
                self._theme, self._user_formats, slot.message, self._thumbnails, self._content
            )
            message.picture_opened.connect(self.picture_opened)
            message.attachment_opened.connect(self.attachment_opened)
            message.link_clicked.connect(self.link_clicked)
            message.height_changed.connect(lambda: self._height_changed(slot))
            slot.widget = message
        slot.exact = False

    def _lay_out(self, slot: Slot) -> bool:
        """Lay a made slot out at the width of the column; whether its height was another."""
        widget = slot.widget
        assert widget is not None
        if isinstance(widget, AnswerMessage):
            widget.set_gutter(self._gutter)
        height = widget.height_for(self._column)
        changed = height != slot.height
        slot.height = height
        slot.exact = True
        return changed

    def _height_changed(self, slot: Slot) -> None:
        if slot.widget is None or not slot.exact or self._slots.get(slot.key) is not slot:
            return
        height = slot.widget.height_for(self._column)
        if height != slot.height:
            slot.height = height
            self._place(self._slots.index(slot))

    def _settle(self) -> None:
        """Make and lay out what is in sight, and begin to do so with the rest."""
        if self._settling:
            return
        self._settling = True
        self._place(0)
        for _ in range(50):
            slot = self._nearest(AHEAD)
            if slot is None:
                break
            self._make(slot)
            self._lay_out(slot)
            self._place(self._slots.index(slot))
        self._settling = False
        if self._doomed or self._cold or not self.complete:
            self._idle.start(0)

    def _idle_slice(self) -> None:
        """Do a little of what can wait: less, and less often, while an answer is written."""
        writing = self._writing()
        self._idle.setInterval(BUSY_MS if writing else 0)
        if self._doomed:
            self._doomed.pop().deleteLater()
        clock = QElapsedTimer()
        clock.start()
        first = len(self._slots)
        while slot := self._nearest(None):
            self._make(slot)
            self._lay_out(slot)
            first = min(first, self._slots.index(slot))
            if writing or clock.elapsed() >= SLICE_MS:
                break
        else:
            if self._cold and not writing:
                highlight.warm_up(self._cold.pop())
            elif not self._doomed:
                self._idle.stop()
        if first < len(self._slots):
            self._place(first)

    def _writing(self) -> bool:
        last = self._slots[-1].widget if self._slots else None
        return isinstance(last, AnswerMessage) and last.writing

    def _theme_changed(self) -> None:
        self.viewport().update()
        for slot in self._slots:
            slot.exact = False
        self._measure()
        self._settle()

    # -- looking for words ------------------------------------------------------------------

    def _look_for(self, words: str, backwards: bool) -> None:
        """Find ``words`` in every message, and begin at what is in sight."""
        low = words.casefold()
        for slot in self._slots:
            if low in slot.message.text.casefold():
                self._make(slot)
                self._lay_out(slot)
        self._place(0)
        edits = (edit for slot in self._slots for edit in _editors(slot.widget))
        found = self._finder.look(words, edits)
        top = self.verticalScrollBar().value()
        below = (i for i, place in enumerate(found) if self._rect_of(place).bottom() >= top)
        self._finder.start_before(next(below, 0) + (1 if backwards else 0))

    def _rect_of(self, place: Place) -> QRect:
        """A place in coordinates of the content."""
        rect = place.edit.cursorRect(place.cursor())
        corner = place.edit.viewport().mapTo(self._content, rect.topLeft())
        return QRect(corner, rect.size())

    def _show_place(self, place: Place) -> None:
        rect = self._rect_of(place)
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        if rect.top() < bar.value() + 24 or rect.bottom() > bar.value() + height - 48:
            bar.setValue(rect.center().y() - height // 3)


def _editors(widget: MessageWidget | None) -> list[QTextEdit]:
    if isinstance(widget, AnswerMessage):
        return list(widget.body.editors())
    if isinstance(widget, UserMessage) and widget.text is not None:
        return [widget.text]
    return []


def _discard(widget: QWidget) -> None:
    widget.hide()
    widget.deleteLater()
