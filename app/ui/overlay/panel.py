"""What the panels of the overlay share: a surface with a hairline and round corners."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL


class Panel(QWidget):
    """A panel over the frozen screen, which paints the shadow under it. It keeps the mouse to
    itself, so that nothing is marked through it."""

    entered = Signal()  # the mouse has come over it

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.entered.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.fillPath(box(rect, RADIUS_PANEL), self.theme.color("surface"))
        painter.setPen(QPen(self.theme.color("border"), 1))
        painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PANEL))
