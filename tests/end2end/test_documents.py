"""A PDF dropped on the window: read in a process of its own and summarised section by section; what
was read is what is claimed."""

from pathlib import Path

from tests.data import pdf_files
from tests.end2end.facet import Facet
from tests.end2end.waiting import wait_for

PAGES = 12


def report(path: Path) -> Path:
    """More than fits the miniature's context, on twelve pages."""
    pages = [
        "\n".join(
            f"Line {line} of page {number} tells of bridge {number * 100 + line} in 18{line:02}."
            for line in range(1, 46)
        )
        for number in range(1, PAGES + 1)
    ]
    path.write_bytes(pdf_files.simple(pages).written())
    return path


def test_a_dropped_pdf_is_summarised_and_the_whole_of_it_was_read(
    miniature: Facet, tmp_path: Path
) -> None:
    miniature.drop(report(tmp_path / "bridges.pdf"))
    assert miniature.wait_for_chip("bridges.pdf") == "12 pages"
    miniature.click("Summarise", "push button")
    answer = miniature.wait_for_answer("Summarise this document", timeout=90)
    assert answer.outcome == "done"
    (reading,) = [part for part in answer.attachments if part["type"] == "reading"]
    assert not reading["paused"]
    (coverage,) = reading["coverage"]
    assert coverage["how"] == "sections"
    assert coverage["read"] == list(range(1, PAGES + 1))
    assert "Section 1 of" not in answer.text
    miniature.wait_for_text("Read all 12 pages")
    miniature.picture("60-document")


def test_a_reading_is_stopped_and_gone_on_with(miniature: Facet, tmp_path: Path) -> None:
    path = report(tmp_path / "bridges again.pdf")
    miniature.drop(path)
    miniature.click("Summarise", "push button")
    wait_for(
        lambda: "Section 2 of" in miniature.words() or "Section 3 of" in miniature.words(),
        "the second section is being read",
    )
    miniature.focus()
    miniature.screen.key("Escape")
    stopped = miniature.wait_for_answer("Summarise this document")
    assert stopped.outcome == "stopped"
    (reading,) = [part for part in stopped.attachments if part["type"] == "reading"]
    assert reading["paused"]
    miniature.picture("61-document-stopped")
    miniature.click("Resume", "push button")
    wait_for(
        lambda: miniature.newest_messages()[-1].outcome == "done",
        "the rest has been read",
        timeout=90,
    )
    answer = miniature.newest_messages()[-1]
    (reading,) = [part for part in answer.attachments if part["type"] == "reading"]
    assert reading["coverage"][0]["read"] == list(range(1, PAGES + 1))


def test_a_document_opens_beside_the_chat(miniature: Facet, tmp_path: Path) -> None:
    miniature.drop(report(tmp_path / "bridges aside.pdf"))
    miniature.wait_for_chip("bridges aside.pdf")
    miniature.click("Open bridges aside.pdf", "push button")
    miniature.wait_for_text("Page 1 of 12, bridges aside.pdf")
    miniature.click("Next page", "push button")
    miniature.wait_for_text("Page 2 of 12, bridges aside.pdf")
    miniature.picture("62-document-beside")
    miniature.click("Close the document", "push button")
    wait_for(lambda: "Close the document" not in miniature.words(), "the pane has gone")
    miniature.click("Remove bridges aside.pdf", "push button")
