"""PDF files that are damaged, or made to harm: what can be read is read, and nothing else
happens."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.document import Heading
from app.core.errors import AppError
from app.core.reading.coverage import cover
from app.documents.reader.client import Limits, Reader
from tests.data.pdf_files import Pdf, assembled, lines, outlined, simple

Put = Callable[[Pdf | bytes], Path]
WORDS = [f"The words of page {number} are all there" for number in range(1, 21)]


def whole() -> bytes:
    return simple(WORDS).written()


def without_table() -> bytes:
    """The end is cut off, and with it the table of objects."""
    data = whole()
    return data[: data.rindex(b"xref\n0")]


def wrong_table() -> bytes:
    return whole().replace(b"startxref\n", b"startxref\n9")


def wrong_places() -> bytes:
    data = whole()
    head, table, rest = data.rpartition(b"xref\n0 ")
    return head + table + rest.replace(b"00000 n", b"00000 f", 9)


@pytest.mark.parametrize("file", [without_table, wrong_table, wrong_places])
def test_a_broken_table_costs_nothing(reader: Reader, put: Put, file: Callable[[], bytes]) -> None:
    extract = reader.extract(put(file()), "file.pdf")
    assert [page.text for page in extract.pages] == WORDS
    assert extract.missing == () or "damaged" in extract.missing[0]


def test_half_a_file_gives_its_pages_and_says_what_is_missing(reader: Reader, put: Put) -> None:
    """The tree of pages stands at the end of many files, and so is lost with it."""
    pdf = simple(WORDS)
    data = pdf.written()
    tree = b"2 0 obj\n" + pdf.objects[2]
    data = data.replace(b"\n" + tree + b"\nendobj", b"", 1)
    half = data[: data.index(b"\n%d 0 obj" % pdf.pages[11])]
    extract = reader.extract(put(half), "file.pdf")
    assert [page.text for page in extract.pages] == WORDS[:11]
    assert extract.missing == ("The file is damaged, and parts of it may be lost.",)


def test_pages_are_found_though_their_tree_is_empty(reader: Reader, put: Put) -> None:
    pdf = simple(WORDS)
    pdf.kids, pdf.count = b"", 0
    extract = reader.extract(put(pdf), "file.pdf")
    assert [page.text for page in extract.pages] == WORDS
    assert extract.missing == ("The file is damaged, and parts of it may be lost.",)


def test_packed_pages_are_found_without_their_table(reader: Reader, put: Put) -> None:
    pdf = simple(WORDS)
    pdf.pages.reverse()  # the order of the tree, and not that in the file
    outlined(pdf, [("The end", 1, 20)])
    extract = reader.extract(put(pdf.packed_and_cut()), "file.pdf")
    assert [page.text for page in extract.pages] == WORDS[::-1]
    assert extract.headings == (Heading("The end", 1, 20),)
    assert extract.missing == ("The file is damaged, and parts of it may be lost.",)


def test_packed_pages_are_found_without_their_tree(reader: Reader, put: Put) -> None:
    pdf = simple(WORDS)
    data = pdf.packed_and_cut()
    del pdf.objects[1], pdf.objects[2]
    pdf.written = lambda: b""  # type: ignore[method-assign]
    extract = reader.extract(put(pdf.packed_and_cut()), "file.pdf")
    assert [page.text for page in extract.pages] == WORDS
    cut = reader.extract(put(data[:-60]), "file.pdf")
    assert 0 < len([page for page in cut.pages if page.text in WORDS]) < len(WORDS)


def test_a_lost_page_is_named(reader: Reader, put: Put) -> None:
    pdf = simple(WORDS[:4])
    pdf.objects[pdf.pages[2]] = b"<< /Type /Nothing >>"
    pdf.kids = b" ".join(b"%d 0 R" % (900 if n == 2 else page) for n, page in enumerate(pdf.pages))
    extract = reader.extract(put(pdf), "file.pdf")
    assert extract.total == 4
    assert [page.text for page in extract.pages if not page.problem] == [*WORDS[:2], WORDS[3]]
    (lost,) = [page for page in extract.pages if page.problem]
    assert (lost.number, lost.read, lost.problem) == (
        3,
        True,
        "Damaged, and can't be read.",
    )


def test_an_empty_page_of_a_damaged_file_may_have_been_lost(reader: Reader, put: Put) -> None:
    pdf = simple(WORDS[:2])
    pdf.page(b"")
    pdf.page(b"")
    data = pdf.written()
    extract = reader.extract(put(data[: data.rindex(b"xref\n0")]), "file.pdf")
    assert [bool(page.problem) for page in extract.pages] == [False, False, True, True]
    left_out = cover(extract, "", "whole", (1, 2), {}).left_out
    assert left_out[-1] == ("Pages 3-4: Nothing was found, and the damaged file may have lost it.")


def nested(depth: int) -> bytes:
    """A tree of pages that is a long chain."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for n in range(2, depth):
        objects[n] = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (n + 1)
    objects[depth] = b"<< /Type /Page /MediaBox [0 0 9 9] >>"
    return assembled(objects, b"/Root 1 0 R")


