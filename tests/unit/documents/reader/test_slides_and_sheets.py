"""What PowerPoint and Excel write that LibreOffice doesn't."""

from pathlib import Path

import pytest

from app.documents.reader import sheets
from tests.unit.documents.reader.reading import Found, read, saved

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    f'xmlns:r="{RELATIONS}"'
)


def related(*links: tuple[str, str, str]) -> str:
    """A file of relations: (id, last word of the type, target)."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, kind, target in links
    )
    return f"<Relationships>{inner}</Relationships>"


def shape(text: str, role: str = "") -> str:
    place = f'<p:nvSpPr><p:nvPr><p:ph type="{role}"/></p:nvPr></p:nvSpPr>' if role else ""
    paragraphs = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f"<p:sp>{place}<p:txBody>{paragraphs}</p:txBody></p:sp>"


def slide(shapes: str, attributes: str = "") -> str:
    return f"<p:sld {NAMES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def chart() -> str:
    def points(kind: str, *values: str) -> str:
        inner = "".join(f'<c:pt idx="{i}"><c:v>{v}</c:v></c:pt>' for i, v in enumerate(values))
        return f"<c:{kind}><c:strRef><c:strCache>{inner}</c:strCache></c:strRef></c:{kind}>"

    def series(name: str, *values: str) -> str:
        inner = points("tx", name) + points("cat", "Q1", "Q2") + points("val", *values)
        return f"<c:ser>{inner}</c:ser>"

    title = (
        "<c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    )
    bars = f"<c:barChart>{series('North', '10', '20')}{series('South', '7', '9')}</c:barChart>"
    plot = f"{title}<c:plotArea>{bars}</c:plotArea>"
    return f"<c:chartSpace {NAMES}><c:chart>{plot}</c:chart></c:chartSpace>"


def test_slides_in_the_order_of_the_show(tmp_path: Path) -> None:
    frame = '<p:graphicFrame><a:graphic><c:chart r:id="rId1"/></a:graphic></p:graphicFrame>'
    group = f"<p:grpSp>{shape('Deep inside')}</p:grpSp>"
    notes = slide(shape("Say hello.", "body") + shape("7", "sldNum"))
    listed = '<p:sldIdLst><p:sldId id="256" r:id="b"/><p:sldId id="257" r:id="a"/></p:sldIdLst>'
    path = saved(
        tmp_path / "show.pptx",
        {
            "ppt/presentation.xml": f"<p:presentation {NAMES}>{listed}</p:presentation>",
            "ppt/_rels/presentation.xml.rels": related(
                ("a", "slide", "slides/slide1.xml"), ("b", "slide", "/ppt/slides/slide2.xml")
            ),
            "ppt/slides/slide1.xml": slide(group + frame, 'show="0"'),
            "ppt/slides/_rels/slide1.xml.rels": related(
                ("rId1", "chart", "../charts/chart1.xml"),
                ("rId2", "notesSlide", "../notesSlides/n.xml"),
            ),
            "ppt/charts/chart1.xml": chart(),
            "ppt/notesSlides/n.xml": notes,
            "ppt/slides/slide2.xml": slide(
                shape("Welcome\nall", "ctrTitle") + shape("2", "sldNum")
            ),
        },
    )
    found = read(path)
    assert found.texts == [
        "# Welcome all",
        "(This slide is hidden in the show.)\n\nDeep inside\n\nChart: Sales\n\n"
        "|  | North | South |\n| --- | --- | --- |\n| Q1 | 10 | 7 |\n| Q2 | 20 | 9 |\n\n"
        "Notes: Say hello.",
    ]
    assert [(one.title, one.page) for one in found.headings] == [("Welcome all", 1)]
    assert found.pages[0].label == "Welcome all"


def test_a_damaged_slide_costs_only_itself(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "show.pptx",
        {
            "ppt/presentation.xml": "<broken",
            "ppt/slides/slide1.xml": slide(shape("One")),
            "ppt/slides/slide2.xml": "<p:sld",
            "ppt/slides/slide10.xml": slide(shape("Ten")),
        },
    )
    found = read(path)
    assert found.texts == ["One", "", "Ten"]
    assert found.pages[1].problem == "Damaged, and can't be read."


def workbook(path: Path, rows: str, shared: str = "", styles: str = "", more: str = "") -> Path:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return saved(
        path / "book.xlsx",
        {
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{RELATIONS}">{more}<sheets>'
            '<sheet name="Sheet &amp; 1" sheetId="1" r:id="x"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": related(("x", "worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{rows}</worksheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">{shared}</sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
        },
    )


def test_cells_of_every_kind(tmp_path: Path) -> None:
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="[$-407]d/ mmm yyyy;@"/>'
        '<numFmt numFmtId="171" formatCode="0.0&quot;days&quot;"/></numFmts><cellXfs>'
        + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 170, 171, 9, 20, 22))
        + "</cellXfs>"
    )
    shared = "<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></si>"
    cells = (
        '<c r="A1" t="s"><v>1</v></c>'
        '<c r="B1" s="1"><v>45292</v></c>'
        '<c r="C1" s="2"><v>45292</v></c>'
        '<c r="D1" s="3"><v>2.5</v></c>'
        '<c r="E1" s="4"><v>0.07</v></c>'
        '<c r="F1" s="5"><v>0.75</v></c>'
        '<c r="G1" s="6"><v>45292.5</v></c>'
        '<c r="H1" t="b"><v>1</v></c>'
        '<c r="I1" t="e"><v>#DIV/0!</v></c>'
        '<c r="J1" t="inlineStr"><is><t>in</t></is></c>'
        '<c r="K1"><f>SUM(A2:A9)</f></c>'
        '<c r="L1" t="str"><f>A1</f><v>text</v></c>'
        '<c r="M1"><v>0.1</v></c>'
        '<c r="N1"><v>1E+20</v></c>'
        '<c r="O1" t="s"><v>99</v></c>'
        "<c><v>7</v></c>"
    )
    found = read(workbook(tmp_path, f"<sheetData><row>{cells}</row></sheetData>", shared, styles))
    assert found.text == (
        "# Sheet & 1\n\nrich · 2024-01-01 · 2024-01-01 · 2.5 · 7% · 18:00 · 2024-01-01 12:00 · TRUE"
        " · #DIV/0! · in · =SUM(A2:A9) · text · 0.1 · 1e+20 · 7"
    )


def test_days_may_count_from_1904(tmp_path: Path) -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    rows = '<sheetData><row><c s="0"><v>1</v></c></row></sheetData>'
    path = workbook(tmp_path, rows, styles=styles, more='<workbookPr date1904="1"/>')
    assert read(path).text == "# Sheet & 1\n\n1904-01-02"


def test_a_cell_far_out_makes_no_wide_table(tmp_path: Path) -> None:
    rows = (
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
    )
    assert read(workbook(tmp_path, rows)).text == (
        "# Sheet & 1\n\n| 1 |  |\n| --- | --- |\n|  | 2 |"
    )


def test_a_long_sheet_is_cut_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_CELLS", 100)
    rows = "".join(f"<row><c><v>{n}</v></c><c><v>{n}</v></c></row>" for n in range(500))
    path = workbook(tmp_path, f'<dimension ref="A1:B500"/><sheetData>{rows}</sheetData>')
    found = read(path)
    assert found.missing == [
        "Of the sheet Sheet & 1 the first 50 rows of 500 were read: a workbook is read up to "
        "100 cells."
    ]
    assert found.pages[0].problem == found.missing[0]
    assert found.text.endswith("| 49 | 49 |")


def test_a_sheet_that_breaks_off(tmp_path: Path) -> None:
    rows = "<sheetData>" + "".join(f"<row><c><v>{n}</v></c></row>" for n in range(30)) + "<row><c>"
    main = Found(workbook(tmp_path, rows))
    assert main.failure is None
    assert "29" in main.text
    assert main.missing == ["The sheet Sheet & 1 is damaged; 30 rows of it were read."]
