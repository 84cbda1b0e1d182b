"""Reading a PDF file page by page."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pypdfium2.raw as pdfium

from app.core.document import Page
from app.documents.reader.formats import Context, Enough
from app.documents.reader.pdf.file import PdfFile
from app.documents.reader.pdf.looks import must_be_seen
from app.documents.reader.pdf.notes import notes
from app.documents.reader.pdf.order import in_order
from app.documents.reader.pdf.strings import utf16
from app.documents.reader.pdf.text import PageText, tidy

_HEADINGS = 5_000
_DEPTH = 12
_LOST_IN_A_ROW = 100  # pages that can't be opened; a file may say that it has a billion
_NAMED = 3  # attachments that are named


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``. Pages whose words can only be seen come without words, and not ``read``."""
    file = PdfFile(path, name, context.password)
    context.total = file.pages
    context.title = utf16(partial(pdfium.FPDF_GetMetaText, file.raw, b"Title")).strip()
    if not file.intact:
        context.warn("The file is damaged, and parts of it may be lost.")
    context.told(context.first - 1, file.pages)
    lost = 0
    for number in range(context.first, file.pages + 1):
        page = _page(file, number, context.careful)
        lost = lost + 1 if page is None else 0
        if lost > _LOST_IN_A_ROW:
            raise Enough(f"From page {number - lost + 1:,} on, the pages can't be found.")
        yield page or Page(number, problem="Damaged, and can't be read.")
    if context.careful:
        context.warn("Its outline, notes and fields were left out, as the file is damaged.")
        return
    # Not before: what is wrong here must cost no page, and PDFium finds pages much faster once they
    # have all been opened.
    _outline(file, context)
    _warn(file, context)


def _page(file: PdfFile, number: int, careful: bool) -> Page | None:
    """None if it can't be opened. ``careful``: its words only."""
    with file.page(number) as raw:
        if raw is None:
            return None
        text = PageText(raw)
        words = tidy(in_order(raw, text, text.read()))
        unseen = must_be_seen(raw, text, words)
        text.close()
        more = notes(raw, file.forms) if file.may_have_notes and not careful else ""
        label = "" if careful else file.label(number)
    if unseen:
        return Page(number, more, "picture", read=False, label=label)
    problem = ""
    if not words and not more and not file.intact:
        problem = "Nothing was found, and the damaged file may have lost it."
    together = f"{words}\n\n{more}".strip() if more else words
    return Page(number, together, label=label, problem=problem)


def _outline(file: PdfFile, context: Context) -> None:
    for title, level, page in file.outline(_DEPTH, _HEADINGS):
        if words := " ".join(title.split()):
            context.heading(words, level, page)


def _warn(file: PdfFile, context: Context) -> None:
    raw = file.raw
    if pdfium.FPDF_GetFormType(raw) == pdfium.FORMTYPE_XFA_FULL:
        context.warn("Its form is of a kind (XFA) of which only the printed text was read.")
    count = pdfium.FPDFDoc_GetAttachmentCount(raw)
    if count > 0:
        names = [_attachment(raw, index) for index in range(min(count, _NAMED))]
        listed = ", ".join([one for one in names if one] + ["…"] * (count > _NAMED))
        what = "A file" if count == 1 else f"{count:,} files"
        verb = "was" if count == 1 else "were"
        context.warn(f"{what} inside it {verb} not read{f' ({listed})' if listed else ''}.")


def _attachment(raw: object, index: int) -> str:
    attachment = pdfium.FPDFDoc_GetAttachment(raw, index)
    return utf16(partial(pdfium.FPDFAttachment_GetName, attachment)) if attachment else ""
