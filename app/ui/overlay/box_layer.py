"""Boxes and their labels on the frozen screen, and the button to look closer at one."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

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
from app.ui.theme.controls import ThemedButton
from app.ui.theme.shapes import octagon
from app.ui.theme.theme import Theme

_REACH = 14  # px around the hovered box that still belong to it: the way to its button


class BoxLayer(QWidget):
    """Lies over a whole frame and lets the mouse through. ``hover_at`` is told where it is."""

    hovered_changed = Signal(int)  # the index of a box, -1 for none
    closer_wanted = Signal(Box)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._region = QRect()
        self._crop = QImage()
        self._boxes: tuple[Box, ...] = ()
        self._pixels: list[QRect] = []  # of the frame's image
        self._tags: list[Tag] = []
        self._hovered = -1
        self._closer_allowed = False
        self.closer = CloserButton(theme, parent)
        self.closer.clicked.connect(self._closer_pressed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.resize(parent.size())
        parent.installEventFilter(self)
        theme.changed.connect(self._lay)

    # -- what is shown ----------------------------------------------------------------------

    def show_on(self, frame: Frame, region: QRect) -> None:
        """The boxes are places in ``region`` (logical, relative to ``frame``)."""
        self._frame, self._region = frame, QRect(region)
        self._crop = frame.crop(region)
        self.set_boxes(())

    def set_boxes(self, boxes: Sequence[Box], *, closer: bool = False) -> None:
        """Show these; ``closer`` offers to look closer at the hovered one."""
        self._boxes = tuple(boxes)
        self._closer_allowed = closer
        if self._hovered >= len(self._boxes):
            self._hovered = -1
        self._lay()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is shown."""
        return self._boxes

    @property
    def hovered(self) -> int:
        """The index of the box that is pointed at, -1 for none."""
        return self._hovered

    def set_hovered(self, index: int) -> None:
        """Point at a box; -1 for none."""
        index = index if index < len(self._boxes) else -1
        if index != self._hovered:
            self._hovered = index
            self._place_closer()
            self.update()

    def hover_at(self, point: QPointF | None) -> bool:
        """The mouse is at ``point``, in this widget's pixels, or has gone. Returns whether a box
        is there."""
        index = self._box_at(point) if point is not None else -1
        if index != self._hovered:
            self.set_hovered(index)
            self.hovered_changed.emit(index)
        return index >= 0

    def places(self) -> list[QRectF]:
        """Where the boxes stand, in this widget's pixels."""
        frame = self._frame
        return [] if frame is None else [frame.logical(place) for place in self._pixels]

    def tags(self) -> list[Tag]:
        """Their labels."""
        return list(self._tags)

    def annotated(self) -> QImage:
        """The region with its boxes, at the frame's own resolution; null without a region."""
        if self._crop.isNull() or self._frame is None:
            return QImage()
        return annotated(self._theme, self._crop, self._boxes, self._frame.ratio)

    # -- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._frame is None or not self._boxes:
            return
        painter = QPainter(self)
        self.paint(painter)

    def paint(self, painter: QPainter) -> None:
        """Paint boxes and labels, in this widget's pixels."""
        frame = self._frame
        assert frame is not None
        bounds = frame.physical(self._region)
        tag = self._theme.color("tag")
        order = sorted(range(len(self._boxes)), key=lambda index: index == self._hovered)
        painter.save()
        painter.scale(1 / frame.ratio, 1 / frame.ratio)
        for index in order:  # the hovered one last, above the others
            hovered = index == self._hovered
            paint_box(painter, self._pixels[index], bounds, unit_of(frame.ratio), tag, hovered)
        painter.restore()
        for index in order:
            paint_tag(painter, self._theme, self._tags[index])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self.resize(self.parentWidget().size())
        return False

    # -- inside -----------------------------------------------------------------------------

    def _lay(self) -> None:
        frame = self._frame
        self._pixels, self._tags = [], []
        if frame is not None and self._boxes:
            crop = frame.physical(self._region)
            self._pixels = [
                place.translated(crop.topLeft())
                for place in pixels_of(self._boxes, crop.width(), crop.height())
            ]
            self._tags = lay_tags(
                self._theme,
                self._boxes,
                self.places(),
                frame.logical(crop),
                self._crop,
                frame.ratio,
            )
        self._place_closer()
        self.update()

    def _box_at(self, point: QPointF) -> int:
        """The smallest box at ``point``; a label counts as its box, and the hovered one is kept
        until the mouse is well outside of it."""
        places = self.places()
        hits = [
            (place.width() * place.height(), index)
            for index, place in enumerate(places)
            if place.contains(point) or self._tags[index].place.contains(point)
        ]
        if hits:
            return min(hits)[1]
        if 0 <= self._hovered < len(places):
            reach = self._theme.px(_REACH)
            around = places[self._hovered].adjusted(-reach, -reach, reach, reach)
            if around.contains(point):
                return self._hovered
        return -1

    def _place_closer(self) -> None:
        wanted = self._closer_allowed and 0 <= self._hovered < len(self._boxes)
        if wanted:
            place = self.places()[self._hovered]
            side = self.closer.sizeHint().width()
            out = LINE_HOVERED + 2
            x = place.right() + out - side / 2
            y = place.bottom() + out - side / 2
            x = min(max(x, 0.0), self.width() - side)
            y = min(max(y, 0.0), self.height() - side)
            self.closer.setGeometry(round(x), round(y), side, side)
            self.closer.set_label(self._boxes[self._hovered].label)
        self.closer.setVisible(wanted)

    def _closer_pressed(self) -> None:
        if 0 <= self._hovered < len(self._boxes):
            self.closer_wanted.emit(self._boxes[self._hovered])


class CloserButton(ThemedButton):
    """A white octagon at the corner of a box."""

    SIDE = 25
    radius = 9.0

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the row in the card is the way by keyboard
        self.set_label("")
        self.hide()

    def set_label(self, label: str) -> None:
        """Which box it is about."""
        words = self.tr("Look closer at {0}").format(label) if label else self.tr("Look closer")
        self.setAccessibleName(words)
        self.setToolTip(words)

    def sizeHint(self) -> QSize:
        side = self.theme.px(self.SIDE + 4)  # targets are never smaller than 28
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center = QRectF(self.rect()).center()
        side = theme.px(self.SIDE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawPolygon(octagon(center.x(), center.y(), side + 3))
        painter.setPen(QPen(theme.color("tag"), 1.5))
        painter.drawPolygon(octagon(center.x(), center.y(), side - 1.5))
        glyph = theme.px(16)
        rect = QRectF(center.x() - glyph / 2, center.y() - glyph / 2, glyph, glyph)
        theme.paint_icon(painter, "closer", rect, theme.color("tag"))
