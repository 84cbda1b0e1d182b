"""What Word writes that LibreOffice doesn't."""

from pathlib import Path

import pytest

from app.core.errors import AppError
from tests.unit.documents.reader.reading import Found, read, saved

NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
LAID_OUT = "<w:lastRenderedPageBreak/>"
WANTED = '<w:br w:type="page"/>'


def p(content: str, properties: str = "") -> str:
    """A paragraph; ``content`` is text, or runs."""
    runs = content if content.startswith("<") else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def run(content: str) -> str:
    inner = content if content.startswith("<") else f"<w:t>{content}</w:t>"
    return f"<w:r>{inner}</w:r>"


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(content)}</w:tc>"


def docx(path: Path, body: str, **parts: str) -> Path:
    """A file with this body; ``parts`` are further files of its folder "word", by their stems."""
    document = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>"
    members = {"[Content_Types].xml": "<Types/>", "word/document.xml": document}
    for name, content in parts.items():
        members[f"word/{name}.xml"] = f"<w:{name} {NAMES}>{content}</w:{name}>"
    return saved(path / "letter.docx", members)


def test_pages_that_word_has_laid_out(tmp_path: Path) -> None:
    path = docx(
        tmp_path,
        p("One.")
        + p(run("Two begins ") + run(f"{LAID_OUT}<w:t>and ends.</w:t>"))
        + p(run(WANTED))
        + p(run(f"{LAID_OUT}<w:t>Three.</w:t>"))
        + p(run(WANTED) + run(WANTED))
        + p("Five.")
        + p("Six.", "<w:pageBreakBefore/>"),
    )
    found = read(path)
    assert found.texts == ["One.\n\nTwo begins", "and ends.", "Three.", "", "Five.", "Six."]
    assert found.context.unit is None


def test_a_page_may_end_inside_a_table(tmp_path: Path) -> None:
    rows = [cell("Town") + cell("People"), cell("Aach") + cell("2,300")]
    later = f"<w:tc><w:p>{run(f'{LAID_OUT}<w:t>Calw</w:t>')}</w:p></w:tc>" + cell("23,500")
    table = "".join(f"<w:tr>{row}</w:tr>" for row in (*rows, later))
    found = read(docx(tmp_path, f"<w:tbl>{table}</w:tbl>" + p("End.")))
    head = "| Town | People |\n| --- | --- |\n"
    assert found.texts == [
        f"{head}| Aach | 2,300 |",
        f"{head}| Calw | 23,500 |\n\nEnd.",
    ]


def test_headings_by_the_names_of_their_styles(tmp_path: Path) -> None:
    styles = (
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift1"/></w:style>'
        '<w:style w:styleId="Loop"><w:name w:val="x"/><w:basedOn w:val="Loop"/></w:style>'
    )
    body = (
        p("Über uns", '<w:pStyle w:val="berschrift1"/>')
        + p("Own one", '<w:pStyle w:val="Own"/>')
        + p("Marked", '<w:outlineLvl w:val="1"/>')
        + p("Text", '<w:pStyle w:val="Loop"/><w:outlineLvl w:val="9"/>')
    )
    found = read(docx(tmp_path, body, styles=styles))
    assert found.text == "# Über uns\n\n# Own one\n\n## Marked\n\nText"
    assert [(one.title, one.level) for one in found.headings] == [
        ("Über uns", 1),
        ("Own one", 1),
        ("Marked", 2),
    ]
    assert found.context.unit == "section"


def test_numbers_are_counted(tmp_path: Path) -> None:
    forms = ((0, "decimal", "%1."), (1, "decimal", "%1.%2"), (2, "lowerRoman", "(%3)"))
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, form, text in forms
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    )

    def item(text: str, level: int) -> str:
        return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')

    body = item("A", 0) + item("B", 1) + item("C", 1) + item("D", 2) + item("E", 0) + item("F", 1)
    found = read(docx(tmp_path, body, numbering=numbering))
    assert found.text.replace("\n\n", "\n").split("\n") == [
        "1. A",
        "  1.1 B",
        "  1.2 C",
        "    (i) D",
        "2. E",
        "  2.1 F",
    ]


def test_what_is_to_be_seen_and_what_not(tmp_path: Path) -> None:
    box = "<w:txbxContent>" + p("In a box.") + "</w:txbxContent>"
    choice = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    body = p(
        run("Kept")
        + "<w:ins>"
        + run(" added")
        + "</w:ins>"
        + "<w:del><w:r><w:delText> deleted</w:delText></w:r></w:del>"
        + run("<w:instrText> PAGE </w:instrText>")
        + run("<w:tab/><w:t>tab</w:t><w:noBreakHyphen/><w:t>x</w:t><w:br/><w:t>line</w:t>")
        + run('<w:footnoteReference w:id="3"/>')
        + run('<w:commentReference w:id="0"/>')
        + run(f"<mc:AlternateContent>{choice}</mc:AlternateContent>")
    )
    body += "<w:sdt><w:sdtContent>" + p("In a control.") + "</w:sdtContent></w:sdt>"
    body += p(run('<w:drawing><wp:docPr descr="A map"/><a:blip/></w:drawing>'))
    note = f'<w:footnote w:id="3">{p("See there.")}</w:footnote>'
    comment = f'<w:comment w:id="0">{p("Really?")}</w:comment>'
    found = read(docx(tmp_path, body, footnotes=note, comments=comment))
    assert found.text == (
        "Kept added\ttab-x\nline[^1]\n\n[^1]: See there.\n\n[Comment: Really?]\n\nIn a box.\n\n"
        "In a control.\n\n[Picture: A map]"
    )
    assert found.missing == ["1 picture inside was not read."]


def test_tables_with_joined_cells_and_tables_inside(tmp_path: Path) -> None:
    inner = f"<w:tbl><w:tr>{cell('x')}{cell('y')}</w:tr></w:tbl>"
    rows = (
        cell("All", '<w:gridSpan w:val="2"/>') + cell("c"),
        cell("1") + f"<w:tc>{inner}{p('after')}</w:tc>" + cell("3"),
    )
    table = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    found = read(docx(tmp_path, f"<w:tbl>{table}</w:tbl>"))
    assert found.text == "| All |  | c |\n| --- | --- | --- |\n| 1 | x ; y ; after | 3 |"


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    body = "".join(p(f"Paragraph {number}. " + "word " * 200) for number in range(200))
    path = docx(tmp_path, body)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    found = Found(path)
    assert "Paragraph 0." in found.text
    assert "Paragraph 50." in found.text
    assert found.missing == ["The file is incomplete; what is left of it was read."]
    assert found.failure is not None, "that it ends in the middle is said by who reads on"


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + bytes(400)])
def test_no_word_file_at_all(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(AppError) as caught:
        read(saved(tmp_path / "a.docx", content))
    assert caught.value.code == "document-damaged"


@pytest.mark.parametrize("name", ["secret.docx", "secret.pptx", "secret.xlsx"])
def test_a_locked_file_says_so(tmp_path: Path, name: str) -> None:
    """Microsoft's encrypted files are archives of the older kind, with the real one inside."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)
    path = saved(tmp_path / name, ole + "EncryptedPackage".encode("utf-16-le") + bytes(200))
    with pytest.raises(AppError) as caught:
        read(path)
    assert caught.value.code == "document-kind"
    assert caught.value.what == f"{name} is protected by a password."
