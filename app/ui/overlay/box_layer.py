"""Boxes and their labels on the frozen screen, and the button to look closer at one."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen

from app.core.boxes import Box
from app.desktop.capture.frame import Frame
from app.ui.overlay.box_paint import (
    LINE_HOVERED,
    Tag,
    annotated,
    lay_tags,
    paint_box,
    paint_tag,
    pixels_of,
    unit_of,
)
from app.ui.theme.shapes import octagon
from app.ui.theme.theme import Theme

_CLOSER = 25  # px; its target is 3 px larger
_REACH = 10  # px around the hovered box that still belong to it: the way to its button


class BoxLayer(QObject):
    """What the model points at in a part of a frame. All points and places are in logical pixels
    of the frame; whoever shows the frame calls ``paint``, ``hover`` and ``press``."""

    changed = Signal()  # it is to be painted anew
    hovered_changed = Signal(int)  # by the mouse; the index of a box, -1 for none
    closer_wanted = Signal(Box)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._region = QRect()  # of the frame's image
        self._crop = QImage()
        self._boxes: tuple[Box, ...] = ()
        self._pixels: list[QRect] = []  # of the frame's image
        self._tags: list[Tag] = []
        self._closer = False
        self.hovered = -1
        theme.changed.connect(lambda: self._lay())

    # -- what is shown ----------------------------------------------------------------------

    def show(
        self, frame: Frame, region: QRect, boxes: Sequence[Box], *, closer: bool = False
    ) -> None:
        """Show ``boxes`` of ``region``, which is in pixels of the frame's image. ``closer`` offers
        to look closer at the hovered one."""
        same = frame is self._frame and region == self._region and not self._crop.isNull()
        if not same:
            self._frame, self._region = frame, QRect(region)
            self._crop = frame.image.copy(region)
        grown = same and tuple(boxes[: len(self._boxes)]) == self._boxes
        known = self._tags if grown else []
        if closer and not self._closer:
            known = []  # all are there now: the best places for all
        if not grown:
            self.hovered = -1  # they are others, not more
        if grown and len(boxes) == len(self._tags) and closer == self._closer:
            return
        self._boxes = tuple(boxes)
        self._closer = closer
        self._lay(known)

    def clear(self) -> None:
        """Show nothing, and let go of the frame."""
        self._frame, self._crop, self._region = None, QImage(), QRect()
        self._boxes, self.hovered = (), -1
        self._lay()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is shown."""
        return self._boxes

    def set_hovered(self, index: int) -> None:
        """Point at a box; -1 for none."""
        index = index if index < len(self._boxes) else -1
        if index != self.hovered:
            self.hovered = index
            self.changed.emit()

    def places(self) -> list[QRectF]:
        """Where the boxes stand."""
        frame = self._frame
        return [] if frame is None else [frame.logical(place) for place in self._pixels]

    def tags(self) -> list[Tag]:
        """Their labels."""
        return list(self._tags)

    def closer_place(self) -> QRectF | None:
        """Where the button to look closer stands: at the lower right corner of the hovered box, or
        at another one where a label is."""
        if not self._closer or self._frame is None or not 0 <= self.hovered < len(self._pixels):
            return None
        side = self._theme.px(_CLOSER + 3)
        box = self.places()[self.hovered].adjusted(0, 0, LINE_HOVERED, LINE_HOVERED)
        whole = QRectF(self._frame.rect)
        places = []
        for corner in (box.bottomRight(), box.topRight(), box.bottomLeft(), box.topLeft()):
            place = QRectF(corner.x() - side / 2, corner.y() - side / 2, side, side)
            place.moveLeft(max(whole.left(), min(place.left(), whole.right() - side)))
            place.moveTop(max(whole.top(), min(place.top(), whole.bottom() - side)))
            places.append(place)
        labels = [tag.place for tag in self._tags]
        free = (place for place in places if not any(map(place.intersects, labels)))
        return next(free, places[0])

    def annotated(self) -> QImage:
        """The region with its boxes, at the frame's own resolution; null without boxes."""
        if self._frame is None or not self._boxes:
            return QImage()
        return annotated(self._theme, self._crop, self._boxes, self._frame.ratio)

    # -- the mouse --------------------------------------------------------------------------

    def hover(self, point: QPointF | None) -> bool:
        """The mouse is at ``point``, or has gone. Returns whether a press would do something."""
        index = self._box_at(point) if point is not None else -1
        if index != self.hovered:
            self.set_hovered(index)
            self.hovered_changed.emit(index)
        place = self.closer_place()
        return point is not None and place is not None and place.contains(point)

    def press(self, point: QPointF) -> bool:
        """Returns whether the press at ``point`` was for the button of the hovered box."""
        place = self.closer_place()
        if place is None or not place.contains(point):
            return False
        self.closer_wanted.emit(self._boxes[self.hovered])
        return True

    # -- painting ---------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Paint boxes, labels and button over the frame."""
        frame = self._frame
        if frame is None or not self._boxes:
            return
        tag = self._theme.color("tag")
        order = sorted(range(len(self._boxes)), key=lambda index: index == self.hovered)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.scale(1 / frame.ratio, 1 / frame.ratio)
        for index in order:  # the hovered one last, above the others
            hovered = index == self.hovered
            paint_box(
                painter, self._pixels[index], self._region, unit_of(frame.ratio), tag, hovered
            )
        painter.restore()
        for index in order:
            paint_tag(painter, self._theme, self._tags[index])
        place = self.closer_place()
        if place is not None:
            self._paint_closer(painter, place.center())

    def _paint_closer(self, painter: QPainter, center: QPointF) -> None:
        theme = self._theme
        side, glyph = theme.px(_CLOSER), theme.px(15)
        tag = theme.color("tag")
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawPolygon(octagon(center.x(), center.y(), side + 2))
        painter.setPen(QPen(tag, 1.5))
        painter.drawPolygon(octagon(center.x(), center.y(), side - 1.5))
        rect = QRectF(center.x() - glyph / 2, center.y() - glyph / 2, glyph, glyph)
        theme.paint_icon(painter, "closer", rect, tag)
        painter.restore()

    # -- inside -----------------------------------------------------------------------------

    def _lay(self, known: Sequence[Tag] = ()) -> None:
        frame = self._frame
        self._pixels, self._tags = [], []
        if frame is not None and self._boxes:
            self._pixels = [
                place.translated(self._region.topLeft())
                for place in pixels_of(self._boxes, self._region.width(), self._region.height())
            ]
            bounds = frame.logical(self._region)
            self._tags = lay_tags(
                self._theme, self._boxes, self.places(), bounds, self._crop, frame.ratio, known
            )
        self.changed.emit()

    def _box_at(self, point: QPointF) -> int:
        """The smallest box at ``point``; a label counts as its box, and the hovered one is kept
        until the mouse is well outside of it."""
        button = self.closer_place()
        if button is not None and button.contains(point):
            return self.hovered
        places = self.places()
        hits = [
            (place.width() * place.height(), index)
            for index, place in enumerate(places)
            if place.contains(point) or self._tags[index].place.contains(point)
        ]
        if hits:
            return min(hits)[1]
        if 0 <= self.hovered < len(places):
            reach = self._theme.px(_REACH)
            if places[self.hovered].adjusted(-reach, -reach, reach, reach).contains(point):
                return self.hovered
        return -1
