"""Buttons: text, icon and octagon. All are QPushButtons to assistive technology."""

from PySide6.QtCore import QEasingCurve, QEvent, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.shapes import box, octagon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import HOVER_MS, PRESS_MS, RADIUS_CONTROL, RADIUS_PILL


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """``share`` (0 to 1) of ``other`` over ``one``, alpha included."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        one.redF() * keep + other.redF() * share,
        one.greenF() * keep + other.greenF() * share,
        one.blueF() * keep + other.blueF() * share,
        one.alphaF() * keep + other.alphaF() * share,
    )


class ThemedButton(QPushButton):
    """What all buttons share: repaint on a new theme, a fade on hover, the focus ring.

    ``hover`` runs from 0 to 1 while the pointer comes in, ``pressure`` from 0 to 1 on a press.
    """

    radius: float = RADIUS_CONTROL

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.hover = 0.0
        self.pressure = 0.0
        self._fade: QVariantAnimation | None = None
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, False)
        self.pressed.connect(self._press)
        self.released.connect(self._release)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Take over a changed theme."""
        self.updateGeometry()
        self.update()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._fade_to(1.0)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._fade_to(0.0)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.hover = self.pressure = 0.0
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses as Space does, also outside of dialogs."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self.theme.focus_ring.show_around(self, self.radius)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.theme.focus_ring.hide(self)

    def _fade_to(self, target: float) -> None:
        milliseconds = self.theme.duration(HOVER_MS)
        if self._fade is not None:
            self._fade.stop()
        if not milliseconds:
            self._set_hover(target)
            return
        if self._fade is None:
            self._fade = QVariantAnimation(self)
            self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
            self._fade.valueChanged.connect(self._set_hover)
        self._fade.setDuration(milliseconds)
        self._fade.setStartValue(self.hover)
        self._fade.setEndValue(target)
        self._fade.start()

    def _set_hover(self, value: object) -> None:
        self.hover = float(value)  # type: ignore[arg-type]
        self.update()

    def _press(self) -> None:
        self.pressure = 1.0
        self.update()

    def _release(self) -> None:
        milliseconds = self.theme.duration(PRESS_MS)
        if not milliseconds:
            self._set_pressure(0.0)
            return
        fade = QVariantAnimation(self)
        fade.setDuration(milliseconds)
        fade.setStartValue(1.0)
        fade.setEndValue(0.0)
        fade.valueChanged.connect(self._set_pressure)
        fade.start(QVariantAnimation.DeletionPolicy.DeleteWhenStopped)

    def _set_pressure(self, value: object) -> None:
        self.pressure = float(value)  # type: ignore[arg-type]
        self.update()


