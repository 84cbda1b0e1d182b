"""A strip of text, laid out: it paints, and tells places in the page's text from points."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPainter,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLayout,
    QTextLength,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from app.ui.preview.paper import CELL_GAP, Print, ink
from app.ui.preview.strips import Line, Strip
from app.ui.transcript.formats import numeric

GUTTER = 14  # px between the marks and the words

_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_KEEP = QTextCursor.MoveMode.KeepAnchor
_HEADINGS = {1: "h2", 2: "h3"}


@dataclass(frozen=True)
class Mark:
    """Characters of a page that stand on another colour."""

    start: int
    end: int
    color: str


@dataclass(frozen=True)
class _Piece:
    """A line or cell: where it begins in the page's text, and in the document."""

    start: int
    position: int
    text: str
    plain: bool  # each of its characters is one to Qt

    def at(self, place: int) -> int:
        """The document's position of a place in the page's text."""
        shown = min(max(place - self.start, 0), len(self.text))
        if self.plain:
            return self.position + shown
        return self.position + len(self.text[:shown].encode("utf-16-le")) // 2

    def place(self, position: int) -> int:
        """The other way round."""
        shown = position - self.position
        if self.plain:
            return self.start + shown
        units = self.text.encode("utf-16-le")[: 2 * shown]
        return self.start + len(units.decode("utf-16-le", "ignore"))


def least_width(strip: Strip, look: Print) -> int:
    """The width that a table needs for no word to be broken, px; 0 for anything else."""
    return round(sum(_column_widths(strip.least, look)))


def _column_widths(characters: Sequence[int], look: Print) -> list[float]:
    letter, gap = look.letter("table") * 1.1, look.px(CELL_GAP)
    return [count * letter + gap for count in characters]


