"""Text that has no pages of its own -> pieces of some lines each, cut where a reader would."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from app.core.document import Extract, Heading, Page

# A file of code is one page, in which lines are told by their numbers.
CODE = frozenset(
    {
        *(".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".vue", ".svelte", ".css"),
        *(".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".m", ".mm", ".cs", ".java", ".kt"),
        *(".rs", ".go", ".rb", ".php", ".swift", ".scala", ".clj", ".ex", ".erl", ".hs", ".ml"),
        *(".lua", ".pl", ".pm", ".r", ".jl", ".dart", ".zig", ".nim", ".sql", ".sh", ".bash"),
        *(".ps1", ".bat", ".cmake", ".mk", ".gradle", ".tf", ".proto", ".el", ".lisp", ".scm"),
        *(
            ".f90",
            ".f",
            ".pas",
            ".vb",
            ".asm",
            ".s",
            ".v",
            ".vhd",
            ".glsl",
            ".cu",
            ".diff",
            ".patch",
        ),
    }
)
TABLES = frozenset({".csv", ".tsv", ".tab"})
MARKDOWN = frozenset({".md", ".markdown", ".mdown"})

SHORT_CHARACTERS, SHORT_LINES = 20_000, 200  # a text up to here is read as one, without pages

_LEAST, _MOST = 60, 160  # lines of a piece
_CHARACTERS = 6000  # of a piece, unless one line has more
_LINE = 8000  # characters of a line, after which it is cut as well
_DELIMITERS = ",;\t|"
_SAMPLE = 20_000  # characters that the delimiter of a table is guessed from
_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


def text_extract(text: str, name: str) -> Extract:
    """A text file with pages: tables as tables, code as one page, all else in pieces."""
    ending = PurePath(name).suffix.lower()
    if ending in CODE:
        whole = Page(1, text.rstrip("\n"), label=name, first_line=1)
        return Extract(name, "code", "file", (whole,), 1)
    pages = tuple(csv_pages(text) if ending in TABLES else line_pages(text))
    found = tuple(headings(pages)) if ending in MARKDOWN else ()
    kind = "csv" if ending in TABLES else "text"
    return Extract(name, kind, "section", pages, len(pages), found)


def is_short(text: str) -> bool:
    """Whether a text is read as one, without pages."""
    return len(text) <= SHORT_CHARACTERS and text.count("\n") <= SHORT_LINES


def line_pages(text: str) -> Iterator[Page]:
    """The pieces of a text. Every line is in exactly one of them, in order; a piece ends before a
    heading, after an empty line or before a line that isn't indented, where there is one."""
    lines = list(_bounded(text))
    start, number = 0, 1
    while start < len(lines):
        end = _end(lines, start)
        words = "\n".join(line for _line, line in lines[start:end])
        first, last = lines[start][0], lines[end - 1][0]
        label = f"lines {first}-{last}" if last > first else f"line {first}"
        yield Page(number, words, label=label, first_line=first)
        start, number = end, number + 1


def headings(pages: Sequence[Page]) -> Iterator[Heading]:
    """The headings of a Markdown text, by the pages it was cut into."""
    fenced = False
    for page in pages:
        for line in page.text.split("\n"):
            if _FENCE.match(line):
                fenced = not fenced
            elif not fenced and (found := _HEADING.match(line)):
                yield Heading(found[2].strip("# "), len(found[1]), page.number)


def csv_pages(text: str) -> Iterator[Page]:
    """The rows of a table whose cells stand between commas or the like, as Markdown tables with
    the head of the whole on each. Plain lines where it isn't such a table."""
    delimiter = _delimiter(text[:_SAMPLE])
    if delimiter is None:
        yield from line_pages(text)
        return
    rows = list(_rows(text, delimiter))
    used = sorted({i for _line, row in rows for i, cell in enumerate(row) if cell.strip()})
    rows = [(line, [row[i] if i < len(row) else "" for i in used]) for line, row in rows]
    head = rows[0][1]
    first = rows[1][0] if len(rows) > 1 else 1
    number, last, cells, size = 1, first, list[list[str]](), 0
    for line, row in [*rows[1:], (0, list[str]())]:
        full = size > _CHARACTERS or len(cells) >= _MOST
        if cells and (full or not row):
            words = _table([head, *cells])
            yield Page(number, words, label=f"lines {first}-{last}", first_line=first)
            number, first, cells, size = number + 1, line, [], 0
        cells.append(row)
        last = line
        size += sum(map(len, row)) + 3 * len(row)
    if number == 1:
        yield Page(1, _table([head]), first_line=1)


def _bounded(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers; endless ones in parts, cut at a space or a comma."""
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        while len(line) > _LINE:
            cut = max(line.rfind(sign, _LINE // 2, _LINE) for sign in " ,;") + 1 or _LINE
            yield number, line[:cut]
            line = line[cut:]
        yield number, line


def _end(lines: Sequence[tuple[int, str]], start: int) -> int:
    """Where the piece that begins at ``start`` ends."""
    size = 0
    limit = start
    while limit < len(lines) and limit - start < _MOST:
        size += len(lines[limit][1]) + 1
        if size > _CHARACTERS and limit > start:
            break
        limit += 1
    if limit == len(lines):
        return limit
    least = start + max(1, (limit - start) * _LEAST // _MOST)
    best, rank = limit, 0
    for end in range(limit, least, -1):
        line, before = lines[end][1], lines[end - 1][1]
        here = 1 if line[:1].strip() and line[0] not in ")]}" else 0
        if not before.strip():
            here = 3 if here else 2
        if _HEADING.match(line):
            here = 4
        if here > rank:
            best, rank = end, here
    return best


def _delimiter(sample: str) -> str | None:
    """What stands between the cells: what cuts most lines into the same number of them."""
    best: tuple[float, int, str] | None = None
    for sign in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=sign) if row]
        except csv.Error:
            continue
        widths = widths[:-1] or widths  # the last line may be cut
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        if usual > 1:
            found = widths.count(usual) / len(widths), usual, sign
            best = max(best, found) if best is not None else found
    return best[2] if best is not None else None


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that have something in them, with the line that each begins in."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error:  # a cell without an end: what follows is kept as it is
        for number, line in enumerate(text.split("\n")[begins - 1 :], start=begins):
            if line.strip():
                yield number, [line]


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [
        f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in row)} |"
        for row in rows
    ]
    lines.insert(1, f"|{' --- |' * len(rows[0])}")
    return "\n".join(lines)
