"""The sidebar: chats by date, search, menus, keyboard, the model's status."""

from datetime import datetime, timedelta, timezone

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.engine.messages import LoadFailed, Loading
from app.storage.conversations import ChatSummary
from app.ui.sidebar.chat_list import ChatList
from app.ui.sidebar.download_note import DownloadNote
from tests.gui.ui.conftest import Desktop
from tests.gui.ui.newcomer import E4B, Fetched

SHIFT = Qt.KeyboardModifier.ShiftModifier


def shown(desktop: Desktop) -> list[str]:
    """The rows from top to bottom, headings included."""
    model = desktop.window.sidebar.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def row_of(desktop: Desktop, title: str) -> QPoint:
    """The middle of a chat's row in the list's viewport."""
    rows = desktop.window.sidebar.list
    model = rows.model()
    (index,) = [
        model.index(row, 0)
        for row in range(model.rowCount())
        if model.index(row, 0).data() == title
    ]
    return rows.visualRect(index).center()


def with_chats(desktop: Desktop, *titles: str) -> None:
    """Hold a chat under each title, the last one newest."""
    for title in titles:
        desktop.office.chats.new_chat()
        desktop.office.exchange(title, f"An answer about {title.lower()}.")
    desktop.settle()


def test_chats_stand_under_headings_newest_first(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    assert shown(desktop) == ["Today", "Gears", "Tides"]


def test_a_click_opens_a_chat_and_marks_it(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    rows = desktop.window.sidebar.list
    QTest.mouseClick(
        rows.viewport(), Qt.MouseButton.LeftButton, pos=row_of(desktop, "Tides") - QPoint(60, 0)
    )
    assert desktop.office.chat.title == "Tides"
    assert desktop.window.page.header.title == "Tides"
    assert desktop.window.windowTitle() == "Tides – Facet"
    assert [index.data() for index in rows.selectedIndexes()] == ["Tides"]
    assert desktop.focused is desktop.window.page.composer.edit


def test_the_keyboard_walks_over_headings_and_opens(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    rows = desktop.window.sidebar.list
    rows.focus_first()
    assert rows.currentIndex().data() == "Gears"
    desktop.key(Qt.Key.Key_Down)
    assert rows.currentIndex().data() == "Tides"
    assert desktop.office.chat.title == "Gears", "moving about must not open anything"
    desktop.key(Qt.Key.Key_Down)
    assert rows.currentIndex().data() == "Tides"
    desktop.key(Qt.Key.Key_Return)
    assert desktop.office.chat.title == "Tides"


def test_new_chat_is_marked_while_it_is_empty(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    new = desktop.window.sidebar._new
    assert not new.here
    desktop.click(new)
    assert desktop.office.chat.entries == ()
    assert new.here


def test_ctrl_n_and_ctrl_k(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    desktop.control(Qt.Key.Key_N)
    assert desktop.office.chat.entries == ()
    desktop.control(Qt.Key.Key_K)
    assert desktop.focused is desktop.window.sidebar.search


def test_search_finds_titles_and_words(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears", "Sourdough")
    desktop.window.sidebar.search.setFocus()
    desktop.type("about gears")
    desktop.until(lambda: shown(desktop) == ["Today", "Gears"])
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.chat.title == "Gears")


def test_search_that_finds_nothing_says_so_and_esc_clears_it(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    search = desktop.window.sidebar.search
    search.setFocus()
    desktop.type("walrus")
    desktop.until(lambda: shown(desktop) == [])
    assert desktop.window.sidebar.list._empty_text == "No chat has the words “walrus”."
    desktop.key(Qt.Key.Key_Escape)
    assert search.text() == ""
    assert shown(desktop) == ["Today", "Tides"]


def test_down_leaves_the_search_for_its_results(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    desktop.window.sidebar.search.setFocus()
    desktop.key(Qt.Key.Key_Down)
    assert desktop.focused is desktop.window.sidebar.list
    assert desktop.window.sidebar.list.currentIndex().data() == "Gears"


def test_a_chat_that_changes_while_searching_keeps_the_results(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    desktop.window.sidebar.search.setText("gears")
    desktop.until(lambda: shown(desktop) == ["Today", "Gears"])
    desktop.office.chats.rename(desktop.office.chats.summaries[1].id, "Ebb")
    desktop.settle()
    assert shown(desktop) == ["Today", "Gears"]


def test_right_click_menu_key_and_the_dots_open_the_menu(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    rows: ChatList = desktop.window.sidebar.list
    place = row_of(desktop, "Tides")
    wanted = {"Rename…", "Delete"}

    reason = QContextMenuEvent.Reason
    for event in (
        QContextMenuEvent(reason.Mouse, place, rows.viewport().mapToGlobal(place)),
        QContextMenuEvent(reason.Keyboard, QPoint(), QPoint()),
    ):
        rows.focus_first()
        QApplication.sendEvent(rows.viewport(), event)
        assert set(desktop.entries()) == wanted
        desktop.menu().close()

    dots = rows.more_rect(rows.indexAt(place)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=dots)
    assert set(desktop.entries()) == wanted
    assert desktop.office.chat.title == "Tides"


def test_rename_by_f2(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    rows = desktop.window.sidebar.list
    rows.focus_first()
    desktop.key(Qt.Key.Key_Down)
    desktop.key(Qt.Key.Key_F2)
    dialog = desktop.dialog()
    dialog.field.setText("   Ebb  and flow ")  # type: ignore[attr-defined]
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert "Ebb and flow" in shown(desktop)
    assert "Tides" not in shown(desktop)


def test_an_empty_title_is_not_taken(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    desktop.window.page.focus_composer()
    desktop.key(Qt.Key.Key_F2)
    dialog = desktop.dialog()
    dialog.field.setText("   ")  # type: ignore[attr-defined]
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert shown(desktop) == ["Today", "Tides"]


def test_delete_can_be_undone(desktop: Desktop) -> None:
    with_chats(desktop, "Tides", "Gears")
    rows = desktop.window.sidebar.list
    rows.focus_first()
    desktop.key(Qt.Key.Key_Delete)
    assert shown(desktop) == ["Today", "Tides"]
    undo = desktop.window.page.undo
    assert undo.isVisible()
    assert undo.words == "“Gears” was deleted."
    assert rows.currentIndex().data() == "Tides", "the neighbour is next"
    desktop.control(Qt.Key.Key_Z)
    desktop.until(lambda: desktop.office.chat.title == "Gears")
    assert shown(desktop) == ["Today", "Gears", "Tides"]
    assert not undo.isVisible()


def test_the_undo_bar_goes_after_its_time(desktop: Desktop) -> None:
    with_chats(desktop, "Tides")
    undo = desktop.window.page.undo
    undo._timer.setInterval(1)
    desktop.office.chats.delete(desktop.office.chat.id)
    desktop.until(lambda: not undo.isVisible())
    assert shown(desktop) == []


def summaries(*names: str) -> tuple[ChatSummary, ...]:
    now = datetime.now(timezone.utc)
    return tuple(
        ChatSummary(name, name, now - timedelta(seconds=place)) for place, name in enumerate(names)
    )


def test_nothing_changes_place_under_the_pointer(desktop: Desktop) -> None:
    rows = desktop.window.sidebar.list
    rows.show_chats(summaries("a", "b", "c"))
    QApplication.sendEvent(
        rows.viewport(), QEnterEvent(QPointF(30, 50), QPointF(30, 50), QPointF(30, 50))
    )
    rows.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    rows.show_chats(summaries("c", "a", "b"))
    assert shown(desktop) == ["Today", "a", "b", "c"]
    rows.show_chats(summaries("c", "a"))
    assert shown(desktop) == ["Today", "c", "a"], "what was deleted leaves at once"
    rows.show_chats(summaries("a", "c"))
    assert shown(desktop) == ["Today", "c", "a"]
    rows.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(rows, QEvent(QEvent.Type.Leave))
    assert shown(desktop) == ["Today", "a", "c"]


# -- the model's status ------------------------------------------------------------------------


def test_loading_shows_its_progress(bare: Desktop) -> None:
    bare.office.shelf.start()
    bare.until(lambda: bare.office.engine.loads)
    bare.office.engine.say(Loading(0.43))
    status = bare.window.sidebar.status
    bare.until(lambda: status._left.text() == "Loading, 43 %")
    assert status._bar.value() == 430
    assert status._model.accessibleName() == "Model: Mini Gemma, Loading, 43 %"
    bare.office.engine.finish_loading()
    bare.until(lambda: "GB" in status._left.text())
    assert status._model.accessibleName() == "Model: Mini Gemma"


def test_the_speed_of_the_last_answer_is_shown(desktop: Desktop) -> None:
    desktop.office.shelf.speed = 22.4
    desktop.office.shelf.memory_changed.emit()
    assert desktop.window.sidebar.status._right.text() == "22 tok/s"


def test_a_restart_of_the_engine_is_told(desktop: Desktop) -> None:
    status = desktop.window.sidebar.status
    desktop.office.engine.die()
    desktop.until(lambda: status._left.text() == "Loading, 0 %")
    desktop.office.engine.finish_loading()
    desktop.until(lambda: status._right.text() == "Restarted just now")
    status._noted.timeout.emit()
    assert status._right.text() == ""


def test_a_failure_says_why_and_offers_what_to_do(bare: Desktop) -> None:
    bare.office.shelf.start()
    bare.until(lambda: bare.office.engine.loads)
    bare.office.engine.say(LoadFailed("The file is cut short.", "Fetch it again."))
    status = bare.window.sidebar.status
    bare.until(lambda: status._left.text() == "Could not be loaded")
    assert status._model.toolTip() == "The file is cut short."
    bare.click(status._model)
    assert set(bare.entries()) == {"Mini Gemma", "Load it again", "Open a GGUF file…", "All models"}
    before = len(bare.office.engine.loads)
    bare.choose("Load it again")
    bare.until(lambda: len(bare.office.engine.loads) == before + 1)


def test_the_menu_of_models_says_what_each_can_do(desktop: Desktop) -> None:
    desktop.click(desktop.window.sidebar.status._model)
    entry = desktop.entries()["Mini Gemma"]
    assert entry.isChecked()
    assert entry.text().startswith("Mini Gemma\tsees, hears · ")


def test_the_row_of_the_models_tells_how_far_a_download_is(bare: Desktop) -> None:
    row, downloads = bare.window.sidebar.models, Fetched()
    DownloadNote(row, downloads)  # type: ignore[arg-type]
    before = row.grab().toImage()
    downloads.start(E4B)
    assert row.note == "0 %"
    downloads.come(E4B.id, 2_310_000_000)
    assert row.note == "37 %"
    assert row.accessibleDescription() == "Downloading Gemma 4 E4B: 37 %"
    assert row.grab().toImage() != before
    downloads.pause(E4B.id)
    assert (row.note, row.accessibleDescription()) == ("", "")
    assert row.grab().toImage() == before
    downloads.start(E4B)
    downloads.fail(E4B.id, "The disk is full.", "Make room.")
    assert row.note == "stopped"
    downloads.finish(E4B.id)
    assert row.note == ""
