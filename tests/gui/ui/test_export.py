"""Answers saved as Markdown, HTML and PDF."""

import re
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.core.conversation import Reading
from app.core.document import Coverage
from app.core.errors import AppError
from app.core.reading.citations import Verdict, find
from app.main import RESOURCES
from app.ui.export.answer_file import AnswerFile
from app.ui.export.html import body, page
from app.ui.export.pdf import pdf
from app.ui.export.saving import ask_for_place, proposed_name, save, with_ending
from app.ui.theme.fonts import load_fonts
from app.ui.transcript.answer_message import AnswerMessage
from tests.gui.ui.conftest import Desktop

TEXT = "The deposit is **1,450**. [p. 3]\n\n- A late return adds 5 %. [p. 31]"
COVERAGE = Coverage("lease_2026.pdf", "d" * 64, "page", 37, tuple(range(1, 38)), (5,))


def answer() -> AnswerFile:
    checked = [
        (one, Verdict("not_found" if one.label == "p. 31" else "found", "")) for one in find(TEXT)
    ]
    return AnswerFile("Lease: 2026", TEXT, Reading((COVERAGE,)), checked, {1: "lease_2026.pdf"})


def pdf_words(data: bytes) -> tuple[str, int]:
    document = pypdfium2.PdfDocument(data)
    words = "\n".join(sheet.get_textpage().get_text_range() for sheet in document)
    count = len(document)
    document.close()
    return words, count


def test_the_end_says_what_it_rests_on() -> None:
    assert answer().markdown() == (
        "The deposit is **1,450**. [p. 3]\n\n"
        "- A late return adds 5 %. [p. 31] *(not found in the text)*\n\n"
        "---\n\n**Sources**\n\n"
        "1. lease\\_2026.pdf: p. 3, p. 31\n\n"
        "Read all 37 pages (1 from pictures).\n\n"
        "1 of 2 citations were found in the text.\n"
    )


def test_an_answer_about_nothing_is_its_words() -> None:
    assert AnswerFile("Tides", "Two.\n").markdown() == "Two.\n"


def test_html_has_everything_and_nothing_that_is_not_escaped() -> None:
    markdown = (
        "# <b>Q</b>\n\n3. a\n4. b\n   - c\n\n     d\n\n> e\n\n- [x] f\n\n1. g\n\n"
        "| h | i |\n|---|--:|\n| `j<k` | 2 |\n\n```\nl & m\n```\n\n[n](https://example.org/?a=1&b=2)"
    )
    assert body(markdown).replace("\n", "") == (
        "<h1>&lt;b&gt;Q&lt;/b&gt;</h1>"
        '<ol start="3"><li>a</li><li>b<ul><li>c<p>d</p></li></ul></li></ol>'
        "<blockquote><p>e</p></blockquote>"
        '<ul><li class="task">☑ f</li></ul>'
        "<ol><li>g</li></ol>"
        '<table><tr><th>h</th><th style="text-align:right">i</th></tr>'
        '<tr><td><code>j&lt;k</code></td><td style="text-align:right">2</td></tr></table>'
        "<pre><code>l &amp; m</code></pre>"
        '<p><a href="https://example.org/?a=1&amp;b=2">n</a></p>'
    )
    assert "<title>a &lt; b</title>" in page("a < b", "c")


def test_pdf_can_be_read_and_has_all_pages(qapp: QApplication) -> None:
    load_fonts(RESOURCES / "fonts")
    words, count = pdf_words(pdf("Lease", answer().markdown()))
    assert count == 1
    assert "The deposit is 1,450. [p. 3]" in words
    assert "Read all 37 pages (1 from pictures)." in words
    long = "\n\n".join(
        f"## Part {n}\n\nA statement on Straße und Bäume. [p. {n}]" for n in range(90)
    )
    words, count = pdf_words(pdf("Long", long))
    assert count > 2
    assert "Part 89" in words
    assert f"{count} / {count}" in words


def test_every_word_is_in_the_pdf_once(qapp: QApplication) -> None:
    """Also where a page ends in the middle of a paragraph, an item of a list or a quotation."""
    load_fonts(RESOURCES / "fonts")

    def words(first: int, last: int) -> str:
        return " ".join(f"w{number:05}" for number in range(first, last))

    items = [f"{n}. {words(100 * n, 100 * n + 100)}\n   - {words(100 * n + 5000, 100 * n + 5060)}"
             for n in range(10, 30)]  # fmt: skip
    text = "\n\n".join((words(0, 900), *items, f"> {words(8000, 8900)}"))
    said, count = pdf_words(pdf("Long", text))
    assert count > 7
    found = Counter(re.findall(r"w\d{5}", said))
    assert found == Counter(re.findall(r"w\d{5}", text))


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("a", ".pdf", "a.pdf"),
        ("a.md", ".pdf", "a.pdf"),
        ("a.PDF", ".pdf", "a.PDF"),
        ("v1.2", ".html", "v1.2.html"),
        ("a.html", "", "a.html"),
        ("a", "", "a.md"),
    ],
)
def test_the_ending_is_that_of_the_form(name: str, wanted: str, expected: str) -> None:
    assert with_ending(Path("/x") / name, wanted) == Path("/x") / expected


@pytest.mark.parametrize(
    ("typed", "form", "expected"),
    [
        ("a.html", "Markdown (*.md)", "a.html"),  # typed, while the first form was not touched
        ("a.md", "PDF (*.pdf)", "a.pdf"),
        ("old.md", "Markdown (*.md)", "old.md"),  # the dialog has asked
        ("old", "Markdown (*.md)", "old (3).md"),  # it asked about "old", which is not there
        ("old.md", "PDF (*.pdf)", "old (2).pdf"),
    ],
)
def test_what_was_typed_counts_and_nothing_is_written_over_unasked(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    form: str,
    expected: str,
) -> None:
    for name in ("old.md", "old (2).md", "old.pdf"):
        (tmp_path / name).write_text("before")
    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), form))
    assert ask_for_place(window, answer()) == tmp_path / expected


def test_names_are_legal_everywhere() -> None:
    assert proposed_name('Lease: "2026" / draft?.') == "Lease 2026 draft"
    assert proposed_name("…" * 200) == "…" * 80
    assert proposed_name("///") == "Answer"


def test_a_disk_that_refuses_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    old = tmp_path / "answer.md"
    old.write_text("before")
    save(old, answer())
    assert old.read_text().startswith("The deposit")
    with pytest.raises(AppError) as raised:
        save(tmp_path / "gone" / "answer.md", answer())
    assert "could not be saved as answer.md" in raised.value.what
    assert [path.name for path in tmp_path.iterdir()] == ["answer.md"]


def test_an_answer_is_saved_from_its_row(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.office.exchange("Tides", "Two a **day**.")
    proposed: list[str] = []

    def choose(*arguments: str) -> tuple[str, str]:
        proposed.append(Path(arguments[2]).name)
        return str(tmp_path / "tides"), "Web page (*.html)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    view = desktop.window.page.chat_view
    assert view is not None
    shown = view.transcript.answer(desktop.office.chat.entries[-1].id)
    assert isinstance(shown, AnswerMessage)
    assert shown.stats is not None
    desktop.click(shown.stats.save_button)
    desktop.until((tmp_path / "tides.html").exists)
    assert "<b>day</b>" in (tmp_path / "tides.html").read_text()
    desktop.until(desktop.window.page.notice.isVisible)
    assert desktop.window.page.notice.text == "Saved as tides.html."
    assert proposed == ["Tides.md"]
