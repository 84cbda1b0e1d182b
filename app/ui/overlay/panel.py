"""What the panels of the overlay share: a surface with a hairline, round corners and a shadow."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.theme.shapes import SHADOW_MARGIN, box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL


class Panel(QWidget):
    """A panel over the frozen screen. Its geometry is what is seen of it; the shadow is a sibling
    that follows it. It keeps the mouse to itself, so that nothing is marked through it."""

    def __init__(self, theme: Theme, parent: QWidget, *, radius: float = RADIUS_PANEL) -> None:
        super().__init__(parent)
        self.theme = theme
        self._radius = radius
        self._shadow = _Shadow(theme, self, radius)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        theme.changed.connect(self.update)

    def appear(self) -> None:
        """Show it above what is there."""
        self.show()
        self.raise_()

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
        painter.fillPath(box(rect, self._radius), self.theme.color("surface"))
        painter.setPen(QPen(self.theme.color("border"), 1))
        painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), self._radius))


class _Shadow(QWidget):
    """The shadow under a panel."""

    def __init__(self, theme: Theme, panel: QWidget, radius: float) -> None:
        super().__init__(panel.parentWidget())
        self._theme = theme
        self._panel = panel
        self._radius = radius
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        panel.installEventFilter(self)
        theme.changed.connect(self.update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Move, QEvent.Type.Resize):
            self._follow()
        elif kind == QEvent.Type.Show:
            self._follow()
            self.show()
        elif kind == QEvent.Type.Hide:
            self.hide()
        elif kind == QEvent.Type.ZOrderChange:
            self.stackUnder(self._panel)
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        margin = SHADOW_MARGIN + 8
        inner = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        self._theme.paint_shadow(QPainter(self), inner, self._radius)

    def _follow(self) -> None:
        margin = SHADOW_MARGIN + 8  # it falls 6 px below the panel
        self.setGeometry(self._panel.geometry().adjusted(-margin, -margin, margin, margin))
        self.stackUnder(self._panel)