class Button(ThemedButton):
    """A button with words. ``kind`` is "primary", "secondary", "quiet" or "danger"; ``size`` is
    its height: 36, 32 or 28. ``trailing`` is a small icon after the words ("down" for a menu)."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        kind: str = "secondary",
        size: int = 32,
        icon: str | None = None,
        trailing: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._kind = kind
        self._size = size
        self._icon = icon
        self._trailing = trailing
        self.setText(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_kind(self, kind: str) -> None:
        """Change the kind."""
        self._kind = kind
        self.refresh()

    def set_icon(self, icon: str | None) -> None:
        """Change or take away the icon before the words."""
        self._icon = icon
        self.refresh()

    def sizeHint(self) -> QSize:
        theme = self.theme
        padding = {36: 16, 32: 12}.get(self._size, 10) - (2 if self._kind == "quiet" else 0)
        width = QFontMetricsF(self._words_font()).horizontalAdvance(self._label()) + 2 * padding + 2
        width += (self._icon_size() + 6) * (self._icon is not None)
        width += 20 * (self._trailing is not None)
        return QSize(round(width + 0.5), theme.px(self._size))

    def _label(self) -> str:
        """The words without the marks of a mnemonic."""
        return self.text().replace("&&", "\0").replace("&", "").replace("\0", "&")

    def _icon_size(self) -> int:
        return self.theme.px(16 if self._size <= 32 else 18)

    def _words_font(self) -> QFont:
        weight = 600 if self._kind == "primary" else 500
        role = "caption" if self._size == 28 else "ui"
        return self.theme.font(role, weight=weight)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = theme.color
        clear = QColor(color("hover"))
        clear.setAlpha(0)
        edge: QColor | None = None
        if self._kind == "primary":
            face = blend(color("accent"), color("accent-hover"), self.hover)
            face = blend(face, color("accent-press"), self.pressure)
            ink = color("on-accent")
        elif self._kind == "quiet":
            face = blend(clear, color("hover"), self.hover)
            face = blend(face, color("selected"), self.pressure)
            ink = blend(color("text-2"), color("text"), self.hover)
        else:
            face = blend(color("btn"), color("hover"), self.hover)
            face = blend(face, color("selected"), self.pressure)
            edge = color("btn-edge")
            ink = color("danger" if self._kind == "danger" else "text")
        if not self.isEnabled():
            face, ink = clear, color("text-3")
            edge = color("border") if self._kind != "quiet" else None
        rect = QRectF(self.rect())
        painter.fillPath(box(rect, self.radius), face)
        if edge is not None:
            painter.setPen(QPen(edge, 1))
            painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), self.radius))
        self._paint_label(painter, rect, ink)

    def _paint_label(self, painter: QPainter, rect: QRectF, ink: QColor) -> None:
        theme = self.theme
        font = self._words_font()
        painter.setFont(font)
        label = self._label()
        words = QFontMetricsF(font).horizontalAdvance(label)
        icon = self._icon_size()
        total = words + (icon + 6) * (self._icon is not None) + 20 * (self._trailing is not None)
        x = rect.left() + max(0.0, (rect.width() - total) / 2)
        middle = rect.center().y()
        if self._icon is not None:
            theme.paint_icon(
                painter, self._icon, QRectF(round(x), round(middle - icon / 2), icon, icon), ink
            )
            x += icon + 6
        painter.setPen(ink)
        room = QRectF(x, rect.top(), min(words + 1, rect.right() - x), rect.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, align, label)
        if self._trailing is not None:
            theme.paint_icon(
                painter,
                self._trailing,
                QRectF(round(x + words + 6), round(middle - 7), 14, 14),
                ink,
            )


class IconButton(ThemedButton):
    """A square button with an icon only. ``name`` is its accessible name and, with the shortcut,
    its tooltip; ``size`` is 32 or 28; a checked one stays lit."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        *,
        shortcut: str = "",
        size: int = 32,
        icon_size: int | None = None,
        color: str = "text-2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.radius = RADIUS_CONTROL if size >= 32 else RADIUS_PILL
        self._icon = icon
        self._size = size
        self._glyph = icon_size or (18 if size >= 32 else 16)
        self._color = color
        self.set_name(name, shortcut)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str, shortcut: str = "") -> None:
        """Change what the button says it does."""
        self.setAccessibleName(name)
        self.setToolTip(f"{name}  {shortcut}" if shortcut else name)

    def set_icon(self, icon: str) -> None:
        """Change the icon."""
        self._icon = icon
        self.update()

    def sizeHint(self) -> QSize:
        side = self.theme.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clear = QColor(theme.color("hover"))
        clear.setAlpha(0)
        lit = 1.0 if self.isChecked() else self.hover
        face = blend(clear, theme.color("hover"), lit)
        face = blend(face, theme.color("selected"), self.pressure)
        ink = blend(theme.color(self._color), theme.color("text"), lit)
        if not self.isEnabled():
            face, ink = clear, theme.color("track-2")
        rect = QRectF(self.rect())
        if face.alpha():
            painter.fillPath(box(rect, self.radius), face)
        glyph = theme.px(self._glyph)
        x, y = (rect.width() - glyph) / 2, (rect.height() - glyph) / 2
        theme.paint_icon(painter, self._icon, QRectF(round(x), round(y), glyph, glyph), ink)


class OctagonButton(ThemedButton):
    """The send button: a true octagon, 34 px. ``set_state`` "idle" (nothing to send), "ready" or
    "busy" (an answer is being written: the glyph is stop)."""

    radius = 12.0
    SIDE = 34

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state = "idle"
        self._icon = "send"
        self.set_name(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str, shortcut: str = "") -> None:
        """Change what the button says it does."""
        self.setAccessibleName(name)
        self.setToolTip(f"{name}  {shortcut}" if shortcut else name)

    @property
    def state(self) -> str:
        """ "idle", "ready" or "busy"."""
        return self._state

    def set_state(self, state: str) -> None:
        """Change the state; "idle" cannot be pressed."""
        self._state = state
        self._icon = "stop" if state == "busy" else "send"
        self.setEnabled(state != "idle")
        self.update()

    def sizeHint(self) -> QSize:
        side = self.theme.px(self.SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._state == "idle":
            face, ink = theme.color("hover"), theme.color("text-3")
        else:
            face = blend(theme.color("accent"), theme.color("accent-hover"), self.hover)
            face = blend(face, theme.color("accent-press"), self.pressure)
            ink = theme.color("on-accent")
        rect = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(face)
        center = rect.center()
        painter.drawPolygon(octagon(center.x(), center.y(), rect.width()))
        side = theme.px(20 if self._state != "busy" else 18)
        theme.paint_icon(
            painter,
            self._icon,
            QRectF(center.x() - side / 2, center.y() - side / 2, side, side),
            ink,
        )
