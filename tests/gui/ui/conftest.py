"""The main window over a real session, with an engine that does what the test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.main import RESOURCES
from app.models.catalogue import Catalogue
from app.session.preview import Preview
from app.ui.dialogs.dialogs import Dialogs
from app.ui.preview.pictures import decode
from app.ui.theme.theme import Theme
from app.ui.window import MainWindow
from tests.data import MINIATURE
from tests.gui.desktop.hotkey.fake_backend import FakeBackend
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import ONLY_MINI, Office

TAKEN = "Ctrl+Alt+K"  # the shortcut that another program has


@dataclass
class Desktop:
    """A window and what it stands on. The helpers are what a hand or an eye would do."""

    qtbot: QtBot
    office: Office
    theme: Theme
    dialogs: Dialogs
    window: MainWindow
    hotkey: Hotkey

    @classmethod
    def open(
        cls, folder: Path, qtbot: QtBot, models: Path, catalogue: Catalogue, **settings: object
    ) -> "Desktop":
        office = Office.open(folder, FakeEngine(), qtbot, models, catalogue=catalogue)
        office.preferences.change(**settings)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
        hotkey = Hotkey(FakeBackend(taken={TAKEN}))
        dialogs = Dialogs(
            theme,
            office.preferences,
            office.shelf,
            hotkey,
            office.jobs,
            office.paths,
            RESOURCES,
        )
        office.thread.hello.connect(dialogs.engine_started)
        window = MainWindow(
            theme,
            office.chats,
            office.shelf,
            office.preferences,
            dialogs,
            office.offers,
            office.downloads,
            hotkey,
            Preview(office.desk.documents, office.jobs, folder / "cache" / "opened", decode),
        )
        office.preferences.changed.connect(
            lambda _before, after: theme.set_text_scale(after.text_percent / 100 or 1.0)
        )
        office.thread.died.connect(window.engine_died)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        window.page.focus_composer()
        return cls(qtbot, office, theme, dialogs, window, hotkey)

    def close(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog | QMenu):
                widget.close()
        self.window.close()
        self.office.close()
        self.window.deleteLater()
        self.theme.deleteLater()
        # What Python gave to the clipboard must not outlive Python.
        QApplication.clipboard().clear()
        QApplication.processEvents()

    # -- hands ------------------------------------------------------------------------------

    def key(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        widget: QWidget | None = None,
    ) -> None:
        """Press a key where the focus is, or in ``widget``."""
        QTest.keyClick(widget or self.focused, key, modifiers)

    def control(self, key: Qt.Key) -> None:
        self.key(key, Qt.KeyboardModifier.ControlModifier)

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def type(self, text: str) -> None:
        """Type plain ASCII where the focus is."""
        QTest.keyClicks(self.focused, text)

    # -- eyes -------------------------------------------------------------------------------

    @property
    def focused(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    def settle(self) -> None:
        """Let everything happen that has been asked for."""
        self.office.settle()
        QApplication.processEvents()

    def until(self, condition: Callable[[], object]) -> None:
        self.office.until(condition)

    def menu(self) -> QMenu:
        """The menu that is open."""
        popup = QApplication.activePopupWidget()
        assert isinstance(popup, QMenu), popup
        return popup

    def entries(self) -> dict[str, QAction]:
        """The entries of the open menu by their words, without what stands beside them."""
        return {
            action.text().partition("\t")[0].replace("&&", "&"): action
            for action in self.menu().actions()
            if action.text()
        }

    def choose(self, words: str) -> None:
        """Choose an entry of the open menu."""
        entry = self.entries()[words]
        menu = self.menu()
        menu.close()
        entry.trigger()

    def dialog(self) -> QDialog:
        """The dialog that is open."""
        (found,) = [
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, QDialog) and widget.isVisible()
        ]
        return found


@pytest.fixture
def catalogue() -> Catalogue:
    """The models that the window knows by name."""
    return ONLY_MINI


@pytest.fixture
def open_desktop(
    tmp_path: Path, qtbot: QtBot, catalogue: Catalogue
) -> Iterator[Callable[..., Desktop]]:
    """Opens the window on the test's folder, as a start would; closes the one before."""
    opened: list[Desktop] = []

    def open_it(models: Path = MINIATURE, **settings: object) -> Desktop:
        assert not set(settings) - set(Settings.__struct_fields__)
        if opened:
            opened.pop().close()
        opened.append(Desktop.open(tmp_path / "data", qtbot, models, catalogue, **settings))
        return opened[-1]

    yield open_it
    for desktop in opened:
        desktop.close()


@pytest.fixture
def bare(open_desktop: Callable[..., Desktop]) -> Desktop:
    """A window whose engine has not loaded anything yet."""
    return open_desktop()


@pytest.fixture
def desktop(bare: Desktop) -> Desktop:
    """A window with a model that sees, hears and thinks."""
    bare.office.load_model()
    QApplication.processEvents()
    return bare
