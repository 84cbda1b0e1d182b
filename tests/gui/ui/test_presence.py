"""Closing the window, the icon beside the clock, and the row of the sidebar that names the key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog

from app.core.errors import AppError
from app.ui.dialogs.staying import StayingDialog
from app.ui.presence import Presence
from app.ui.theme.controls import Label
from app.ui.tray import Tray
from tests.gui.ui.conftest import TAKEN, Desktop
from tests.gui.ui.newcomer import E4B, Fetched

KEYS = "Ctrl+Shift+Space"


@dataclass
class Stay:
    """A window that is held, and whether the program has been told to quit."""

    desktop: Desktop
    tray: Tray
    presence: Presence
    quits: list[bool]

    @property
    def question(self) -> StayingDialog:
        dialog = self.desktop.dialog()
        assert isinstance(dialog, StayingDialog)
        return dialog

    @property
    def asked(self) -> bool:
        return any(
            isinstance(widget, QDialog) and widget.isVisible()
            for widget in QApplication.topLevelWidgets()
        )

    def entries(self) -> dict[str, QAction]:
        """What the icon's menu offers."""
        assert self.tray._menu is not None
        shown = (one for one in self.tray._menu.actions() if one.isVisible())
        return {action.text(): action for action in shown if action.text()}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the clock, where Qt's offscreen screen has none."""
    monkeypatch.setattr(Tray, "available", True)


@pytest.fixture
def stay(desktop: Desktop, place: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stay]:
    office = desktop.office
    tray = Tray(desktop.theme, office.shelf, desktop.hotkey, office.downloads)
    presence = Presence(
        desktop.window, tray, desktop.dialogs, office.preferences, desktop.hotkey, office.downloads
    )
    quits: list[bool] = []
    monkeypatch.setattr(presence, "quit", lambda: quits.append(True))
    desktop.hotkey.set_chord(KEYS)
    yield Stay(desktop, tray, presence, quits)
    presence.leave()
    tray.hide()
    presence.deleteLater()
    tray.deleteLater()


def test_it_asks_once_and_remembers(stay: Stay) -> None:
    window = stay.desktop.window
    window.close()
    assert window.isVisible()
    words = [label.text() for label in stay.question.findChildren(Label)]
    assert "Keep Facet ready for Ctrl Shift Space?" in words
    assert "beside the clock" in " ".join(words)
    stay.desktop.key(Qt.Key.Key_Escape, widget=stay.question)
    assert not stay.asked
    assert window.isVisible()
    assert stay.desktop.office.preferences.settings.tray == "ask"
    window.close()
    stay.desktop.until(lambda: stay.question.stay_button.hasFocus())
    stay.desktop.key(Qt.Key.Key_Return, widget=stay.question)
    assert not window.isVisible()
    assert stay.desktop.office.preferences.settings.tray == "stay"
    stay.presence.show_window()
    assert window.isVisible()
    window.close()
    assert not stay.asked
    assert not window.isVisible()
    assert stay.quits == []


def test_quit_is_remembered_too(stay: Stay) -> None:
    stay.desktop.window.close()
    stay.desktop.click(stay.question.quit_button)
    assert stay.quits == [True]
    assert stay.desktop.office.preferences.settings.tray == "quit"
    stay.desktop.window.close()
    assert stay.quits == [True, True]


def test_without_a_key_it_promises_none(stay: Stay) -> None:
    stay.desktop.office.preferences.change(hotkey=TAKEN)
    stay.desktop.hotkey.set_chord(TAKEN)
    stay.desktop.window.close()
    words = [label.text() for label in stay.question.findChildren(Label)]
    assert "Keep Facet ready?" in words


def test_the_key_that_quits_does_not_ask(stay: Stay) -> None:
    wanted: list[bool] = []
    stay.desktop.window.quit_wanted.connect(lambda: wanted.append(True))
    stay.desktop.control(Qt.Key.Key_Q)
    assert wanted == [True]
    assert not stay.asked


def test_what_goes_wrong_without_a_window_is_kept_for_it(stay: Stay) -> None:
    stay.desktop.window.hide()
    stay.presence.tell(AppError("It broke.", "Mend it."))
    stay.presence.show_window()
    assert "It broke." in stay.desktop.window.page.notice.text


def test_the_icons_menu(stay: Stay) -> None:
    stay.presence.begin()
    wanted: list[str] = []
    stay.tray.shoot_wanted.connect(lambda: wanted.append("shoot"))
    entries = stay.entries()
    assert list(entries) == ["Ask about screen", "New chat", "Models", "Pause", "Quit"]
    assert entries["Ask about screen"].shortcut().toString() == KEYS
    stay.desktop.window.hide()
    entries["Ask about screen"].trigger()
    assert wanted == ["shoot"]
    assert not stay.desktop.window.isVisible()
    entries["Models"].trigger()
    assert stay.desktop.window.isVisible()
    assert stay.desktop.window.pages.at_models
    stay.desktop.window.hide()
    entries["New chat"].trigger()
    assert stay.desktop.window.isVisible()
    assert not stay.desktop.window.pages.at_models


def test_pause_and_resume(stay: Stay) -> None:
    stay.presence.begin()
    shelf = stay.desktop.office.shelf
    assert stay.tray.tooltip == "Facet"
    stay.entries()["Pause"].trigger()
    assert shelf.paused
    assert stay.tray.tooltip == "Facet, paused"
    assert "Pause" not in stay.entries()
    stay.entries()["Resume"].trigger()
    assert not shelf.paused
    assert stay.tray.tooltip == "Facet"
    assert "Pause" in stay.entries()


