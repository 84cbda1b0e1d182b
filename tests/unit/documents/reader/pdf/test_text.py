"""The words of PDF files, in the order in which people read them."""

from collections.abc import Callable

from app.core.document import Extract, Heading, Page
from tests.data.pdf_files import Pdf, lines, outlined, simple

LEFT = [
    "The first column goes down the page and",
    "it is read to its end before the other",
    "one begins, as people do with papers.",
] * 4
RIGHT = [
    "In the second column there is more text",
    "that goes on from where the first one",
    "ended, and nobody would mix up the two.",
] * 4
TURNED = [f"Line {n} of a page that is turned" for n in range(1, 7)]

ReadPage = Callable[[Pdf], Page]


def side_by_side(*columns: list[str], step: int = 270) -> bytes:
    """Columns that are drawn row by row, as some programs print."""
    return b"".join(
        lines([words], 50 + step * column, 760 - 14 * row)
        for row, texts in enumerate(zip(*columns, strict=True))
        for column, words in enumerate(texts)
    )


def drawn(pdf: Pdf, font: bytes, codes: bytes) -> Pdf:
    name = font.split()[0]
    pdf.page(b"BT %s 12 Tf 50 700 Td <%s> Tj ET" % (name, codes.hex().encode()), fonts=font)
    return pdf


def test_pages_come_with_labels_title_and_outline(read: Callable[[Pdf], Extract]) -> None:
    pdf = simple(["Preface", "One\nand more", "Two"])
    pdf.info = b"/Title <feff00dc0062006500720020007500730073>"
    pdf.root = b"/PageLabels << /Nums [0 << /S /r /St 4 >> 1 << /S /D /St 2 >>] >>"
    outlined(pdf, [("Chapter  “A”", 1, 2), ("Section", 2, 3), ("Chapter B", 1, 3)])
    extract = read(pdf)
    assert [page.text for page in extract.pages] == ["Preface", "One\nand more", "Two"]
    # A label that is the page's own number says nothing.
    assert [page.label for page in extract.pages] == ["iv", "", ""]
    assert (extract.kind, extract.unit, extract.total) == ("pdf", "page", 3)
    assert extract.title == "Über uss"
    assert extract.headings == (
        Heading("Chapter “A”", 1, 2),
        Heading("Section", 2, 3),
        Heading("Chapter B", 1, 3),
    )
    assert extract.missing == ()
    assert extract.unread == ()


def test_columns_drawn_one_after_the_other_stay_so(read_page: ReadPage) -> None:
    pdf = Pdf()
    pdf.page(lines(LEFT, 50) + lines(RIGHT, 320))
    assert read_page(pdf).text.split("\n") == LEFT + RIGHT


def test_columns_drawn_row_by_row_are_read_one_after_the_other(read_page: ReadPage) -> None:
    title = "A title that goes across both of the columns, as titles do"
    end = "And a line at the foot of the page that goes across them as well"
    pdf = Pdf()
    pdf.page(lines([title], y=800) + side_by_side(LEFT, RIGHT) + lines([end], y=200))
    assert read_page(pdf).text.split("\n") == [title, *LEFT, *RIGHT, end]


def test_three_columns_are_read_one_after_the_other(read_page: ReadPage) -> None:
    first, second = [words[:27].strip() for words in LEFT], [words[:27].strip() for words in RIGHT]
    pdf = Pdf()
    pdf.page(side_by_side(first, second, first, step=180))
    assert read_page(pdf).text.split("\n") == [*first, *second, *first]


def test_the_rows_of_a_table_stay_rows(read_page: ReadPage) -> None:
    goods = ["Apples from the garden by the river and", "Pears"] * 5
    amounts = ["12 kg", "a lot, as they were sold on the market"] * 5
    pdf = Pdf()
    pdf.page(side_by_side(goods, amounts))
    rows = [f"{what} {much}" for what, much in zip(goods, amounts, strict=True)]
    assert read_page(pdf).text.split("\n") == rows


def test_turned_pages_are_read_from_their_first_line(read: Callable[[Pdf], Extract]) -> None:
    pdf = Pdf()
    for degrees in (0, 90, 180, 270):
        pdf.page(lines(TURNED), more=b"/Rotate %d" % degrees)
    # The text is turned on a page that isn't: upwards, downwards, upside down.
    for turn in (b"0 1 -1 0 595 0", b"0 -1 1 0 0 842", b"-1 0 0 -1 595 842"):
        pdf.page(b"q %s cm %s Q" % (turn, lines(TURNED, y=500)))
    # And on a landscape page that is stored upright, so that it is upright when it is shown.
    pdf.page(b"q 0 1 -1 0 595 0 cm %s Q" % lines(TURNED, y=500), more=b"/Rotate 90")
    for page in read(pdf).pages:
        assert page.text.split("\n") == TURNED, page.number


def test_words_broken_at_the_end_of_a_line_are_whole(read_page: ReadPage) -> None:
    pdf = Pdf()
    pdf.page(
        lines(
            ["A hyphen-", "ated word, and a well-", "known one; well-known", "in Anglo-", "Saxony"]
        )
    )
    words = " ".join(read_page(pdf).text.split())
    assert words == "A hyphenated word, and a well-known one; well-known in Anglo-Saxony"


def test_ligatures_and_rare_characters(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.unicode_font({65: "o", 66: "ﬃ", 67: "ce ", 68: "😀", 69: "𠀀", 70: "ﬁn"})
    assert read_page(drawn(pdf, font, b"ABCDEF")).text == "office 😀𠀀fin"


def test_text_from_right_to_left_is_in_the_order_of_reading(read_page: ReadPage) -> None:
    for words in ("שלום עולם", "السلام عليكم"):
        letters = {65 + n: letter for n, letter in enumerate(dict.fromkeys(words))}
        codes = {letter: code for code, letter in letters.items()}
        pdf = Pdf()
        font = pdf.unicode_font(letters)
        # Files have it as it is seen from the left.
        assert read_page(drawn(pdf, font, bytes(codes[one] for one in words[::-1]))).text == words


def test_presentation_forms_become_letters(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.unicode_font({65: "\ufee1", 66: "\ufefc", 67: "\ufeb3"})  # م لا س, as drawn
    assert read_page(drawn(pdf, font, b"ABC")).text == "سلام"


def test_chinese_in_a_font_that_is_not_in_the_file(read_page: ReadPage) -> None:
    pdf = Pdf()
    font = pdf.add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >>"
    )
    words = "中文文本和第二句。"
    drawn(pdf, b"/C %d 0 R" % font, words.encode("utf-16-be"))
    assert read_page(pdf).text == words


def test_a_file_that_begins_late_is_read(read_page: Callable[[bytes], Page]) -> None:
    assert read_page(b"\r\nHTTP/1.0 200 OK\r\n\r\n" + simple(["Late"]).written()).text == "Late"
