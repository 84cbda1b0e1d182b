"""What lies over the window for a while: the drawer, the bar with Undo."""

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.theme.controls import Button, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import EXPAND_MS, RADIUS_CARD

UNDO_SECONDS = 8
_SCRIM = QColor(9, 14, 14, round(0.56 * 255))


class Drawer(QWidget):
    """A scrim over the whole window, and above it a panel at the leading edge. A press beside the
    panel closes it.

    The panel stays a child of the window: Qt forgets colours and fonts of widgets that change
    their parent while an application has a style sheet.
    """

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, panel: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._panel = panel
        window.installEventFilter(self)
        self.hide()

    def open_drawer(self) -> None:
        """Show the panel, which must not be in a layout now."""
        self._place()
        self.raise_()
        self.show()
        self._panel.raise_()
        self._panel.show()
        milliseconds = self._theme.duration(EXPAND_MS)
        if milliseconds:
            slide = QPropertyAnimation(self._panel, b"pos", self)
            slide.setDuration(milliseconds)
            slide.setEasingCurve(QEasingCurve.Type.OutCubic)
            width = self._panel.width()
            away = width if self.isRightToLeft() else -width
            slide.setStartValue(self._panel.pos() + QPoint(away // 3, 0))
            slide.setEndValue(self._panel.pos())
            slide.start(QPropertyAnimation.DeletionPolicy.DeleteWhenStopped)

    def close_drawer(self) -> None:
        """Give the panel back and go. Nothing happens if it is not open."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_drawer()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), _SCRIM)

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        width = self._panel.width()
        left = self.width() - width if self.isRightToLeft() else 0
        self._panel.setGeometry(left, 0, width, self.height())


class UndoBar(QWidget):
    """Says what was done and takes it back for ``UNDO_SECONDS``."""

    undone = Signal()

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._theme = theme
        self._over = over
        self._bottom = 0
        self._words = Label(theme, role="ui")
        self._undo = Button(theme, self.tr("Undo"), size=28)
        self._undo.setToolTip("Ctrl+Z")
        self._undo.clicked.connect(self.take_back)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 6, 6)
        row.setSpacing(12)
        row.addWidget(self._words)
        row.addWidget(self._undo)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UNDO_SECONDS * 1000)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def offer(self, words: str) -> None:
        """Show ``words`` with Undo for some seconds."""
        room = self._over.width() - 48 - self._undo.sizeHint().width() - 32
        metrics = QFontMetrics(self._words.font())
        self._words.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))
        self.adjustSize()
        self.place(self._bottom)
        self.raise_()
        self.show()
        self._timer.start()

    def place(self, bottom: int) -> None:
        """Stand in the middle of the widget below, ``bottom`` px above its lower edge."""
        self._bottom = bottom
        over = self._over
        self.move((over.width() - self.width()) // 2, over.height() - bottom - self.height())

    def take_back(self) -> None:
        """What Undo does."""
        self.dismiss()
        self.undone.emit()

    def dismiss(self) -> None:
        """Go without being asked."""
        self._timer.stop()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD)
        painter.fillPath(shape, theme.color("surface"))
        painter.setPen(QPen(theme.color("btn-edge"), 1))
        painter.drawPath(shape)
