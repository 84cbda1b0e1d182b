"""Whether a file can have notes is known from its bytes, and if in doubt it can."""

import mmap
import zlib
from pathlib import Path

import pytest

from app.documents.reader.pdf.hints import may_have_notes
from tests.data.pdf_files import Pdf, simple

LINK = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"
NOTE = b"<< /Type /Annot /Subtype /Highlight /Contents (Look) >>"
FLATE = b"/Filter /FlateDecode"


def packed(content: bytes, filters: bytes = FLATE, *, length: int | None = None) -> Pdf:
    """A file whose other objects are packed together."""
    pdf = simple(["Words"])
    data = zlib.compress(b"9 0 " + content)
    number = pdf.add(b"/Type /ObjStm /N 1 /First 4 " + filters, data)
    if length is not None:
        head, _mark, rest = pdf.objects[number].partition(b"\nstream")
        head = head.replace(b"/Length %d" % len(data), b"/Length %d" % length)
        pdf.objects[number] = head + b"\nstream" + rest
    return pdf


def opened(path: Path, data: bytes) -> mmap.mmap:
    path.write_bytes(data)
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


@pytest.mark.parametrize("pdf", [simple(["Text", "Line"]), packed(LINK)])
def test_links_and_words_are_no_notes(tmp_path: Path, pdf: Pdf) -> None:
    assert not may_have_notes(opened(tmp_path / "file.pdf", pdf.written()))


@pytest.mark.parametrize(
    "pdf",
    [
        packed(NOTE),
        packed(b"<< /Subtype/Widget /FT /Tx >>"),
        packed(b"<< /Subtype /High#6cight >>"),
        packed(b"<< /Subtype 7 0 R >>"),
        packed(LINK, b"/Filter [/ASCIIHexDecode /LZWDecode]"),
        packed(LINK, FLATE + b" /DecodeParms << /Predictor 12 >>"),
        packed(LINK, length=9),
    ],
)
def test_if_in_doubt_there_may_be_notes(tmp_path: Path, pdf: Pdf) -> None:
    assert may_have_notes(opened(tmp_path / "file.pdf", pdf.written()))


def test_notes_that_lie_open_and_encrypted_files(tmp_path: Path) -> None:
    pdf = simple(["Words"])
    pdf.add(NOTE)
    assert may_have_notes(opened(tmp_path / "note.pdf", pdf.written()))
    assert may_have_notes(opened(tmp_path / "locked.pdf", simple(["A"]).written(password="b")))
