"""The rail beside the pages: a tick for each page that an answer cites."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme

WIDTH = 16  # px
_USUAL, _OPEN = (8, 3), (14, 5)  # px, a tick
_REACH = 14  # px above and below a tick that are its own


@dataclass(frozen=True)
class Tick:
    """A citation: its ``index`` among those of the answer, the page, where that is (0 to 1 of the
    document), and whether what it is cited for is there."""

    index: int
    page: int
    share: float
    found: bool


class Rail(QWidget):
    """Shows ticks; a press on one, or the keys up and down, go there."""

    chosen = Signal(int)  # the index of a citation

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ticks: tuple[Tick, ...] = ()
        self._open = -1
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Cited pages"))
        theme.changed.connect(self.update)
        self.set_ticks((), -1)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """What is shown."""
        return self._ticks

    @property
    def open_index(self) -> int:
        """The citation that is open, by its index; -1 for none."""
        return self._open

    def set_ticks(self, ticks: tuple[Tick, ...], opened: int) -> None:
        """Show ``ticks``; the one with the index ``opened`` is open."""
        self._ticks = ticks
        self._open = opened
        self.setVisible(bool(ticks))
        policy = Qt.FocusPolicy.TabFocus if ticks else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        tick = next((tick for tick in ticks if tick.index == opened), None)
        name = self.tr("Cited pages")
        self.setAccessibleName(f"{name}: {self.words_of(tick)}" if tick else name)
        self.update()

    def words_of(self, tick: Tick) -> str:
        """A tick in words."""
        words = self.tr("Found on page {0}") if tick.found else self.tr("Not found on page {0}")
        return words.format(tick.page)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def place_of(self, tick: Tick) -> QPointF:
        """The middle of a tick."""
        inside = self.height() - 2 * _OPEN[1]
        return QPointF(self.width() / 2, _OPEN[1] + tick.share * inside)

    def tick_at(self, y: float) -> Tick | None:
        """The tick that a press at ``y`` means; of several on a page the one after the open."""
        near = [tick for tick in self._ticks if abs(self.place_of(tick).y() - y) <= _REACH]
        if not near:
            return None
        nearest = min(abs(self.place_of(tick).y() - y) for tick in near)
        same = [tick for tick in near if abs(self.place_of(tick).y() - y) <= nearest + 0.5]
        return next((tick for tick in same if tick.index > self._open), same[0])

    # -- what happens to it -----------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tick = self.tick_at(event.pos().y())
            if tick is not None:
                QToolTip.showText(event.globalPos(), self.words_of(tick), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hand = self.tick_at(event.position().y()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tick = self.tick_at(event.position().y())
        if tick is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(tick.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Up, Qt.Key.Key_Down) or not self._ticks:
            event.ignore()
            return
        order = sorted(self._ticks, key=lambda tick: (tick.share, tick.index))
        at = next((i for i, tick in enumerate(order) if tick.index == self._open), -1)
        at = at + 1 if event.key() == Qt.Key.Key_Down else max(at, 0) - 1
        if 0 <= at < len(order):
            self.chosen.emit(order[at].index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, 6, inside=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        middle = self.width() // 2
        painter.fillRect(middle, 0, 1, self.height(), color("border"))
        for tick in sorted(
            self._ticks, key=lambda tick: (tick.index == self._open, not tick.found)
        ):
            opened = tick.index == self._open
            width, height = _OPEN if opened else _USUAL
            name = "accent" if opened else "border-strong"
            if not tick.found:
                name = "warn"
            place = self.place_of(tick)
            left, top = middle - width // 2, round(place.y() - height / 2)
            painter.fillRect(QRectF(left, top, width, height), color(name))
