"""Places in a picture of the screen, in pixels."""

from PySide6.QtCore import QRect

from app.core.boxes import Box

_MARGIN = 0.2  # of a box's size, on each side of what is looked at closer
_LEAST = 64  # pixels along each side of it, or there is nothing around to tell what it is


def pixels_of(region: QRect, box: Box) -> QRect:
    """Where ``box``, a share of ``region``, lies in the picture that ``region`` is a part of."""
    left, top, width, height = box.pixels(region.width(), region.height())
    return QRect(region.x() + left, region.y() + top, width, height)


def closer_look(region: QRect, box: Box, bounds: QRect) -> QRect:
    """What to look at of a picture with these ``bounds`` to see more of ``box``, a share of
    ``region``: with a margin, and not so little that it can't be told what it is."""
    part = pixels_of(region, box.with_margin(_MARGIN))
    width = min(max(part.width(), _LEAST), bounds.width())
    height = min(max(part.height(), _LEAST), bounds.height())
    left = part.x() - (width - part.width()) // 2
    top = part.y() - (height - part.height()) // 2
    left = max(bounds.x(), min(left, bounds.x() + bounds.width() - width))
    top = max(bounds.y(), min(top, bounds.y() + bounds.height() - height))
    return QRect(left, top, width, height)
