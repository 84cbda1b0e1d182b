"""The order in which the lines of a PDF's page are read, where PDFium doesn't know it.

PDFium mostly keeps to the order in which a page was drawn, which is that of reading. It is not
where columns were drawn row by row, and where all of the text is turned by a quarter.
"""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise

import pypdfium2.raw as pdfium

from app.documents.reader.pdf.text import LINE_ENDS, PageText

_SAMPLES = 3  # long lines that are looked at, before anything is done
_LONG = 50  # characters
_GAP = 1.0  # heights of a line: wider than the space between words
_MIN_ROWS = 6  # of two columns
_FULL, _MIN_FILL = 0.75, 0.6  # so many of a column's rows fill so much of its width: it is text ...
_MIN_LETTERS = 15  # ... with so many characters in a row, on average, and not the cells of a table

_Row = list["_Piece"]


@dataclass(frozen=True)
class _Piece:
    """Characters of one line without a gap among them. Where they are, in points, as if the text
    were upright: ``left`` to ``right``, and ``y`` downwards. ``row`` counts lines."""

    text: str
    row: int
    left: float
    right: float
    y: float
    height: float


def in_order(page: object, text: PageText, raw: str) -> str:
    """``raw``, which is ``text.read()`` of an open page, in the order of reading."""
    quarter = _angle(text)
    # Text that runs down the page as it is shown: PDFium begins with the leftmost line, people
    # turn the page and begin with the rightmost.
    downwards = (quarter + pdfium.FPDFPage_GetRotation(page)) % 4 == 1
    if not downwards and not _has_gaps(text, raw):
        return raw
    pieces = list(_pieces(text, quarter))
    if downwards:
        pieces = _by_rows(pieces)
    rows = [list(row) for _number, row in groupby(pieces, lambda piece: piece.row)]
    ordered = _columns(rows)
    if ordered is rows and not downwards:
        return raw
    read = "\n".join(" ".join(piece.text for piece in row) for row in ordered)
    # Where Python's characters are PDFium's, rare ones come in two halves.
    return read.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _angle(text: PageText) -> int:
    """Into which quarter most characters of a sample run, clockwise from the page's own right."""
    step = text.characters // 4 or 1
    angles = [pdfium.FPDFText_GetCharAngle(text.raw, n) for n in range(0, text.characters, step)]
    quarters = [round(max(0.0, angle) / (math.pi / 2)) % 4 for angle in angles]
    return max(quarters, key=quarters.count, default=0)


def _has_gaps(text: PageText, raw: str) -> bool:
    """Whether the longest lines, which are most of a page with columns, have a gap at the same
    place about their middle."""
    found = raw.split("\r\n")
    long_ones = [n for n, line in enumerate(found) if len(line) > _LONG]
    if len(long_ones) < max(_MIN_ROWS, len(found) / 2):
        return False
    starts = list(accumulate((len(line) + 2 for line in found), initial=0))
    gaps: list[tuple[float, float]] = []
    for n in sorted(long_ones, key=lambda n: -len(found[n]))[:_SAMPLES]:
        inside = list(_gaps(text, starts[n], len(found[n])))
        if not inside:
            return False
        gaps += inside
    return any(
        sum(first <= (start + end) / 2 <= last for first, last in gaps) >= _SAMPLES
        for start, end in gaps
    )


def _gaps(text: PageText, start: int, count: int) -> Iterator[tuple[float, float]]:
    """Where the gaps of a line begin and end that have a fifth of it on each side."""
    edges = []
    for index in range(max(0, pdfium.FPDFText_CountRects(text.raw, start, count))):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        pdfium.FPDFText_GetRect(text.raw, index, left, top, right, bottom)
        edges.append((left.value, right.value, top.value - bottom.value))
    if len(edges) < 2:
        return
    edges.sort()
    fifth = (edges[-1][1] - edges[0][0]) / 5
    for before, after in pairwise(edges):
        wide = after[0] - before[1] > _GAP * max(before[2], after[2])
        if wide and before[1] > edges[0][0] + fifth and after[0] < edges[-1][1] - fifth:
            yield before[1], after[0]


