"""The place in a text where dictated words appear."""

from PySide6.QtGui import QTextCursor

from app.ui.composer.edit import MessageEdit


class DictatedPlace:
    """Begins at the caret of ``edit``, after a space where a word stands before it. What is written
    elsewhere meanwhile does no harm."""

    def __init__(self, edit: MessageEdit) -> None:
        cursor = edit.textCursor()
        cursor.clearSelection()
        before = edit.text()[: cursor.position()]
        if before and not before[-1].isspace():
            cursor.insertText(" ")
        self._from = QTextCursor(cursor)
        self._from.setKeepPositionOnInsert(True)
        self._to = QTextCursor(cursor)

    def write(self, words: str) -> None:
        """Have ``words`` stand there, and nothing of what was written there before."""
        cursor = QTextCursor(self._from)
        cursor.setKeepPositionOnInsert(False)
        cursor.setPosition(self._to.position(), QTextCursor.MoveMode.KeepAnchor)
        if cursor.selectedText() == words:
            return
        begin = self._from.position()
        cursor.insertText(words)
        self._from.setPosition(begin)
        self._to.setPosition(cursor.position())
