"""Where words stand on a PDF's page."""

import ctypes
import unicodedata

import pypdfium2.raw as pdfium
from rapidfuzz import fuzz

from app.documents.reader.pdf.text import PageText
from app.documents.reader.places import Box

_LEAST_SCORE = 80.0  # of 100, by which a passage that isn't there word for word is known again
_SHORTEST = 12  # letters of a passage that may differ; shorter ones would be found anywhere
_LONGEST = 4_000  # characters of a passage that are looked for
_MOST_PLACES = 500  # of words on one page
_SAME_LINE = 0.5  # of the height of a line, by which pieces overlap that stand on it
_UNIT = 1 << 20  # steps that a page has on each side, for PDFium counts in whole numbers


def locate(page: object, text: PageText, passage: str) -> tuple[Box, ...]:
    """Where ``passage`` stands on an open page with ``text``; see ``client.Reader.locate``."""
    letters, indices = _letters_of_page(text)
    wanted = plain(passage[:_LONGEST])
    span = _span(letters, wanted)
    if span is None:
        return ()
    first, last = indices[span[0]], indices[span[1] - 1]
    return _boxes(page, text, first, last - first + 1)


def find(page: object, text: PageText, words: str) -> tuple[tuple[Box, ...], ...]:
    """Every place of ``words`` on an open page with ``text``; see ``client.Reader.find``."""
    letters, indices = _letters_of_page(text)
    wanted = plain(words[:_LONGEST])
    places: list[tuple[Box, ...]] = []
    start = letters.find(wanted) if wanted else -1
    while start >= 0 and len(places) < _MOST_PLACES:
        end = start + len(wanted)
        first = indices[start]
        places.append(_boxes(page, text, first, indices[end - 1] - first + 1))
        start = letters.find(wanted, end)
    return tuple(places)


def plain(text: str) -> str:
    """Letters and digits only, in small letters, ligatures taken apart: what is left of a text
    whose white space, hyphens and quotation marks don't matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))


def _letters_of_page(text: PageText) -> tuple[str, list[int]]:
    """``plain`` of a page, and for each of its letters the index of PDFium's character."""
    letters: list[str] = []
    indices: list[int] = []
    for index in range(text.characters):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        for letter in plain(chr(code)) if 0x20 < code < 0x110000 else "":
            letters.append(letter)
            indices.append(index)
    return "".join(letters), indices


def _span(letters: str, wanted: str) -> tuple[int, int] | None:
    """Where ``wanted`` is in ``letters``, perhaps with small differences."""
    if not wanted:
        return None
    start = letters.find(wanted)
    if start >= 0:
        return start, start + len(wanted)
    if len(wanted) < _SHORTEST or not letters:
        return None
    best = fuzz.partial_ratio_alignment(wanted, letters, score_cutoff=_LEAST_SCORE)
    if best is None or best.dest_start == best.dest_end:
        return None
    return best.dest_start, best.dest_end


def _boxes(page: object, text: PageText, first: int, count: int) -> tuple[Box, ...]:
    """A box for each line of a stretch of characters."""
    boxes: list[Box] = []
    for index in range(max(0, pdfium.FPDFText_CountRects(text.raw, first, count))):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        if not pdfium.FPDFText_GetRect(text.raw, index, left, top, right, bottom):
            continue
        box = _box(page, (left.value, top.value), (right.value, bottom.value))
        if box.width <= 0 or box.height <= 0:
            continue
        if boxes and _on_one_line(boxes[-1], box):
            boxes[-1] = _around(boxes[-1], box)
        else:
            boxes.append(box)
    return tuple(boxes)


def _box(page: object, one: tuple[float, float], other: tuple[float, float]) -> Box:
    """The box between two opposite corners, as far as it is on the page."""
    xs, ys = [], []
    for corner in (one, other):
        x, y = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _UNIT, _UNIT, 0, *corner, x, y)
        xs.append(min(1.0, max(0.0, x.value / _UNIT)))
        ys.append(min(1.0, max(0.0, y.value / _UNIT)))
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _on_one_line(one: Box, other: Box) -> bool:
    """Whether two boxes that follow each other are pieces of one line. Lines of text that is
    turned by a quarter run down or up the page."""
    across = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    down = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    if one.height > 2 * one.width and other.height > other.width:
        return down > _SAME_LINE * min(one.width, other.width)
    return across > _SAME_LINE * min(one.height, other.height)


def _around(one: Box, other: Box) -> Box:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Box(x, y, right - x, bottom - y)
