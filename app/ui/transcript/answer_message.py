"""An answer: mark, thought, notice, words, error, stats; from the first sign of it to its end."""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QMoveEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.core.conversation import Message, Outcome
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
    Reveal,
    StatsRow,
    ThoughtRow,
    WritingRow,
)
from app.ui.transcript.stack import Stack

GUTTER = 30  # px from the mark's left edge to the column


class AnswerMessage(Stack):
    """One answer. While it is written: ``set_progress``, ``add_thought``, ``add_text``, and at the
    end ``finish``; or ``show_message`` with a whole one."""

    retry_wanted = Signal()
    copied = Signal()
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
        self._thought_formats = thought_formats
        self._message: Message | None = None
        self._writing = False
        self._thought_text = ""
        self._thought_clock = QElapsedTimer()
        self._gutter = True
        self.mark: WorkingMark | None = None
        self.thought_row: ThoughtRow | None = None
        self._thought: AnswerBody | None = None
        self._reveal: Reveal | None = None
        self.progress: ProgressRow | None = None
        self.notice: NoticeRow | None = None
        self.error: ErrorPanel | None = None
        self.stats: StatsRow | None = None
        self._answering: WritingRow | None = None
        self.body = AnswerBody(theme, formats, self, inset=BLEED)
        self.body.height_changed.connect(self.relayout)
        self.body.link_clicked.connect(self.link_clicked)
        self.body.copy_message_wanted.connect(self.copy)
        self.add(self.body, lambda: -2, bleed=BLEED)
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
        """What was thought."""
        return self._thought_text

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
        if self.text or self._thought_text:
            return
        if self.progress is None:
            self.progress = ProgressRow(self._theme)
            self.add(self.progress, index=self._index(self.body))
            self.progress.show()
        share = done / total if stage == "prefill" and total > 0 else None
        self.progress.tell(words.progress(stage, done, total), share)
        self.relayout()

    def add_thought(self, text: str) -> None:
        """More of the thought."""
        self._need_thought_row()
        if not self._thought_text:
            self._thought_clock.start()
            self._drop_progress()
        self._thought_text += text
        if self._thought is not None:
            self._thought.add_text(text)
        self.relayout()

    def add_text(self, text: str) -> None:
        """More of the answer."""
        if not self.body.text:
            if not text.strip():
                return
            text = text.lstrip("\n")
            self._drop_progress()
            if self.thought_row is not None and self._thought_clock.isValid():
                self._set_thought_time(self._thought_clock.elapsed())
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
        shown = readable(message.text)
        if self.body.text != shown and shown:
            self.body.show_text(shown)
        else:
            self.body.close_text()
        if not self._thought_text and message.thought:
            self._need_thought_row()
            self._thought_text = message.thought
        if self._thought is not None:
            self._thought.close_text()
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
            self._need_thought_row()
            self._thought_text = message.thought
        if message.outcome is Outcome.WRITING:
            self.begin()
            if message.thought:
                self._drop_progress()
            if message.text:
                self.add_text(message.text)
            return
        if message.text:
            self.body.show()
            self.body.show_text(readable(message.text))
        self._end(message, actions)

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
        if self.thought_row is not None:
            if message.stats is not None and message.stats.thought_ms:
                self._set_thought_time(message.stats.thought_ms)
            elif self._thought_clock.isValid():
                self._set_thought_time(self._thought_clock.elapsed())
            else:
                self.thought_row.setText(self.tr("Thought"))
                self.thought_row.refresh()
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
            self.add(self.stats, lambda: self._theme.px(6), shift=-6)
            self.stats.show()
        self.stats.copy_button.setVisible(bool(message.text.strip()))
        self.stats.label.setText(words.stats(message.stats, message.outcome))
        effort = words.effort(message.stats)
        self.stats.label.setToolTip("\n".join(effort))
        self.stats.label.setAccessibleDescription(", ".join(effort))

    def _chosen(self, key: str) -> None:
        if key == "retry":
            self.retry_wanted.emit()
        else:
            self.action_wanted.emit(key)

    def _need_thought_row(self) -> None:
        if self.thought_row is not None:
            return
        self.thought_row = ThoughtRow(self._theme)
        self.thought_row.toggled.connect(self._toggle_thought)
        index = 1 if self.notice is not None else 0
        row = _Left(self.thought_row)
        self.add(row, index=index, shift=-3)
        row.show()

    def _toggle_thought(self, opened: bool) -> None:
        if self._reveal is None:
            assert self.thought_row is not None
            self._thought = AnswerBody(self._theme, self._thought_formats)
            self._thought.link_clicked.connect(self.link_clicked)
            self._thought.height_changed.connect(self.relayout)
            self._thought.setAccessibleName(self.tr("Thought"))
            if self._writing and not self.body.text:
                self._thought.add_text(self._thought_text)
            else:
                self._thought.show_text(self._thought_text)
            self._reveal = Reveal(self._theme, self._thought)
            self._reveal.height_changed.connect(self.relayout)
            index = 2 if self.notice is not None else 1
            self.add(self._reveal, lambda: 4, index=index)
            self._thought.show()
        self._reveal.set_open(opened)
        self.relayout()

    def _set_thought_time(self, milliseconds: float) -> None:
        assert self.thought_row is not None
        self.thought_row.setText(words.thought_for(milliseconds))
        self.thought_row.refresh()
        self._thought_clock.invalidate()

    def _drop_progress(self) -> None:
        if self.progress is not None:
            self.remove(self.progress)
            self.progress = None

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
        wanted = wanted and self.progress is None
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


class _Left(QWidget):
    """A row of its own for a button that is only as wide as its words."""

    def __init__(self, button: ThoughtRow) -> None:
        super().__init__()
        self._button = button
        button.setParent(self)

    def height_for(self, width: int) -> int:
        size = self._button.sizeHint()
        x = width - size.width() if self.isRightToLeft() else 0
        self._button.setGeometry(x, 0, size.width(), size.height())
        return size.height()
