"""The focus ring: 2 px of accent, 2 px off the control, shown for keyboard focus only."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.ui.theme.shapes import Palette, paint_focus_ring

OFFSET = 4  # px from the control's edge to the ring's outer edge

KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FocusRing(QObject):
    """Draws a ring around whichever control says that it has keyboard focus.

    QSS has no outline outside a control and a control cannot paint outside itself, so the ring is
    a widget of its own that lies over the control's surroundings and follows it. It belongs to
    the nearest scrolled area or the window, so that it is clipped and scrolled with the control.
    """

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette if isinstance(palette, QObject) else None)
        self._palette = palette
        self._target: QWidget | None = None
        self._offset = OFFSET
        self._watched: list[QWidget] = []
        self._ring: _Ring | None = None

    def show_around(self, widget: QWidget, radius: float, *, inside: bool = False) -> None:
        """Put the ring around ``widget``, whose own corner radius is ``radius``; or just inside
        of it, for rows and large areas."""
        self.hide()
        self._offset = 0 if inside else OFFSET
        host = widget.parentWidget()
        watched = [widget]
        while host is not None and not host.isWindow():
            if isinstance(_scroller_of(host), QAbstractScrollArea):
                break
            watched.append(host)
            host = host.parentWidget()
        if host is None:
            return
        self._target, self._watched = widget, watched
        for each in watched:
            each.installEventFilter(self)
        self._ring = _Ring(host, self._palette, radius + self._offset)
        self._place()
        self._ring.show()
        self._ring.raise_()

    def hide(self, widget: QWidget | None = None) -> None:
        """Take the ring away (with ``widget``: only if it is around that one)."""
        if widget is not None and widget is not self._target:
            return
        for each in self._watched:
            each.removeEventFilter(self)
        self._target, self._watched = None, []
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None

    @property
    def target(self) -> QWidget | None:
        """The control that has the ring."""
        return self._target

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        elif kind in (QEvent.Type.Hide, QEvent.Type.ParentChange):
            self.hide()
        return False

    def _place(self) -> None:
        ring, target = self._ring, self._target
        if ring is None or target is None:
            return
        host = ring.host
        corner = target.mapTo(host, target.rect().topLeft())
        rect = target.rect().translated(corner)
        out = self._offset
        ring.setGeometry(rect.adjusted(-out, -out, out, out))


def _scroller_of(host: QWidget) -> QWidget | None:
    """The scroll area whose scrolled content ``host`` is."""
    viewport = host.parentWidget()
    area = viewport.parentWidget() if viewport is not None else None
    if isinstance(area, QAbstractScrollArea) and area.viewport() is viewport:
        return area
    return None


class _Ring(QWidget):
    def __init__(self, host: QWidget, palette: Palette, radius: float) -> None:
        super().__init__(host)
        self.host = host
        self._palette = palette
        self._radius = radius
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_focus_ring(painter, QRectF(self.rect()), self._radius, self._palette.color("accent"))


def is_keyboard_focus(event: QFocusEvent) -> bool:
    """Whether a focus-in event came from the keyboard."""
    return event.reason() in KEYBOARD_REASONS
