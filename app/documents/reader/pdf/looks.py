"""Whether a PDF's page has words of its own, or has to be looked at."""

import ctypes
from collections.abc import Iterator

import pypdfium2.raw as pdfium

from app.documents.reader.legibility import legible, solid_characters
from app.documents.reader.pdf.pictures import has_ink, page_size
from app.documents.reader.pdf.text import PageText

_MAX_UNMAPPED = 0.3
_FEW = 250  # characters; a page with more is no scan with a stamp on it
_STAMP = 25
_COVERED = 0.5  # of the page, by one picture: a scan
_MARGIN = 0.1  # of the page's height, where stamps are
_OBJECTS = 500  # that are looked through for a picture
_NESTED = 3


def must_be_seen(page: object, text: PageText, words: str) -> bool:
    """Whether ``words``, which are the tidied ``text`` of an open page, say too little of what
    there is to see: it is a scan, its letters are drawn, or its text is garbage. A page with
    nothing on it has nothing to be seen."""
    if words:
        sure = legible(words)
        if sure is False or (sure is None and text.unmapped() > _MAX_UNMAPPED):
            return has_ink(page)
        return sure is None and _is_stamped_scan(page, text, words)
    return pdfium.FPDFPage_CountObjects(page) > 0 and has_ink(page)


def _is_stamped_scan(page: object, text: PageText, words: str) -> bool:
    """Whether the few words there are were put on a scan, such as a number or where it is from."""
    count = solid_characters(words)
    if count > _FEW or not any(_covers(page)):
        return False
    return count <= _STAMP or _in_margins(page, text)


def _covers(page: object) -> Iterator[bool]:
    """For each picture on the page, whether it is most of it."""
    across, down = page_size(page)
    for picture in _pictures(page, 0):
        edges = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(picture, *edges):
            left, bottom, right, top = (edge.value for edge in edges)
            yield (right - left) * (top - bottom) > _COVERED * across * down


def _pictures(holder: object, depth: int) -> Iterator[object]:
    """The pictures of a page, or inside a form (a group of things) on it."""
    if depth == 0:
        count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    else:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    for index in range(min(count(holder), _OBJECTS)):
        thing = get(holder, index)
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            yield thing
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _NESTED:
            # Where such a group is moved or scaled, its pictures say what they are inside it.
            yield from _pictures(thing, depth + 1)


def _in_margins(page: object, text: PageText) -> bool:
    """Whether all of the text stands at the upper or the lower edge of the page as it is shown."""
    for index in range(max(0, pdfium.FPDFText_CountRects(text.raw, 0, -1))):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        if not pdfium.FPDFText_GetRect(text.raw, index, left, top, right, bottom):
            continue
        x, y = ctypes.c_int(), ctypes.c_int()
        middle = (left.value + right.value) / 2, (top.value + bottom.value) / 2
        pdfium.FPDF_PageToDevice(page, 0, 0, 1000, 1000, 0, *middle, x, y)
        if 1000 * _MARGIN < y.value < 1000 * (1 - _MARGIN):
            return False
    return True