def _pieces(text: PageText, quarter: int) -> Iterator[_Piece]:
    """The pieces of a page in PDFium's order; their characters run towards ``quarter`` times a
    right angle, clockwise from the page's own right."""
    across = (1, 0, -1, 0)[quarter], (0, -1, 0, 1)[quarter]
    down = across[1], -across[0]
    row, letters = 0, ""
    left = right = y = height = 0.0  # of what has been gathered in ``letters``
    edges = [ctypes.c_double() for _ in range(4)]
    for index in range(text.characters):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        ends = code in LINE_ENDS
        letter = "" if code in (0x0D, 0x0A) else chr(code)
        if letter and not letter.isspace() and pdfium.FPDFText_GetCharBox(text.raw, index, *edges):
            x1, x2, y1, y2 = (edge.value for edge in edges)
            here = sorted((x1 * across[0] + y1 * across[1], x2 * across[0] + y2 * across[1]))
            tall = sorted((x1 * down[0] + y1 * down[1], x2 * down[0] + y2 * down[1]))
            wide = _GAP * max(height, tall[1] - tall[0])
            if letters.strip() and max(here[0] - right, left - here[1]) > wide:
                yield _Piece(letters.strip(), row, left, right, y, height)
                letters = ""
            if not letters.strip():
                left, right, y, height = *here, tall[1], 0.0
            left, right = min(left, here[0]), max(right, here[1])
            height = max(height, tall[1] - tall[0])
        letters += letter
        if ends and letters.strip():
            yield _Piece(letters.strip(), row, left, right, y, height)
        if ends:
            row, letters = row + 1, ""
    if letters.strip():
        yield _Piece(letters.strip(), row, left, right, y, height)


def _by_rows(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces from top to bottom, and those of one line from left to right."""
    ordered: list[_Piece] = []
    row: list[_Piece] = []
    for piece in sorted(pieces, key=lambda one: one.y):
        if row and piece.y - row[0].y > row[0].height / 2:
            ordered += sorted(row, key=lambda one: one.left)
            row = []
        row.append(replace(piece, row=row[0].row if row else piece.row))
    return ordered + sorted(row, key=lambda one: one.left)


def _columns(rows: list[_Row]) -> list[_Row]:
    """The same list if there are no columns in it, else one with each column after the other."""
    gutter = _gutter(rows)
    if gutter is None:
        return rows
    ordered: list[_Row] = []
    for crossed, block in groupby(rows, lambda row: _crosses(row, gutter)):
        these = list(block)
        left = _only(these, -math.inf, gutter)
        right = _only(these, gutter, math.inf)
        if not crossed and _is_text(left) and _is_text(right):
            ordered += _columns(left) + _columns(right)
        else:
            ordered += these
    return ordered if ordered != rows else rows


def _only(rows: Sequence[_Row], start: float, end: float) -> list[_Row]:
    """What of the rows is between ``start`` and ``end``."""
    cut = ([one for one in row if start <= one.left and one.right <= end] for row in rows)
    return [row for row in cut if row]


def _crosses(row: _Row, gutter: float) -> bool:
    return any(piece.left < gutter < piece.right for piece in row)


def _gutter(rows: Sequence[_Row]) -> float | None:
    """The middle of the gap that most rows have at the same place; None if too few have one."""
    gaps = [
        (before.right, after.left)
        for row in rows
        for before, after in pairwise(sorted(row, key=lambda one: one.left))
        if after.left > before.right
    ]
    best, most = None, _MIN_ROWS - 1
    for gap in gaps:
        middle = sum(gap) / 2
        count = sum(start <= middle <= end for start, end in gaps)
        if count > most:
            best, most = middle, count
    return best


def _is_text(column: Sequence[_Row]) -> bool:
    """Whether the rows of a column are lines of a text, rather than the cells of a table."""
    if len(column) < _MIN_ROWS:
        return False
    ends = [(row[0].left, row[-1].right) for row in column]
    width = max(end for _start, end in ends) - min(start for start, _end in ends)
    full = sum(end - start >= _FULL * width for start, end in ends)
    letters = sum(len(piece.text) for row in column for piece in row)
    return full >= _MIN_FILL * len(column) and letters >= _MIN_LETTERS * len(column)
