"""A run of text in an answer: one document, selectable, with its decorations painted.

Qt's rich text has no rounded backs for code, no bars beside quotations and only its own bullets,
so these are painted under the text, for the blocks that say that they need it.
"""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QMimeData, QPointF, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlock,
    QTextCursor,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QWidget

from app.core.markdown import Heading, Paragraph
from app.ui.theme.shapes import box
from app.ui.transcript.formats import (
    BLEED,
    CODE,
    CODE_PADDING,
    HAS_CODE,
    HAS_MARKER,
    HAS_NESTING,
    HAS_RULE,
    LIST_INDENT,
    MARKER,
    NESTING,
    QUOTE_INDENT,
    Formats,
    indent,
)
from app.ui.transcript.writer import TextBlock, Writer

SCROLL_KEYS = (
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Space,
)


class TextSegment(QTextBrowser):
    """Text blocks of an answer, as tall as they are; the transcript scrolls, this does not.

    The widget is BLEED px wider on each side than its text. Links are announced by ``link_clicked``
    and never followed; nothing is ever loaded.
    """

    link_clicked = Signal(str)
    menu_wanted = Signal(QContextMenuEvent)

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._stale = False
        self._width = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setUndoRedoEnabled(False)
        self.setOpenLinks(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.anchorClicked.connect(self._anchor_clicked)
        document = self.document()
        document.setDocumentMargin(0)
        frame = document.rootFrame().frameFormat()
        frame.setLeftMargin(BLEED)
        frame.setRightMargin(BLEED)
        document.rootFrame().setFrameFormat(frame)
        self._writer = Writer(document, formats)

    # -- content ----------------------------------------------------------------------------

    def set_blocks(self, blocks: Sequence[TextBlock]) -> bool:
        """Show ``blocks``; only what differs from the first difference on is touched. Returns
        whether anything was. The height may be another afterwards."""
        changed = self._writer.set_blocks(blocks)
        if changed:
            links = any(_has_link(block) for block in blocks)
            policy = Qt.FocusPolicy.StrongFocus if links else Qt.FocusPolicy.ClickFocus
            if policy != self.focusPolicy():
                self.setFocusPolicy(policy)
        return changed

    def restyle(self) -> None:
        """The theme has changed: write the text in the new colours, when it is next seen."""
        self._stale = True
        self.viewport().update()

    def height_for(self, width: int) -> int:
        """The height that the text needs at ``width`` px (without BLEED)."""
        if self._stale:
            self._rewrite()
        if width != self._width:
            self._width = width
            self.setLineWrapColumnOrWidth(width + 2 * BLEED)
        return round(self.document().size().height())

    def words(self) -> str:
        """All of the text, as it would be copied."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        return _plain(cursor)

    # -- overridden -------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self._width, round(self.document().size().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        return None  # no picture, style sheet or page is ever fetched

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(_plain(self.textCursor()))
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SCROLL_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self.focusNextPrevChild(True)  # on to the first link
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self.focusNextPrevChild(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        kept = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in kept:
            cursor = self.textCursor()
            if cursor.hasSelection():
                cursor.clearSelection()
                self.setTextCursor(cursor)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt would scroll to a cursor that the selection moves; here nothing scrolls."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale:
            self._rewrite()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, rect in self._blocks_in(event.rect()):
            self._paint_decoration(painter, block, rect, event.rect())
        painter.end()
        super().paintEvent(event)

    # -- painting ---------------------------------------------------------------------------

    def _rewrite(self) -> None:
        self._stale = False
        self._writer.rewrite()

    def _anchor_clicked(self, url: QUrl) -> None:
        self.link_clicked.emit(url.toString())

    def _blocks_in(self, clip: QRect) -> Iterator[tuple[QTextBlock, QRectF]]:
        """The paragraphs that touch ``clip`` and need something painted."""
        layout = self.document().documentLayout()
        top = QPointF(clip.left(), clip.top())
        position = max(0, layout.hitTest(top, Qt.HitTestAccuracy.FuzzyHit))
        block = self.document().findBlock(position)
        if block.previous().isValid():
            block = block.previous()
        below = 0
        while block.isValid() and below < 12:
            rect = layout.blockBoundingRect(block)
            # Cells of one table row come one after the other at about the same height.
            below = below + 1 if rect.top() > clip.bottom() else 0
            if block.userState() > 0 and rect.bottom() >= clip.top() - 24 and not below:
                yield block, rect
            block = block.next()

    def _paint_decoration(
        self, painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRect
    ) -> None:
        state = block.userState()
        if state & HAS_NESTING:
            self._paint_bars(painter, block, rect)
        if state & HAS_CODE:
            self._paint_code(painter, block, rect, clip)
        if state & HAS_MARKER:
            self._paint_marker(painter, block, rect)
        if state & HAS_RULE:
            line = QRectF(rect.left(), round(rect.top()), rect.width(), 1)
            painter.fillRect(line, self._formats.color("border"))

    def _paint_bars(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        """A bar at the left of each quotation that the block is in."""
        nesting = str(block.blockFormat().property(NESTING) or "")
        before = str(block.previous().blockFormat().property(NESTING) or "")
        px = self._formats.theme.px
        x = BLEED
        for depth, container in enumerate(nesting):
            if container == "q":
                top = rect.top()
                if before[: depth + 1] == nesting[: depth + 1]:
                    above = self.document().documentLayout().blockBoundingRect(block.previous())
                    top = above.bottom()
                bottom = rect.top() + self._formats.paragraph_line() * block.layout().lineCount()
                left = self.width() - x - 2 if _mirrored(block) else x
                bar = QRect(left, round(top), 2, round(bottom) - round(top))
                painter.fillRect(bar, self._formats.color("track"))
            x += px(QUOTE_INDENT if container == "q" else LIST_INDENT)

    def _paint_code(self, painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRect) -> None:
        """A rounded back behind inline code, one for each line it runs over."""
        layout = block.layout()
        face, edge = self._formats.color("sunken"), self._formats.color("border")
        height = self._formats.theme.px(19)
        left_edge, top = rect.left(), layout.position().y()
        painter.setPen(QPen(edge, 1))
        painter.setBrush(face)
        for start, end in _code_runs(block):
            number = layout.lineForTextPosition(start).lineNumber()
            while 0 <= number < layout.lineCount():
                line = layout.lineAt(number)
                number += 1
                first = max(start, line.textStart())
                last = min(end, line.textStart() + line.textLength())
                baseline = top + line.y() + line.ascent()
                if first >= last or baseline - height > clip.bottom():
                    break
                if baseline + height < clip.top():
                    continue
                one, other = line.cursorToX(first)[0], line.cursorToX(last)[0]  # type: ignore[index]
                left, right = min(one, other), max(one, other)
                right += 1 - CODE_PADDING if last == end else 0
                chip = QRectF(
                    left_edge + left - 3, round(baseline - height * 0.745), right - left + 5, height
                )
                painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)

    def _paint_marker(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        """The bullet, number or box of a list item, before its first line."""
        theme = self._formats.theme
        marker = str(block.blockFormat().property(MARKER))
        line = block.layout().lineAt(0)
        if not line.isValid():
            return
        baseline = block.layout().position().y() + line.y() + line.ascent()
        font = QFont(theme.font(self._formats.role))
        metrics = QFontMetricsF(font)
        middle = baseline - metrics.xHeight() / 2
        nesting = str(block.blockFormat().property(NESTING))
        text = BLEED + theme.px(indent(nesting))
        left = text - theme.px(LIST_INDENT)
        grey = theme.color("text-3")
        if marker == "•":
            side = theme.px(5)
            dot = QRectF(self._across(block, left + side / 2, side), middle - side / 2, side, side)
            filled = nesting.count("l") % 2 == 1
            painter.setPen(Qt.PenStyle.NoPen if filled else QPen(grey, 1.2))
            painter.setBrush(grey if filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot if filled else dot.adjusted(0.3, 0.3, -0.3, -0.3))
        elif marker in ("[ ]", "[x]"):
            side = theme.px(14)
            x = self._across(block, left, side)
            mark = QRectF(x, round(middle - side / 2), side, side)
            self._paint_task(painter, mark, done=marker == "[x]")
        else:
            width = metrics.horizontalAdvance(marker)
            gap = 6 if width + 6 <= text else 3
            if width + gap > text:  # a number of three digits and more
                font.setPixelSize(max(8, int(font.pixelSize() * (text - gap) / width)))
                width = QFontMetricsF(font).horizontalAdvance(marker)
            painter.setFont(font)
            painter.setPen(grey)
            painter.drawText(
                QPointF(self._across(block, text - gap - width, width), baseline), marker
            )

    def _across(self, block: QTextBlock, x: float, width: float) -> float:
        """``x`` of something ``width`` wide, mirrored where the words run from right to left."""
        return self.width() - x - width if _mirrored(block) else x

    def _paint_task(self, painter: QPainter, rect: QRectF, done: bool) -> None:
        theme = self._formats.theme
        painter.setBrush(theme.color("accent") if done else Qt.BrushStyle.NoBrush)
        painter.setPen(Qt.PenStyle.NoPen if done else QPen(theme.color("border-strong"), 1.2))
        painter.drawPath(box(rect if done else rect.adjusted(0.5, 0.5, -0.5, -0.5), 4))
        if done:
            theme.paint_icon(painter, "check", rect.adjusted(1, 1, -1, -1), "on-accent")


def _mirrored(block: QTextBlock) -> bool:
    return block.textDirection() == Qt.LayoutDirection.RightToLeft


def _code_runs(block: QTextBlock) -> Iterator[tuple[int, int]]:
    """Start and end, in the block, of each run of inline code."""
    run: tuple[int, int] | None = None
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        if fragment.charFormat().boolProperty(CODE):
            start = fragment.position() - block.position()
            end = start + fragment.length()
            run = (run[0], end) if run is not None and run[1] == start else (start, end)
        elif run is not None:
            yield run
            run = None
        iterator += 1
    if run is not None:
        yield run


def _has_link(block: TextBlock) -> bool:
    return isinstance(block, Paragraph | Heading) and any(span.link for span in block.spans)


_MARKS = {"•": "- ", "[ ]": "- [ ] ", "[x]": "- [x] "}


def _plain(cursor: QTextCursor) -> str:
    """The selected text with list markers, lines as lines, cells separated by tabs."""
    if not cursor.hasSelection():
        return ""
    first, last = cursor.selectionStart(), cursor.selectionEnd()
    document = cursor.document()
    parts: list[str] = []
    block = document.findBlock(first)
    row = -1
    while block.isValid() and block.position() <= last:
        start = max(first, block.position())
        end = min(last, block.position() + block.length() - 1)
        words = block.text()[start - block.position() : end - block.position()]
        marker = str(block.blockFormat().property(MARKER) or "")
        if marker and start == block.position():
            words = _MARKS.get(marker, f"{marker} ") + words
        if block.userState() > 0 and block.userState() & HAS_RULE:
            words = "---"
        inside = QTextCursor(block)
        table: QTextTable | None = inside.currentTable()
        here = -1 if table is None else table.cellAt(inside).row()
        if here >= 0 and here == row:
            parts.append("\t" + words)
        elif here < 0 and not words:
            pass  # Qt wants such paragraphs around tables
        elif parts:
            parts.append("\n" + words)
        else:
            parts.append(words)
        row = here
        block = block.next()
    return "".join(parts).replace("\u2028", "\n").replace("\u00a0", " ")
