"""What is read of a document, one block after the other, -> its pages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.core.document import Page
from app.documents.reader.formats import Context

# Marks in the text of a block: here the writer wanted a new page; here the program that laid it
# out had begun one, which says the same once more where it was wanted.
BREAK, LAID_OUT = "\f", "\v"

_ENOUGH = 1500  # characters of a section, after which a heading begins the next one
_SOME = 300  # the same for where the writer wanted a new page
_MOST = 8000  # characters after which a section ends without one
_MARKS = re.compile(f"([{BREAK}{LAID_OUT}])")
_ITEM = re.compile(r"\s*(-|[\w.]{1,8}[.)]) \S")
_LABEL = 80  # characters of a heading as the name of its section


class Block(NamedTuple):
    """A paragraph, a table, a heading (``level`` 1 is the highest, 0 for all else). ``text`` is
    Markdown and may hold the marks above; ``title`` is that of a heading, plain."""

    text: str
    level: int = 0
    title: str = ""


def heading(title: str, level: int) -> Block:
    """A heading of ``level`` 1 or more."""
    plain = " ".join(_MARKS.sub(" ", title).split())
    marks = "".join(_MARKS.findall(title))
    return Block(f"{marks}{'#' * min(level, 6)} {plain}", level, plain)


def pages(blocks: Iterable[Block], context: Context, *, paged: bool) -> Iterator[Page]:
    """The pages of a document: those that the marks in its blocks tell of if it is ``paged``, else
    sections that begin at headings. Notes the headings. What has come before an error is not
    lost."""
    made = _by_marks(blocks, context) if paged else _by_headings(blocks, context)
    for page in made:
        context.total = max(context.total, page.number)
        yield page


def joined(parts: Sequence[str]) -> str:
    """Paragraphs with an empty line between them; items of a list without."""
    text = list(parts[:1])
    for before, part in pairwise(parts):
        text.append("\n" if _ITEM.match(before) and _ITEM.match(part) else "\n\n")
        text.append(part)
    return "".join(text)


def table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose first row is its head. Columns and rows without a word are left out;
    what is no table at all (one column, one row) becomes plain lines."""
    cells = [[_cell(one) for one in row] for row in rows]
    width = max(map(len, cells), default=0)
    used = [i for i in range(width) if any(i < len(row) and row[i] for row in cells)]
    kept = [[row[i] if i < len(row) else "" for i in used] for row in cells]
    kept = [row for row in kept if any(row)]
    if len(used) == 1 or len(kept) == 1:
        return "\n".join(" · ".join(one for one in row if one) for row in kept)
    if not kept:
        return ""
    lines = [f"| {' | '.join(one.replace('|', chr(92) + '|') for one in row)} |" for row in kept]
    lines.insert(1, f"|{' --- |' * len(used)}")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split())


def _by_marks(blocks: Iterable[Block], context: Context) -> Iterator[Page]:
    number, parts, last = 1, list[str](), ""
    try:
        for block in blocks:
            for piece in _MARKS.split(block.text):
                if piece == LAID_OUT and last == BREAK and not parts:
                    last = ""
                elif piece in (BREAK, LAID_OUT) and piece:
                    yield Page(number, joined(parts))
                    number, parts, last = number + 1, [], piece
                elif words := piece.strip("\n").rstrip():
                    if block.level:
                        context.heading(block.title, block.level, number)
                    parts.append(words)
    except Exception:
        if parts:
            yield Page(number, joined(parts))
        raise
    if parts or number == 1:
        yield Page(number, joined(parts))


def _by_headings(blocks: Iterable[Block], context: Context) -> Iterator[Page]:
    number, parts, size, label, wanted = 1, list[str](), 0, "", False
    try:
        for block in blocks:
            words = _MARKS.sub("", block.text).strip("\n").rstrip()
            wanted = wanted or BREAK in block.text
            if not words:
                continue
            full = size >= _ENOUGH if block.level else size + len(words) > _MOST
            if parts and (full or (wanted and size >= _SOME)):
                yield Page(number, joined(parts), label=label)
                number, parts, size = number + 1, [], 0
            if block.level:
                context.heading(block.title, block.level, number)
                if not parts or not label:
                    label = block.title[:_LABEL]
            wanted = False
            parts.append(words)
            size += len(words)
    except Exception:
        if parts:
            yield Page(number, joined(parts), label=label)
        raise
    if parts or number == 1:
        yield Page(number, joined(parts), label=label)
