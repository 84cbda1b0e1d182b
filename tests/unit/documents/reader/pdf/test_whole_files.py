"""PDF files by a real program, pages printed to pictures, and locked files."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.core.document import Extract
from app.core.errors import AppError
from app.documents.reader.client import Reader
from tests.data.office_files import TIDE, TIDES
from tests.data.pdf_files import A4, Pdf, lines, simple

Put = Callable[[Pdf | bytes], Path]
TEXT = ["These words are on a page that has been printed", "to a picture, as scanners do it."] * 4


def test_a_report_by_libreoffice(reader: Reader, office: Path) -> None:
    extract = reader.extract(office / "report.pdf", "report.pdf")
    assert extract.title == "Harbour report"
    assert extract.unread == ()
    first, second, *rest = extract.pages
    assert first.text.startswith("Ships\nThe harbour of Größenau saw 1,204 ships in 2024")
    assert "Good 2023 2024\nSalt | rock 310 295\nTimber 88 102" in second.text
    told = " ".join(word for page in (second, *rest) for word in page.text.split())
    for day in range(1, TIDES + 1):
        assert TIDE.format(day) in told
    assert "日本語の文も" in told
    assert told.endswith("The last word is lighthouse.")


def test_pages_printed_to_pictures_among_others_have_to_be_seen(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(lines(TEXT))
    printed = Image.open(io.BytesIO(reader.render(put(pdf), 1, 600))).convert("L")
    image = pdf.picture(*printed.size, printed.tobytes())
    pdf.page(b"q %d 0 0 %d 0 0 cm %s Do Q" % (*A4, image.split()[0]), images=image)
    pdf.page(lines(TEXT))
    extract: Extract = reader.extract(put(pdf), "file.pdf")
    assert [page.text for page in extract.pages] == ["\n".join(TEXT), "", "\n".join(TEXT)]
    assert extract.unread == (2,)
    assert extract.pages[1].source == "picture"


@pytest.mark.parametrize("password", ["", "not this"])
def test_a_locked_file_asks_for_its_password(reader: Reader, put: Put, password: str) -> None:
    path = put(simple(["Secret words"]).written(password="open sesame"))
    with pytest.raises(AppError) as refused:
        reader.extract(path, "file.pdf", password=password)
    assert refused.value.code == "document-password"
    assert "sesame" not in refused.value.what
    assert "not this" not in refused.value.what


def test_a_locked_file_is_read_with_its_password(reader: Reader, put: Put) -> None:
    path = put(simple(["Secret words"]).written(password="open sesame"))
    assert reader.extract(path, "file.pdf", password="open sesame").pages[0].text == "Secret words"
