"""The shapes of the design, painted: the cut box, the octagon, the mark, the meter, the shadow.

All coordinates are device-independent pixels. Everything here draws with the painter it is given
and leaves the painter's state as it was.
"""

from functools import lru_cache
from math import erfc, hypot, sqrt
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

# The outline of a step-cut stone on a 24 px grid, clockwise from the upper left.
_RIM = (
    (7.44, 1.0),
    (16.56, 1.0),
    (23.0, 7.44),
    (23.0, 16.56),
    (16.56, 23.0),
    (7.44, 23.0),
    (1.0, 16.56),
    (1.0, 7.44),
)
_TINTS = ("g2", "g1", "g2", "g3", "g4", "g5", "g4", "g3")  # N NE E SE S SW W NW


class Palette(Protocol):
    """What a painter of coloured shapes needs of a theme."""

    def color(self, name: str) -> QColor: ...


def _table(size: float, shift: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The inner octagon: the rim scaled by ``size`` and moved down left by ``shift``."""
    return tuple((12 + (x - 12) * size - shift, 12 + (y - 12) * size + shift) for x, y in _RIM)


_MARK_TABLE = _table(0.5, 1.25)
_LINE_TABLE = _table(0.44, 1.3)
_METER_TABLE = _table(0.52)


def box(rect: QRectF, radius: float, cut: float = 0.0) -> QPainterPath:
    """A rounded rectangle; with ``cut`` its lower right corner is cut off straight."""
    x, y, width, height = rect.x(), rect.y(), rect.width(), rect.height()
    radius = min(radius, width / 2, height / 2)
    right, bottom = x + width, y + height
    path = QPainterPath()
    path.moveTo(x + radius, y)
    path.lineTo(right - radius, y)
    path.quadTo(right, y, right, y + radius)
    path.lineTo(right, bottom - (cut or radius))
    if cut:
        path.lineTo(right - cut, bottom)
    else:
        path.quadTo(right, bottom, right - radius, bottom)
    path.lineTo(x + radius, bottom)
    path.quadTo(x, bottom, x, bottom - radius)
    path.lineTo(x, y + radius)
    path.quadTo(x, y, x + radius, y)
    path.closeSubpath()
    return path


def octagon(center_x: float, center_y: float, size: float) -> QPolygonF:
    """A regular octagon ``size`` px across the flats."""
    return QPolygonF(
        [QPointF(center_x + (x - 12) / 22 * size, center_y + (y - 12) / 22 * size) for x, y in _RIM]
    )


def _polygon(points: list[tuple[float, float]], x: float, y: float, scale: float) -> QPolygonF:
    return QPolygonF([QPointF(x + px * scale, y + py * scale) for px, py in points])


def paint_mark(painter: QPainter, rect: QRectF, palette: Palette, lit: int | None = None) -> None:
    """The coloured mark. With ``lit`` (0 to 7, clockwise from the top) that facet catches the
    light instead of the upper right one: one step of the working mark."""
    turn = 0 if lit is None else (lit - 1) % 8
    scale = rect.width() / 24
    x, y = rect.left(), rect.top()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color("g4"))
    painter.drawPolygon(_polygon(list(_RIM), x, y, scale))
    for facet in range(8):
        following = (facet + 1) % 8
        corners = [_RIM[facet], _RIM[following], _MARK_TABLE[following], _MARK_TABLE[facet]]
        painter.setBrush(palette.color(_TINTS[(facet - turn) % 8]))
        painter.drawPolygon(_polygon(corners, x, y, scale))
    painter.setBrush(palette.color("g3"))
    painter.drawPolygon(_polygon(list(_MARK_TABLE), x, y, scale))
    painter.restore()


def paint_line_mark(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """The mark in lines, for a finished answer."""
    scale = rect.width() / 24
    x, y = rect.left(), rect.top()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, 1.5 * scale)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(_polygon(list(_RIM), x, y, scale))
    painter.drawPolygon(_polygon(list(_LINE_TABLE), x, y, scale))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(_polygon([_RIM[1], _RIM[2], _LINE_TABLE[2], _LINE_TABLE[1]], x, y, scale))
    painter.restore()


def paint_meter(painter: QPainter, rect: QRectF, lit: int, on: QColor, off: QColor) -> None:
    """A ring of eight facets, ``lit`` of them in ``on``, clockwise from the top."""
    scale = rect.width() / 24
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for facet in range(8):
        following = (facet + 1) % 8
        corners = (_RIM[facet], _RIM[following], _METER_TABLE[following], _METER_TABLE[facet])
        middle_x = sum(x for x, _ in corners) / 4
        middle_y = sum(y for _, y in corners) / 4
        shrunk = [
            (middle_x + (x - middle_x) * 0.86, middle_y + (y - middle_y) * 0.86) for x, y in corners
        ]
        painter.setBrush(on if facet < lit else off)
        painter.drawPolygon(_polygon(shrunk, rect.left(), rect.top(), scale))
    painter.restore()


def paint_focus_ring(painter: QPainter, rect: QRectF, radius: float, color: QColor) -> None:
    """A 2 px ring whose outer edge is ``rect``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2))
    painter.drawPath(box(rect.adjusted(1, 1, -1, -1), radius))
    painter.restore()


