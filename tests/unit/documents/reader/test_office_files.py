"""Files that LibreOffice has written: what stands in the source stands in every format."""

from pathlib import Path

import pytest

from app.core.errors import AppError
from app.documents.reader.client import Reader
from tests.data.office_files import TIDES
from tests.unit.documents.reader.reading import read

REPORTS = ["docx", "odt", "rtf", "epub", "html"]
CARGO = (
    "| Good | 2023 | 2024 |\n| --- | --- | --- |\n"
    "| Salt \\| rock | 310 | 295 |\n| Timber | 88 | 102 |"
)


@pytest.mark.parametrize("ending", REPORTS)
def test_a_text_is_read_from_beginning_to_end(office: Path, ending: str) -> None:
    found = read(office / f"report.{ending}")
    text = found.text
    assert "The harbour of Größenau saw 1,204 ships in 2024" in text
    assert "Counted by the harbour master." in text
    assert CARGO in text
    assert "日本語の文も あります。" in text
    assert text.index("Ships") < text.index("Cargo") < text.index("Outlook")
    places = [text.index(f"that the tide of day {day} ") for day in range(1, TIDES + 1)]
    assert places == sorted(places)
    assert text.count("The last word is lighthouse.") == 1
    assert found.context.total == len(found.pages) > 1


@pytest.mark.parametrize("ending", ["docx", "odt", "rtf", "html"])
def test_headings_and_lists(office: Path, ending: str) -> None:
    found = read(office / f"report.{ending}")
    assert [(one.title, one.level) for one in found.headings] == [
        ("Ships", 1),
        ("Cargo", 1),
        ("Outlook", 2),
    ]
    for one in found.headings:
        assert f"# {one.title}" in found.pages[one.page - 1].text
    assert "- Ferries\n- Tugs" in found.text
    assert "1. Count them\n2. Write it down" in found.text


def test_pages_are_those_of_the_layout(office: Path) -> None:
    """The same source as a PDF tells where its pages end."""
    text, pdf = read(office / "report.odt"), read(office / "report.pdf")
    assert text.context.unit is None, "the usual one: pages"
    assert len(text.pages) == len(pdf.pages)
    for ours, true in zip(text.pages, pdf.pages, strict=True):
        words = ours.text.replace("#", "").replace("|", " ").split()
        assert words[0] in true.text.split()[:3]
        if true.number > 1:  # under the first there is a footnote
            assert words[-1] in true.text.split()[-3:]


@pytest.mark.parametrize("ending", ["docx", "rtf", "epub", "html"])
def test_what_does_not_know_its_pages_has_sections(office: Path, ending: str) -> None:
    found = read(office / f"report.{ending}")
    assert found.context.unit == "section" or ending != "docx"
    assert all(len(text) < 12_000 for text in found.texts)


def test_titles_and_pictures(office: Path) -> None:
    for ending in REPORTS:
        assert read(office / f"report.{ending}").context.title == "Harbour report", ending
    for ending in ("docx", "odt"):
        found = read(office / f"report.{ending}")
        assert "[Picture: The quay at dawn]" in found.text
        assert found.missing == ["1 picture inside was not read."]
    assert read(office / "report.rtf").missing == ["1 picture inside was not read."]


@pytest.mark.parametrize("ending", ["pptx", "odp"])
def test_slides(office: Path, ending: str) -> None:
    found = read(office / f"talk.{ending}")
    first, second = found.texts
    assert first.startswith("Why bees dance")
    assert first.index("Direction of the sun") < first.index("  - seen by polarised light")
    assert first.index("polarised") < first.index("Distance in wingbeats")
    assert first.endswith("Notes: Begin with the film of the hive.")
    assert "| Waggle | Metres |\n| --- | --- |\n| 1 second | 750 |" in second
    assert "[Picture: A bee on a comb]" in second
    assert found.missing == ["1 picture inside was not read."]


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_sheets(office: Path, ending: str) -> None:
    found = read(office / f"accounts.{ending}")
    assert [page.label for page in found.pages] == ["Orders", "Rates"]
    share = "0.125" if ending == "xls" else "12.5%"
    assert found.texts[0] == (
        "# Orders\n\n"
        "| Day | Boxes | Price | Share |  |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| 2024-03-01 | 12 | 2.5 | {share} |  |\n"
        "| 2024-03-02 | 30 | 1234567 | 1 |  |\n"
        "| Sum | 42 |  |  | far \\| out |"
    )
    assert found.texts[1] == "# Rates (hidden)\n\n| Salt | 0.07 |\n| --- | --- |\n| Tea | 0.19 |"


@pytest.mark.parametrize("ending", ["odt", "xls"])
def test_locked_files_say_so(office: Path, ending: str) -> None:
    stem = "accounts" if ending == "xls" else "report"
    with pytest.raises(AppError) as caught:
        read(office / f"{stem}.locked.{ending}")
    assert caught.value.code == "document-kind"
    assert caught.value.what == f"{stem}.locked.{ending} is protected by a password."
    assert "without a password" in caught.value.next_step


def test_the_process_reads_them_all(office: Path) -> None:
    """With the rights and the memory that it has left itself."""
    reader = Reader()
    try:
        for path in sorted(office.glob("*.*")):
            if path.suffix == ".png" or ".locked" in path.name:
                continue
            told: list[tuple[int, int]] = []
            extract = reader.extract(path, path.name, told=lambda *now, to=told: to.append(now))
            here = read(path)
            assert extract.kind == here.kind
            assert list(extract.pages) == here.pages
            assert extract.total == len(here.pages)
            assert list(extract.headings) == here.headings
            assert extract.unit == (here.context.unit or extract.unit)
            assert told[-1] == (extract.total, extract.total)
    finally:
        reader.close()
