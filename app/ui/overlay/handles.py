"""The edge of a region and its eight handles, painted; and the pointers that go with them."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from app.ui.overlay.picture import rects_of
from app.ui.overlay.region import HANDLES, Handle
from app.ui.theme.shapes import Palette, octagon

EDGE = 2  # px of the line around a region, all of it outside where there is room
SIZE = 13  # px of a handle across
REACH = 10  # px that edge and handles reach beyond the region, at most
_INSIDE = 16  # px that they reach into it, where it ends at the edge of the screen
_ROOM = 3 * SIZE  # px of a side that has room for a handle in its middle

_WHITE = QColor("white")
_CURSORS = {
    Handle(-1, -1): Qt.CursorShape.SizeFDiagCursor,
    Handle(1, 1): Qt.CursorShape.SizeFDiagCursor,
    Handle(1, -1): Qt.CursorShape.SizeBDiagCursor,
    Handle(-1, 1): Qt.CursorShape.SizeBDiagCursor,
    Handle(0, -1): Qt.CursorShape.SizeVerCursor,
    Handle(0, 1): Qt.CursorShape.SizeVerCursor,
    Handle(-1, 0): Qt.CursorShape.SizeHorCursor,
    Handle(1, 0): Qt.CursorShape.SizeHorCursor,
}


def cursor_of(handle: Handle) -> Qt.CursorShape:
    """The pointer over a handle."""
    return _CURSORS[handle]


def paint_edge(
    painter: QPainter, place: QRect, palette: Palette, screen: QRect, ratio: float
) -> None:
    """The line around ``place``, which covers none of its pixels, and a white one around that; both
    stay on ``screen``, where a region may reach to the very edge. Both rectangles are in pixels of
    the screen, ``ratio`` of which make a logical one."""
    line, white = max(1, round(EDGE * ratio)), max(1, round(ratio))
    around = place.adjusted(-line, -line, line, line) & screen
    outer = around.adjusted(-white, -white, white, white) & screen
    inner = around.adjusted(line, line, -line, -line)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.scale(1 / ratio, 1 / ratio)
    for ring, color in (
        (QRegion(outer) - QRegion(around), _WHITE),
        (QRegion(around) - QRegion(inner), palette.color("tag")),
    ):
        for part in rects_of(ring):
            painter.fillRect(part, color)
    painter.restore()


def paint_handles(painter: QPainter, rect: QRect, palette: Palette, screen: QRect) -> None:
    """The handles on the edge of ``rect``; those in the middle of a side where there is room."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(palette.color("tag"), 2))
    painter.setBrush(_WHITE)
    inner = QRectF(screen).adjusted(REACH - 3, REACH - 3, -REACH + 3, -REACH + 3)
    for handle in HANDLES:
        if (handle.x == 0 and rect.width() < _ROOM) or (handle.y == 0 and rect.height() < _ROOM):
            continue
        x = rect.x() + rect.width() * (handle.x + 1) / 2 + handle.x * EDGE / 2
        y = rect.y() + rect.height() * (handle.y + 1) / 2 + handle.y * EDGE / 2
        x = min(max(x, inner.left()), inner.right())
        y = min(max(y, inner.top()), inner.bottom())
        painter.drawPolygon(octagon(x, y, SIZE - 2))
    painter.restore()


def edge_region(rect: QRect) -> QRegion:
    """All that ``paint_edge`` and ``paint_handles`` may touch."""
    outer = rect.adjusted(-REACH, -REACH, REACH, REACH)
    inner = rect.adjusted(_INSIDE, _INSIDE, -_INSIDE, -_INSIDE)
    return QRegion(outer) - QRegion(inner) if inner.isValid() else QRegion(outer)
