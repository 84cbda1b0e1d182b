"""Fields of forms, notes and files inside PDF files."""

from collections.abc import Callable

from app.core.document import Extract, Page
from tests.data.pdf_files import Pdf, lines

TEXT = "The words of the page itself"


def with_notes(*notes: bytes, fields: bool = False) -> Pdf:
    """One page with annotations; ``fields``: they are those of a form."""
    pdf = Pdf()
    pdf.add(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]", b"")  # 4: what a checked box shows
    numbers = [pdf.add(b"<< /Type /Annot /Rect [50 50 90 70] %s >>" % note) for note in notes]
    listed = b" ".join(b"%d 0 R" % number for number in numbers)
    pdf.page(lines([TEXT]), more=b"/Annots [%s]" % listed)
    if fields:
        pdf.root = b"/AcroForm << /Fields [%s] >>" % listed
    return pdf


def test_fields_that_are_filled_in_are_read(read_page: Callable[[Pdf], Page]) -> None:
    pdf = with_notes(
        b"/Subtype /Widget /FT /Tx /T (name) /TU (Your name) /V (Ada  Lovelace)",
        b"/Subtype /Widget /FT /Tx /T (street) /V ()",
        b"/Subtype /Widget /FT /Btn /T (married) /V /Yes /AS /Yes /AP << /N << /Yes 4 0 R >> >>",
        b"/Subtype /Widget /FT /Btn /T (retired) /AS /Off",
        b"/Subtype /Widget /FT /Ch /Ff 131072 /T (land) /V (France) /Opt [(Spain) (France)]",
        b"/Subtype /Widget /FT /Btn /Ff 65536 /T (send)",
        fields=True,
    )
    assert read_page(pdf).text == (
        f"{TEXT}\n\nFields filled in:\n- Your name: Ada Lovelace\n- married: yes\n- retired: no\n"
        "- land: France"
    )


def test_notes_are_read_and_links_are_not(read_page: Callable[[Pdf], Page]) -> None:
    pdf = with_notes(
        b"/Subtype /Link /A << /S /URI /URI (http://example.org/) >>",
        b"/Subtype /Text /Contents (Is this\nright?)",
        b"/Subtype /Highlight /QuadPoints [50 70 90 70 50 50 90 50]"
        b" /Contents <feff00a7002000350021>",
        b"/Subtype /Popup /Contents (again)",
        b"/Subtype /Square",
    )
    assert read_page(pdf).text == f"{TEXT}\n\nNotes on this page:\n- Is this right?\n- § 5!"


def test_files_inside_are_named_as_missing(read: Callable[[Pdf], Extract]) -> None:
    pdf = with_notes()
    names = []
    for name in (b"a.txt", b"b.xml"):
        file = pdf.add(b"/Type /EmbeddedFile", b"inside")
        names.append(b"(%s) << /Type /Filespec /F (%s) /EF << /F %d 0 R >> >>" % (name, name, file))
    pdf.root = b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % b" ".join(names)
    extract = read(pdf)
    assert extract.missing == ("2 files inside it were not read (a.txt, b.xml).",)
    assert extract.pages[0].text == TEXT


def test_an_xfa_form_says_that_little_of_it_was_read(read: Callable[[Pdf], Extract]) -> None:
    pdf = with_notes()
    form = pdf.add(b"", b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'></xdp:xdp>")
    pdf.root = b"/AcroForm << /Fields [] /XFA %d 0 R >> /NeedsRendering true" % form
    (sentence,) = read(pdf).missing
    assert "XFA" in sentence
