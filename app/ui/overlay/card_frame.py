"""The parts of a card: a head, questions and answers that scroll, a foot."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from app.ui.overlay.exchange_view import SIDE, ExchangeView
from app.ui.theme.controls import Button, blend
from app.ui.theme.theme import Theme
from app.ui.transcript.stack import Stack

BETWEEN = 20  # px between two questions
PAD = 18  # px left and right of the words
_NEAR_END = 8


class Exchanges(QScrollArea):
    """Questions and answers below each other; keeps to its end while that grows, unless somebody
    has scrolled away from it."""

    scrolled = Signal(bool)  # whether something is above what is in sight

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._following = True
        self._moving = False
        self.views: list[ExchangeView] = []
        self.stack = Stack(inset=PAD)
        self.setWidget(self.stack)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.stack.setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._to_end())
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._show_focused)

    def add(self, view: ExchangeView) -> None:
        """One more, which comes into sight."""
        self.views.append(view)
        self.stack.add(view, lambda: self._theme.px(BETWEEN), bleed=SIDE)
        view.height_changed.connect(self.stack.relayout)
        view.show()
        self._following = True

    def remove_last(self) -> None:
        """Take the last one away."""
        self.stack.remove(self.views.pop())

    def clear(self) -> None:
        """Take all away."""
        while self.views:
            self.remove_last()

    def lay_out(self, width: int) -> int:
        """Lay everything out at ``width`` px; the height that it needs."""
        height = self.stack.height_for(max(width - 2 * PAD, 100))
        self.stack.resize(width, height)
        self._to_end()
        return height

    def _show_focused(self, _before: QWidget | None, now: QWidget | None) -> None:
        """What the keyboard has gone to comes into sight."""
        if now is not None and self.stack.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, 24)

    def _to_end(self) -> None:
        if self._following:
            self._moving = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
            self._moving = False

    def _scrolled(self, value: int) -> None:
        self.scrolled.emit(value > 0)
        if not self._moving:
            self._following = value >= self.verticalScrollBar().maximum() - _NEAR_END


class AccentButton(Button):
    """A quiet button whose words are in the accent colour."""

    def __init__(
        self, theme: Theme, text: str, *, icon: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, text, kind="quiet", size=28, icon=icon, parent=parent)

    def _paint_label(self, painter: QPainter, rect: QRectF, ink: QColor) -> None:
        if self.isEnabled():
            ink = blend(self.theme.color("accent-text"), self.theme.color("text"), self.hover / 2)
        super()._paint_label(painter, rect, ink)
