"""A fenced code block: a bar with the language and Copy, and the code, coloured as it grows."""

from bisect import bisect_right

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QScrollBar, QTextEdit, QWidget

from app.ui.theme.controls import Button, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP
from app.ui.transcript import highlight
from app.ui.transcript.text_segment import SCROLL_KEYS

BAR = 30  # px
SIDE = 14  # px left and right of the code
BELOW = 12  # px
COPIED_MS = 1500
SLICE_TOKENS = 400  # about 2 ms of reading


class CodeBlock(QWidget):
    """Shows code; ``set_code`` again with longer text while it grows.

    ``height_for`` gives the height at a width.
    """

    menu_wanted = Signal(QContextMenuEvent)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._language = ""
        self._lines = 1
        self._whole: str | None = None  # the text whose colours are final
        self._coloring = highlight.Coloring("")
        self._formats: dict[str, QTextCharFormat] = {}
        self._runs: list[highlight.Run] = []
        self._slices: QTimer | None = None
        self._back: QTimer | None = None
        self._title = Label(theme, role="caption", color="text-3", parent=self)
        self.copy_button = Button(
            theme, self.tr("Copy"), kind="quiet", size=28, icon="copy", parent=self
        )
        self.copy_button.setAccessibleName(self.tr("Copy code"))
        self.copy_button.clicked.connect(self.copy)
        self.edit = _CodeText(self)
        self.edit.menu_wanted.connect(self.menu_wanted)
        self.setAccessibleName(self.tr("Code"))
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def code(self) -> str:
        """The code, exactly."""
        return self._text

    @property
    def runs(self) -> tuple[highlight.Run, ...]:
        """The coloured runs shown now."""
        return tuple(self._runs)

    @property
    def settled(self) -> bool:
        """Whether the colours are those of the whole code."""
        return self._whole == self._text and self._slices is None

    def set_code(self, text: str, language: str, final: bool) -> bool:
        """Show ``text``. ``final``: it will not grow any more. Returns whether the height that is
        needed is another."""
        if language != self._language:
            self._language = language
            self._coloring = highlight.Coloring(language)
            self._title.setText(highlight.title(language))
            self._title.adjustSize()
        before, height = self._text, self.height_for(self.width())
        if text != before:
            self._text = text
            self._lines = text.count("\n") + 1
            grown = before != "" and text.startswith(before)
            self.edit.put(text[len(before) :] if grown else text, anew=not grown)
            if not grown:
                self._coloring = highlight.Coloring(language)
                self._runs = []
        if final:
            if self._whole != text:
                self._whole = text
                self._color_whole()
        elif text != before:
            self._color(*self._coloring.grow(text))
        return self.height_for(self.width()) != height

    def copy(self) -> None:
        """Put the code on the clipboard and say so for a moment."""
        QGuiApplication.clipboard().setText(self._text)
        self.copy_button.setText(self.tr("Copied"))
        self.copy_button.set_icon("check")
        self._place()
        if self._back is None:
            self._back = QTimer(self)
            self._back.setSingleShot(True)
            self._back.setInterval(COPIED_MS)
            self._back.timeout.connect(self._copied_no_more)
        self._back.start()

    def height_for(self, width: int) -> int:
        """The height at ``width``: more where a line is too long and a scroll bar comes."""
        scrolls = self.edit.document().idealWidth() > width - 2
        bar = self.edit.horizontalScrollBar().sizeHint().height() + 4 if scrolls else BELOW
        return self._theme.px(BAR) + self._lines * self._theme.line_height("code") + bar

    # -- colours ----------------------------------------------------------------------------

    def _color(self, start: int, found: list[highlight.Run]) -> None:
        """Replace the colours from ``start`` on."""
        keep = bisect_right(self._runs, start, key=lambda run: run[1])
        self._runs[keep:] = found
        document = self.edit.document()
        block = document.findBlock(start)
        first = block.position()
        index = 0
        while block.isValid():
            begin = block.position()
            end = begin + block.length()
            while index < len(found) and found[index][1] <= begin:
                index += 1
            ranges = []
            at = index
            while at < len(found) and found[at][0] < end:
                run_start, run_end, color = found[at]
                piece = QTextLayout.FormatRange()
                piece.start = max(run_start, begin) - begin
                piece.length = min(run_end, end - 1) - max(run_start, begin)
                piece.format = self._formats[color]
                ranges.append(piece)
                at += 1
            block.layout().setFormats(ranges)
            block = block.next()
        document.markContentsDirty(first, document.characterCount() - first)

    def _color_whole(self) -> None:
        """Read the whole text, in slices so that nothing waits for a long one."""
        self._coloring.begin_whole(self._text)
        self._read_on()

    def _read_on(self) -> None:
        found = self._coloring.go_on(SLICE_TOKENS)
        if found is None:
            if self._slices is None:
                self._slices = QTimer(self)
                self._slices.setInterval(0)
                self._slices.timeout.connect(self._read_on)
            self._slices.start()
            return
        if self._slices is not None:
            self._slices.stop()
            self._slices.deleteLater()
            self._slices = None
        if found != self._runs:
            self._color(0, found)

    def _restyle(self) -> None:
        theme = self._theme
        self._formats.clear()
        for color in ("c-kw", "c-str", "c-fn", "c-num", "c-com"):
            made = QTextCharFormat()
            made.setForeground(theme.color(color))
            self._formats[color] = made
        self.edit.set_style(theme)
        if self._runs:
            self._color(0, list(self._runs))
        self._place()
        self.update()

    # -- layout and painting ----------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(320, self.height_for(320))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.fillPath(box(rect, RADIUS_CHIP), self._theme.color("sunken"))
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP))

    def _place(self) -> None:
        bar = self._theme.px(BAR)
        button = self.copy_button.sizeHint()
        width = self.width()
        mirrored = self.isRightToLeft()
        x = 3 if mirrored else width - button.width() - 3
        height = min(button.height(), bar - 2)
        self.copy_button.setGeometry(x, (bar - height + 1) // 2, button.width(), height)
        label = self._title.sizeHint()
        x = width - SIDE - label.width() if mirrored else SIDE
        self._title.setGeometry(x, (bar - label.height() + 1) // 2, label.width(), label.height())
        self.edit.setGeometry(1, bar, width - 2, self.height() - bar - 1)

    def _copied_no_more(self) -> None:
        self.copy_button.setText(self.tr("Copy"))
        self.copy_button.set_icon("copy")
        self._place()


class _CodeText(QTextEdit):
    """The code: read only, scrolls sideways within itself, leaves the wheel to the transcript."""

    menu_wanted = Signal(QContextMenuEvent)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBar(QScrollBar(Qt.Orientation.Horizontal))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleName(self.tr("Code"))
        document = self.document()
        document.setDocumentMargin(0)
        frame = document.rootFrame().frameFormat()
        frame.setLeftMargin(SIDE - 1)
        frame.setRightMargin(SIDE - 1)
        document.rootFrame().setFrameFormat(frame)
        self._block = QTextBlockFormat()
        self._plain = QTextCharFormat()

    def set_style(self, theme: Theme) -> None:
        """Font, line height and colour of the theme."""
        self._block.setLineHeight(
            theme.line_height("code"), QTextBlockFormat.LineHeightTypes.FixedHeight.value
        )
        self._plain.setFont(theme.font("code"))
        self._plain.setForeground(QColor(theme.color("text")))
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.setBlockFormat(self._block)
        cursor.setCharFormat(self._plain)
        cursor.setBlockCharFormat(self._plain)

    def put(self, text: str, *, anew: bool) -> None:
        """Add ``text`` at the end, or show it alone."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        if anew:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
            cursor.setBlockFormat(self._block)
            cursor.setBlockCharFormat(self._plain)
        else:
            cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, self._plain)
        cursor.endEditBlock()
        if anew:  # the widget's own cursor has been pushed to the end, and the view with it
            self.moveCursor(QTextCursor.MoveOperation.Start)

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        words = self.textCursor().selectedText()
        data.setText(words.replace("\u2029", "\n").replace("\u2028", "\n"))
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()) and self.horizontalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SCROLL_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        kept = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        cursor = self.textCursor()
        if event.reason() not in kept and cursor.hasSelection():
            cursor.clearSelection()
            self.setTextCursor(cursor)
