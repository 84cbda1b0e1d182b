"""The pixels around the pointer, enlarged, so that an edge can be put exactly."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP

ACROSS = 15  # pixels of the picture that are shown, each way; odd, so that one is in the middle
CELL = 9  # px that one of them takes
CAPTION = 24  # px for the line below
AWAY = 24  # px from the pointer
_GRID = QColor(128, 128, 128, 60)
_NOTHING = QColor(9, 14, 14)


def cell_size(ratio: float) -> int:
    """Pixels of the screen that one pixel of the picture takes: a whole number, or the enlarged
    ones would differ in size."""
    return max(1, round(CELL * ratio))


def magnifier_rect(
    point: QPoint, screen: QRect, ratio: float, caption: int, *, left: bool, up: bool
) -> QRect:
    """Where the magnifier stands: beside ``point``, to the ``left`` or ``up`` if so wished, and on
    the other side where it would leave ``screen``. ``caption`` is the height of its words."""
    side = -(-ACROSS * cell_size(ratio) // ratio)  # rounded up
    width, height = int(side), int(side) + caption
    x = _beside(point.x(), width, screen.x(), screen.x() + screen.width(), before=left)
    y = _beside(point.y(), height, screen.y(), screen.y() + screen.height(), before=up)
    return QRect(x, y, width, height)


def paint_magnifier(
    painter: QPainter, theme: Theme, rect: QRect, picture: QImage, middle: QRect, ratio: float
) -> None:
    """``picture`` around its pixels ``middle`` (those under the pointer) in ``rect``, with their
    place in words below. ``ratio`` is that of the window."""
    side = ACROSS * cell_size(ratio) / ratio
    outline = QRectF(rect)
    shape = QPainterPath()
    shape.addRoundedRect(outline, RADIUS_CHIP, RADIUS_CHIP)
    upper = QPainterPath()
    upper.addRect(QRectF(outline.topLeft(), QSizeF(outline.width(), side)))
    pixels = QBrush(_enlarged(picture, middle, cell_size(ratio), theme.color("tag")))
    pixels.setTransform(QTransform(1 / ratio, 0, 0, 1 / ratio, outline.x(), outline.y()))
    painter.save()
    theme.paint_shadow(painter, outline, RADIUS_CHIP)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.fillPath(shape, theme.color("surface"))
    painter.fillPath(shape.intersected(upper), pixels)
    painter.setFont(theme.font("micro"))
    painter.setPen(theme.color("text-2"))
    words = outline.adjusted(0, side, 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignCenter, f"{middle.x()}, {middle.y()}")
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(outline.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP, RADIUS_CHIP)
    painter.restore()


def _enlarged(picture: QImage, middle: QRect, cell: int, edge: QColor) -> QImage:
    """The pixels around ``middle``, each ``cell`` px, with lines between them and an edge around
    those in the middle."""
    half = ACROSS // 2
    center = middle.center()
    source = QRect(center.x() - half, center.y() - half, ACROSS, ACROSS)
    shown = source & picture.rect()
    side = ACROSS * cell
    enlarged = QImage(side, side, QImage.Format.Format_RGB32)
    enlarged.fill(_NOTHING)
    painter = QPainter(enlarged)
    painter.drawImage(_cells(shown, source, cell), picture, shown)
    painter.setPen(QPen(_GRID, 1))
    for line in range(cell, side, cell):
        painter.drawLine(line, 0, line, side)
        painter.drawLine(0, line, side, line)
    pointed = _cells(middle, source, cell)
    painter.setPen(QPen(QColor("white"), 1))
    painter.drawRect(pointed.adjusted(-2, -2, 1, 1))
    painter.setPen(QPen(edge, 1))
    painter.drawRect(pointed.adjusted(-1, -1, 0, 0))
    painter.end()
    return enlarged


def caption_height(theme: Theme) -> int:
    """The room for the words."""
    return max(CAPTION, QFontMetrics(theme.font("micro")).height() + 8)


def _cells(pixels: QRect, source: QRect, cell: int) -> QRect:
    return QRect(
        (pixels.x() - source.x()) * cell,
        (pixels.y() - source.y()) * cell,
        pixels.width() * cell,
        pixels.height() * cell,
    )


def _beside(at: int, length: int, least: int, most: int, *, before: bool) -> int:
    after_place, before_place = at + AWAY, at - AWAY - length
    first, second = (before_place, after_place) if before else (after_place, before_place)
    for place in (first, second):
        if least <= place and place + length <= most:
            return place
    return max(least, min(first, most - length))