def looped_tree() -> bytes:
    pdf = simple(WORDS[:2])
    pdf.kids = b"%d 0 R 2 0 R %d 0 R" % tuple(pdf.pages)
    pdf.count = 3
    return pdf.written()


def looped_parents() -> bytes:
    pdf = simple(WORDS[:2])
    page = pdf.pages[0]
    pdf.objects[page] = pdf.objects[page].replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % page)
    return pdf.written()


def looped_outline() -> bytes:
    pdf = simple(WORDS[:2])
    outlined(pdf, [("One", 1, 1), ("Two", 1, 2)])
    last = max(pdf.objects)
    pdf.objects[last] = pdf.objects[last].replace(b">>", b"/Next %d 0 R >>" % (last - 1))
    pdf.objects[last - 1] = pdf.objects[last - 1].replace(
        b"/Title", b"/First %d 0 R /Title" % (last - 1)
    )
    return pdf.written()


def looped_form() -> bytes:
    """A drawing that contains itself."""
    pdf = Pdf()
    number = len(pdf.objects) + 1
    pdf.add(
        b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
        b"/Resources << /XObject << /X %d 0 R >> >>" % number,
        b"/X Do /X Do",
    )
    pdf.page(b"/X Do", images=b"/X %d 0 R" % number)
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def exploding_forms() -> bytes:
    """Drawings that contain the next one ten times, nine deep: a billion lines."""
    pdf = Pdf()
    for deep in range(9):
        inner = b"/X %d 0 R" % len(pdf.objects)
        pdf.add(
            b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << %s >> >>"
            % (inner if deep else b""),
            b"/X Do " * 10 if deep else b"0 0 m 9 9 l S",
        )
    pdf.page(b"/X Do", images=b"/X %d 0 R" % len(pdf.objects))
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def bomb() -> bytes:
    """300 MB of spaces, packed twice."""
    pdf = Pdf()
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 10**7) for _ in range(30)) + packer.flush()
    stream = pdf.add(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(once, 9))
    pdf.pages.append(
        pdf.add(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %d 0 R >>" % stream)
    )
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def huge_picture() -> bytes:
    pdf = Pdf()
    picture = pdf.add(
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter /FlateDecode",
        zlib.compress(bytes(1000)),
    )
    pdf.page(b"595 0 0 842 0 0 cm /X Do", images=b"/X %d 0 R" % picture)
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def huge_page() -> bytes:
    pdf = Pdf()
    pdf.page(b"0 0 m 1e9 1e9 l S", size=(1e9, 1e-3))
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def many_brackets() -> bytes:
    pdf = Pdf()
    pdf.page(b"[" * 300_000, packed=False)
    pdf.page(lines(WORDS[:1]))
    pdf.info = b"/Title " + b"<< /A " * 100_000
    return pdf.written()


def a_billion_pages() -> bytes:
    pdf = simple(WORDS[:2])
    pdf.count = 10**9
    return pdf.written()


def negative_pages() -> bytes:
    pdf = simple(WORDS[:2])
    pdf.count = -5
    return pdf.written()


def looped_stream_length() -> bytes:
    pdf = Pdf()
    number = len(pdf.objects) + 1
    pdf.page(b"")
    pdf.objects[number] = b"<< /Length %d 0 R >>\nstream\nBT ET\nendstream" % number
    pdf.page(lines(WORDS[:1]))
    return pdf.written()


def looped_table() -> bytes:
    """Each table says that the one before it is itself."""
    data = whole()
    place = data.rindex(b"xref\n0")
    return data.replace(b"/Size", b"/Prev %d /Size" % place)


def looped_names() -> bytes:
    pdf = simple(WORDS[:1])
    tree = len(pdf.objects) + 1
    pdf.add(b"<< /Kids [%d 0 R %d 0 R] >>" % (tree, tree))
    pdf.root = b"/Names << /EmbeddedFiles %d 0 R >> /PageLabels %d 0 R" % (tree, tree)
    return pdf.written()


def outside() -> bytes:
    """Opens a program, the network and another file, if it is let."""
    pdf = simple(WORDS[:1])
    pdf.root = (
        b"/OpenAction << /S /Launch /F (/bin/sh) /Next << /S /URI /URI (http://127.0.0.1:9/) >> >> "
        b"/AA << /WC << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9/'\\)) >> >>"
    )
    stream = pdf.add(b"/F (/etc/hostname)", b"")
    pdf.pages.append(
        pdf.add(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %d 0 R >>" % stream)
    )
    return pdf.written()


READABLE = [
    looped_tree,
    looped_parents,
    looped_outline,
    looped_form,
    exploding_forms,
    bomb,
    huge_picture,
    huge_page,
    many_brackets,
    a_billion_pages,
    negative_pages,
    looped_stream_length,
    looped_table,
    looped_names,
    outside,
]


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file.__name__)
def test_a_hostile_file_costs_nothing_but_its_page(
    put: Put, file: Callable[[], bytes], tmp_path: Path
) -> None:
    limits = Limits(memory=150_000_000, seconds=20, page_seconds=2.0)
    reader = Reader(limits, tmp_path / "reader.log")
    extract = reader.extract(put(file()), "file.pdf")
    reader.close()
    assert WORDS[0] in {page.text for page in extract.pages}
    assert len(extract.pages) <= max(200, extract.total)


def no_pages() -> bytes:
    return Pdf().written()


def only_a_head() -> bytes:
    return b"%PDF-1.7\n"


def noise() -> bytes:
    return b"%PDF-1.4\n" + bytes((n * n * 31 + n // 7) % 256 for n in range(20_000))


def zeros() -> bytes:
    return b"%PDF-1.4\n" + bytes(50_000)


def unknown_protection() -> bytes:
    return whole().replace(b"/Root", b"/Encrypt << /Filter /Other /V 9 >> /Root")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (no_pages, "attachment-empty"),
        (only_a_head, "document-damaged"),
        (noise, "document-damaged"),
        (zeros, "document-damaged"),
        (unknown_protection, "document-kind"),
        (lambda: b"", "attachment-empty"),
        (lambda: b"MZ\x90\0\x03", "document-damaged"),
    ],
)
def test_a_file_without_anything_to_read_says_so(
    reader: Reader, put: Put, file: Callable[[], bytes], code: str
) -> None:
    with pytest.raises(AppError) as refused:
        reader.extract(put(file()), "file.pdf")
    assert refused.value.code == code
    assert "file.pdf" in refused.value.what


def test_any_cut_and_any_flipped_byte_is_survived(reader: Reader, put: Put) -> None:
    data = whole()
    for n in range(7):
        place = len(data) * (n + 1) // 8
        damaged = bytearray(data)
        damaged[place : place + 3] = b"\xff<("
        for file in (data[:place], bytes(damaged)):
            try:
                extract = reader.extract(put(file), "file.pdf")
            except AppError as refused:
                assert refused.code in ("document-damaged", "attachment-empty")  # noqa: PT017
            else:
                texts = [page.text for page in extract.pages]
                assert set(WORDS) & set(texts) or extract.missing
