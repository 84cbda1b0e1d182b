"""What is painted beside the words of an answer: backs of code, bars of quotations, bullets.

Qt's rich text has none of these as the design wants them, so they are painted under the text, for
the blocks that say that they need it.
"""

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QTextBlock, QTextDocument

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


class Decorations:
    """Paints what the blocks of one document need beside their text."""

    def __init__(self, document: QTextDocument, formats: Formats) -> None:
        self._document = document
        self._formats = formats
        self._width = 0

    def paint(self, painter: QPainter, clip: QRect, width: int) -> None:
        """Paint what is in ``clip`` of a document ``width`` px wide."""
        self._width = width
        for block, rect in self._blocks_in(clip):
            self._paint_decoration(painter, block, rect, clip)

    def _blocks_in(self, clip: QRect) -> Iterator[tuple[QTextBlock, QRectF]]:
        """The paragraphs that touch ``clip`` and need something painted."""
        layout = self._document.documentLayout()
        top = QPointF(clip.left(), clip.top())
        position = max(0, layout.hitTest(top, Qt.HitTestAccuracy.FuzzyHit))
        block = self._document.findBlock(position)
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
                    above = self._document.documentLayout().blockBoundingRect(block.previous())
                    top = above.bottom()
                bottom = rect.top() + self._formats.paragraph_line() * block.layout().lineCount()
                left = self._width - x - 2 if _mirrored(block) else x
                bar = QRect(left, round(top), 2, round(bottom) - round(top))
                painter.fillRect(bar, self._formats.color("track"))
            x += px(QUOTE_INDENT if container == "q" else LIST_INDENT)

    def _paint_code(self, painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRect) -> None:
        """A rounded back behind inline code, one for each line it runs over."""
        layout = block.layout()
        face, edge = self._formats.color("sunken"), self._formats.color("border")
        height = self._formats.theme.px(19)
        left_edge, top = rect.left(), rect.top() - layout.boundingRect().top()
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
        return self._width - x - width if _mirrored(block) else x

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
