"""The text of a page, cut into strips that are quick to lay out. No Qt.

Whatever is shown keeps its place in the page's text, so that passages, finds and selections are
all told by places in that text. Only white space, the marks of headings and the lines of tables
are left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from pygments.lexers import get_all_lexers

from app.core.document import Page, Unit
from app.core.prompt import clock

Kind = Literal["words", "code", "table"]

_all_lexers: Callable[..., Iterator[tuple[str, tuple[str, ...], tuple[str, ...], object]]]
_all_lexers = get_all_lexers

MOST_LINES = 40  # of a strip
MOST_CHARACTERS = 3000
MOST_ROWS = 24  # of a table's strip
LONGEST_LINE = 2000  # characters; longer ones go on in further lines

_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_ROW = re.compile(r"[ \t]*\|")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL = re.compile(r"(?:\\.|[^|\\])*")
# Shown instead of what stands in a cell, in as many characters.
_IN_CELLS = (("<br>", "\u2028\u200b\u200b\u200b"), ("\\|", "\u200b|"))


@dataclass(frozen=True)
class Line:
    """Characters of a page, from ``start`` on. ``level`` is that of a heading, 0 for none;
    ``mark`` is what stands beside it: the number of the line, or the time."""

    start: int
    text: str
    level: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Strip:
    """A piece of a page: characters ``start`` to ``end``. A table has ``rows`` of cells, the first
    strip of it also its ``head``. ``shares`` are the widths of its columns in characters, and
    ``least`` those of their longest words.
    """

    kind: Kind
    start: int
    end: int
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()
    head: bool = False
    shares: tuple[int, ...] = ()
    least: tuple[int, ...] = ()


@dataclass
class _Table:
    rows: list[tuple[Line, ...]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    start: int = 0


def strips_of(page: Page, *, code: bool, unit: Unit) -> tuple[Strip, ...]:
    """The strips of a page, in order. ``code`` has every line as it is, with its number."""
    if code:
        return tuple(_code_strips(page))
    if unit == "time":
        mark = page.label or clock(page.start)
        text = page.text.strip()
        start = page.text.find(text) if text else 0
        lines = [Line(start, text.replace("\n", " "), mark=mark)]
        return (Strip("words", 0, len(page.text), tuple(lines)),)
    return tuple(_words_strips(page.text))


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Endings and names of files, and what Pygments calls the language."""
    known: dict[str, str] = {}
    for _name, aliases, patterns, _mimes in _all_lexers(plugins=False):
        for pattern in patterns if aliases else ():
            plain = pattern.removeprefix("*.") if pattern.startswith("*.") else pattern
            if not set(plain) & set("*?["):
                known.setdefault(plain.lower(), aliases[0])
    known.update(md="", markdown="", txt="", text="", csv="", tsv="", log="", rst="", h="c")
    known.update(html="html", xml="xml", sql="sql", pl="perl", ts="typescript", m="objective-c")
    return known


def language_of(name: str) -> str:
    """The language of a file of code by its name; "" for a text, or one that isn't known."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    known = _languages()
    return known.get(last) or known.get(last.rpartition(".")[2] if "." in last else "", "")


def line_range(page: Page, first: int, last: int) -> tuple[int, int]:
    """Where the lines ``first`` to ``last`` of a file begin and end in the page's text; (0, 0) if
    they aren't there."""
    at, start = page.first_line or 1, 0
    text = page.text
    while at < first:
        start = text.find("\n", start) + 1
        if not start:
            return 0, 0
        at += 1
    end = start
    while at <= last:
        found = text.find("\n", end)
        if found < 0:
            return start, len(text)
        end = found + 1
        at += 1
    return start, end


def find_passage(text: str, passage: str) -> tuple[int, int]:
    """Where ``passage`` is in ``text``, whatever white space is in either; (0, 0) if it isn't."""
    start = text.find(passage) if passage else -1
    if start >= 0:
        return start, start + len(passage)
    words = passage.split()
    if not words:
        return 0, 0
    match = re.search(r"\s+".join(map(re.escape, words)), text, re.IGNORECASE)
    return match.span() if match else (0, 0)


# -- how it is cut --------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines begin, and end without their line break."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for begin in range(start, max(end, start + 1), LONGEST_LINE):
        yield begin, min(begin + LONGEST_LINE, end)


def _code_strips(page: Page) -> Iterator[Strip]:
    """Each line with its number."""
    number = page.first_line or 1
    lines: list[Line] = []
    size = begin = 0
    for start, end in _lines(page.text):
        mark = str(number)
        for piece, stop in _pieces(page.text, start, end):
            lines.append(Line(piece, page.text[piece:stop].rstrip("\r"), mark=mark))
            size += stop - piece
            mark = ""
        number += 1
        if len(lines) >= MOST_LINES or size >= MOST_CHARACTERS:
            yield Strip("code", begin, end, tuple(lines))
            lines, size, begin = [], 0, end + 1
    if lines:
        yield Strip("code", begin, len(page.text), tuple(lines))


def _words_strips(text: str) -> Iterator[Strip]:
    lines: list[Line] = []
    size = 0
    table: _Table | None = None
    for start, end in _lines(text):
        if _ROW.match(text, start, end):
            if lines:
                yield Strip("words", lines[0].start, start, tuple(lines))
                lines, size = [], 0
            if table is None:
                table = _Table(start=start)
            table.rows.append(tuple(_cells(text, start, end)))
            table.ends.append(end)
            continue
        if table is not None:
            yield from _table_strips(text, table)
            table = None
        heading = _HEADING.match(text, start, end)
        shown = heading.end() if heading else start
        level = len(heading.group(1)) if heading else 0
        for piece, stop in _pieces(text, shown, end):
            lines.append(Line(piece, text[piece:stop].rstrip(), level))
            size += stop - piece
        if len(lines) >= MOST_LINES or size >= MOST_CHARACTERS:
            yield Strip("words", lines[0].start, end, tuple(lines))
            lines, size = [], 0
    if table is not None:
        yield from _table_strips(text, table)
    if any(line.text for line in lines):
        yield Strip("words", lines[0].start, len(text), tuple(lines))


def _cells(text: str, start: int, end: int) -> Iterator[Line]:
    at = text.index("|", start, end) + 1
    while at < end:
        match = _CELL.match(text, at, end)
        stop = match.end() if match else end
        raw = text[at:stop]
        words = raw.strip()
        begin = at + len(raw) - len(raw.lstrip()) if words else at
        for written, shown in _IN_CELLS:
            words = words.replace(written, shown)
        if words or stop < end:
            yield Line(begin, words)
        at = stop + 1


def _table_strips(text: str, table: _Table) -> Iterator[Strip]:
    rows, ends = table.rows, table.ends
    ruled = len(rows) > 1 and bool(_RULE.match(text[ends[0] + 1 : ends[1]]))
    if ruled:
        del rows[1], ends[1]
    columns = max(map(len, rows))
    shares, least = [3] * columns, [3] * columns
    for row in rows:
        for column, cell in enumerate(row):
            shares[column] = max(shares[column], min(len(cell.text), 32))
            longest = max(map(len, cell.text.split()), default=0)
            least[column] = max(least[column], min(longest, 12))
    start = table.start
    for first in range(0, len(rows), MOST_ROWS):
        some = rows[first : first + MOST_ROWS]
        end = ends[first + len(some) - 1]
        yield Strip(
            "table",
            start,
            end,
            rows=tuple(some),
            head=ruled and first == 0,
            shares=tuple(shares),
            least=tuple(least),
        )
        start = end + 1
