"""A document that is looked at: pictures of pages, places on them, words in them."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.conversation import Document
from app.core.document import Extract, Page
from app.core.errors import AppError
from app.documents.reader.client import Reader
from app.session.preview import Find, find_words, safe_name
from tests.gui.session.looking import PAGES, Looking
from tests.gui.ui.preview.papers import PASSAGE, agreement, write_agreement


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, qapp: object) -> Path:
    return write_agreement(tmp_path_factory.mktemp("papers") / "agreement.pdf", PAGES)


@pytest.fixture
def looking(tmp_path: Path, reader: Reader, qtbot: QtBot) -> Iterator[Looking]:
    made = Looking(tmp_path, reader, qtbot)
    yield made
    made.preview.close()
    made.jobs.close(seconds=20)


@pytest.fixture
def opened(looking: Looking, file: Path) -> Looking:
    looking.preview.open(looking.keep(file))
    looking.wait(lambda: looking.preview.extract)
    return looking


def test_sizes_come_first_and_then_the_text(looking: Looking, file: Path) -> None:
    told: list[str] = []
    preview = looking.preview
    preview.sizes_known.connect(lambda: told.append("sizes"))
    preview.extract_known.connect(lambda: told.append("text"))
    preview.open(looking.keep(file))
    looking.wait(lambda: len(told) == 2)
    assert told == ["sizes", "text"]
    assert preview.sizes == ((360.0, 510.0),) * PAGES
    assert preview.extract == agreement(PAGES)
    page = preview.page(12)
    assert page is not None
    assert PASSAGE in page.text.replace("\n", "")
    assert preview.page(PAGES + 1) is None


def test_pictures_come_in_the_order_of_need(opened: Looking) -> None:
    ready: list[int] = []
    opened.preview.picture_ready.connect(ready.append)
    opened.preview.want((5, 4, 6), 240)
    opened.wait(lambda: len(ready) == 3)
    assert ready == [5, 4, 6]
    image = opened.preview.picture(5, 240)
    assert (image.width(), image.height()) == (240, 340)
    assert opened.preview.picture(1, 240) is None
    assert opened.preview.picture(5, 600) is image, "until there is a finer one"


def test_what_is_not_wanted_any_more_is_not_rendered(opened: Looking) -> None:
    ready: list[int] = []
    opened.preview.picture_ready.connect(ready.append)
    opened.preview.want(tuple(range(1, PAGES + 1)), 240)
    opened.preview.want((9, 10), 240)
    opened.wait(lambda: {9, 10} <= set(ready))
    assert set(opened.reader.rendered) <= {1, 9, 10}, "one may have been under way"


def test_pictures_take_a_bounded_part_of_the_memory(looking: Looking, file: Path) -> None:
    one = 240 * 340 * 4
    preview = looking.make(most_bytes=3 * one)
    preview.open(looking.keep(file))
    looking.wait(lambda: preview.extract)
    for page in range(1, 9):
        preview.want((page,), 240)
        looking.wait(lambda page=page: preview.picture(page, 240))
    kept = [page for page in range(1, 9) if preview.picture(page, 240) is not None]
    assert kept == [6, 7, 8]
    preview.want((1, 2, 3, 4, 5), 240)
    looking.wait(lambda: all(preview.picture(page, 240) for page in range(1, 6)))
    assert preview.picture(8, 240) is None
    preview.close()


def test_a_passage_is_found_on_its_page(opened: Looking) -> None:
    preview = opened.preview
    preview.locate(12, PASSAGE)
    preview.locate(11, PASSAGE)
    opened.wait(lambda: preview.is_located(12, PASSAGE) and preview.is_located(11, PASSAGE))
    boxes = preview.places(12, PASSAGE)
    assert len(boxes) >= 3, "one for each of its lines"
    assert all(0.2 < box.y < 0.35 for box in boxes)
    assert preview.places(11, PASSAGE) == ()


def test_words_are_found_in_all_pages(opened: Looking) -> None:
    preview, told = opened.preview, []
    preview.found.connect(lambda: told.append(preview.finds))
    preview.find("LANDLORD  places")
    opened.wait(lambda: told)
    (find,) = preview.finds
    page = preview.page(find.page)
    assert page is not None
    assert find.page == 12
    assert page.text[find.start : find.end] == "Landlord places"
    preview.find("")
    assert preview.finds == ()


def test_words_go_over_the_end_of_a_line() -> None:
    extract = Extract("a", "pdf", "page", (Page(1, "none"), Page(2, "two\n words, Two words")), 2)
    assert find_words(extract, "two words") == (Find(2, 0, 10), Find(2, 12, 21))


def test_a_late_result_is_not_taken_for_another_document(looking: Looking, file: Path) -> None:
    preview, ready = looking.preview, []
    preview.picture_ready.connect(ready.append)
    document = looking.keep(file)
    preview.open(document)
    looking.wait(lambda: preview.sizes)
    preview.want((1, 2, 3), 240)
    text = Document("", "notes.txt", "text/plain", text="Tides")
    preview.open(text)
    assert preview.extract is not None
    assert preview.extract.pages == (Page(1, "Tides", first_line=1),)
    done: list[bool] = []
    looking.jobs.run(lambda: True, done.append, lane="preview")
    looking.wait(lambda: done)
    assert ready == []
    assert preview.picture(1, 240) is None


def test_a_document_that_is_gone_says_so(looking: Looking, file: Path) -> None:
    problems: list[AppError] = []
    looking.preview.failed.connect(problems.append)
    document = Document("0" * 64, "gone.pdf", "application/pdf", kind="pdf", pages=3)
    looking.preview.open(document)
    looking.wait(lambda: problems)
    assert problems[0].code == "blob-missing"
    assert "gone.pdf" in problems[0].what


def test_what_has_been_read_since_is_taken_over(opened: Looking) -> None:
    preview, told = opened.preview, []
    document, before = preview.document, preview.extract
    assert document is not None
    preview.extract_known.connect(lambda: told.append(preview.extract))
    preview.refresh()
    done: list[bool] = []
    opened.jobs.run(lambda: True, done.append, lane="preview")
    opened.wait(lambda: done)
    assert told == []
    fresh = agreement(PAGES + 1)
    opened.documents.keep(document.blob, fresh)
    preview.refresh()
    opened.wait(lambda: told)
    assert preview.extract == fresh != before


def test_another_program_gets_a_copy_under_the_real_name(opened: Looking) -> None:
    made: list[Path] = []
    opened.preview.copy_out(made.append)
    opened.wait(lambda: made)
    (path,) = made
    assert path.name == "Tenancy agreement.pdf"
    document = opened.preview.document
    assert document is not None
    assert path.read_bytes() == opened.blobs.path_of(document.blob).read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    opened.preview.copy_out(made.append)
    opened.wait(lambda: len(made) == 2)
    assert made[1] == path
    opened.make()  # as the next start does
    opened.wait(lambda: not path.exists())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Report 2024.docx", "Report 2024.docx"),
        ("../../.bashrc", "bashrc"),
        ("C:\\Windows\\evil.exe", "evil.exe.txt"),
        ("run.SH", "run.SH.txt"),
        ("a\nb\u202efdp.pdf", "abfdp.pdf"),
        ('what: "this"?.txt', "what this.txt"),
        ("...", "document"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
