"""An answer: mark, thought, notice, words, error, stats; from the first sign of it to its end."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QMoveEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.core.conversation import Message, Outcome
from app.session.reading_run import ReadingStage
from app.ui.announce import announce
from app.ui.theme.controls import WorkingMark
from app.ui.theme.theme import Theme
from app.ui.transcript import words
from app.ui.transcript.body import AnswerBody
from app.ui.transcript.error_panel import ErrorPanel
from app.ui.transcript.formats import BLEED, Formats
from app.ui.transcript.readable import readable
from app.ui.transcript.rows import (
    Action,
    NoticeRow,
    ProgressRow,
    ReadingRow,
    StatsRow,
    ThoughtRow,
    WritingRow,
)
from app.ui.transcript.sources import Checked, Sources
from app.ui.transcript.stack import Stack
from app.ui.transcript.thought import Thought

GUTTER = 30  # px from the mark's left edge to the column


class AnswerMessage(Stack):
    """One answer. While it is written: ``set_progress``, ``set_reading``, ``add_thought``,
    ``add_text``, and at the end ``finish``; or ``show_message`` with a whole one."""

    retry_wanted = Signal()
    copied = Signal()
    save_wanted = Signal()
    aloud_wanted = Signal(str)  # words of it, "" for all
    citation_opened = Signal(int)  # its number among all that are in the answer
    action_wanted = Signal(str)  # the key of an Action
    link_clicked = Signal(str)

    def __init__(
        self,
        theme: Theme,
        formats: Formats,
        thought_formats: Formats,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, inset=BLEED)
        self._theme = theme
        self._message: Message | None = None
        self._writing = False
        self._aloud = False
        self._gutter = True
        self.mark: WorkingMark | None = None
        self.progress: ProgressRow | None = None
        self.reading: ReadingRow | None = None
        self.paused: NoticeRow | None = None
        self.sources: Sources | None = None
        self._stage: ReadingStage | None = None
        self.notice: NoticeRow | None = None
        self.error: ErrorPanel | None = None
        self.stats: StatsRow | None = None
        self._answering: WritingRow | None = None
        self.body = AnswerBody(theme, formats, self, inset=BLEED)
        self.body.height_changed.connect(self.relayout)
        self.body.link_clicked.connect(self.link_clicked)
        self.body.copy_message_wanted.connect(self.copy)
        self.body.save_wanted.connect(self.save_wanted)
        self.body.aloud_wanted.connect(self.aloud_wanted)
        self.add(self.body, self._gap_above_words, bleed=BLEED)
        self._thought = Thought(
            theme,
            thought_formats,
            self,
            lambda: 1 if self.notice is not None else 0,
            self.link_clicked.emit,
        )
        self.body.hide()
        self.setAccessibleName(self.tr("Answer"))
        theme.changed.connect(self._theme_changed)

    # -- what it says -----------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The words of the answer, as Markdown."""
        return self.body.text

    @property
    def thought(self) -> str:
        """What was thought, or noted."""
        return self._thought.text

    @property
    def thought_row(self) -> ThoughtRow | None:
        """What opens and closes the thought; None without one."""
        return self._thought.row

    @property
    def writing(self) -> bool:
        """Whether it is being written."""
        return self._writing

    # -- while it is written ----------------------------------------------------------------

    def begin(self) -> None:
        """It is going to be written from now on."""
        self._writing = True
        self._show_mark()
        self.set_progress("waiting", 0, 0)

    def set_progress(self, stage: str, done: int, total: int) -> None:
        """What is done before the first word: ``stage`` is "waiting", "image", "audio" or
        "prefill"; ``done`` of ``total`` pictures, sounds or tokens."""
        if self.text or self.thought or self.reading is not None:
            return
        if self.progress is None:
            self.progress = ProgressRow(self._theme)
            self.add(self.progress, index=self._index(self.body))
            self.progress.show()
        share = done / total if stage == "prefill" and total > 0 else None
        self.progress.tell(words.progress(stage, done, total), share)
        self.relayout()

    def set_reading(self, stage: ReadingStage) -> None:
        """How far the reading of documents is, on which the answer will rest. What is thought
        meanwhile are notes."""
        self.show_sources()
        self._stage = stage
        if self.text:
            return
        self._drop_progress()
        if self.reading is None:
            self.reading = ReadingRow(self._theme)
            self.add(self.reading, index=self._index(self.body))
            self.reading.show()
            self._show_answering()
        self.reading.tell(words.reading(stage), words.share_read(stage))
        self._thought.are_notes()
        self.relayout()

    def add_thought(self, text: str) -> None:
        """More of the thought."""
        self._drop_progress()
        self._thought.add(text)
        self.relayout()

    def add_text(self, text: str) -> None:
        """More of the answer."""
        if not self.body.text:
            if not text.strip():
                return
            text = text.lstrip("\n")
            self._drop_progress()
            self._drop_reading()
            self._thought.answer_begins()
            self.body.show()
            self._show_answering()
            self.relayout()
        self.body.add_text(text)

    def finish(self, message: Message, actions: Sequence[Action] = ()) -> None:
        """It has ended, with ``message``. A failed one shows ``message.error`` with Retry and
        ``actions``."""
        was_writing = self._writing
        self._writing = False
        self._drop_progress()
        self._drop_reading()
        if message.reading is not None:
            self.show_sources()
        shown = readable(message.text)
        if self.body.text != shown and shown:
            self.body.show_text(shown)
        else:
            self.body.close_text()
        if not self.thought and message.thought:
            self._thought.show(message.thought)
        self._end(message, actions)
        if was_writing:
            announce(self, shown or message.error)
        self.relayout()

    def fail(
        self, title: str, text: str, actions: Sequence[Action] = (), details: str = ""
    ) -> None:
        """Say below the words why there are no more. Replaces what was said before."""
        if self.error is not None:
            self.remove(self.error)
        self.error = ErrorPanel(self._theme, title, text, actions, details)
        self.error.chosen.connect(self._chosen)
        self.error.height_changed.connect(self.relayout)
        self.add(self.error, lambda: self._theme.px(14))
        if self.stats is not None:
            self.stats.hide()  # Retry is a button of the panel
        self.error.show()
        self.relayout()

    def set_notice(self, text: str, actions: Sequence[Action] = ()) -> None:
        """A quiet sentence above the words; "" takes it away."""
        if self.notice is not None:
            self.remove(self.notice)
            self.notice = None
        if text:
            self.notice = NoticeRow(self._theme, text, actions)
            self.notice.chosen.connect(self._chosen)
            self.add(self.notice, index=0)
            self.notice.show()
        self.relayout()

    # -- a whole one ------------------------------------------------------------------------

    def show_message(self, message: Message, actions: Sequence[Action] = ()) -> None:
        """Show a message that was written before; one that is WRITING is shown so far and goes
        on."""
        if message.thought:
            self._thought.show(message.thought)
        if message.outcome is Outcome.WRITING:
            self.begin()
            if message.thought:
                self._drop_progress()
            if message.text:
                self.add_text(message.text)
            return
        if message.reading is not None:
            self.show_sources()
        if message.text:
            self.body.show()
            self.body.show_text(readable(message.text))
        self._end(message, actions)

    def show_sources(self) -> None:
        """Show citations as such: the answer is about documents."""
        if self.sources is None:
            self.sources = Sources(self._theme, self, self.body, self.citation_opened.emit)

    def set_checked(self, checked: Checked) -> None:
        """Take over what has been found out about the citations."""
        self.show_sources()
        assert self.sources is not None
        self.sources.set_checked(checked)
        if self.stats is not None and self._message is not None:
            self._tell_stats(self.stats, self._message)

    def set_opened(self, number: int) -> None:
        """The citation ``number`` is open beside the chat; -1 for none."""
        if self.sources is not None:
            self.sources.set_opened(number)

    def set_aloud(self, reading: bool) -> None:
        """Whether it is being read aloud."""
        self._aloud = reading
        if self.stats is not None:
            self.stats.set_aloud(reading)

    def copy(self) -> None:
        """Put the answer's Markdown on the clipboard."""
        QGuiApplication.clipboard().setText(self.text.strip())
        self.copied.emit()

    # -- layout -----------------------------------------------------------------------------

    def set_gutter(self, room: bool) -> None:
        """Whether there is room for the mark at the left of the column."""
        self._gutter = room
        self._show_mark()
        self._show_answering()

    def height_for(self, width: int) -> int:
        height = super().height_for(width)
        self._place_mark()
        return max(height, self._theme.px(24))

    # -- inside -----------------------------------------------------------------------------

    def _end(self, message: Message, actions: Sequence[Action]) -> None:
        self._message = message
        if message.reading is not None:
            self._show_reading(message)
        self._thought.end(message.stats.thought_ms if message.stats is not None else 0.0)
        if message.stats is not None and message.stats.dropped_messages and self.notice is None:
            self.set_notice(words.left_out(message.stats.dropped_messages))
        self._show_mark()
        self._show_answering()
        if message.outcome is Outcome.FAILED:
            title, text = words.error_parts(message.error)
            retry = Action("retry", self.tr("Retry"), "primary", "retry")
            self.fail(title, text, (retry, *actions))
        else:
            self._show_stats(message)

    def _show_stats(self, message: Message) -> None:
        if self.stats is None:
            self.stats = StatsRow(self._theme)
            self.stats.copy_wanted.connect(self.copy)
            self.stats.retry_wanted.connect(self.retry_wanted)
            self.stats.save_wanted.connect(self.save_wanted)
            self.stats.aloud_wanted.connect(lambda: self.aloud_wanted.emit(""))
            self.stats.set_aloud(self._aloud)
            self.add(self.stats, lambda: self._theme.px(6), shift=-6)
            self.stats.show()
        self.stats.copy_button.setVisible(bool(message.text.strip()))
        self.body.saveable = bool(message.text.strip())
        self.stats.save_button.setVisible(self.body.saveable)
        self.stats.aloud_button.setVisible(self.body.saveable)
        self._tell_stats(self.stats, message)

    def _tell_stats(self, row: StatsRow, message: Message) -> None:
        tally = self.sources.tally if self.sources is not None else (0, 0)
        row.label.setText(words.stats(message.stats, message.outcome, tally))
        effort = words.effort(message.stats, spent=bool(tally[1]))
        row.label.setToolTip("\n".join(effort))
        row.label.setAccessibleDescription(", ".join(effort))

    def _show_reading(self, message: Message) -> None:
        """What the answer rests on, and how to go on if it was stopped."""
        assert message.reading is not None
        assert self.sources is not None
        self.sources.show_reading(message.reading)
        self._thought.are_notes()
        if self.paused is not None:
            self.remove(self.paused)
            self.paused = None
        if message.reading.paused:
            resume = Action("resume", self.tr("Resume"), "secondary", "play")
            said = words.paused(message.reading, self._stage)
            self.paused = NoticeRow(self._theme, said, (resume,))
            self.paused.chosen.connect(self._chosen)
            self.add(self.paused, lambda: self._theme.px(8))
            self.paused.show()

    def _gap_above_words(self) -> int:
        covered = self.sources is not None and self.sources.row is not None
        return self._theme.px(5) if covered else -2

    def _chosen(self, key: str) -> None:
        if key == "retry":
            self.retry_wanted.emit()
        else:
            self.action_wanted.emit(key)

    def _drop_progress(self) -> None:
        if self.progress is not None:
            self.remove(self.progress)
            self.progress = None

    def _drop_reading(self) -> None:
        if self.reading is not None:
            self.remove(self.reading)
            self.reading = None

    def _index(self, widget: QWidget) -> int:
        return self.widgets().index(widget)

    def _show_mark(self) -> None:
        """The mark is a sibling of this widget, for it stands outside of the column."""
        if not self._gutter or self.parentWidget() is None:
            if self.mark is not None:
                self.mark.hide()
                self.mark.set_working(False)
            return
        if self.mark is None:
            self.mark = WorkingMark(self._theme)
            self.mark.setParent(self.parentWidget())
            self.destroyed.connect(self.mark.deleteLater)
        self.mark.set_working(self._writing)
        self._place_mark()
        self.mark.show()

    def moveEvent(self, event: QMoveEvent) -> None:
        self._place_mark()

    def showEvent(self, event: QShowEvent) -> None:
        if self.mark is not None:
            self.mark.setVisible(self._gutter)

    def hideEvent(self, event: QHideEvent) -> None:
        if self.mark is not None:
            self.mark.hide()

    def _place_mark(self) -> None:
        if self.mark is None:
            return
        px = self._theme.px
        side = self.mark.width()
        if self.isRightToLeft():
            x = self.width() - self.inset + px(GUTTER) - side
        else:
            x = self.inset - px(GUTTER)
        row = px(28) if self.thought_row is not None or self.notice is not None else px(24) + 2
        self.mark.move(self.x() + x, self.y() + (row - side) // 2)

    def _show_answering(self) -> None:
        wanted = self._writing and (not self._gutter or self._theme.reduced_motion)
        wanted = wanted and self.progress is None and self.reading is None
        if wanted and self._answering is None:
            self._answering = WritingRow(self._theme)
            self.add(self._answering, lambda: self._theme.px(6))
            self._answering.show()
        elif not wanted and self._answering is not None:
            self.remove(self._answering)
            self._answering = None

    def _theme_changed(self) -> None:
        self._show_answering()
        self.relayout()
