"""The window as a whole: its shape, its keys, its memory, its empty state."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.core.errors import AppError
from app.engine.messages import LoadFailed, Loading
from app.ui.commands import shown_keys
from app.ui.theme.controls import Label
from tests.gui.ui.conftest import Desktop

SHIFT = Qt.KeyboardModifier.ShiftModifier


def resize(desktop: Desktop, width: int, height: int) -> None:
    desktop.window.resize(width, height)
    QApplication.processEvents()


def fail_to_load(desktop: Desktop) -> None:
    desktop.office.shelf.start()
    desktop.until(lambda: desktop.office.engine.loads)
    desktop.office.engine.say(LoadFailed("The file is cut short.", "Fetch it again."))
    desktop.until(lambda: desktop.office.shelf.state == "failed")


# -- shape -----------------------------------------------------------------------------------


def test_the_smallest_size(desktop: Desktop) -> None:
    resize(desktop, 100, 100)
    assert (desktop.window.width(), desktop.window.height()) == (720, 480)


def test_a_narrow_window_has_a_drawer(desktop: Desktop) -> None:
    window = desktop.window
    header = window.page.header
    assert window.sidebar.isVisible()
    assert not header._model.isVisible()
    resize(desktop, 799, 600)
    assert not window.sidebar.isVisible()
    assert header._model.isVisible()
    desktop.click(header._sidebar)
    assert window.drawer.isVisible()
    assert window.sidebar.isVisible()
    assert window.sidebar.geometry() == QRect(0, 0, 260, 600)
    QTest.mouseClick(window.drawer, Qt.MouseButton.LeftButton, pos=QPoint(600, 300))
    assert not window.drawer.isVisible()
    resize(desktop, 1280, 800)
    assert window.sidebar.isVisible()
    assert not header._model.isVisible()


def test_a_drawer_that_is_open_becomes_the_sidebar_again(desktop: Desktop) -> None:
    resize(desktop, 720, 480)
    desktop.window.toggle_sidebar()
    resize(desktop, 1000, 700)
    assert not desktop.window.drawer.isVisible()
    assert desktop.window.pages.x() == desktop.window.sidebar.width()
    assert desktop.window.sidebar.isVisible()
    assert desktop.window.sidebar.parentWidget() is desktop.window


def test_esc_closes_only_the_topmost_thing(desktop: Desktop) -> None:
    desktop.office.send("Tides")
    resize(desktop, 720, 480)
    desktop.window.toggle_sidebar()
    desktop.key(Qt.Key.Key_Escape)
    assert not desktop.window.drawer.isVisible()
    assert desktop.office.engine.cancelled == [], "the answer went on below the drawer"
    desktop.key(Qt.Key.Key_Escape)
    desktop.until(lambda: desktop.office.engine.cancelled)


def test_the_keyboard_stays_in_the_drawer(desktop: Desktop) -> None:
    resize(desktop, 720, 480)
    desktop.window.toggle_sidebar()
    for modifiers in (Qt.KeyboardModifier.NoModifier, SHIFT):
        for _ in range(15):
            desktop.key(Qt.Key.Key_Tab, modifiers)
            assert desktop.window.sidebar.isAncestorOf(desktop.focused)


def test_ctrl_b_hides_the_sidebar_and_it_stays_hidden(
    open_desktop: Callable[..., Desktop],
) -> None:
    desktop = open_desktop()
    desktop.control(Qt.Key.Key_B)
    assert not desktop.window.sidebar.isVisible()
    assert desktop.window.page.header._sidebar.isVisible()
    assert not desktop.window.page.header._model.isVisible()
    again = open_desktop()
    assert not again.window.sidebar.isVisible()
    again.click(again.window.page.header._sidebar)
    assert again.window.sidebar.isVisible()


def test_the_sidebar_is_dragged_between_its_limits(open_desktop: Callable[..., Desktop]) -> None:
    desktop = open_desktop()
    window, grip = desktop.window, desktop.window.arrangement.grip
    for x, width in ((320, 320), (40, 200), (900, 360), (300, 300)):
        QTest.mousePress(grip, Qt.MouseButton.LeftButton)
        QTest.mouseMove(grip, grip.mapFromGlobal(window.mapToGlobal(QPoint(x, 400))))
        QTest.mouseRelease(grip, Qt.MouseButton.LeftButton)
        window.arrangement.grip.dragged.emit(x)
        assert window.sidebar.width() == width
    again = open_desktop()
    assert again.window.sidebar.width() == 300
    QTest.mouseDClick(again.window.arrangement.grip, Qt.MouseButton.LeftButton)
    assert again.window.sidebar.width() == 260


def test_size_and_place_are_remembered(open_desktop: Callable[..., Desktop]) -> None:
    desktop = open_desktop()
    desktop.window.setGeometry(30, 40, 900, 620)
    QApplication.processEvents()
    desktop.window.close()
    assert desktop.office.preferences.settings.window == (30, 40, 900, 620)


def test_a_place_that_no_screen_shows_is_not_used(open_desktop: Callable[..., Desktop]) -> None:
    desktop = open_desktop(window=(9000, 9000, 900, 620))
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.intersects(desktop.window.geometry())


def test_the_composer_is_as_wide_as_the_reading_column(desktop: Desktop) -> None:
    resize(desktop, 1600, 900)
    assert desktop.window.page.composer.width() == 720
    resize(desktop, 720, 480)
    assert 680 <= desktop.window.page.composer.width() <= 688


# -- keys ------------------------------------------------------------------------------------


def test_f6_goes_round_the_parts(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    window = desktop.window

    def part() -> str:
        for name, widget in (
            ("composer", window.page.composer),
            ("sidebar", window.sidebar),
            ("page", window.page),
        ):
            if widget.isAncestorOf(desktop.focused):
                return name
        return ""

    window.page.focus_composer()
    seen = []
    for _ in range(4):
        desktop.key(Qt.Key.Key_F6)
        seen.append(part())
    assert seen == ["sidebar", "page", "composer", "sidebar"]
    back = []
    for _ in range(3):
        desktop.key(Qt.Key.Key_F6, SHIFT)
        back.append(part())
    assert back == ["composer", "page", "sidebar"]


def test_everything_can_be_reached_by_tab_in_reading_order(desktop: Desktop) -> None:
    window = desktop.window
    window.sidebar.search.setFocus()
    visited: list[QWidget] = []
    for _ in range(60):
        if desktop.focused in visited:
            break
        visited.append(desktop.focused)
        desktop.key(Qt.Key.Key_Tab)
    buttons = [
        button
        for button in window.findChildren(QAbstractButton)
        if button.isVisible()
        and button.isEnabled()
        and button.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert set(buttons) <= set(visited)
    for earlier, later in (
        (window.sidebar.search, window.sidebar.list),
        (window.sidebar.list, window.page.header.more),
        (window.page.header.more, window.page.empty.rows()[0]),
        (window.page.empty.rows()[0], window.page.composer.edit),
        (window.page.composer.edit, window.page.composer._attach),
    ):
        assert visited.index(earlier) < visited.index(later)


def test_every_control_has_a_name(desktop: Desktop) -> None:
    resize(desktop, 1280, 800)
    nameless = []
    for widget in desktop.window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name):
            nameless.append(widget)
    assert nameless == []


def test_the_text_grows_and_shrinks_by_keys(desktop: Desktop) -> None:
    for key, scale in (
        (Qt.Key.Key_Plus, 1.1),
        (Qt.Key.Key_Equal, 1.25),
        (Qt.Key.Key_Minus, 1.1),
        (Qt.Key.Key_0, 1.0),
    ):
        desktop.control(key)
        assert desktop.theme.text_scale == scale
    for _ in range(12):
        desktop.control(Qt.Key.Key_Plus)
    assert desktop.theme.text_scale == 2.0


def test_shortcuts_are_listed(desktop: Desktop) -> None:
    desktop.control(Qt.Key.Key_Slash)
    dialog = desktop.dialog()
    words = {label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text")}
    assert {"New chat", "Ctrl N", "Shift Enter", "F6"} <= words
    desktop.key(Qt.Key.Key_Escape, widget=dialog)
    assert not dialog.isVisible()


def test_keys_are_written_as_the_system_does() -> None:
    assert [shown_keys(keys) for keys in ("Ctrl+K", "Shift+Return", "F2")] == [
        "Ctrl K",
        "Shift Enter",
        "F2",
    ]


def test_the_menu_of_the_page(desktop: Desktop) -> None:
    desktop.click(desktop.window.page.header.more)
    entries = desktop.entries()
    assert not entries["Rename…"].isEnabled()
    assert not entries["Delete chat"].isEnabled()
    desktop.menu().close()
    desktop.office.exchange("Tides", "Two.")
    desktop.click(desktop.window.page.header.more)
    desktop.choose("Delete chat")
    assert desktop.office.chats.summaries == ()
    assert desktop.window.page.undo.isVisible()


def test_undo_stands_above_the_composer_whatever_its_height(desktop: Desktop) -> None:
    page = desktop.window.page
    desktop.office.exchange("Tides", "Two.")
    page.composer.edit.set_text("\n".join("many lines" for _ in range(40)))
    QApplication.processEvents()
    desktop.office.chats.delete(desktop.office.chat.id)

    def gap() -> int:
        return page.composer.geometry().top() - page.undo.geometry().bottom()

    desktop.until(lambda: 8 <= gap() <= 16)


# -- empty state -----------------------------------------------------------------------------


def words_of(desktop: Desktop) -> tuple[str, str, list[str]]:
    empty = desktop.window.page.empty
    return empty._title.text(), empty._words.text(), [row.text() for row in empty.rows()]


def test_the_empty_state_offers_what_the_model_can_do(bare: Desktop) -> None:
    bare.office.load_model(vision=True, audio=False)
    assert words_of(bare) == (
        "What shall we look at?",
        "Mini Gemma reads and sees, all on this machine.",
        ["Ask about a picture", "Ask about a document"],
    )


def test_the_starter_model_is_called_small(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desktop.office.shelf), "is_starter", property(lambda _self: True))
    desktop.office.shelf.state_changed.emit()
    title, words, rows = words_of(desktop)
    assert title == "What shall we talk about?"
    assert "small" in words
    assert "text only" in words
    assert "Gemma 4" in words
    assert rows == ["Ask about a document", "Use Gemma 4"]


def test_loading_is_told(bare: Desktop) -> None:
    bare.office.shelf.start()
    bare.until(lambda: bare.office.engine.loads)
    bare.office.engine.say(Loading(0.5))
    bare.until(lambda: "50 %" in words_of(bare)[1])


def test_a_model_that_fails_in_an_empty_chat(bare: Desktop) -> None:
    fail_to_load(bare)
    assert words_of(bare) == (
        "Mini Gemma could not be loaded",
        "The file is cut short. Fetch it again.",
        ["Load it again", "Open a GGUF file…"],
    )
    assert not bare.window.page.notice.isVisible(), "once is enough"
    before = len(bare.office.engine.loads)
    bare.click(bare.window.page.empty.rows()[0])
    bare.until(lambda: len(bare.office.engine.loads) == before + 1)


def test_a_model_that_fails_in_a_chat_that_has_begun(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    notice = desktop.window.page.notice
    desktop.office.shelf.reload(None)
    desktop.office.engine.say(LoadFailed("The file is cut short.", "Fetch it again."))
    desktop.until(notice.isVisible)
    assert notice.text == "The file is cut short. Fetch it again."
    desktop.control(Qt.Key.Key_N)
    assert not notice.isVisible(), "the empty state says it"


def test_without_a_model_there_are_two_ways_to_begin(bare: Desktop) -> None:
    assert words_of(bare)[2] == ["Get a model", "Open a GGUF file…"]
    bare.click(bare.window.page.empty.rows()[0])
    assert bare.window.pages.at_models


def test_problems_stand_above_the_composer_until_closed(desktop: Desktop) -> None:
    desktop.office.chats.problem.emit(AppError("The disk is full.", "Make room, then retry."))
    notice = desktop.window.page.notice
    assert notice.isVisible()
    assert notice.text == "The disk is full. Make room, then retry."
    desktop.click(notice._close)
    assert not notice.isVisible()


# -- look ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
def test_nothing_is_cut_at_twice_the_text_size(desktop: Desktop, size: tuple[int, int]) -> None:
    desktop.office.preferences.change(sidebar_width=360, text_percent=200)
    resize(desktop, *size)
    window = desktop.window

    def cut() -> list[str]:
        return [
            button.accessibleName()
            for button in window.findChildren(QAbstractButton)
            if button.isVisible() and button.height() < button.sizeHint().height()
        ]

    desktop.until(lambda: not cut())
    composer = window.page.composer
    assert composer.mapTo(window, QPoint(0, composer.height())).y() <= window.height()
    assert composer.send_button.height() == 68


def test_the_theme_changes_at_once(desktop: Desktop) -> None:
    def backdrop() -> str:
        return desktop.window.grab().toImage().pixelColor(700, 100).name().upper()

    assert backdrop() == "#FBFBFA"
    desktop.theme.set_mode("dark")
    QApplication.processEvents()
    assert backdrop() == "#161A1A"


def test_the_drawer_keeps_its_colours(desktop: Desktop) -> None:
    """Qt forgets palettes of widgets that change their parent under a style sheet."""
    desktop.theme.set_mode("dark")
    resize(desktop, 720, 480)
    for _ in range(2):
        desktop.window.toggle_sidebar()
        QApplication.processEvents()
        labels = desktop.window.sidebar.findChildren(Label)
        (brand,) = [label for label in labels if label.text() == "Facet"]
        color = brand.palette().color(brand.foregroundRole())
        assert color == desktop.theme.color("text")


def test_right_to_left_mirrors_the_window(desktop: Desktop) -> None:
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        QApplication.processEvents()
        window = desktop.window
        assert window.sidebar.x() == window.width() - window.sidebar.width()
        resize(desktop, 720, 480)
        window.toggle_sidebar()
        assert window.sidebar.mapTo(window, QPoint()).x() == 720 - window.sidebar.width()
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_a_second_start_brings_the_window_back(desktop: Desktop) -> None:
    desktop.window.showMinimized()
    assert desktop.window.isMinimized()
    desktop.window.come_to_front()
    assert not desktop.window.isMinimized()
    desktop.until(desktop.window.isActiveWindow)
