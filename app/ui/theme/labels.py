"""Words and lines: a label in a role and colour, one that elides, a hairline, an icon."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme.theme import Theme


class Label(QLabel):
    """Plain text in a font role and a colour of the theme, both kept through theme changes."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "ui",
        color: str = "text",
        weight: int | None = None,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._color = color
        self._weight = weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self._refresh()
        theme.changed.connect(self._refresh)

    def set_color(self, color: str) -> None:
        """Change the colour, by name."""
        self._color = color
        self._refresh()

    def set_weight(self, weight: int | None) -> None:
        """Change the weight; None for the role's own."""
        self._weight = weight
        self._refresh()

    def _refresh(self) -> None:
        self.setFont(self._theme.font(self._role, weight=self._weight))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), self._theme.color(self._color))
        self.setPalette(palette)
        if not self.wordWrap():
            self.setMinimumHeight(self._theme.line_height(self._role))
        self.setWordWrap(self.wordWrap())  # has Qt forget a size that went by the old height


class ElidedLabel(Label):
    """One line that ends in "…" where there is no room; the whole text is its tooltip then."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "ui",
        color: str = "text",
        weight: int | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        self._mode = mode
        super().__init__(theme, text, role=role, color=color, weight=weight, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tell()

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        words = QFontMetrics(self.font()).elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), words)

    def _tell(self) -> None:
        cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width() > 0
        self.setToolTip(self.text() if cut else "")


class Divider(QWidget):
    """A 1 px hairline, lying or standing."""

    def __init__(
        self,
        theme: Theme,
        orientation: Qt.Orientation = Qt.Orientation.Horizontal,
        *,
        color: str = "border",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        if orientation == Qt.Orientation.Horizontal:
            self.setFixedHeight(1)
        else:
            self.setFixedWidth(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color(self._color))


class IconLabel(QWidget):
    """An icon that cannot be pressed."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        *,
        size: int = 18,
        color: str = "text-2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._size = size
        self._color = color
        theme.changed.connect(self._refresh)
        self._refresh()

    def set_icon(self, icon: str, color: str | None = None) -> None:
        """Change the icon and, if given, its colour."""
        self._icon = icon
        self._color = color or self._color
        self.update()

    def _refresh(self) -> None:
        self.setFixedSize(self._theme.px(self._size), self._theme.px(self._size))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._theme.paint_icon(QPainter(self), self._icon, QRectF(self.rect()), self._color)
