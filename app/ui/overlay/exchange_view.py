"""One question about the picture and its answer, in the card: words, places, or a table."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.core.boxes import Box
from app.core.conversation import Message, Outcome, Role, Text
from app.core.markdown import Paragraph, Span
from app.session.exchange import Exchange
from app.ui.announce import announce
from app.ui.composer.detail_menu import about
from app.ui.overlay.box_list import BoxList, spoken
from app.ui.overlay.table_view import TableView
from app.ui.theme.controls import Button, ElidedLabel, IconLabel
from app.ui.theme.shapes import box as rounded
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.formats import BLEED, Formats
from app.ui.transcript.stack import Stack
from app.ui.transcript.text_segment import TextSegment
from app.ui.transcript.words import error_parts

SIDE = 8  # px that rows of the list reach beyond the words on each side


class ExchangeView(Stack):
    """Shows an Exchange as it grows. ``seconds`` tells how long a closer look at a box takes; None
    for a view of what cannot be asked about any more."""

    hovered_changed = Signal(int)  # a row of the list is pointed at; -1 for none
    closer_wanted = Signal(Box)
    retry_wanted = Signal()
    link_clicked = Signal(str)
    json_wanted = Signal()
    picture_wanted = Signal()
    copied = Signal(str)  # what is on the clipboard now, in words

    def __init__(
        self,
        theme: Theme,
        formats: Formats,
        thought_formats: Formats,
        exchange: Exchange,
        seconds: Callable[[Box], float | None] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, inset=SIDE)
        self._theme = theme
        self._formats = formats
        self._seconds = seconds
        self._target = 0  # the box that can be looked at closer
        self.exchange = exchange
        question = exchange.question
        if exchange.closer:
            question = self.tr("{0} (looked at closer)").format(question)
        self.question = TextSegment(formats, self)
        self.question.setAccessibleName(self.tr("You asked"))
        self.question.set_blocks([Paragraph((Span(question, bold=True),))])
        self.add(self.question, bleed=BLEED)
        self.question.show()
        self.answer = AnswerMessage(theme, formats, thought_formats)
        self.answer.set_gutter(False)
        self.answer.height_changed.connect(self.relayout)
        self.answer.retry_wanted.connect(self.retry_wanted)
        self.answer.link_clicked.connect(self.link_clicked)
        self.add(self.answer, lambda: theme.px(6), bleed=BLEED)
        self.answer.show()
        self.plain: TextSegment | None = None
        self.boxes: BoxList | None = None
        self.table: TableView | None = None
        self.closer: CloserRow | None = None
        self._copy_row: _CopyRow | None = None
        self.answer.begin()
        self.update_exchange(exchange)
        theme.changed.connect(self.relayout)

    # -- while it is written ----------------------------------------------------------------

    def update_exchange(self, exchange: Exchange) -> None:
        """Take over what there is by now."""
        before, self.exchange = self.exchange, exchange
        if len(exchange.thought) > len(self.answer.thought):
            self.answer.add_thought(exchange.thought[len(self.answer.thought) :])
        if exchange.task.kind in ("read", "translate"):
            self._show_plain(exchange.words)
        else:
            self._show_words(exchange.words.lstrip("\n"))
        if exchange.boxes:
            self._show_boxes(exchange)
        if exchange.table is not None:
            self._show_table(exchange)
        if exchange.done and (not before.done or before is exchange):
            self._finish(exchange)
        self.relayout()

    def set_progress(self, stage: str, done: int, total: int) -> None:
        """What is done before the first word."""
        self.answer.set_progress(stage, done, total)

    def set_hovered(self, index: int) -> None:
        """A box is pointed at on the picture; -1 for none."""
        if self.boxes is not None:
            self.boxes.set_hovered(index)
        if index >= 0:
            self._aim(index)

    def text(self) -> str:
        """What is copied: the words, else the boxes or the table."""
        exchange = self.exchange
        if exchange.words.strip():
            return exchange.words.strip()
        if exchange.table is not None:
            return exchange.table.as_markdown()
        return "\n".join(f"{number}. {box.label}" for number, box in enumerate(exchange.boxes, 1))

    # -- inside -----------------------------------------------------------------------------

    def _show_words(self, words: str) -> None:
        """Markdown, which mostly only grows."""
        shown = self.answer.text
        if not words.startswith(shown):
            shown = ""
            self.answer.body.show_text("")
        if len(words) > len(shown):
            self.answer.add_text(words[len(shown) :])

    def _show_plain(self, words: str) -> None:
        """Text as it stands in the picture: line for line, and no Markdown."""
        if not words.strip():
            return
        if self.plain is None:
            self.plain = TextSegment(self._formats, self)
            self.plain.setAccessibleName(self.tr("Text"))
            self.add(self.plain, lambda: self._theme.px(6), bleed=BLEED)
            self.plain.show()
        parts = words.strip("\n").split("\n\n")
        self.plain.set_blocks([Paragraph((Span(part.strip("\n")),)) for part in parts])

    def _show_boxes(self, exchange: Exchange) -> None:
        if self.boxes is None:
            self.boxes = BoxList(self._theme)
            self.boxes.hovered_changed.connect(self._row_hovered)
            self.add(self.boxes, lambda: self._theme.px(8), bleed=SIDE)
            self.boxes.show()
        self.boxes.set_boxes(exchange.boxes)

    def _show_table(self, exchange: Exchange) -> None:
        assert exchange.table is not None
        if self.table is None:
            self.table = TableView(self._theme)
            self.table.copied.connect(self.copied)
            self.add(self.table, lambda: self._theme.px(8))
            self.table.show()
        self.table.set_table(exchange.table)

    def _finish(self, exchange: Exchange) -> None:
        words = "" if self.plain is not None else exchange.words
        failed = exchange.outcome is Outcome.FAILED
        retry = failed and self._seconds is not None
        missing = not words and exchange.outcome is Outcome.DONE
        if missing and exchange.task.kind == "extract" and exchange.table is None:
            words = exchange.answer  # whatever it is
        message = Message(
            Role.ASSISTANT,
            (Text(words),) if words else (),
            thought=exchange.thought,
            outcome=exchange.outcome if retry or not failed else Outcome.STOPPED,
            error=exchange.error,
            stats=exchange.stats,
        )
        if words:
            self.answer.body.show()
        self.answer.finish(message)
        if self.answer.stats is not None:
            self.answer.stats.hide()  # the card says it in its foot
            self.answer.relayout()
        if missing and exchange.task.points and not exchange.boxes:
            self.answer.set_notice(self.tr("Nothing like that was found in the picture."))
        elif missing and not exchange.answer.strip():
            self.answer.set_notice(self.tr("The answer is empty."))
        elif failed and not retry:
            self.answer.set_notice(error_parts(exchange.error)[0])
        elif exchange.outcome is Outcome.STOPPED:
            self.answer.set_notice(self.tr("Stopped"))
        elif exchange.outcome in (Outcome.LENGTH, Outcome.CONTEXT):
            self.answer.set_notice(self.tr("The answer ended before it was complete."))
        self.answer.setVisible(self._answer_shows(message, failed))
        if exchange.boxes:
            self._offer_for_boxes()
        if not words and exchange.outcome is Outcome.DONE:
            announce(self, self._spoken(exchange))

    def _spoken(self, exchange: Exchange) -> str:
        """An answer without words of its own, for people who listen."""
        if exchange.table is not None:
            rows, columns = len(exchange.table.rows), len(exchange.table.columns)
            return self.tr("A table of {0} rows and {1} columns").format(rows, columns)
        if exchange.boxes:
            return ". ".join(spoken(number, box) for number, box in enumerate(exchange.boxes, 1))
        if self.answer.notice is not None:
            return self.answer.notice.label.text()
        return exchange.words

    def _answer_shows(self, message: Message, failed: bool) -> bool:
        """Whether anything stands between the question and the text, list or table."""
        notice = self.answer.notice is not None
        return bool(message.text or message.thought or failed or notice)

    def _offer_for_boxes(self) -> None:
        if self._seconds is not None and self.closer is None:
            self.closer = CloserRow(self._theme)
            self.closer.button.clicked.connect(self._closer_pressed)
            self.add(self.closer, lambda: self._theme.px(10))
            self.closer.show()
            self._aim(self._target)
        if self._copy_row is None:
            self._copy_row = _CopyRow(self._theme)
            self._copy_row.json.clicked.connect(self.json_wanted)
            self._copy_row.picture.clicked.connect(self.picture_wanted)
            self.add(self._copy_row, lambda: self._theme.px(8))
            self._copy_row.show()

    def _row_hovered(self, index: int) -> None:
        if index >= 0:
            self._aim(index)
        self.hovered_changed.emit(index)

    def _aim(self, index: int) -> None:
        """What can be looked at closer is this box from now on."""
        self._target = index
        if self.closer is not None and self._seconds is not None:
            box = self.exchange.boxes[index]
            self.closer.aim(index + 1, box, self._seconds(box))

    def _closer_pressed(self) -> None:
        self.closer_wanted.emit(self.exchange.boxes[self._target])


class CloserRow(QWidget):
    """Offers to look closer at one box, with the time that takes."""

    PAD = 12  # px

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.label = ElidedLabel(theme, role="caption", color="text-2")
        self.button = Button(theme, self.tr("Look closer"), size=28)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.PAD, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(IconLabel(theme, "closer", size=16))
        row.addWidget(self.label, 1)
        row.addWidget(self.button)

    def aim(self, number: int, box: Box, seconds: float | None) -> None:
        """The button is about this box."""
        self.label.setText(box.label or self.tr("Place {0}").format(number))
        words = self.tr("Look closer")
        if seconds is not None:
            words = self.tr("Look closer · {0}").format(about(seconds))
        self.button.setText(words)
        self.button.setAccessibleName(f"{words}: {self.label.text()}")
        self.button.updateGeometry()

    def height_for(self, width: int) -> int:
        """One row."""
        return self.button.sizeHint().height() + 16

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("border"), 1))
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawPath(rounded(edge, RADIUS_CHIP))


class _CopyRow(QWidget):
    """The boxes as text and as a picture."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.json = Button(theme, self.tr("Copy as JSON"), kind="quiet", size=28, icon="copy")
        self.picture = Button(
            theme, self.tr("Copy picture with boxes"), kind="quiet", size=28, icon="image"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.json)
        row.addWidget(self.picture)
        row.addStretch(1)

    def height_for(self, width: int) -> int:
        """One row."""
        return self.json.sizeHint().height()
