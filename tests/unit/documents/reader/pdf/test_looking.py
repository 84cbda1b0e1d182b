"""Pages of PDF files as pictures, and where words stand on them."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.core.errors import AppError
from app.documents.reader.client import Box, Limits, Reader
from tests.data.pdf_files import A4, Pdf, lines, simple

Put = Callable[[Pdf | bytes], Path]

SQUARE = b"1 0 0 rg 100 700 50 50 re f "


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def close_to(box: Box, x: float, y: float, width: float, height: float) -> bool:
    """Whether the box is about there, in points of an A4 page."""
    places = (box.x * A4[0], box.y * A4[1], box.width * A4[0], box.height * A4[1])
    return all(
        abs(one - other) < 6 for one, other in zip(places, (x, y, width, height), strict=True)
    )


def test_a_page_is_painted_on_white(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(SQUARE)
    image = picture(reader.render(put(pdf), 1, 595))
    assert image.size == (595, 842)
    assert image.getpixel((10, 10)) == (255, 255, 255)
    assert image.getpixel((125, 842 - 725)) == (255, 0, 0)


def test_a_turned_page_is_upright(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(SQUARE, more=b"/Rotate 90")
    path = put(pdf)
    assert reader.sizes(path) == ((842, 595),)
    image = picture(reader.render(path, 1, 842))
    assert image.size == (842, 595)
    assert image.getpixel((725, 125)) == (255, 0, 0)


def test_fields_and_notes_are_painted(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    look = pdf.add(b"/Type /XObject /Subtype /Form /BBox [0 0 50 50]", b"0 0 1 rg 0 0 50 50 re f")
    shared = b"/Type /Annot /Rect [100 700 150 750] /AP << /N %d 0 R >>" % look
    field = pdf.add(b"<< %s /Subtype /Widget /FT /Tx /T (a) /V (b) >>" % shared)
    pdf.page(b"", more=b"/Annots [%d 0 R]" % field)
    pdf.root = b"/AcroForm << /Fields [%d 0 R] >>" % field
    note = pdf.add(b"<< %s /Subtype /Stamp >>" % shared)
    pdf.page(b"", more=b"/Annots [%d 0 R]" % note)
    path = put(pdf)
    for page in (1, 2):
        image = picture(reader.render(path, page, 595))
        red, _green, blue = image.getpixel((125, 842 - 725))  # type: ignore[misc]
        assert blue > red


def test_pictures_keep_within_the_limit(put: Put, tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page(SQUARE)
    pdf.page(b"", size=(14_400, 3))
    reader = Reader(Limits(pixels=100_000), tmp_path / "log")
    path = put(pdf)
    for page, wanted in ((1, 5000), (2, 10**6)):
        width, height = struct.unpack(">II", reader.render(path, page, wanted)[16:24])
        assert 0 < width * height <= 100_000
    reader.close()


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_refused(reader: Reader, put: Put, page: int) -> None:
    path = put(simple(["One", "Two"]))
    with pytest.raises(AppError, match=f"Page {page} of the paper"):
        reader.render(path, page, 100, name="the paper")


def test_what_is_no_pdf_has_no_pictures(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Only words, and nothing to be seen.\n")
    with pytest.raises(AppError) as refused:
        reader.render(path, 1, 100)
    assert refused.value.code == "document-kind"


def test_a_locked_file_is_looked_at_with_its_password(reader: Reader, put: Put) -> None:
    path = put(simple(["Secret"]).written(password="open sesame"))
    with pytest.raises(AppError) as refused:
        reader.sizes(path)
    assert refused.value.code == "document-password"
    assert reader.sizes(path, password="open sesame") == (A4,)
    assert reader.locate(path, 1, "Secret", password="open sesame")


TEXT = [
    "The harbour master writes down each tide,",
    "and the light-",
    "house keeper reads it out: “high water at",
    "six”, or so he says in his efficient way.",
]


def test_a_passage_has_a_box_for_each_line(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(lines(TEXT, x=60, y=700, size=12, leading=20))
    path = put(pdf)
    (only,) = reader.locate(path, 1, "harbour master")
    assert close_to(only, 86, 842 - 709, 80, 10)
    boxes = reader.locate(path, 1, "each tide, and the lighthouse keeper reads")
    assert len(boxes) == 3
    assert [
        close_to(box, x, 842 - 709 + y, w, 10)
        for box, (x, y, w) in zip(boxes, ((224, 0, 55), (60, 20, 73), (60, 40, 117)), strict=True)
    ]
    assert boxes[0].y < boxes[1].y < boxes[2].y


def test_every_place_of_words_is_found(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(lines(["Tides and tides,", "and the low-", "tides of TI DES."], x=60, y=700, size=12))
    path = put(pdf)
    places = reader.find(path, 1, "tides")
    assert [len(boxes) for boxes in places] == [1, 1, 1, 1]
    assert places[0][0].x < places[1][0].x
    assert places[2][0].x < places[3][0].x
    assert len(reader.find(path, 1, "lowtides")[0]) == 2, "one for each of its lines"
    assert reader.find(path, 1, "ebb") == ()
    assert reader.find(path, 1, " ") == ()


@pytest.mark.parametrize(
    "passage",
    [
        "THE  HARBOUR MASTER\nWRITES DOWN",
        '"high water at six"',
        "light-house keeper",
        "in his eﬃcient way",
        "The harbor master writes down every tide and the lighthouse keeper",
    ],
)
def test_a_passage_is_found_in_other_forms(reader: Reader, put: Put, passage: str) -> None:
    pdf = Pdf()
    pdf.page(lines(TEXT))
    assert reader.locate(put(pdf), 1, passage)


@pytest.mark.parametrize("passage", ["", " … ", "tides", "The captain of the ship went down below"])
def test_what_is_not_there_is_not_found(reader: Reader, put: Put, passage: str) -> None:
    pdf = Pdf()
    pdf.page(lines(TEXT))
    assert reader.locate(put(pdf), 1, passage) == ()


def test_passages_on_turned_pages_are_where_they_are_seen(reader: Reader, put: Put) -> None:
    """A box of the page as it is stored turns with it."""
    pdf = Pdf()
    for degrees in (0, 90, 180, 270):
        pdf.page(lines(["words"], x=100, y=700, size=20), more=b"/Rotate %d" % degrees)
    path = put(pdf)
    boxes = [reader.locate(path, page, "words")[0] for page in (1, 2, 3, 4)]
    upright = boxes[0]
    right, bottom = upright.x + upright.width, upright.y + upright.height
    turned = [
        (upright.x, upright.y),
        (1 - bottom, upright.x),
        (1 - right, 1 - bottom),
        (upright.y, 1 - right),
    ]
    for box, place in zip(boxes, turned, strict=True):
        assert (box.x, box.y) == pytest.approx(place, abs=0.003)


def test_the_page_is_the_part_of_it_that_is_shown(reader: Reader, put: Put) -> None:
    pdf = Pdf()
    pdf.page(lines(["words"], x=300, y=500), more=b"/CropBox [295 421 595 842]")
    path = put(pdf)
    assert reader.sizes(path) == ((300, 421),)
    (box,) = reader.locate(path, 1, "words")
    assert (box.x, box.y + box.height) == pytest.approx((5 / 300, 342 / 421), abs=0.02)
