"""What stands on a PDF's page besides its text: the fields of forms, and notes."""

import ctypes
from collections.abc import Iterator
from functools import partial

import pypdfium2.raw as pdfium

from app.documents.reader.pdf.strings import utf16

_MOST = 2_000  # notes and fields of one page
_CHECKED = {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}
_CHOICES = {pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX}
_SAYING = {
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_FREETEXT,
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT,
    pdfium.FPDF_ANNOT_STAMP,
    pdfium.FPDF_ANNOT_CARET,
    pdfium.FPDF_ANNOT_INK,
    pdfium.FPDF_ANNOT_LINE,
    pdfium.FPDF_ANNOT_SQUARE,
    pdfium.FPDF_ANNOT_CIRCLE,
    pdfium.FPDF_ANNOT_POLYGON,
    pdfium.FPDF_ANNOT_POLYLINE,
}


def notes(page: object, forms: object | None) -> str:
    """The fields of an open page that are filled in, and the words of its notes, a line for each;
    "" if there are none. ``forms`` is ``PdfFile.forms``."""
    count = pdfium.FPDFPage_GetAnnotCount(page)
    if count <= _links(page, count):
        return ""
    fields, words = [], []
    for index in range(min(count, _MOST)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        if kind == pdfium.FPDF_ANNOT_WIDGET and forms is not None:
            fields += list(_field(forms, note))
        elif kind in _SAYING and (said := _said(note)):
            words.append(f"- {said}")
        pdfium.FPDFPage_CloseAnnot(note)
    parts = []
    if fields:
        parts.append("Fields filled in:\n" + "\n".join(dict.fromkeys(fields)))
    if words:
        parts.append("Notes on this page:\n" + "\n".join(words))
    return "\n\n".join(parts)


def _links(page: object, most: int) -> int:
    """How many of its notes are links, which say nothing: pages with many have nothing else."""
    place, link, count = ctypes.c_int(), pdfium.FPDF_LINK(), 0
    while count < most and pdfium.FPDFLink_Enumerate(page, place, link):
        count += 1
    return count


def _field(forms: object, note: object) -> Iterator[str]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(forms, note)
    name = utf16(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, forms, note))
    name = name or utf16(partial(pdfium.FPDFAnnot_GetFormFieldName, forms, note))
    if kind in _CHECKED:
        chosen = pdfium.FPDFAnnot_IsChecked(forms, note)
        value = utf16(partial(pdfium.FPDFAnnot_GetFormFieldExportValue, forms, note))
        if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
            value = "yes" if chosen else "no"
        elif not chosen:
            return
    elif kind in (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE):
        return
    else:
        value = utf16(partial(pdfium.FPDFAnnot_GetFormFieldValue, forms, note))
    if value.strip():
        yield f"- {_line(name) or 'Field'}: {_line(value)}"


def _said(note: object) -> str:
    return _line(utf16(partial(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")))


def _line(text: str) -> str:
    return " ".join(text.split())
