"""The field that filters the chats."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.mirror import placed
from app.ui.theme.controls import IconButton
from app.ui.theme.theme import Theme


class SearchField(QLineEdit):
    """Filters while one types. Down leaves for the results, Enter opens the first of them, Esc
    clears."""

    left_downwards = Signal()

    def __init__(
        self, theme: Theme, placeholder: str, shortcut: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shortcut = shortcut
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self._clear = IconButton(theme, "x", self.tr("Clear"), shortcut="Esc", size=28, parent=self)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(self._changed)
        theme.changed.connect(self._restyle)
        self._restyle()

    def sizeHint(self) -> QSize:
        return QSize(120, self._theme.px(30) + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._clear.width()
        x = 2 if self.isRightToLeft() else self.width() - side - 2
        self._clear.move(x, (self.height() - side) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._theme.px(16)
        icon = QRectF(9, round((self.height() - side) / 2), side, side)
        self._theme.paint_icon(painter, "search", placed(self, icon), "text-3")
        if self._shortcut and not self.text():
            painter.setFont(self._theme.font("micro"))
            painter.setPen(self._theme.color("text-3"))
            painter.drawText(
                self.rect().adjusted(9, 0, -9, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                self._shortcut,
            )

    def _changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self.update()

    def _restyle(self) -> None:
        self.setFont(self._theme.font("ui"))
        self._clear.resize(self._clear.sizeHint())
        leading, trailing = 10 + self._theme.px(16), self._theme.px(28) - 6
        if self.isRightToLeft():
            leading, trailing = trailing, leading
        self.setTextMargins(leading, 0, trailing, 0)
        self.updateGeometry()
