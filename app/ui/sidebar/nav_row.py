"""A row of the sidebar that does something: icon, words, shortcut."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.mirror import placed
from app.ui.theme.controls import ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme


class NavRow(ThemedButton):
    """As wide as its place; ``shortcut`` is shown at the end, or a note while there is one."""

    def __init__(
        self, theme: Theme, icon: str, text: str, shortcut: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._icon = icon
        self._shortcut = shortcut
        self._note = ""
        self._here = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(f"{text}  {shortcut}")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def here(self) -> bool:
        """Whether this is where one is."""
        return self._here

    def set_here(self, here: bool) -> None:
        """Mark the row as the place where one is. (A checkable button would be read out as a
        check box.)"""
        self._here = here
        self.update()

    def set_shortcut(self, shortcut: str) -> None:
        """Show other keys at the end."""
        if shortcut != self._shortcut:
            self._shortcut = shortcut
            self.setToolTip(f"{self.text()}  {shortcut}")
            self.update()

    @property
    def note(self) -> str:
        """What stands in the place of the shortcut."""
        return self._note

    def set_note(self, note: str, meaning: str = "") -> None:
        """Show a few letters in the place of the shortcut; ``meaning`` is the same in full, for
        people who listen. "" brings the shortcut back."""
        if note != self._note:
            self._note = note
            self.setAccessibleDescription(meaning)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self._here or self.pressure:
            painter.fillPath(box(rect, self.radius), theme.color("selected"))
        elif self.hover:
            painter.setOpacity(self.hover)
            painter.fillPath(box(rect, self.radius), theme.color("hover"))
            painter.setOpacity(1)
        self._paint_words(painter, rect.adjusted(10, 0, -8, 0))

    def _paint_words(self, painter: QPainter, rect: QRectF) -> None:
        theme, side = self.theme, self.theme.px(18)
        icon = QRectF(rect.left(), round(rect.center().y() - side / 2), side, side)
        words = placed(self, rect.adjusted(side + 8, 0, 0, 0))
        color = "text" if self.hover > 0.5 else "text-2"
        theme.paint_icon(painter, self._icon, placed(self, icon), color)
        keys = theme.font("micro")
        end = self._note or self._shortcut
        room = QFontMetricsF(keys).horizontalAdvance(end) + 8
        font = theme.font("ui-medium" if self._here else "ui")
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        title = QFontMetricsF(font).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, title)
        if QFontMetricsF(font).horizontalAdvance(title) + room <= words.width():
            painter.setFont(keys)
            painter.setPen(theme.color("accent-text" if self._note else "text-3"))
            painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, end)
