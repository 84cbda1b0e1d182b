"""The slider that sets the context: in logarithmic steps, with a notch at the largest comfortable
one."""

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from app.ui.mirror import placed
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.shapes import octagon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

SMALLEST = 4096  # tokens
_HANDLE = 16  # px
_STICKS = 0.75  # of a step: how far beyond the notch the handle still stays in it


def steps(largest: int) -> tuple[int, ...]:
    """The contexts to choose from, in tokens: powers of two and what lies half way between them,
    from 4,096 to what the model was trained for."""
    sizes = []
    size = SMALLEST
    while size < largest:
        sizes += [size, size + size // 2]
        size *= 2
    return (*(one for one in sizes if one < largest), largest)


class ContextSlider(QSlider):
    """Its values are places in ``sizes``; ``context`` is in tokens. ``moved`` while one looks at
    other sizes, ``chosen`` once the handle has been let go or the keys have rested."""

    moved = Signal(int)
    chosen = Signal(int)

    _REST_MS = 700

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._sizes: tuple[int, ...] = (SMALLEST,)
        self._comfortable = 0
        self._quiet = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(self._REST_MS)
        self._rest.timeout.connect(self.choose)
        self.setAccessibleName(name)
        self.setSingleStep(1)
        self.setPageStep(2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(self._moved)
        theme.changed.connect(self.update)

    @property
    def context(self) -> int:
        """The size at the handle, in tokens."""
        return self._sizes[min(self.value(), len(self._sizes) - 1)]

    @property
    def sizes(self) -> tuple[int, ...]:
        """What can be chosen."""
        return self._sizes

    def set_sizes(self, sizes: Sequence[int], context: int, comfortable: int) -> None:
        """Offer ``sizes`` (ascending) with the handle at ``context``, which joins them if it is
        none of them; the notch is at the largest that is not above ``comfortable`` tokens."""
        if self.busy:
            return
        self._sizes = tuple(sorted({*sizes, context}))
        self._comfortable = bisect_right(self._sizes, comfortable) - 1
        self._quiet = True
        self.setRange(0, len(self._sizes) - 1)
        self.setValue(self._sizes.index(context))
        self._quiet = False
        self.update()

    @property
    def busy(self) -> bool:
        """Whether somebody is looking at other sizes just now."""
        return self.isSliderDown() or self._rest.isActive()

    def choose(self) -> None:
        """Take the size at the handle."""
        self._rest.stop()
        self.chosen.emit(self.context)

    def sizeHint(self) -> QSize:
        return QSize(160, self._theme.px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self._theme.px(20))

    # -- hands --------------------------------------------------------------------------------

    def _moved(self, _value: int) -> None:
        if self._quiet:
            return
        self.moved.emit(self.context)
        if not self.isSliderDown():
            self._rest.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.choose()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # whoever scrolls the page past it doesn't mean the context

    def _value_at(self, x: float) -> int:
        """The step at ``x``. The handle stays in the notch until it is pulled out of it."""
        if self.isRightToLeft():
            x = self.width() - x
        half = self._handle() / 2
        place = (x - half) / max(1.0, self.width() - 2 * half) * self.maximum()
        if 0 <= self._comfortable < place <= self._comfortable + _STICKS:
            return self._comfortable
        return min(self.maximum(), max(0, round(place)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, RADIUS_CONTROL)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._rest.isActive():
            self.choose()
        self._theme.focus_ring.hide(self)

    # -- looks --------------------------------------------------------------------------------

    def _handle(self) -> int:
        return self._theme.px(_HANDLE)

    def _x(self, value: int) -> float:
        half = self._handle() / 2
        share = value / self.maximum() if self.maximum() else 0.0
        return half + share * (self.width() - 2 * half)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        on = self.isEnabled()
        here = self._x(self.value())
        groove = QRectF(0, middle - 2, self.width(), 4)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(groove, 2, 2)
        if on:
            painter.setBrush(theme.color("accent"))
            groove.setRight(here)
            painter.drawRoundedRect(placed(self, groove), 2, 2)
        if on and 0 <= self._comfortable < self.maximum():
            notch = QRectF(self._x(self._comfortable) - 1, middle - theme.px(7), 2, theme.px(14))
            painter.setBrush(theme.color("border-strong"))
            painter.drawRect(placed(self, notch))
        side = self._handle()
        at = placed(self, QRectF(here, middle, 0, 0)).topLeft()
        painter.setBrush(theme.color("surface"))
        painter.setPen(QPen(theme.color("accent" if on else "track-2"), 2))
        painter.drawPolygon(octagon(at.x(), at.y(), side - 2))
