"""The transcript: a column of messages that scrolls, follows what is written, and opens fast.

Every message has a slot with a height, which is estimated until its widget has been made and laid
out. What is in sight is always made; the rest follows in idle slices, nearest first, and what is
on the screen stays where it is while that happens.
"""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QTextEdit, QWidget

from app.core.conversation import Image, Message, Outcome, Role
from app.ui.announce import announce
from app.ui.theme.controls import Button
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL, READING_WIDTH
from app.ui.transcript import highlight
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.find import Finder, Place
from app.ui.transcript.formats import Formats
from app.ui.transcript.rows import Action
from app.ui.transcript.slots import EntryLike, MessageWidget, Slot, Slots
from app.ui.transcript.user_message import Thumbnails, UserMessage

TOP, BOTTOM, MARGIN = 12, 28, 24  # px
AHEAD = 600  # px above and below what is in sight that are made at once
SLICE_MS = 5
BUSY_MS = 100  # between two slices while an answer is written
NEAR_END = 8  # px from the end that still count as being there


class TranscriptView(QScrollArea):
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
    scrolled = Signal(bool)  # whether something is above what is in sight
    following_changed = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        thumbnails: Thumbnails | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._thumbnails = thumbnails
        self._formats = Formats(theme)
        self._user_formats = Formats(theme, line=23)
        self._thought_formats = Formats(theme, "ui", "text-2")
        self._slots = Slots()
        self._column = READING_WIDTH
        self._gutter = True
        self._following = True
        self._moving = False
        self._settling = False
        self._above = False
        self._doomed: list[QWidget] = []
        self._cold = list(reversed(highlight.COMMON))  # languages that have not been read yet
        self._finder = Finder(theme)
        self._content = QWidget()
        self.setWidget(self._content)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self._content.setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._value_changed)
        self.setAccessibleName(self.tr("Conversation"))
        self.latest = Button(theme, self.tr("Latest"), size=32, icon="down", parent=self)
        self.latest.setToolTip(self.tr("Go to the latest words"))
        self.latest.clicked.connect(self.scroll_to_end)
        self.latest.hide()
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._idle_slice)
        theme.changed.connect(self._theme_changed)

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

    @property
    def following(self) -> bool:
        """Whether the view keeps to the end while words arrive."""
        return self._following

    def scroll_to_end(self) -> None:
        """Go to the latest words and follow them again."""
        self._set_following(True)
        self._settle()

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

    # -- overridden -------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        page = max(24, self.viewport().height() - 48)
        step = {
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Space: page,
            Qt.Key.Key_Up: -bar.singleStep() * 2,
            Qt.Key.Key_Down: bar.singleStep() * 2,
        }.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            self.scroll_to_end()
        elif step is not None:
            bar.setValue(bar.value() + step)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, RADIUS_PANEL, inside=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self.viewport()).fillRect(event.rect(), self._theme.color("canvas"))

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
            slot.widget = answer
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

    def _place(self, first: int) -> None:
        """Move the slots from ``first`` on to where they belong, and keep what is in sight where it
        is, or the end in sight while following."""
        bar = self.verticalScrollBar()
        anchor = None if self._following else self._slots.at(bar.value())
        offset = bar.value() - anchor.y if anchor is not None else 0
        height = self._slots.place(first, TOP, self._theme.px) + BOTTOM
        left = self._left()
        for slot in self._slots[max(first, 0) :]:
            if slot.widget is not None:
                inset = slot.widget.inset if isinstance(slot.widget, AnswerMessage) else 0
                width = self._column + 2 * inset
                slot.widget.setGeometry(left - inset, slot.y, width, slot.height)
                if slot.widget.isHidden():
                    slot.widget.show()
        self._moving = True
        self._content.resize(self.viewport().width(), max(height, self.viewport().height()))
        if self._following:
            bar.setValue(bar.maximum())
        elif anchor is not None:
            bar.setValue(anchor.y + offset)
        self._moving = False
        self._tell_scrolled()

    def _left(self) -> int:
        return (self.width() - self._column) // 2

    def _measure(self) -> None:
        """Take the width of the column from the width of the view."""
        width = self.width()  # with the scroll bar, so that nothing moves when it comes
        column = max(200, min(self._theme.px(READING_WIDTH), width - 2 * MARGIN))
        room = (width - column) // 2 >= self._theme.px(36)
        gutter = room and self.window().width() >= 800
        if column != self._column or gutter != self._gutter:
            self._column = column
            self._gutter = gutter
            for slot in self._slots:
                slot.exact = False
        self._place_latest()

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

    def _nearest(self, reach: int | None) -> Slot | None:
        """The slot nearest to what is in sight that is not laid out, within ``reach`` px."""
        top = self.verticalScrollBar().value()
        return self._slots.nearest_inexact(top, top + self.viewport().height(), reach)

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

    # -- following --------------------------------------------------------------------------

    def _value_changed(self, value: int) -> None:
        if self._moving:
            return
        self._set_following(value >= self.verticalScrollBar().maximum() - NEAR_END)
        self._tell_scrolled()
        if self._nearest(0) is not None:
            self._settle()

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)
        self._place_latest()

    def _tell_scrolled(self) -> None:
        above = self.verticalScrollBar().value() > TOP // 2
        if above != self._above:
            self._above = above
            self.scrolled.emit(above)
        self._place_latest()

    def _place_latest(self) -> None:
        bar = self.verticalScrollBar()
        wanted = not self._following and bar.maximum() - bar.value() > 40
        if wanted:
            size = self.latest.sizeHint()
            x = (self.width() - size.width()) // 2
            self.latest.setGeometry(
                x, self.height() - size.height() - 12, size.width(), size.height()
            )
            self.latest.raise_()
        if wanted == self.latest.isHidden():
            if self.latest.hasFocus():
                # Left to Qt, the focus would go to a message far above and the view with it.
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.latest.setVisible(wanted)

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
