"""Writes blocks of Markdown into a QTextDocument, and takes them back from its end.

The document always ends with what was written last, so that the live tail of an answer can be
replaced without touching anything above it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QTextTable

from app.core.markdown import Block, Heading, Paragraph, Rule, Span, Spans, Table, plain_text
from app.ui.transcript.formats import (
    HAS_CODE,
    HAS_MARKER,
    HAS_NESTING,
    HAS_RULE,
    Formats,
    numeric,
)
from app.ui.transcript.pills import OBJECT, pill_format

TextBlock = Paragraph | Heading | Rule | Table


class Cited(Protocol):
    """A citation: where it stands in a text, and what it is called ("p. 12")."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def label(self) -> str: ...


Cites = Callable[[str], Sequence[Cited]]


class Writer:
    """Keeps a document equal to a list of blocks."""

    def __init__(self, document: QTextDocument, formats: Formats) -> None:
        self._document = document
        self._formats = formats
        self._blocks: list[TextBlock] = []
        self._starts: list[int] = []  # the document's length before each block was written
        self._cites: Cites | None = None
        self._serial = 0  # of the last citation; 0: there has been none

    @property
    def blocks(self) -> Sequence[TextBlock]:
        """What the document shows."""
        return self._blocks

    def set_blocks(self, blocks: Sequence[TextBlock]) -> bool:
        """Show ``blocks``. Only what differs, from the first difference on, is written anew.
        Returns whether anything was."""
        same = 0
        for old, new in zip(self._blocks, blocks, strict=False):
            if old is not new and old != new:
                break
            same += 1
        if same == len(self._blocks) == len(blocks):
            self._blocks = list(blocks)
            return False
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        if same < len(self._blocks):
            new_block = blocks[same] if same < len(blocks) else None
            if same == len(self._blocks) - 1 and self._extend_table(same, new_block):
                same += 1
            else:
                self._cut(cursor, same)
        self._blocks[:same] = blocks[:same]
        for block in blocks[same:]:
            self._append(cursor, block)
        cursor.endEditBlock()
        return True

    @property
    def has_cited(self) -> bool:
        """Whether a citation has been written."""
        return self._serial > 0

    def set_cites(self, cites: Cites) -> None:
        """Show what ``cites`` finds in a text as citations, from now on."""
        self._cites = cites
        if any(cites(text) for block in self._blocks for text in _texts(block)):
            self.rewrite()

    def rewrite(self) -> None:
        """Write everything anew: the formats have changed."""
        blocks = self._blocks
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        self._cut(cursor, 0)
        for block in blocks:
            self._append(cursor, block)
        cursor.endEditBlock()

    def _cut(self, cursor: QTextCursor, index: int) -> None:
        """Remove the blocks from ``index`` on."""
        if index < len(self._starts):
            cursor.setPosition(self._starts[index])
            # Joined with what follows, the paragraph before might take over its format.
            kept, state = cursor.blockFormat(), cursor.block().userState()
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            if index == 0:
                self._blank(cursor)
            else:
                cursor.setBlockFormat(kept)
                cursor.block().setUserState(state)
        self._blocks = self._blocks[:index]
        self._starts = self._starts[:index]

    def _append(self, cursor: QTextCursor, block: TextBlock) -> None:
        before = self._blocks[-1] if self._blocks else None
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._starts.append(cursor.position())
        self._blocks.append(block)
        if isinstance(block, Table):
            self._table(cursor, block, before)
            cursor.movePosition(QTextCursor.MoveOperation.End)
            self._blank(cursor)
            return
        self._begin(cursor, self._formats.block(block, before), before)
        state = 0
        if block.nesting:
            state |= HAS_NESTING
        if isinstance(block, Rule):
            state |= HAS_RULE
        else:
            if block.marker:
                state |= HAS_MARKER
            role, color = self._formats.text_style(block)
            cursor.setBlockCharFormat(self._formats.characters(Span(""), role, color))
            if self._spans(cursor, block.spans, role, color, line=self._formats.line_of(block)):
                state |= HAS_CODE
            if block.nesting and cursor.block().textDirection() == _RIGHT_TO_LEFT:
                cursor.setBlockFormat(self._formats.block(block, before, mirrored=True))
        cursor.block().setUserState(state)

    def _blank(self, cursor: QTextCursor) -> None:
        """Clear the last paragraph. Qt wants one after every table; empty, it takes no room."""
        cursor.setBlockFormat(QTextBlockFormat())
        cursor.setBlockCharFormat(QTextCharFormat())
        cursor.block().setUserState(0)

    def _begin(self, cursor: QTextCursor, made: QTextBlockFormat, before: Block | None) -> None:
        """A new paragraph at the end; an empty document has one already."""
        if before is None:
            cursor.setBlockFormat(made)
        else:
            cursor.insertBlock(made, QTextCharFormat())

    def _spans(
        self,
        cursor: QTextCursor,
        spans: Spans,
        role: str,
        color: str,
        weight: int | None = None,
        *,
        line: int,
    ) -> bool:
        """Write ``spans`` in lines of ``line`` px; whether there is code among them."""
        code = False
        make = self._formats.characters
        for span, following in zip_longest(spans, spans[1:]):
            code |= span.code
            text = span.text.replace("\n", "\u2028")
            usual = make(span, role, color, weight)
            if not (span.code or span.link or span.image):
                text = self._write_pills(cursor, text, usual, line)
            if text and (span.code or (following is not None and following.code)):
                cursor.insertText(text[:-1], usual)
                cursor.insertText(text[-1], make(span, role, color, weight, padded=True))
            else:
                cursor.insertText(text, usual)
        return code

    def _write_pills(
        self, cursor: QTextCursor, text: str, usual: QTextCharFormat, line: int
    ) -> str:
        """Write ``text`` up to its last citation; what is left of it."""
        done = 0
        for cited in self._cites(text) if self._cites is not None and "[" in text else ():
            cursor.insertText(text[done : cited.start], usual)
            self._serial += 1
            source = text[cited.start : cited.end]
            cursor.insertText(OBJECT, pill_format(usual, cited.label, source, self._serial, line))
            done = cited.end
        return text[done:]

    # -- tables -----------------------------------------------------------------------------

    def _table(self, cursor: QTextCursor, block: Table, before: Block | None) -> None:
        columns = max(1, len(block.alignments))
        table = cursor.insertTable(1 + len(block.rows), columns, self._formats.table(block, before))
        alignments = _alignments(block)
        for row in range(1 + len(block.rows)):
            self._row(table, block, row, alignments)

    def _row(self, table: QTextTable, block: Table, row: int, alignments: Sequence[str]) -> None:
        """Write one row; 0 is the head."""
        head = row == 0
        cells = block.head if head else block.rows[row - 1]
        last_row = row == len(block.rows)
        for column, spans in enumerate(cells):
            cell = table.cellAt(row, column)
            last_column = column == len(cells) - 1
            cell.setFormat(self._formats.cell(head, last_row, last_column))
            cursor = cell.firstCursorPosition()
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, _KEEP)
            cursor.removeSelectedText()
            cursor.setBlockFormat(self._formats.cell_block(head, alignments[column]))
            role, color, weight = ("caption", "text-3", 600) if head else ("table", "text", None)
            line = self._formats.cell_line(head)
            code = self._spans(cursor, spans, role, color, weight, line=line)
            cursor.block().setUserState(HAS_CODE if code else 0)

    def _extend_table(self, index: int, new: TextBlock | None) -> bool:
        """If the last block is a table that has only grown at its end, grow it in place."""
        old = self._blocks[index]
        if not isinstance(old, Table) or not isinstance(new, Table):
            return False
        keep = len(old.rows) - 1
        alignments = _alignments(new)
        if (
            old.head != new.head
            or old.nesting != new.nesting
            or len(new.rows) < len(old.rows)
            or keep < 0
            or old.rows[:keep] != new.rows[:keep]
            or _alignments(old) != alignments
        ):
            return False
        table = self._last_table()
        if table is None:
            return False
        added = len(new.rows) - len(old.rows)
        if added:
            table.appendRows(added)
        for row in range(keep + 1, len(new.rows) + 1):
            self._row(table, new, row, alignments)
        self._blocks[index] = new
        return True

    def _last_table(self) -> QTextTable | None:
        frames = self._document.rootFrame().childFrames()
        last = frames[-1] if frames else None
        return last if isinstance(last, QTextTable) else None


def _texts(block: TextBlock) -> Iterator[str]:
    """The words of a block, run by run."""
    if isinstance(block, Table):
        for row in (block.head, *block.rows):
            for cell in row:
                yield from (span.text for span in cell)
    elif not isinstance(block, Rule):
        yield from (span.text for span in block.spans)


_RIGHT_TO_LEFT = Qt.LayoutDirection.RightToLeft
_KEEP = QTextCursor.MoveMode.KeepAnchor


def _alignments(table: Table) -> list[str]:
    """The alignment of each column; where the text gives none, numbers stand right."""
    result: list[str] = []
    for column, alignment in enumerate(table.alignments):
        cells = [plain_text(row[column]) for row in table.rows]
        filled = [cell for cell in cells if cell.strip()]
        if not alignment and filled and all(map(numeric, filled)):
            alignment = "right"
        result.append(alignment or "left")
    return result
