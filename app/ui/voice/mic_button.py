"""The button that is held to talk, or pressed to start and stop."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme.buttons import IconButton
from app.ui.theme.shapes import octagon
from app.ui.theme.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DOT = 8  # px


class MicButton(IconButton):
    """Tells of every press and release, wherever the mouse has gone meanwhile; the menu of voice is
    behind a right click. It bears a red dot while the microphone is open."""

    held = Signal(int)  # by the mouse; when, in milliseconds of the system's clock, 0 if unknown
    let_go = Signal(int)
    key_down = Signal(int)
    key_up = Signal(int)
    toggled_by_key = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, size: int = 32) -> None:
        super().__init__(theme, "mic", "", size=size, icon_size=20, parent=parent)
        self._lit = False
        self._holding = False
        self.set_name(self.tr("Talk"), self.tr("Hold Space"))
        self.clicked.connect(self.toggled_by_key)  # by assistive technology
        self.setAccessibleDescription(
            self.tr("Hold to talk, or press to start and stop. The menu has dictation.")
        )

    @property
    def lit(self) -> bool:
        """Whether it says that the microphone is open."""
        return self._lit

    def set_lit(self, lit: bool) -> None:
        """The microphone has been opened or closed."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self._hold(event.timestamp())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()  # leaving the button does not let go of it

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go(event.timestamp())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.key_down.emit(event.timestamp())
        elif event.key() not in _ENTER:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.toggled_by_key.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.key_up.emit(event.timestamp())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._lit:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("danger"))
        side = self.theme.px(_DOT)
        painter.drawPolygon(octagon(self.width() - side, side, side))

    def _hold(self, at: int) -> None:
        if not self._holding:
            self._holding = True
            self.pressed.emit()
            self.held.emit(at)

    def _let_go(self, at: int) -> None:
        if self._holding:
            self._holding = False
            self.released.emit()
            self.let_go.emit(at)
