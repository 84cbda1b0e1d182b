"""The mark as the icon of windows and of the task bar."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from app.ui.theme.shapes import Palette, paint_mark

_SIZES = (16, 24, 32, 48, 64, 128)


def app_icon(palette: Palette) -> QIcon:
    """The icon at the sizes that window managers ask for."""
    icon = QIcon()
    for side in _SIZES:
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(0, 0, side, side), palette)
        painter.end()
        icon.addPixmap(pixmap)
    return icon