def test_a_place_that_comes_later_is_found(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.tray._LOOK_AGAIN_MS", 1)
    tray = Tray(desktop.theme, desktop.office.shelf, desktop.hotkey, desktop.office.downloads)
    assert not tray.available
    tray.show()
    assert tray._icon is None
    tray.tell(AppError("It broke.", "Mend it."))
    monkeypatch.setattr(Tray, "available", True)
    desktop.until(lambda: tray._icon is not None)
    tray.hide()
    tray.deleteLater()


def test_where_there_is_no_place_the_question_says_how_to_come_back(
    stay: Stay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tray, "available", False)
    stay.desktop.window.close()
    words = " ".join(label.text() for label in stay.question.findChildren(Label))
    assert "Start Facet again to see it." in words


def test_the_tooltip_follows_a_download(desktop: Desktop, place: None) -> None:
    fetched: Any = Fetched()
    tray = Tray(desktop.theme, desktop.office.shelf, desktop.hotkey, fetched)
    tray.show()
    fetched.start(E4B)
    fetched.come(E4B.id, E4B.bytes // 4)
    assert tray.tooltip == f"Facet, fetching {E4B.title}, 25 %"
    assert tray._icon is not None
    assert tray._icon.toolTip() == tray.tooltip
    fetched.pause(E4B.id)
    assert tray.tooltip == "Facet"
    tray.hide()
    tray.deleteLater()


def test_a_key_that_is_taken_is_told_in_the_menu(stay: Stay) -> None:
    stay.presence.begin()
    stay.desktop.hotkey.set_chord(TAKEN)
    entries = stay.entries()
    told = entries["Ctrl Alt K is taken. Bind: facet shoot"]
    assert not told.isEnabled()
    assert entries["Ask about screen"].shortcut().isEmpty()
    stay.desktop.hotkey.set_chord(KEYS)
    assert len(stay.entries()) == 5


def test_the_menu_follows_the_theme(stay: Stay) -> None:
    stay.presence.begin()

    def icons() -> list[int]:
        return [action.icon().cacheKey() for action in stay.entries().values()]

    before = icons()
    stay.desktop.theme.set_mode("dark")
    after = icons()
    assert len(after) == len(before)
    assert not set(before) & set(after)


def test_the_icon_is_there_as_the_settings_want_it(stay: Stay) -> None:
    stay.desktop.office.preferences.change(tray="quit")
    stay.presence.begin()
    assert stay.tray._icon is None
    stay.desktop.office.preferences.change(tray="stay")
    assert stay.tray._icon is not None
    assert stay.tray._icon.isVisible()
    stay.desktop.office.preferences.change(tray="quit")
    assert not stay.tray._icon.isVisible()


def test_the_sidebar_names_the_key_or_the_command(desktop: Desktop) -> None:
    row = desktop.window.sidebar.shoot
    assert row.toolTip() == "Ask about screen  Ctrl Shift Space", "not taken yet, but it will be"
    desktop.hotkey.set_chord(KEYS)
    assert row.toolTip() == "Ask about screen  Ctrl Shift Space"
    assert row.note == ""
    desktop.office.preferences.change(hotkey=TAKEN)
    desktop.hotkey.set_chord(TAKEN)
    assert row.note == "facet shoot"
    assert "used by another program" in row.toolTip()
    assert "facet shoot" in row.accessibleDescription()
    desktop.office.preferences.change(hotkey="")
    desktop.hotkey.set_chord("")
    assert row.note == ""
    assert row.toolTip() == "Ask about screen"
    wanted: list[bool] = []
    desktop.window.shoot_wanted.connect(lambda: wanted.append(True))
    desktop.click(row)
    assert wanted == [True]


def test_the_list_of_keys_has_it_too(desktop: Desktop) -> None:
    def words() -> str:
        desktop.window.open_shortcuts()
        dialog = desktop.dialog()
        found = " | ".join(label.text() for label in dialog.findChildren(Label))
        dialog.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return found

    desktop.hotkey.set_chord(KEYS)
    assert "Ask about screen | Ctrl Shift Space" in words()
    desktop.hotkey.set_chord(TAKEN)
    assert "Ask about screen: bind the command facet shoot" in words()


def test_files_are_attached_to_what_is_being_written(desktop: Desktop, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Apples are red.")
    desktop.window.open_models()
    desktop.window.take_files([str(notes)])
    assert not desktop.window.pages.at_models
    desktop.until(lambda: desktop.office.chats.current.draft.content.attachments)
    (attached,) = desktop.office.chats.current.draft.content.attachments
    assert attached.name == "notes.txt"


def test_what_closing_does_is_set_in_the_settings(desktop: Desktop) -> None:
    desktop.window.open_settings()
    words = " ".join(label.text() for label in desktop.dialog().findChildren(Label))
    assert "When the window is closed" in words


def test_only_a_held_window_stays(open_desktop: Callable[..., Desktop]) -> None:
    window = open_desktop().window
    told: list[bool] = []
    window.close_wanted.connect(lambda: told.append(True))
    window.set_held(True)
    window.close()
    assert window.isVisible()
    assert told == [True]
    window.set_held(False)
    window.close()
    assert not window.isVisible()
    assert told == [True]