def estimated_height(strip: Strip, look: Print, width: int) -> int:
    """About how high a strip will be at ``width``."""
    if strip.kind == "table":
        return len(strip.rows) * (look.line("table") + look.px(8)) + look.px(16)
    role = "code" if strip.kind == "code" else "ui"
    columns = max(8, int(width / look.letter(role)))
    rows = sum(max(1, -(-len(line.text) // columns)) for line in strip.lines)
    return rows * look.line(role)


class StripLayout:
    """``gutter`` is the room for marks before the words, px; 0 if there are none."""

    def __init__(self, strip: Strip, look: Print, width: int, gutter: int) -> None:
        self.strip = strip
        self._look = look
        self._gutter = gutter
        self._width = width - gutter
        self._pieces: list[_Piece] = []
        self._document = document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if strip.kind == "code":
            option.setTextDirection(Qt.LayoutDirection.LeftToRight)
            option.setTabStopDistance(4 * look.letter("code"))
        else:
            option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        document.setDefaultTextOption(option)
        if strip.kind == "table":
            self._write_table()
        else:
            self._write_lines()
        document.setTextWidth(self._width)
        self._starts = [piece.start for piece in self._pieces]
        self.height = round(document.size().height())

    # -- places -----------------------------------------------------------------------------

    def place_at(self, point: QPointF) -> int:
        """The place in the page's text that is nearest to ``point``."""
        inside = QPointF(point.x() - self._gutter, point.y())
        fuzzy = Qt.HitTestAccuracy.FuzzyHit
        position = self._document.documentLayout().hitTest(inside, fuzzy)
        best = self._pieces[0] if self._pieces else None
        for piece in self._pieces:
            if piece.position > position:
                break
            best = piece
        if best is None:
            return self.strip.start
        return min(best.place(position), best.start + len(best.text))

    def top_of(self, place: int) -> float:
        """Where the line with a place begins, px from the top of the strip."""
        piece = self._piece_at(place)
        if piece is None:
            return 0.0
        return self._line_rect(piece.at(place)).top()

    def text_between(self, start: int, end: int) -> str:
        """What is shown between two places."""
        words = []
        last = None
        for piece in self._pieces:
            first, stop = max(start - piece.start, 0), min(end - piece.start, len(piece.text))
            if first < stop or (first == stop == 0 and start <= piece.start < end):
                row = self._row_of(piece)
                if last is not None:
                    words.append("\t" if row == last and row >= 0 else "\n")
                words.append(piece.text[first:stop].replace("\u200b", "").replace("\u2028", " "))
                last = row
        return "".join(words)

    # -- painting ---------------------------------------------------------------------------

    def set_colors(self, runs: Iterable[tuple[int, int, str]]) -> None:
        """Colour code: runs of characters of the page, each in an ink."""
        by_block: dict[int, list[QTextLayout.FormatRange]] = {}
        for start, end, color in runs:
            for index in range(max(0, bisect_right(self._starts, start) - 1), len(self._pieces)):
                piece = self._pieces[index]
                if piece.start >= end:
                    break
                first = piece.at(start) - piece.position
                length = piece.at(end) - piece.position - first
                if length > 0:
                    made = QTextLayout.FormatRange()
                    made.start, made.length = first, length
                    made.format.setForeground(ink(color))
                    by_block.setdefault(index, []).append(made)
        for index, ranges in by_block.items():
            block = self._document.findBlock(self._pieces[index].position)
            block.layout().setFormats(ranges)
        self._document.markContentsDirty(0, self._document.characterCount())

    def paint(self, painter: QPainter, clip: QRectF, marks: Sequence[Mark]) -> None:
        """Paint at the painter's origin."""
        layout = self._document.documentLayout()
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = clip.translated(-self._gutter, 0)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, ink("text"))
        context.palette = palette
        context.selections = [
            made
            for mark in marks
            if mark.start < self.strip.end and mark.end > self.strip.start
            for made in self._selections(mark)
        ]
        painter.save()
        painter.translate(self._gutter, 0)
        layout.draw(painter, context)
        painter.restore()
        if self._gutter and self.strip.kind == "code":  # times are painted by their sheet
            self._paint_marks(painter, clip)

    def _paint_marks(self, painter: QPainter, clip: QRectF) -> None:
        painter.setFont(self._look.font("caption"))
        painter.setPen(ink("text-3"))
        width = self._gutter - self._look.px(GUTTER)
        line = self._look.line("code")
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        align |= Qt.AlignmentFlag.AlignAbsolute
        for piece, shown in zip(self._pieces, self.strip.lines, strict=True):
            if shown.mark:
                top = self._block_rect(piece.position).top()
                if top < clip.bottom() and top + line > clip.top():
                    painter.drawText(QRectF(0, top, width, line), align, shown.mark)

    def _selections(self, mark: Mark) -> list[QAbstractTextDocumentLayout.Selection]:
        made = []
        look = QTextCharFormat()
        look.setBackground(ink(mark.color))
        if mark.color == "mark-hi":
            look.setForeground(ink("mark-text"))
        for piece in self._pieces:
            if piece.start < mark.end and piece.start + len(piece.text) > mark.start:
                selection = QAbstractTextDocumentLayout.Selection()
                cursor = QTextCursor(self._document)
                cursor.setPosition(piece.at(mark.start))
                cursor.setPosition(piece.at(mark.end), _KEEP)
                selection.cursor = cursor
                selection.format = look
                made.append(selection)
        return made

    # -- writing ----------------------------------------------------------------------------

    def _write_lines(self) -> None:
        strip, look = self.strip, self._look
        code = strip.kind == "code"
        role = "code" if code else "ui"
        document = self._document
        document.setDefaultFont(look.font(role))
        document.setPlainText("\n".join(line.text.replace("\u2028", " ") for line in strip.lines))
        usual = QTextBlockFormat()
        usual.setLineHeight(look.line(role), _FIXED)
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(usual)
        blank = QTextBlockFormat()
        blank.setLineHeight(look.px(10), _FIXED)
        block = document.begin()
        numbered = any(line.mark for line in strip.lines)
        for line in strip.lines:
            self._add(line, block.position())
            if line.level:
                self._style_heading(QTextCursor(block), line.level)
            elif not line.text and not numbered:
                QTextCursor(block).mergeBlockFormat(blank)
            block = block.next()

    def _style_heading(self, cursor: QTextCursor, level: int) -> None:
        role = _HEADINGS.get(level, "ui-strong")
        made = QTextBlockFormat()
        made.setLineHeight(self._look.line(role), _FIXED)
        if cursor.position():
            made.setTopMargin(self._look.px(8))
        made.setBottomMargin(self._look.px(2))
        cursor.mergeBlockFormat(made)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, _KEEP)
        letters = QTextCharFormat()
        letters.setFont(self._look.font(role))
        cursor.mergeCharFormat(letters)

    def _write_table(self) -> None:
        strip, look = self.strip, self._look
        document = self._document
        document.setDefaultFont(look.font("table"))
        columns = len(strip.shares)
        frame = QTextTableFormat()
        frame.setBorder(0)
        frame.setCellPadding(0)
        frame.setCellSpacing(0)
        frame.setBorderCollapse(True)
        frame.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        if strip.head:
            frame.setTopMargin(look.px(6))
        fixed = QTextLength.Type.FixedLength
        frame.setColumnWidthConstraints([QTextLength(fixed, one) for one in self._columns()])
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        table = cursor.insertTable(len(strip.rows), columns, frame)
        right = [self._is_numeric(column) for column in range(columns)]
        for number, row in enumerate(strip.rows):
            head = strip.head and number == 0
            letters = QTextCharFormat()
            letters.setFont(look.font("caption", 600) if head else look.font("table"))
            letters.setForeground(ink("text-3" if head else "text"))
            for column, cell in enumerate(row[:columns]):
                made = QTextTableCellFormat()
                made.setTopPadding(look.px(2))
                made.setBottomPadding(look.px(5))
                made.setRightPadding(look.px(0 if column == columns - 1 else CELL_GAP))
                made.setBottomBorder(1)
                made.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                made.setBottomBorderBrush(ink("border"))
                place = table.cellAt(number, column)
                place.setFormat(made)
                inside = place.firstCursorPosition()
                words = QTextBlockFormat()
                words.setLineHeight(look.line("caption" if head else "table"), _FIXED)
                words.setAlignment(
                    Qt.AlignmentFlag.AlignRight if right[column] else Qt.AlignmentFlag.AlignLeft
                )
                inside.setBlockFormat(words)
                inside.insertText(cell.text, letters)
        cursor.endEditBlock()
        for number, row in enumerate(strip.rows):
            for column, cell in enumerate(row[:columns]):
                self._add(cell, table.cellAt(number, column).firstPosition())
        last = QTextCursor(document)  # Qt wants a paragraph after a table; it takes no room
        last.movePosition(QTextCursor.MoveOperation.End)
        nothing = QTextBlockFormat()
        nothing.setLineHeight(1, _FIXED)
        last.setBlockFormat(nothing)
        tiny = QTextCharFormat()
        tiny.setFontPointSize(1)
        last.setBlockCharFormat(tiny)

    def _columns(self) -> list[float]:
        """The widths of the columns: each has its words whole, and its share of what is left."""
        least = _column_widths(self.strip.least, self._look)
        wanted = _column_widths(self.strip.shares, self._look)
        room = self._width - sum(least)
        more = [max(0.0, one - other) for one, other in zip(wanted, least, strict=True)]
        if room <= 0:
            return least
        if sum(more) <= room:  # everything fits: what is left over goes to all
            part = (self._width - sum(wanted)) / len(wanted)
            return [one + max(0.0, part) for one in wanted]
        return [one + room * extra / sum(more) for one, extra in zip(least, more, strict=True)]

    def _is_numeric(self, column: int) -> bool:
        cells = [
            row[column].text
            for row in self.strip.rows[self.strip.head :]
            if column < len(row) and row[column].text
        ]
        return bool(cells) and all(map(numeric, cells))

    # -- inside -----------------------------------------------------------------------------

    def _add(self, line: Line, position: int) -> None:
        plain = not line.text or max(line.text) <= "\uffff"
        self._pieces.append(_Piece(line.start, position, line.text, plain))

    def _piece_at(self, place: int) -> _Piece | None:
        index = max(0, bisect_right(self._starts, place) - 1)
        return self._pieces[index] if self._pieces else None

    def _row_of(self, piece: _Piece) -> int:
        """The row of a table that a piece is in; -1 outside of tables."""
        if self.strip.kind != "table":
            return -1
        for number, row in enumerate(self.strip.rows):
            if row and row[0].start <= piece.start <= row[-1].start:
                return number
        return -1

    def _block_rect(self, position: int) -> QRectF:
        block = self._document.findBlock(position)
        return self._document.documentLayout().blockBoundingRect(block)

    def _line_rect(self, position: int) -> QRectF:
        """The line of the layout that a position is in."""
        block = self._document.findBlock(position)
        around = self._document.documentLayout().blockBoundingRect(block)
        line = block.layout().lineForTextPosition(position - block.position())
        if not line.isValid():
            return around
        return QRectF(around.left(), around.top() + line.y(), around.width(), line.height())
