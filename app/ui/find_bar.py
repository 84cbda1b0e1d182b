"""Looking for words in the open chat, or in a document."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.sidebar.search_field import SearchField
from app.ui.theme.controls import IconButton, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD


class FindBar(QWidget):
    """A field, where one is among the places found, forward, back, close."""

    wanted = Signal(str, bool)  # the words, and whether to go backwards
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, placeholder: str = "") -> None:
        super().__init__(parent)
        self._theme = theme
        self.field = SearchField(theme, placeholder or self.tr("Find in this chat"))
        self.field.setFixedWidth(220)
        self.field.textChanged.connect(lambda _text: self._look(False))
        self._count = Label(theme, role="caption", color="text-3")
        self._count.setMinimumWidth(64)
        back = IconButton(theme, "up", self.tr("Previous"), shortcut="Shift+Enter", size=28)
        back.clicked.connect(lambda: self._look(True))
        forward = IconButton(theme, "down", self.tr("Next"), shortcut="Enter", size=28)
        forward.clicked.connect(lambda: self._look(False))
        close = IconButton(theme, "x", self.tr("Close"), shortcut="Esc", size=28)
        close.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.field)
        row.addWidget(self._count)
        row.addWidget(back)
        row.addWidget(forward)
        row.addWidget(close)
        theme.changed.connect(self.update)
        self.hide()

    def open_bar(self) -> None:
        """Show it and begin to type."""
        self.adjustSize()
        self.raise_()
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._look(False)

    def close_bar(self) -> None:
        """Go, and tell."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def show_place(self, place: int, count: int) -> None:
        """``place`` (from 1) of ``count`` finds."""
        if not self.field.text():
            self._count.setText("")
        elif count:
            self._count.setText(self.tr("{0} of {1}").format(place, count))
        else:
            self._count.setText(self.tr("Not found"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._look(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD)
        painter.fillPath(shape, theme.color("surface"))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawPath(shape)

    def _look(self, backwards: bool) -> None:
        self.wanted.emit(self.field.text(), backwards)
