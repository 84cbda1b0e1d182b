"""Menus in the look of the design: surface, hairline, radius 8, the shadow of elevation 2."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import (
    QAction,
    QBitmap,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from app.ui.theme.shapes import SHADOW_MARGIN, box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP


class Menu(QMenu):
    """A pop-up menu.

    ``add(text, slot, icon=…, shortcut=…, enabled=…, checked=…)`` adds an entry; ``open_at``
    shows it with its visible corner at a point. Where a window cannot be translucent (X11 without
    a known compositor) the shadow is left out and the corners are cut by a mask.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._margin = 0 if QGuiApplication.platformName() == "xcb" else SHADOW_MARGIN
        self.setWindowFlags(
            self.windowFlags()
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.NoDropShadowWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, self._margin > 0)
        self.setFont(theme.font("ui"))
        self.setContentsMargins(self._margin, self._margin + 4, self._margin, self._margin + 4)
        self.setToolTipsVisible(True)

    def add(
        self,
        text: str,
        slot: Callable[[], object],
        *,
        icon: str | None = None,
        shortcut: str = "",
        enabled: bool = True,
        checked: bool | None = None,
        danger: bool = False,
    ) -> QAction:
        """Add an entry that calls ``slot``. ``shortcut`` is shown, not installed."""
        action = QAction(text, self)
        if icon is not None:
            color = "danger" if danger else "text-2"
            action.setIcon(self._theme.icon(icon, 16, color, color if danger else "text"))
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setShortcutVisibleInContextMenu(True)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
            if checked and icon is None:
                action.setIcon(self._theme.icon("check", 16, "text"))
        action.setEnabled(enabled)
        action.triggered.connect(lambda _checked=False: slot())
        self.addAction(action)
        return action

    def open_at(self, point: QPoint) -> None:
        """Open with the visible upper left corner at ``point`` (global)."""
        self.popup(point - QPoint(self._margin, self._margin))

    def open_below(self, widget: QWidget, gap: int = 4, *, at_end: bool = False) -> None:
        """Open under ``widget``, or above it where there is no room. It begins where the widget
        begins; with ``at_end`` it ends where the widget ends."""
        above = self._above(widget, gap)
        below = widget.mapToGlobal(QPoint(self._beside(widget, at_end), widget.height() + gap))
        fits = below.y() + self._visible_height() <= widget.screen().availableGeometry().bottom()
        self.open_at(below if fits else QPoint(below.x(), above))

    def open_above(self, widget: QWidget, gap: int = 4) -> None:
        """Open over ``widget``."""
        corner = widget.mapToGlobal(QPoint(self._beside(widget, False), 0))
        self.open_at(QPoint(corner.x(), self._above(widget, gap)))

    def _above(self, widget: QWidget, gap: int) -> int:
        """The top of a menu that stands over ``widget``, on the screen."""
        return widget.mapToGlobal(QPoint(0, -gap)).y() - self._visible_height()

    def _beside(self, widget: QWidget, at_end: bool) -> int:
        """The left edge of a menu for ``widget``, in its coordinates."""
        at_right = at_end != widget.isRightToLeft()
        visible = self.sizeHint().width() - 2 * self._margin
        return widget.width() - visible if at_right else 0

    def _visible_height(self) -> int:
        return self.sizeHint().height() - 2 * self._margin

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._margin:
            mask = QBitmap(self.size())
            mask.clear()
            painter = QPainter(mask)
            painter.fillPath(box(QRectF(self.rect()), RADIUS_CHIP), Qt.GlobalColor.color1)
            painter.end()
            self.setMask(mask)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        margin = self._margin
        panel = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        if margin:
            theme.paint_shadow(painter, panel, RADIUS_CHIP)
        else:
            painter.fillRect(self.rect(), theme.color("border"))  # shines through at the corners
        painter.fillPath(box(panel, RADIUS_CHIP), theme.color("surface"))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawPath(box(panel.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP))
        painter.end()
        super().paintEvent(event)
