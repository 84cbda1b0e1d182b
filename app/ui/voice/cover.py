"""What lies over the composer while the row of a recording is shown."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.theme.controls import Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL


class Cover(QWidget):
    """Stands over the composer's text and tools, box and all, and leaves room for a line below
    it: the box is lower while that is there, so that nothing else has to move."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._composer = parent
        self._room = 0
        self.hint = Label(theme, role="micro", color="text-2", parent=self)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self._words: tuple[str, ...] = ()
        self.hide()

    def set_words(self, *sentences: str) -> None:
        """What the line says: all of it if there is room, else the first sentence."""
        self._words = sentences
        self.hint.setText(" ".join(sentences))
        if self.hint.sizeHint().width() > self._composer.width():
            self.hint.setText(sentences[0])

    def place(self, area: QRect, room: int) -> None:
        """Stand over ``area`` of the parent and what is beside and below it."""
        self._room = room
        whole = self._composer.rect()
        self.setGeometry(0, area.top(), whole.width(), whole.height() - area.top())
        height = self._theme.px(16)
        self.hint.setGeometry(0, self.height() - height, self.width(), height)
        self.hint.setVisible(room > 0)
        if self._words:
            self.set_words(*self._words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("canvas"))
        whole = QRectF(self._composer.rect()).translated(0, -self.y())
        shape = box(whole.adjusted(0.5, 0.5, -0.5, -0.5 - self._room), RADIUS_PANEL)
        painter.fillPath(shape, theme.color("surface"))
        painter.setPen(QPen(theme.color("border-strong"), 1))
        painter.drawPath(shape)
