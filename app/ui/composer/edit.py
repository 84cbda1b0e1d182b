"""The text field of the composer."""

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QFocusEvent,
    QFont,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

_CARET_WIDTH = 2


class MessageEdit(QTextEdit):
    """Plain text that grows with its content; Enter sends, Shift+Enter breaks the line.

    Pictures and files that are pasted are not text: they leave by ``picture_pasted`` and
    ``files_pasted``.
    """

    submitted = Signal()
    picture_pasted = Signal(bytes)  # as PNG
    files_pasted = Signal(list)  # of paths
    height_wanted = Signal()
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caret = QColor()
        self._line_height = 24
        self._hint = ""
        self._composing = False
        self._hint_color = QColor()
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setCursorWidth(0)  # the caret is painted here: in the accent colour, and steady
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(
            lambda _size: self.height_wanted.emit()
        )
        self.cursorPositionChanged.connect(self.viewport().update)
        self.textChanged.connect(self.viewport().update)

    def set_look(self, font: QFont, line_height: int, caret: QColor, hint: QColor) -> None:
        """Take over ``font``, the height of a line in pixels, the colours of caret and hint."""
        self._caret = caret
        self._hint_color = hint
        self._line_height = line_height
        self.document().setDefaultFont(font)
        self.setFont(font)
        self._space_lines()
        self.viewport().update()

    def set_hint(self, hint: str) -> None:
        """What stands in the empty field. Qt would put its own placeholder off the line."""
        self._hint = hint
        self.setAccessibleDescription(hint)

    def set_text(self, text: str) -> None:
        """Replace everything; the caret goes to the end. Forgets what could be undone."""
        if text != self.text():
            self.setPlainText(text)
            self._space_lines()
        self.moveCursor(QTextCursor.MoveOperation.End)

    def text(self) -> str:
        """What is written, with \\n between lines."""
        return self.toPlainText()

    @property
    def composing(self) -> bool:
        """Whether an input method is at work on characters that are not in the text yet."""
        return self._composing

    def wanted_height(self) -> int:
        """The height in pixels at which nothing has to scroll."""
        return max(round(self.document().size().height()), self._line_height)

    def set_scrolling(self, needed: bool) -> None:
        """Show a scroll bar while there is more text than room."""
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if needed else policy.ScrollBarAlwaysOff
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            breaks = event.modifiers() & (
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
            )
            if breaks:
                self.textCursor().insertBlock()
                self.ensureCursorVisible()
            else:
                self.submitted.emit()
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the window knows what is topmost
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        line = self.cursorRect()
        if self._hint and not self._composing and self.document().isEmpty():
            painter.setFont(self.document().defaultFont())
            painter.setPen(self._hint_color)
            room = QRectF(self.viewport().rect())
            room.setTop(line.top())
            room.setHeight(line.height())
            room.adjust(_CARET_WIDTH, 0, -_CARET_WIDTH, 0)
            leading = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
            painter.drawText(room, int(leading), self._hint)
        if self.hasFocus() and not self.isReadOnly():
            height = min(line.height(), self.fontMetrics().height() + 2)
            top = line.center().y() - height / 2 + 0.5
            painter.fillRect(QRectF(line.left(), top, _CARET_WIDTH, height), self._caret)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
        self.focus_changed.emit(False)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(local_files(source)) or source.hasImage() or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = local_files(source)
        if files:
            self.files_pasted.emit(files)
        elif source.hasImage() and not source.hasFormat("text/plain"):
            # With both at hand it comes from a text program, whose picture only mirrors the text.
            png = _png(source.imageData())
            if png:
                self.picture_pasted.emit(png)
        else:
            super().insertFromMimeData(source)
            self.ensureCursorVisible()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if is_attachment(event.mimeData()):
            event.ignore()  # the window takes files, wherever they are dropped
            return
        super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if is_attachment(event.mimeData()):
            event.ignore()
            return
        super().dragMoveEvent(event)

    def _space_lines(self) -> None:
        spacing = QTextBlockFormat()
        spacing.setLineHeight(self._line_height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(spacing)
        self.document().clearUndoRedoStacks()


def local_files(data: QMimeData) -> list[str]:
    """The paths of the files in ``data``; [] if it holds anything else as well."""
    urls = data.urls() if data.hasUrls() else []
    paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
    return paths if len(paths) == len(urls) else []


def picture_of(data: QMimeData) -> bytes:
    """The picture in ``data`` as PNG, b"" if there is none."""
    return _png(data.imageData()) if data.hasImage() else b""


def is_attachment(data: QMimeData) -> bool:
    """Whether ``data`` is something to attach rather than to write."""
    return bool(local_files(data)) or (data.hasImage() and not data.hasFormat("text/plain"))


def _png(image: object) -> bytes:
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
