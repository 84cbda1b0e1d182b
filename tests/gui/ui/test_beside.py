"""A document beside the chat, over it, or in its place: the shape of the window and its keys."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.core.conversation import Document
from app.core.document import Extract, Page
from app.ui.preview.pane import PreviewPane
from tests.gui.ui.conftest import Desktop
from tests.gui.ui.preview.papers import write_agreement

SHIFT = Qt.KeyboardModifier.ShiftModifier


def resize(desktop: Desktop, width: int, height: int = 700) -> None:
    desktop.window.resize(width, height)
    QApplication.processEvents()


def open_notes(desktop: Desktop) -> PreviewPane:
    """Open a document of three pages, as a press on its tile does."""
    pages = tuple(Page(number, f"Page {number} is about tides.") for number in (1, 2, 3))
    extract = Extract("notes.docx", "docx", "page", pages, 3)
    blob = desktop.office.desk.blobs.put(b"notes")
    desktop.office.desk.documents.keep(blob, extract)
    document = Document(blob, "notes.docx", "", kind="docx", pages=3)
    desktop.window.page.document_wanted.emit(document)
    pane = desktop.window.documents.pane
    assert pane is not None
    desktop.until(lambda: pane.view.sheets)
    QApplication.processEvents()
    return pane


def place(widget: QWidget) -> tuple[int, int]:
    """Where a part of the window begins and ends."""
    left = widget.mapTo(widget.window(), QPoint(0, 0)).x()
    return left, left + widget.width()


def test_beside_sidebar_and_chat_where_there_is_room(desktop: Desktop) -> None:
    pane = open_notes(desktop)
    window = desktop.window
    assert place(window.sidebar) == (0, 260)
    assert place(window.pages) == (260, 812)
    assert place(pane) == (812, 1280)
    pane.head.close_button.click()
    assert not pane.isVisible()
    assert place(window.pages) == (260, 1280)


def test_it_pushes_the_sidebar_away_where_there_is_less(desktop: Desktop) -> None:
    resize(desktop, 1279)
    pane = open_notes(desktop)
    window = desktop.window
    assert not window.sidebar.isVisible()
    assert place(window.pages) == (0, 811)
    assert place(pane) == (811, 1279)
    window.toggle_sidebar()
    assert window.drawer.isVisible()
    assert window.sidebar.geometry().topLeft() == QPoint(0, 0)
    desktop.key(Qt.Key.Key_Escape)
    assert not window.drawer.isVisible()
    assert pane.isVisible()
    pane.close_pane()
    assert window.sidebar.isVisible()
    assert desktop.office.preferences.settings.sidebar_shown


def test_it_lies_over_the_chat_where_there_is_still_less(desktop: Desktop) -> None:
    resize(desktop, 999)
    pane = open_notes(desktop)
    window = desktop.window
    assert place(window.pages) == (260, 999)
    assert place(pane) == (531, 999)
    window.page.focus_composer()
    desktop.key(Qt.Key.Key_Escape)
    assert not pane.isVisible(), "it is what is on top"


def test_it_stands_in_place_of_the_chat_in_a_narrow_window(desktop: Desktop) -> None:
    resize(desktop, 799)
    pane = open_notes(desktop)
    window = desktop.window
    assert place(pane) == (0, 799)
    assert not window.pages.isVisible()
    assert pane.view.hasFocus()
    QTest.keyClicks(desktop.focused, "x")
    assert window.page.composer.edit.toPlainText() == ""
    resize(desktop, 1000)
    assert window.pages.isVisible()
    assert place(pane) == (532, 1000)
    resize(desktop, 720, 480)
    desktop.key(Qt.Key.Key_Escape, widget=pane.view)
    assert window.pages.isVisible()
    assert window.page.composer.edit.hasFocus()


def test_its_width_is_dragged_between_its_limits_and_kept(
    open_desktop: Callable[..., Desktop],
) -> None:
    desktop = open_desktop()
    desktop.window.resize(1600, 800)
    pane = open_notes(desktop)
    grip = desktop.window.arrangement.pane_grip
    for x, width in ((1100, 500), (1500, 360), (200, 640), (1190, 410)):
        QTest.mousePress(grip, Qt.MouseButton.LeftButton)
        grip.dragged.emit(1600 - x)
        QTest.mouseRelease(grip, Qt.MouseButton.LeftButton)
        assert pane.width() == width
    again = open_desktop()
    again.window.resize(1600, 800)
    pane = open_notes(again)
    assert pane.width() == 410
    QTest.mouseDClick(again.window.arrangement.pane_grip, Qt.MouseButton.LeftButton)
    assert pane.width() == 468


def test_a_wide_pane_leaves_room_for_the_chat(open_desktop: Callable[..., Desktop]) -> None:
    desktop = open_desktop(preview_width=640)
    pane = open_notes(desktop)
    assert pane.width() == 600
    assert desktop.window.pages.width() == 420


@pytest.mark.parametrize("width", [1280, 1000, 900])
def test_right_to_left_it_stands_at_the_left(desktop: Desktop, width: int) -> None:
    resize(desktop, width)
    desktop.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    pane = open_notes(desktop)
    assert place(pane) == (0, 468)
    if width >= 1000:
        assert place(desktop.window.pages)[0] == 468


def test_f6_goes_to_it_and_on(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    pane = open_notes(desktop)
    window = desktop.window
    window.page.focus_composer()
    desktop.key(Qt.Key.Key_F6)
    assert pane.view.hasFocus()
    assert desktop.theme.focus_ring.target is pane.view
    desktop.key(Qt.Key.Key_F6)
    assert window.sidebar.isAncestorOf(desktop.focused)
    desktop.key(Qt.Key.Key_F6, SHIFT)
    desktop.key(Qt.Key.Key_F6, SHIFT)
    assert window.page.composer.isAncestorOf(desktop.focused)


def test_keys_mean_the_document_while_it_has_the_keyboard(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    pane = open_notes(desktop)
    page = desktop.window.page
    page.focus_composer()
    desktop.control(Qt.Key.Key_F)
    assert page.find_bar.isVisible()
    desktop.control(Qt.Key.Key_Plus)
    assert desktop.theme.text_scale == 1.1
    desktop.control(Qt.Key.Key_0)
    page.find_bar.close_bar()
    pane.focus_pages()
    desktop.control(Qt.Key.Key_F)
    assert pane.find_bar.isVisible()
    assert not page.find_bar.isVisible()
    desktop.key(Qt.Key.Key_Escape)
    desktop.control(Qt.Key.Key_Plus)
    assert (pane.view.zoom, desktop.theme.text_scale) == (1.25, 1.0)
    desktop.control(Qt.Key.Key_Minus)
    desktop.control(Qt.Key.Key_Minus)
    assert pane.view.zoom == 0.75
    desktop.control(Qt.Key.Key_0)
    assert pane.view.zoom == 1.0
    QTest.keyClicks(desktop.focused, "so")
    assert page.composer.edit.toPlainText() == "so", "who writes means the composer"


def test_esc_stops_an_answer_before_it_closes_a_document_beside_it(desktop: Desktop) -> None:
    pane = open_notes(desktop)
    desktop.office.send("Tides")
    desktop.window.page.focus_composer()
    desktop.key(Qt.Key.Key_Escape)
    desktop.until(lambda: desktop.office.engine.cancelled)
    assert pane.isVisible()
    desktop.office.engine.end()
    desktop.until(lambda: not desktop.office.chat.busy)
    desktop.key(Qt.Key.Key_Escape)
    assert not pane.isVisible()


def test_it_goes_with_its_chat_and_waits_behind_the_models(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    pane = open_notes(desktop)
    window = desktop.window
    window.open_models()
    assert not pane.isVisible()
    assert place(window.pages) == (260, 1280)
    window.close_models()
    assert pane.isVisible()
    window.new_chat()
    assert not pane.isVisible()
    assert pane.document is None


def test_it_slides_in_unless_motion_is_reduced(desktop: Desktop) -> None:
    pane = open_notes(desktop)
    assert place(pane) == (812, 1280)
    pane.close_pane()
    desktop.theme.set_reduced_motion(False)
    open_notes(desktop)
    desktop.until(lambda: place(pane) == (812, 1280))


def test_a_citation_leads_from_the_answer_to_its_passage(desktop: Desktop, tmp_path: Path) -> None:
    path = write_agreement(tmp_path / "Tenancy agreement.pdf", pages=13)
    window, chat = desktop.window, desktop.office.chat
    window.take_files([str(path)])
    desktop.until(lambda: chat.draft.sendable)
    desktop.office.send("When do I get my deposit back?")
    desktop.office.engine.write(
        "The Landlord returns the deposit within twenty-one days [p. 12]. The tenancy costs 9,999 "
        "a year [p. 3]."
    )
    desktop.office.engine.end()
    desktop.until(lambda: not chat.busy)
    answer = chat.entries[-1].id
    desktop.until(lambda: len(chat.check(answer)) == 2)
    window.page.citation_opened.emit(answer, 0)
    pane = window.documents.pane
    assert pane is not None
    desktop.until(lambda: pane.footer.isVisible() and pane.view.page == 12)
    passage = pane.marking.passage
    assert passage is not None
    assert "twenty-one days" in passage.words
    desktop.until(lambda: window.documents._preview.places(12, passage.words))
    assert pane.footer.words[0] == "Found on page 12"
    pane.footer.next.click()
    assert pane.footer.words[0] == "Not found on page 3"
    assert pane.view.page == 3
    assert [tick.found for tick in pane.rail.ticks] == [True, False]
