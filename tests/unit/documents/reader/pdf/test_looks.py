"""Which pages of a PDF have to be seen, since their words are only in a picture."""

from collections.abc import Callable

import pytest

from app.core.document import Extract, Page
from tests.data.pdf_files import Pdf, lines, simple

Read = Callable[[Pdf], Extract]
ReadPage = Callable[[Pdf], Page]

TEXT = [
    "This page has its own words, which can be read without looking at",
    "it; nobody needs a model for that, whatever else is on the page.",
] * 3
# What some programs leave of the same words: each letter's number in the font, and not the letter.
SHIFTED = ["".join(chr(ord(one) - 29) if one.isalpha() else one for one in line) for line in TEXT]
FULL_PAGE = b"q 595 0 0 842 0 0 cm %s Do Q\n"


def scan(pdf: Pdf) -> tuple[bytes, bytes]:
    """A picture with marks on it as on a printed page; how it is named and drawn."""
    gray = bytearray(b"\xf0" * 120 * 170)
    for row in range(10, 160, 6):
        gray[row * 120 + 10 : row * 120 + 110] = bytes([30, 30, 240, 30, 240] * 20)
    image = pdf.picture(120, 170, bytes(gray))
    return image, FULL_PAGE % image.split()[0]


def seen(page: Page) -> bool:
    return not page.read and page.source == "picture"


def test_a_scan_among_pages_with_words_is_found(read: Read) -> None:
    pdf = simple(["\n".join(TEXT)])
    image, drawing = scan(pdf)
    pdf.page(drawing, images=image)
    pdf.page(lines(TEXT))
    extract = read(pdf)
    assert extract.unread == (2,)
    assert extract.pages[1] == Page(2, source="picture", read=False)


@pytest.mark.parametrize("stamp", ["ABC 000017", "Scanned by the library of a town, page 17"])
def test_a_stamp_on_a_scan_is_not_its_text(read_page: ReadPage, stamp: str) -> None:
    pdf = Pdf()
    image, drawing = scan(pdf)
    pdf.page(drawing + lines([stamp], y=20), images=image)
    assert seen(read_page(pdf))


def test_text_that_lies_under_a_scan_is_its_text(read_page: ReadPage) -> None:
    pdf = Pdf()
    image, drawing = scan(pdf)
    pdf.page(drawing + b"3 Tr " + lines(TEXT), images=image)
    assert read_page(pdf) == Page(1, "\n".join(TEXT))


def test_text_that_lies_under_a_scan_may_say_nothing(read_page: ReadPage) -> None:
    pdf = Pdf()
    image, drawing = scan(pdf)
    pdf.page(drawing + b"3 Tr " + lines(["   ", " "]), images=image)
    assert seen(read_page(pdf))


def test_words_beside_a_picture_are_text(read_page: ReadPage) -> None:
    pdf = Pdf()
    image, _drawing = scan(pdf)
    pdf.page(b"q 200 0 0 200 60 60 cm %s Do Q " % image.split()[0] + lines(TEXT[:1]), images=image)
    assert read_page(pdf).text == TEXT[0]


def test_words_on_a_picture_are_text(read_page: ReadPage) -> None:
    """As on the slides of a talk, whose background is a picture."""
    pdf = Pdf()
    image, drawing = scan(pdf)
    pdf.page(drawing + lines(["The harvest of last year and this"], y=420), images=image)
    assert read_page(pdf).text == "The harvest of last year and this"


def test_drawn_letters_have_to_be_seen(read_page: ReadPage) -> None:
    pdf = Pdf()
    strokes = b"".join(
        b"%d 700 m %d 712 l %d 700 l " % (x, x + 4, x + 8) for x in range(60, 500, 10)
    )
    pdf.page(b"2 w " + strokes + b"S")
    assert seen(read_page(pdf))


@pytest.mark.parametrize("content", [b"", b"1 g 0 0 595 842 re f", b"BT /F1 9 Tf 9 9 Td ( ) Tj ET"])
def test_an_empty_page_is_read(read_page: ReadPage, content: bytes) -> None:
    pdf = Pdf()
    pdf.page(content)
    assert read_page(pdf) == Page(1)


def test_an_empty_sheet_that_was_scanned_is_read(read_page: ReadPage) -> None:
    pdf = Pdf()
    image = pdf.picture(100, 140, bytes(236 + n % 7 for n in range(14_000)))
    pdf.page(FULL_PAGE % image.split()[0], images=image)
    assert read_page(pdf) == Page(1)


def test_text_without_words_has_to_be_seen(read_page: ReadPage) -> None:
    pdf = Pdf()
    pdf.page(lines(SHIFTED))
    assert seen(read_page(pdf))


def test_letters_that_the_font_does_not_tell_have_to_be_seen(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.unicode_font(None)
    name = font.split()[0]
    pdf.page(b"BT %s 12 Tf 50 700 Td (Wnqrd gr vyp) Tj ET" % name, fonts=font)
    assert seen(read_page(pdf))


def test_private_characters_have_to_be_seen(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.unicode_font({65 + n: chr(0xE200 + n) for n in range(20)})
    name = font.split()[0]
    pdf.page(b"BT %s 12 Tf 50 700 Td (ABCDEFGHIJKLMNOPQRST) Tj ET" % name, fonts=font)
    assert seen(read_page(pdf))


def test_a_few_private_characters_are_bullets(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.unicode_font({65: "\uf0b7"})
    bullet = b"BT %s 11 Tf 40 780 Td (A) Tj ET " % font.split()[0]
    pdf.page(bullet + lines(TEXT[:1]), fonts=font)
    assert read_page(pdf).text == f"• {TEXT[0]}"
