"""Documents on their way into a message: what the message says of them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.conversation import Document
from app.core.errors import AppError
from app.core.reading.tokens import estimate
from app.documents.attachments import Attachment, read_attachment
from app.documents.reader.client import Reader
from tests.unit.documents.reader.reading import saved
from tests.unit.documents.reader.test_word import docx, p


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def document(found: Attachment) -> Document:
    assert found.kind == "document"
    assert isinstance(found.part, Document)
    return found.part


@pytest.mark.parametrize(
    ("name", "kind", "unit", "mime"),
    [
        ("report.pdf", "pdf", "page", "application/pdf"),
        ("report.odt", "odt", "page", "application/vnd.oasis.opendocument.text"),
        ("report.docx", "docx", "section", "application/vnd.openxmlformats-officedocument."),
        ("report.epub", "epub", "section", "application/epub+zip"),
        ("report.html", "html", "section", "text/html"),
        ("report.rtf", "rtf", "section", ""),
        ("talk.pptx", "pptx", "slide", "application/vnd.openxmlformats-officedocument."),
        ("accounts.xlsx", "xlsx", "sheet", "application/vnd.openxmlformats-officedocument."),
    ],
)
def test_what_a_message_says_of_them(
    office: Path, reader: Reader, name: str, kind: str, unit: str, mime: str
) -> None:
    found = read_attachment(office / name, reader=reader)
    part = document(found)
    assert (part.name, part.kind, part.unit, part.text) == (name, kind, unit, "")
    assert part.mime.startswith(mime)
    assert found.extract is not None
    assert part.pages == found.extract.total == len(found.extract.pages) > 0
    assert part.tokens == sum(estimate(page.text) for page in found.extract.pages)
    assert found.data == (office / name).read_bytes()
    assert read_attachment(found.data, name, reader=reader) == found, "the same from bytes"


def test_short_texts_have_no_pages_and_long_ones_have(tmp_path: Path, reader: Reader) -> None:
    short = read_attachment(b"a note\n" * 20, "a.txt", reader=reader)
    assert short.extract is None
    assert (document(short).pages, document(short).text) == (0, "a note\n" * 20)
    data = b"".join(b"line %d of the log\n" % number for number in range(1, 5001))
    long = read_attachment(saved(tmp_path / "server.log", data), reader=reader)
    part = document(long)
    assert (part.kind, part.unit, part.text) == ("text", "section", "")
    assert long.extract is not None
    assert part.pages == len(long.extract.pages) > 20
    place = long.extract.pages[7]
    assert place.text.startswith(f"line {place.first_line} of")
    without = document(read_attachment(data, "server.log"))
    assert without.text == data.decode(), "as it always was where there is no reader"
    code = document(read_attachment(b"x = 1\n" * 900, "a.py", reader=reader))
    assert (code.kind, code.unit, code.pages, code.mime) == ("code", "file", 1, "text/x-python")


def test_a_lost_extract_can_be_read_again(tmp_path: Path, reader: Reader) -> None:
    """From the blob, which has no name that tells anything."""
    for name, data in (("t.csv", b"a;b\n1;2\n" * 300), ("n.md", b"# A\n\ntext\n" * 300)):
        first = read_attachment(data, name, reader=reader)
        blob = saved(tmp_path / "0a1b", data)
        assert read_attachment(blob, name, reader=reader) == first
        assert reader.extract(blob, name).pages == first.extract.pages  # type: ignore[union-attr]


def test_documents_without_a_word(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(docx(tmp_path, p("  ")), reader=reader)
    assert caught.value.code == "attachment-empty"
    assert caught.value.what == "letter.docx has no words in it."


def test_what_is_refused_names_the_file(tmp_path: Path, office: Path, reader: Reader) -> None:
    for source, name, code, words in (
        (office / "report.locked.odt", "", "document-kind", "protected by a password"),
        (b"PK\x03\x04" + bytes(500), "things.zip", "attachment-kind", "ZIP files"),
        (b"PK\x03\x04" + bytes(500), "a.docx", "document-damaged", "a.docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.doc", "attachment-kind", "old Office"),
        (bytes(range(256)) * 9, "thing.bin", "attachment-kind", "thing.bin"),
        (tmp_path / "gone.pdf", "", "attachment-missing", "gone.pdf"),
    ):
        with pytest.raises(AppError) as caught:
            read_attachment(source, name, reader=reader)
        assert caught.value.code == code, name
        assert words in caught.value.what


def test_it_is_stopped(office: Path, reader: Reader) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(AppError) as caught:
        read_attachment(office / "report.pdf", reader=reader, stop=stop)
    assert caught.value.code == "document-stopped"
