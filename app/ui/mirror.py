"""Right-to-left: what is placed by hand stands on the other side.

Text needs no such care: Qt reads AlignLeft as "at the beginning of the line" when it paints.
"""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QBoxLayout, QWidget


def placed(widget: QWidget, rect: QRectF) -> QRectF:
    """``rect`` within ``widget`` as it stands in the direction of reading."""
    if not widget.isRightToLeft():
        return rect
    return QRectF(widget.width() - rect.right(), rect.top(), rect.width(), rect.height())


def placed_exactly(widget: QWidget, rect: QRect) -> QRect:
    """The same in whole pixels."""
    if not widget.isRightToLeft():
        return rect
    return QRect(widget.width() - rect.x() - rect.width(), rect.y(), rect.width(), rect.height())


def set_margins(
    layout: QBoxLayout, widget: QWidget, begin: int, top: int, end: int, bottom: int
) -> None:
    """The margins of the layout of ``widget``; Qt does not mirror them."""
    if widget.isRightToLeft():
        begin, end = end, begin
    layout.setContentsMargins(begin, top, end, bottom)
