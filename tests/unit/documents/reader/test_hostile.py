"""Files that were made to harm: they cost little, and nothing outside them is read."""

import resource
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.documents.reader.client import Reader
from app.documents.reader.formats import Enough
from app.documents.reader.limits import Limits
from tests.unit.documents.reader.reading import Found, saved, zipped
from tests.unit.documents.reader.test_word import NAMES, p

SECRET = "the secret of this machine"
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def document(body: str, head: str = "") -> dict[str, str]:
    return {"word/document.xml": f"{head}<w:document {NAMES}><w:body>{body}</w:body></w:document>"}


def deep(tag: str, depth: int, inside: str = "words") -> str:
    return f"<{tag}>" * depth + inside + f"</{tag}>" * depth


HTML = {
    "deep": "<html><body>" + "<div>" * 100_000 + "words",
    "deep tables": "<html><body>" + "<table><tr><td>" * 20_000 + "words",
    "deep lists": "<html><body>" + "<ul><li>" * 50_000 + "words",
    "attributes": "<html><body><p " + " ".join(f"a{n}=1" for n in range(5_000)) + ">words",
    "comments": "<html><body>words" + "<!--" * 100_000,
    "frames": "<html><body>words<iframe src='file:///etc/passwd'></iframe>",
}
WORD: Mapping[str, Mapping[str, str]] = {
    "laughing entities": document(p("&j;"), LAUGHS),
    "deep": document(deep("w:sdtContent", 5000, p("words"))),
    "deep tables": document(deep("w:tbl", 5000)),
    "a table of one row without end": document("<w:tbl><w:tr>" + "<w:tc/>" * 200_000),
    "a wide span": document(
        '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr></w:tc></w:tr></w:tbl>'
    ),
}


@pytest.mark.parametrize("case", HTML)
def test_web_pages(tmp_path: Path, case: str) -> None:
    found = Found(saved(tmp_path / "a.html", HTML[case]))
    assert found.failure is None or not isinstance(found.failure, RecursionError | MemoryError)
    assert "root:" not in found.text
    assert len(found.text) < 10_000


@pytest.mark.parametrize("case", WORD)
def test_word_files(tmp_path: Path, case: str) -> None:
    found = Found(saved(tmp_path / "a.docx", WORD[case]))
    assert not isinstance(found.failure, RecursionError | MemoryError)
    assert len(found.text) < 100_000


def test_entities_that_name_files_stay_empty(tmp_path: Path) -> None:
    secret = saved(tmp_path / "secret.txt", SECRET)
    head = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    odt = (
        f"{head}<office:document-content xmlns:office='o' xmlns:text='t'><office:body><office:text>"
    )
    odt += "<text:p>&s; words</text:p></office:text></office:body></office:document-content>"
    files = [
        saved(tmp_path / "a.docx", document(p("&s; words"), head)),
        saved(tmp_path / "a.odt", {"mimetype": "x", "content.xml": odt}),
        saved(tmp_path / "a.html", f"{head}<html><body>&s; words</body></html>"),
    ]
    for path in files:
        assert SECRET not in Found(path).text, path.name


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    secret = saved(tmp_path / "secret.xml", f"<a><t>{SECRET}</t></a>")
    relations = (
        "<Relationships>"
        f'<Relationship Id="1" Type="x/styles" Target="{secret.as_uri()}" TargetMode="External"/>'
        f'<Relationship Id="2" Type="x/footnotes" Target="../../../../{secret}"/>'
        '<Relationship Id="3" Type="x/numbering" Target="http://127.0.0.1:9/x.xml"/>'
        "</Relationships>"
    )
    members = {**document(p("words")), "word/_rels/document.xml.rels": relations}
    found = Found(saved(tmp_path / "a.docx", members))
    assert found.text == "words"


def test_a_bomb_of_zeros(tmp_path: Path) -> None:
    """Ten megabytes for each kilobyte of the file: the process stops at its limit."""
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 40_000_000)
    found = Found(path, Limits(unpacked=1_000_000))
    assert isinstance(found.failure, Enough)
    assert found.missing == ["It unpacks to more than 1 MB; the rest was left out."]


def test_a_bomb_after_good_pages_keeps_them(tmp_path: Path) -> None:
    slides = {
        "ppt/presentation.xml": "<p/>",
        "ppt/slides/slide1.xml": "<sld><cSld><spTree><sp><txBody><p><t>kept</t></p></txBody></sp>"
        "</spTree></cSld></sld>",
        "ppt/slides/slide2.xml": "<sld>" + " " * 2_000_000 + "</sld>",
    }
    found = Found(saved(tmp_path / "a.pptx", slides), Limits(unpacked=1_000_000))
    assert found.texts == ["kept"]
    assert isinstance(found.failure, Enough)


def test_sizes_that_are_lies(tmp_path: Path) -> None:
    """An entry that says it is a gigabyte, and one that says it is a byte."""
    for claimed in (2**30, 1):
        data = bytearray(zipped(document(p("words"))))
        place = data.rindex(b"PK\x01\x02")
        data[place + 24 : place + 28] = struct.pack("<I", claimed)
        found = Found(saved(tmp_path / "a.docx", bytes(data)))
        assert found.text in ("words", "")


def test_rows_and_cells_by_the_million(tmp_path: Path) -> None:
    names = 'xmlns:table="t" xmlns:office="o" xmlns:text="x"'
    row = (
        '<table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"><text:p>1</text:p>'
        "</table:table-cell></table:table-row>"
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{row * 3}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    found = Found(saved(tmp_path / "a.ods", {"mimetype": kind, "content.xml": content}))
    assert found.failure is None
    assert len(found.text) < 20_000_000
    assert found.missing[0].startswith("Of the sheet A the first ")


def test_the_process_survives_its_own_death(tmp_path: Path) -> None:
    """With little memory, a real file that needs more is refused, and the next one is read."""
    rows = "".join(
        f"<row><c t='inlineStr'><is><t>{n * 99}</t></is></c></row>" for n in range(200_000)
    )
    sheet = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    main = (
        '<workbook xmlns:r="x/relationships"><sheets><sheet name="A" r:id="1"/></sheets></workbook>'
    )
    links = (
        '<Relationships><Relationship Id="1" Type="x/worksheet" Target="s.xml"/></Relationships>'
    )
    members = {"xl/workbook.xml": main, "xl/_rels/workbook.xml.rels": links, "xl/s.xml": sheet}
    path = saved(tmp_path / "large.xlsx", members)
    small = saved(tmp_path / "small.docx", document(p("words")))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader = Reader(Limits(memory=48 * 2**20))
    try:
        with pytest.raises(AppError) as caught:
            reader.extract(path, path.name)
        assert caught.value.code == "document-limit"
        assert reader.extract(small, small.name).pages[0].text == "words"
    finally:
        reader.close()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, "kilobytes: the harm is done in the other process"
