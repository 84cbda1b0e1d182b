"""The mark as the icon of windows, of the task bar and beside the clock."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from app.ui.theme.shapes import Palette, octagon, paint_line_mark, paint_mark

_SIZES = (16, 24, 32, 48, 64, 128)


def app_icon(palette: Palette) -> QIcon:
    """The icon at the sizes that window managers ask for."""
    return _icon(lambda painter, rect: paint_mark(painter, rect, palette))


def line_icon() -> QIcon:
    """The mark in lines, for a system that gives it the colour of its bar."""
    icon = _icon(lambda painter, rect: paint_line_mark(painter, rect, QColor("black")))
    icon.setIsMask(True)
    return icon


def with_light(icon: QIcon, palette: Palette) -> QIcon:
    """``icon`` with a red light in its corner: the microphone is open. No mask any more, for a
    system that colours those would take the red away."""

    def paint(painter: QPainter, rect: QRectF) -> None:
        side = round(rect.width())
        painter.drawPixmap(0, 0, icon.pixmap(side, side))
        light = rect.width() * 0.42
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color("danger"))
        painter.drawPolygon(octagon(side - light / 2, side - light / 2, light))

    return _icon(paint)


def _icon(paint: Callable[[QPainter, QRectF], None]) -> QIcon:
    icon = QIcon()
    for side in _SIZES:
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint(painter, QRectF(0, 0, side, side))
        painter.end()
        icon.addPixmap(pixmap)
    return icon
