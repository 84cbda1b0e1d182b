"""All that can be seen over the picture of one screen, as a value: two looks tell what has to be
painted anew."""

from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from app.ui.overlay.handles import edge_region
from app.ui.overlay.readout import Piece
from app.ui.theme.shapes import SHADOW_MARGIN

TAGS = 40  # px that the tags of boxes may reach beyond the region
CROSS = 12  # px that each arm of the keyboard's cross reaches


@dataclass(frozen=True)
class Look:
    """Rectangles in logical pixels of the window; null ones for what isn't there.

    ``lit`` is what is not dimmed: the region, or the window that a click would take; ``magnifier``
    shows the pixels around ``middle`` (pixels of the picture).
    """

    lit: QRect = field(default_factory=QRect)
    marked: bool = False  # lit is the region, which has handles
    boxed: QRect = field(default_factory=QRect)  # the region, while boxes on it are true
    readout: QRect = field(default_factory=QRect)
    size_words: tuple[Piece, ...] = ()
    magnifier: QRect = field(default_factory=QRect)
    middle: QRect = field(default_factory=QRect)
    cross: QPoint | None = None
    hint: QRect = field(default_factory=QRect)
    hint_words: tuple[Piece, ...] = ()

    def changes(self, before: "Look") -> QRegion:
        """What has to be painted when this look follows another."""
        dirty = QRegion()
        if self.lit != before.lit or self.marked != before.marked:
            dirty += QRegion(self.lit).xored(QRegion(before.lit))
            for rect in (self.lit, before.lit):
                if not rect.isNull():
                    dirty += edge_region(rect)
        if self.boxed != before.boxed:
            for rect in (self.boxed, before.boxed):
                if not rect.isNull():
                    dirty += rect.adjusted(-TAGS, -TAGS, TAGS, TAGS)
        if (self.readout, self.size_words) != (before.readout, before.size_words):
            dirty += _with_rim(self.readout) + _with_rim(before.readout)
        if (self.magnifier, self.middle) != (before.magnifier, before.middle):
            dirty += _with_shadow(self.magnifier) + _with_shadow(before.magnifier)
        if (self.hint, self.hint_words) != (before.hint, before.hint_words):
            dirty += _with_rim(self.hint) + _with_rim(before.hint)
        if self.cross != before.cross:
            for point in (self.cross, before.cross):
                if point is not None:
                    reach = CROSS + 2
                    side = 2 * reach + 1
                    dirty += QRegion(point.x() - reach, point.y() - reach, side, side)
        return dirty


def _with_rim(rect: QRect) -> QRegion:
    """With the pixels that its edges touch where a logical pixel is no whole one of the screen."""
    return QRegion() if rect.isNull() else QRegion(rect.adjusted(-1, -1, 1, 1))


def _with_shadow(rect: QRect) -> QRegion:
    if rect.isNull():
        return QRegion()
    reach = SHADOW_MARGIN + 6
    return QRegion(rect.adjusted(-reach, -reach, reach, reach))
