"""How a row of a table of models is painted: words and figures in their columns, or, where there
is no room for columns, below each other."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.models.catalogue import Modality
from app.ui.mirror import placed
from app.ui.models.columns import EDGE, Columns
from app.ui.models.words import Verdict
from app.ui.theme.shapes import box, octagon, paint_meter
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PILL

SENSES: tuple[tuple[Modality, str], ...] = (("text", "text"), ("image", "eye"), ("audio", "wave"))
_DOT = 8
_BEGIN = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_END = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True)
class RowFacts:
    """What is written in a row.

    ``disk_words`` and ``memory_words`` say what they are of, ``figures`` has them and the speed in
    one line. ``speed`` is parted after its bold figure; ``share`` lights the meter; ``dot`` is the
    colour of the dot after the title, ``mark`` a word there, "" for none; ``loading`` runs from 0
    to 1, None while nothing is loaded; ``progress`` stands in place of the figures.
    """

    title: str
    note: str
    takes: tuple[Modality, ...]
    disk: str
    memory: str
    speed: tuple[str, str]
    disk_words: str
    memory_words: str
    figures: str
    verdict: Verdict
    share: float
    dot: str = ""
    mark: str = ""
    loading: float | None = None
    progress: str = ""
    failed: bool = False


class RowPainter:
    """Lays out and paints one row. ``progress_rect`` is where the bar of a download goes."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._at = 0.0
        self.progress_rect = QRectF()

    # -- measuring ----------------------------------------------------------------------------

    def lay_out(self, facts: RowFacts, place: Columns, width: float) -> float:
        """Decide where everything stands in a row ``width`` px wide. Returns its height."""
        theme = self._theme
        px = theme.px
        self._facts, self._place, self._width = facts, place, width
        title, line = theme.line_height("ui-medium"), theme.line_height("caption")
        room = place.model - EDGE
        self._marked = bool(facts.mark) and self._title_width() + self._mark_width() <= room
        self._note = self._second_line()
        note = self._wrapped(self._note, theme.font("caption"), room) if self._note else 0
        note = max(line, note) if self._note else 0
        top = px(5)
        self._title_rect = QRectF(EDGE, top, room, title)
        self._note_rect = QRectF(EDGE, top + title - 1, room, note)
        block = title + note
        if not place.stacked:
            height = max(px(46), block + 2 * top)
            shift = (height - block) / 2 - top
            if note <= line:
                self._title_rect.translate(0, shift)
                self._note_rect.translate(0, shift)
            self._middle = height / 2
            takes = place.takes if place.takes is not None else -1000
            self._senses_rect = QRectF(takes, self._middle - px(10), px(76), px(20))
            if facts.progress:
                begin = place.takes if place.takes is not None else place.model + px(20)
                end = place.buttons - px(28) * 2 - px(24)
                self._caption_rect = QRectF(begin, self._middle - px(16), end - begin, line)
                self.progress_rect = QRectF(begin, self._middle + px(6), end - begin, 4)
            return height
        return self._stack(self._note_rect.bottom() + px(4), line) + px(8)

    def _stack(self, y: float, line: float) -> float:
        """Everything below each other, from ``y`` down; returns where it ends."""
        theme, facts = self._theme, self._facts
        px = theme.px
        whole = self._width - 2 * EDGE
        if facts.progress:
            needed = max(line, self._wrapped(facts.progress, theme.font("caption"), whole))
            self._caption_rect = QRectF(EDGE, y, whole, needed)
            self.progress_rect = QRectF(EDGE, y + needed + px(4), whole, 4)
            return y + needed + px(8)
        self._senses_rect = QRectF(EDGE, y, px(76), px(20))
        y += px(20) + px(2)
        needed = max(line, self._wrapped(facts.figures, theme.font("caption"), whole))
        self._figures_rect = QRectF(EDGE, y, whole, needed)
        y += needed + px(2)
        self._verdict_rect = QRectF(EDGE, y, whole, px(20))
        return y + px(20)

    def _second_line(self) -> str:
        """The note, and below it what has no column of its own."""
        facts, place = self._facts, self._place
        more = []
        if not place.stacked and place.disk is None:
            more.append(facts.disk_words)
        if not place.stacked and place.memory is None and not facts.progress:
            more.append(facts.memory_words)
        note = facts.note
        if facts.mark and not self._marked:
            note = ", ".join(words for words in (note, facts.mark.lower()) if words)
        lines = [note, " · ".join(words for words in more if words)]
        return "\n".join(line for line in lines if line)

    def _wrapped(self, text: str, font: QFont, width: float) -> float:
        room = QRectF(0, 0, max(1.0, width), 10_000)
        return QFontMetricsF(font).boundingRect(room, int(_WRAP), text).height()

    # -- painting -----------------------------------------------------------------------------

    def paint(self, widget: QWidget, rect: QRectF) -> None:
        """Paint the row as it was laid out last."""
        facts, place = self._facts, self._place
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_title(widget, painter)
        self._write(widget, painter, self._note_rect, self._note, "caption", "text-3", int(_WRAP))
        if facts.loading is not None:
            self._paint_loading(widget, painter, rect)
        if facts.progress:
            color = "danger" if facts.failed else "text-2"
            self._write(
                widget, painter, self._caption_rect, facts.progress, "caption", color, int(_WRAP)
            )
            return
        if place.stacked:
            self._paint_senses(widget, painter, self._senses_rect)
            self._write(
                widget, painter, self._figures_rect, facts.figures, "caption", "text-2", int(_WRAP)
            )
            self._paint_verdict(widget, painter, self._verdict_rect)
            return
        px, middle = self._theme.px, self._middle
        if place.takes is not None:
            self._paint_senses(widget, painter, self._senses_rect)
        for end, figure in ((place.disk, facts.disk), (place.memory, facts.memory)):
            if end is not None:
                cell = QRectF(end - px(90), middle - px(10), px(90), px(20))
                self._write(widget, painter, cell, figure, "table", "text", int(_END))
        if place.speed is not None:
            cell = QRectF(place.speed - px(118), middle - px(10), px(118), px(20))
            self._paint_speed(widget, painter, cell)
        if place.fit is not None:
            fit = QRectF(place.fit, middle - px(10), px(135), px(20))
            self._paint_verdict(widget, painter, fit)

    def _write(
        self,
        widget: QWidget,
        painter: QPainter,
        rect: QRectF,
        text: str,
        role: str,
        color: str,
        flags: int,
    ) -> None:
        painter.setFont(self._theme.font(role))
        painter.setPen(self._theme.color(color))
        painter.drawText(placed(widget, rect), flags, text)

    def _paint_title(self, widget: QWidget, painter: QPainter) -> None:
        theme, facts, rect = self._theme, self._facts, self._title_rect
        font = theme.font("ui-medium")
        metrics = QFontMetricsF(font)
        dot = theme.px(_DOT)
        after = self._title_width() - metrics.horizontalAdvance(facts.title)
        after += self._mark_width() if self._marked else 0
        title = metrics.elidedText(facts.title, Qt.TextElideMode.ElideRight, rect.width() - after)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        painter.drawText(placed(widget, rect), int(_BEGIN), title)
        x, middle = rect.left() + metrics.horizontalAdvance(title), rect.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        if facts.dot:
            painter.setBrush(theme.color(facts.dot))
            at = placed(widget, QRectF(x + 6, middle - dot / 2, dot, dot)).center()
            painter.drawPolygon(octagon(at.x(), at.y(), dot))
            x += 6 + dot
        if self._senses_width():
            x += self._paint_few_senses(widget, painter, x + 8, middle) + 8
        if self._marked:
            width = self._mark_width() - 8
            face = placed(widget, QRectF(x + 8, middle - theme.px(8), width, theme.px(16)))
            painter.fillPath(box(face, RADIUS_PILL), theme.color("accent-soft"))
            painter.setFont(theme.font("micro"))
            painter.setPen(theme.color("accent-text"))
            painter.drawText(face, int(Qt.AlignmentFlag.AlignCenter), facts.mark)

    def _title_width(self) -> float:
        """What the title takes with the dot and the icons behind it."""
        words = QFontMetricsF(self._theme.font("ui-medium")).horizontalAdvance(self._facts.title)
        dot = self._theme.px(_DOT) + 6 if self._facts.dot else 0
        return words + dot + self._senses_width()

    def _mark_width(self) -> float:
        """What the mark takes, with the gap before it."""
        words = QFontMetricsF(self._theme.font("micro")).horizontalAdvance(self._facts.mark)
        return words + 12 + 8

    def _senses_width(self) -> int:
        """What the senses take after the title, where they have no column."""
        if self._place.takes is not None or self._place.stacked:
            return 0
        return 8 + self._theme.px(18) * (len(self._facts.takes) - 1)

    def _paint_few_senses(
        self, widget: QWidget, painter: QPainter, x: float, middle: float
    ) -> float:
        """What the model takes besides text, small. Returns how wide that is."""
        theme, begin = self._theme, x
        side = theme.px(14)
        for modality, icon in SENSES[1:]:
            if modality in self._facts.takes:
                cell = placed(widget, QRectF(round(x), round(middle - side / 2), side, side))
                theme.paint_icon(painter, icon, cell, "text-3")
                x += theme.px(18)
        return x - begin

    def _paint_senses(self, widget: QWidget, painter: QPainter, rect: QRectF) -> None:
        theme = self._theme
        side = theme.px(16)
        x = rect.left() + theme.px(1)
        for modality, icon in SENSES:
            cell = QRectF(round(x), round(rect.center().y() - side / 2), side, side)
            color = "text-2" if modality in self._facts.takes else "track"
            theme.paint_icon(painter, icon, placed(widget, cell), color)
            x += theme.px(25)

    def _paint_speed(self, widget: QWidget, painter: QPainter, rect: QRectF) -> None:
        theme = self._theme
        bold, rest = self._facts.speed
        if not bold:
            self._write(widget, painter, rect, rest, "table", "text-3", int(_END))
            return
        figure = QFont(theme.font("table"))
        figure.setWeight(QFont.Weight.DemiBold)
        width = QFontMetricsF(theme.font("table")).horizontalAdvance(rest)
        self._write(widget, painter, rect, rest, "table", "text", int(_END))
        painter.setFont(figure)
        painter.drawText(placed(widget, rect.adjusted(0, 0, -width, 0)), int(_END), bold)

    def _paint_verdict(self, widget: QWidget, painter: QPainter, rect: QRectF) -> None:
        theme, verdict = self._theme, self._facts.verdict
        side = theme.px(16)
        ring = QRectF(rect.left() + 1, round(rect.center().y() - side / 2), side, side)
        ring = placed(widget, ring)
        if verdict.icon:
            theme.paint_icon(painter, verdict.icon, ring, verdict.color)
        else:
            share = self._facts.share
            lit = 0 if share <= 0 else min(8, max(1, round(8 * min(1.0, share))))
            color = theme.color(verdict.color)
            paint_meter(painter, ring, lit, color, theme.color("track"))
        painter.setFont(theme.font("caption", weight=500))
        painter.setPen(theme.color(verdict.color))
        word = rect.adjusted(1 + side + theme.px(5), 0, 0, 0)
        painter.drawText(placed(widget, word), int(_BEGIN), verdict.word)

    def _paint_loading(self, widget: QWidget, painter: QPainter, rect: QRectF) -> None:
        done = QRectF(EDGE, rect.bottom() - 2, (rect.width() - 2 * EDGE), 2)
        done.setWidth(done.width() * (self._facts.loading or 0.0))
        painter.fillRect(placed(widget, done), self._theme.color("accent"))

    def part_at(self, point: QPointF) -> Literal["title", "takes", ""]:
        """What is painted at ``point``, of that which is worth a tooltip: a title that is cut, the
        icons of what a model takes."""
        wide = QFontMetricsF(self._theme.font("ui-medium")).horizontalAdvance(self._facts.title)
        if self._title_rect.contains(point) and wide > self._title_rect.width():
            return "title"
        if self._facts.progress:
            return ""
        return "takes" if self._senses_rect.contains(point) else ""
