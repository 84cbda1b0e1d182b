"""The field of the ask bar."""

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QKeyEvent

from app.ui.composer.edit import MessageEdit

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class AskEdit(MessageEdit):
    """As the composer's, but only for words; while it is empty the arrow keys are not for it: they
    move the region."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ARROWS and self.document().isEmpty():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText():
            self.textCursor().insertText(source.text())
            self.ensureCursorVisible()
