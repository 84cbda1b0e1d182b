"""Rich text as plain text, the way it is copied."""

from PySide6.QtGui import QTextCursor, QTextTable

from app.ui.transcript.formats import HAS_RULE, MARKER
from app.ui.transcript.pills import OBJECT, source_at

_MARKS = {"•": "- ", "[ ]": "- [ ] ", "[x]": "- [x] "}


def plain(cursor: QTextCursor) -> str:
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
        if OBJECT in words:
            words = "".join(
                source_at(document, start + place) or letter if letter == OBJECT else letter
                for place, letter in enumerate(words)
            )
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