SHADOW_MARGIN = 32  # px that a shadow reaches beyond its panel, at most
_LAYERS = ((10.0, 6.0), (1.5, 1.0))  # (sigma, offset down) of the two parts of elevation 2


def paint_shadow(
    painter: QPainter, rect: QRectF, radius: float, color: QColor, opacity: float
) -> None:
    """The shadow of elevation 2 under a panel at ``rect``, from cached nine-patches."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    for sigma, down in _LAYERS:
        patch = _shadow_patch(sigma, radius, color.rgb(), opacity)
        reach = round(3 * sigma)
        edge = reach + radius + reach  # the part of the patch that must not be stretched
        side = patch.width()
        outer = rect.adjusted(-reach, -reach + down, reach, reach + down)
        edge_x, edge_y = min(edge, outer.width() / 2), min(edge, outer.height() / 2)
        columns = (
            (outer.left(), edge_x, 0.0, edge_x),
            (outer.left() + edge_x, outer.width() - 2 * edge_x, edge, 2.0),
            (outer.right() - edge_x, edge_x, side - edge_x, edge_x),
        )
        rows = (
            (outer.top(), edge_y, 0.0, edge_y),
            (outer.top() + edge_y, outer.height() - 2 * edge_y, edge, 2.0),
            (outer.bottom() - edge_y, edge_y, side - edge_y, edge_y),
        )
        for to_x, to_width, from_x, from_width in columns:
            for to_y, to_height, from_y, from_height in rows:
                if to_width > 0 and to_height > 0:
                    painter.drawPixmap(
                        QRectF(to_x, to_y, to_width, to_height),
                        patch,
                        QRectF(from_x, from_y, from_width, from_height),
                    )
    painter.restore()


@lru_cache(maxsize=16)
def _shadow_patch(sigma: float, radius: float, rgb: int, opacity: float) -> QPixmap:
    """A blurred rounded square. A blur of a straight edge is the error function of the distance
    to it, so each pixel follows from its distance to the square; no blur is run."""
    reach = round(3 * sigma)
    edge = int(reach + radius + reach)
    side = 2 * edge + 2
    half = side / 2 - reach  # half the side of the square itself
    quarter = side // 2
    root = sigma * sqrt(2)
    rows: list[bytes] = []
    for row in range(quarter):
        y = side / 2 - row - 0.5
        line = bytearray(quarter)
        for column in range(quarter):
            x = side / 2 - column - 0.5
            out_x, out_y = x - half + radius, y - half + radius
            distance = (
                hypot(max(out_x, 0.0), max(out_y, 0.0)) + min(max(out_x, out_y), 0.0) - radius
            )
            line[column] = round(255 * erfc(distance / root) / 2)
        rows.append(bytes(line) + bytes(reversed(line)))
    data = b"".join(rows + rows[::-1])
    image = QImage(data, side, side, side, QImage.Format.Format_Indexed8)
    tint = QColor(rgb)
    image.setColorTable(
        [
            QColor(tint.red(), tint.green(), tint.blue(), round(level * opacity)).rgba()
            for level in range(256)
        ]
    )
    return QPixmap.fromImage(image)
