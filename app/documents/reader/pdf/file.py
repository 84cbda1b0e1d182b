"""An opened PDF file."""

import contextlib
import ctypes
import mmap
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pypdfium2.raw as pdfium

from app.documents.reader import refusals
from app.documents.reader.pdf.hints import may_have_notes
from app.documents.reader.pdf.salvage import salvaged
from app.documents.reader.pdf.strings import utf16

_END = 2048  # bytes at the end of a file in which it says where its table of objects is
_WHERE = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_TABLE = re.compile(rb"\s*(xref|\d+\s+\d+\s+obj)")


class PdfFile:
    """A file, open until the process ends: closing it takes as long as reading some pages.

    ``raw`` is PDFium's handle of the document, ``forms`` that of the fields of its forms, None if
    there are none. ``pages`` is how many there are. ``intact`` is False where the table of objects
    had to be guessed, so that parts of the file may be lost without a trace. ``may_have_notes`` is
    False where no page can have notes or fields.
    """

    def __init__(self, path: Path, name: str, password: str) -> None:
        """AppError if it can't be opened; see ``client.Reader.extract``."""
        with path.open("rb") as file:
            # A copy only where it is written to, which is nowhere.
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.intact = _is_intact(data)
        self.may_have_notes = may_have_notes(data)
        self._bytes = (ctypes.c_char * len(data)).from_buffer(data)
        self.raw, code = _opened(self._bytes, password)
        if code == pdfium.FPDF_ERR_PASSWORD:
            raise refusals.password(name, wrong=bool(password))
        if code == pdfium.FPDF_ERR_SECURITY:
            raise refusals.protected(name)
        was_intact = self.intact
        for whole in salvaged(data) if self.raw is None else ():
            self.intact, self.may_have_notes = False, True
            self._bytes = whole
            self.raw, _code = _opened(whole, password)
            if self.raw is not None:
                break
        if self.raw is None and was_intact and code == pdfium.FPDF_ERR_SUCCESS:
            raise refusals.empty(name, "pages")
        if self.raw is None:
            raise refusals.damaged(name)
        self.forms = self._opened_forms()  # to be done before anything else, says PDFium
        self.pages: int = pdfium.FPDF_GetPageCount(self.raw)

    def _opened_forms(self) -> object | None:
        if pdfium.FPDF_GetFormType(self.raw) == pdfium.FORMTYPE_NONE:
            return None
        self._callbacks = pdfium.FPDF_FORMFILLINFO(version=2)  # none; PDFium keeps the address
        return pdfium.FPDFDOC_InitFormFillEnvironment(self.raw, self._callbacks) or None

    @contextlib.contextmanager
    def page(self, number: int) -> Iterator[object | None]:
        """PDFium's handle of a page (from 1); None if it can't be opened."""
        raw = pdfium.FPDF_LoadPage(self.raw, number - 1)
        if raw and self.forms:
            pdfium.FORM_OnAfterLoadPage(raw, self.forms)  # else its boxes count as unchecked
        try:
            yield raw or None
        finally:
            if raw and self.forms:
                pdfium.FORM_OnBeforeClosePage(raw, self.forms)
            if raw:
                pdfium.FPDF_ClosePage(raw)

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points, turned as it is shown; (0, 0) if it can't be
        opened."""
        size = pdfium.FS_SIZEF()
        if not pdfium.FPDF_GetPageSizeByIndexF(self.raw, number - 1, size):
            return 0.0, 0.0
        return size.width, size.height

    def label(self, number: int) -> str:
        """What the document calls a page, "" if that is its number."""
        label = utf16(partial(pdfium.FPDF_GetPageLabel, self.raw, number - 1))
        return "" if label == str(number) else label

    def outline(self, deepest: int, most: int) -> Iterator[tuple[str, int, int]]:
        """Title, level (from 1) and page of the entries of the outline that lead to a page."""
        waiting = [(pdfium.FPDFBookmark_GetFirstChild(self.raw, None), 1)]
        seen: set[int] = set()
        while waiting and len(seen) < most:
            bookmark, level = waiting.pop()
            if not bookmark or (address := ctypes.addressof(bookmark.contents)) in seen:
                continue
            seen.add(address)
            waiting.append((pdfium.FPDFBookmark_GetNextSibling(self.raw, bookmark), level))
            if level < deepest:
                waiting.append((pdfium.FPDFBookmark_GetFirstChild(self.raw, bookmark), level + 1))
            title = utf16(partial(pdfium.FPDFBookmark_GetTitle, bookmark))
            place = pdfium.FPDFBookmark_GetDest(self.raw, bookmark)
            index = pdfium.FPDFDest_GetDestPageIndex(self.raw, place) if place else -1
            if 0 <= index < self.pages:
                yield title, level, index + 1


def _opened(data: "ctypes.Array[ctypes.c_char]", password: str) -> tuple[object | None, int]:
    """PDFium's handle of a document with pages, or None and PDFium's reason: success, where there
    are none."""
    secret = password.encode() if password else None
    raw = pdfium.FPDF_LoadMemDocument64(data, len(data), secret)
    if not raw:
        return None, pdfium.FPDF_GetLastError()
    if pdfium.FPDF_GetPageCount(raw) > 0:
        return raw, pdfium.FPDF_ERR_SUCCESS
    pdfium.FPDF_CloseDocument(raw)
    return None, pdfium.FPDF_ERR_SUCCESS


def _is_intact(data: mmap.mmap) -> bool:
    """Whether there is a table of objects where the end of the file says."""
    places = [int(digits) for digits in _WHERE.findall(data[-_END:])]
    if not places:
        return False
    start = max(0, data.find(b"%PDF-", 0, 1024))
    place = places[-1]
    return any(_TABLE.match(data[at : at + 40]) for at in (place, place + start))
