"""A picture that can be fitted, seen at its own size, zoomed and moved about."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.ui.theme.theme import Theme

_LARGEST = 8.0  # device pixels for each pixel of the picture
_STEP = 1.25


class PictureCanvas(QAbstractScrollArea):
    """Shows one picture. ``scale`` is screen pixels for each of its pixels; 1.0 is 100 %."""

    scale_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = QPixmap()
        self._scale: float | None = None  # None fits the picture into the window
        self._grip: QPoint | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Picture"))
        theme.changed.connect(self.viewport().update)

    def show_picture(self, image: QImage) -> None:
        """Show ``image``, fitted; an empty one shows nothing."""
        self._picture = QPixmap.fromImage(image)
        self.fit()

    @property
    def fitted(self) -> bool:
        """Whether the picture follows the size of the window."""
        return self._scale is None

    @property
    def scale(self) -> float:
        """The scale in use."""
        return self._fitting_scale() if self._scale is None else self._scale

    def fit(self) -> None:
        """Show the whole picture; a small one is not enlarged."""
        self._scale = None
        self._changed()

    def actual_size(self) -> None:
        """One pixel of the picture on one pixel of the screen."""
        self._set_scale(1.0, self._middle())

    def zoom(self, steps: float) -> None:
        """Enlarge by a quarter ``steps`` times, or shrink for a negative number."""
        self._set_scale(self.scale * _STEP**steps, self._middle())

    # -- what happens to it -----------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        elif event.key() == Qt.Key.Key_1:
            self.actual_size()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self._set_scale(self.scale * _STEP**steps, event.position())
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position().toPoint()
            self._show_hand()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        moved = event.position().toPoint() - self._grip
        self._grip = event.position().toPoint()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - moved.x())
        down.setValue(down.value() - moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self._show_hand()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.fitted:
            self._set_scale(1.0, event.position())
        else:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color("sunken"))
        if self._picture.isNull():
            return
        smooth = self.scale * self._pixels() < 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(self._target(), self._picture, QRectF(self._picture.rect()))

    # -- inside -----------------------------------------------------------------------------

    def _pixels(self) -> float:
        return self.devicePixelRatioF()

    def _shown_size(self) -> QSize:
        factor = self.scale / self._pixels()
        return QSize(round(self._picture.width() * factor), round(self._picture.height() * factor))

    def _fitting_scale(self) -> float:
        if self._picture.isNull():
            return 1.0
        room = self.viewport().size()
        across = room.width() * self._pixels() / self._picture.width()
        down = room.height() * self._pixels() / self._picture.height()
        return min(1.0, across, down)

    def _target(self) -> QRectF:
        room, shown = self.viewport().size(), self._shown_size()
        left = (
            (room.width() - shown.width()) / 2
            if shown.width() <= room.width()
            else -self.horizontalScrollBar().value()
        )
        top = (
            (room.height() - shown.height()) / 2
            if shown.height() <= room.height()
            else -self.verticalScrollBar().value()
        )
        return QRectF(left, top, shown.width(), shown.height())

    def _middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    def _set_scale(self, scale: float, around: QPointF) -> None:
        """Scale so that the spot at ``around`` in the viewport stays where it is."""
        if self._picture.isNull():
            return
        smallest = min(self._fitting_scale(), 0.1)
        before, target = self.scale, self._target()
        spot = (around - target.topLeft()) / before
        self._scale = min(max(scale, smallest), _LARGEST)
        self._changed()
        after = spot * self._scale
        self.horizontalScrollBar().setValue(round(after.x() - around.x()))
        self.verticalScrollBar().setValue(round(after.y() - around.y()))

    def _changed(self) -> None:
        room, shown = self.viewport().size(), self._shown_size()
        for bar, length, seen in (
            (self.horizontalScrollBar(), shown.width(), room.width()),
            (self.verticalScrollBar(), shown.height(), room.height()),
        ):
            bar.setRange(0, max(0, length - seen) if self._scale is not None else 0)
            bar.setPageStep(seen)
            bar.setSingleStep(40)
        self._show_hand()
        self.viewport().update()
        self.scale_changed.emit()

    def _show_hand(self) -> None:
        movable = self.horizontalScrollBar().maximum() or self.verticalScrollBar().maximum()
        if not movable:
            self.viewport().unsetCursor()
        elif self._grip is not None:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
