"""The edge of the sidebar, and that of the pane beside the chat."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget


class Grip(QWidget):
    """Lies over the edge of something that stands at the beginning of the window, or ``at_end``
    of it, to drag it wider or narrower; a double click gives the usual width."""

    WIDTH = 7
    dragged = Signal(int)  # the width that it should have
    reset = Signal()

    def __init__(self, window: QWidget, *, at_end: bool = False) -> None:
        super().__init__(window)
        self._at_end = at_end
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def place(self, width: int) -> None:
        """Lie over the edge of something that is ``width`` px wide."""
        window = self.window()
        x = window.width() - width if self._at_right else width
        self.setGeometry(x - self.WIDTH // 2, 0, self.WIDTH, window.height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            x = self.mapTo(self.window(), event.position().toPoint()).x()
            self.dragged.emit(self.window().width() - x if self._at_right else x)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    @property
    def _at_right(self) -> bool:
        return self.isRightToLeft() != self._at_end
