"""What the model points at, as a list in the card: joined with the boxes on the picture."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.core.boxes import SCALE, Box
from app.ui.mirror import placed
from app.ui.theme.controls import ThemedButton, blend
from app.ui.theme.shapes import box as rounded
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import CUT_TAG, RADIUS_CONTROL

_ROW, _TAG, _SIDE, _GAP = 38, 22, 8, 10  # px


def spoken(number: int, box: Box) -> str:
    """A box for people who listen: "1, Channel width, left 27 %, top 52 %"."""
    from_left, from_top = round(100 * box.left / SCALE), round(100 * box.top / SCALE)
    parts = [str(number), box.label] if box.label else [str(number)]
    words = QCoreApplication.translate("BoxList", "{0}, left {1} %, top {2} %")
    return words.format(", ".join(parts), from_left, from_top)


class BoxList(QWidget):
    """A row for each box. The one that is pointed at, by mouse or keyboard, is told."""

    hovered_changed = Signal(int)  # -1 for none
    chosen = Signal(int)  # pressed

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._boxes: tuple[Box, ...] = ()
        self.rows: list[BoxRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.setAccessibleName(self.tr("Places in the picture"))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is listed."""
        return self._boxes

    def set_boxes(self, boxes: Sequence[Box]) -> bool:
        """List these; rows that are there already stay. Returns whether anything changed."""
        if tuple(boxes) == self._boxes:
            return False
        self._boxes = tuple(boxes)
        while len(self.rows) > len(boxes):
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        for index, box in enumerate(boxes):
            if index == len(self.rows):
                row = BoxRow(self._theme, index, self)
                row.hovered_changed.connect(self._row_hovered)
                row.clicked.connect(lambda _=False, index=index: self.chosen.emit(index))
                self.rows.append(row)
                self._column.addWidget(row)
            self.rows[index].set_box(box)
        return True

    def set_hovered(self, index: int) -> None:
        """A box is pointed at on the picture; -1 for none."""
        for number, row in enumerate(self.rows):
            row.set_lit(number == index)

    def height_for(self, width: int) -> int:
        """The height of all rows."""
        rows = len(self.rows)
        return rows * self._theme.px(_ROW) + 2 * max(0, rows - 1)

    def _row_hovered(self, index: int, on: bool) -> None:
        self.set_hovered(index if on else -1)
        self.hovered_changed.emit(index if on else -1)


class BoxRow(ThemedButton):
    """A number tag and the label of one box."""

    hovered_changed = Signal(int, bool)

    def __init__(self, theme: Theme, index: int, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._index = index
        self._lit = False
        self.label = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_box(self, box: Box) -> None:
        """Stand for this box."""
        self.label = box.label
        self.setAccessibleName(spoken(self._index + 1, box))
        self.setToolTip(box.label)
        self.update()

    def set_lit(self, lit: bool) -> None:
        """Whether its box is pointed at."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    @property
    def lit(self) -> bool:
        """Whether its box is pointed at."""
        return self._lit

    def sizeHint(self) -> QSize:
        return QSize(120, self.theme.px(_ROW))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.hovered_changed.emit(self._index, True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered_changed.emit(self._index, False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.hovered_changed.emit(self._index, True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hovered_changed.emit(self._index, False)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self._lit:
            painter.fillPath(rounded(rect, RADIUS_CONTROL), theme.color("accent-soft"))
        if self.pressure:
            face = blend(theme.color("accent-soft"), theme.color("selected"), self.pressure)
            painter.fillPath(rounded(rect, RADIUS_CONTROL), face)
        side = theme.px(_TAG)
        place = placed(self, QRectF(_SIDE, (rect.height() - side) / 2, side, side))
        paint_number(painter, theme, place, self._index + 1)
        words = QRectF(
            _SIDE + side + _GAP, 0, rect.width() - 2 * _SIDE - side - _GAP, rect.height()
        )
        font = theme.font("panel", weight=500)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        label = QFontMetricsF(font).elidedText(
            self.label, Qt.TextElideMode.ElideRight, words.width()
        )
        leading = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(placed(self, words), int(leading), label)


def paint_number(painter: QPainter, theme: Theme, place: QRectF, number: int) -> None:
    """A number tag: a square whose upper right corner is cut."""
    cut = theme.px(CUT_TAG)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("tag"))
    painter.drawPolygon(
        QPolygonF(
            [
                place.topLeft(),
                QPointF(place.right() - cut, place.top()),
                QPointF(place.right(), place.top() + cut),
                place.bottomRight(),
                place.bottomLeft(),
            ]
        )
    )
    painter.setFont(theme.font("caption", weight=600))
    painter.setPen(theme.color("on-tag"))
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), str(number))
