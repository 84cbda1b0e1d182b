"""Whether Facet is there: as a window, beside the clock without one, or not at all."""

import os

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError
from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.session.downloads import Downloads
from app.session.preferences import Preferences
from app.ui.commands import shown_hotkey
from app.ui.dialogs.dialogs import Dialogs
from app.ui.tray import Tray
from app.ui.window import MainWindow

_TOKEN = "XDG_ACTIVATION_TOKEN"


class Presence(QObject):
    """What closing the window does: ``Settings.tray`` says it, and where that is "ask", the
    person, once. Facet without a window goes on with what it is at, and listens for its shortcut
    and for later starts."""

    def __init__(
        self,
        window: MainWindow,
        tray: Tray,
        dialogs: Dialogs,
        preferences: Preferences,
        hotkey: Hotkey,
        downloads: Downloads,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._tray = tray
        self._dialogs = dialogs
        self._preferences = preferences
        self._hotkey = hotkey
        self._downloads = downloads
        window.set_held(True)
        window.close_wanted.connect(self._close)
        window.quit_wanted.connect(self.quit)
        tray.quit_wanted.connect(self.quit)
        tray.window_wanted.connect(self.show_window)
        tray.new_chat_wanted.connect(self._new_chat)
        tray.models_wanted.connect(self.show_models)
        preferences.changed.connect(self._follow)

    # -- orders -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Stand beside the clock. When there is time: it asks the desktop whether it may."""
        if self._preferences.settings.tray != "quit":
            self._tray.show()

    def show_window(self, token: str = "") -> None:
        """Bring the window to the front. ``token`` is the desktop's leave to do so, given to the
        program that somebody has started for it."""
        if token:
            os.environ[_TOKEN] = token  # where Qt looks for it
        self._window.come_to_front()
        os.environ.pop(_TOKEN, None)  # it is good for once

    def show_models(self) -> None:
        """Bring the window to the front, with the models."""
        self.show_window()
        self._window.open_models()

    def show_chat(self, chat: str) -> None:
        """Bring the window to the front, with a chat of the list."""
        self.show_window()
        self._window.open_chat(chat)

    def tell(self, problem: AppError) -> None:
        """Say what went wrong, where somebody sees it."""
        self._window.show_problem(problem)
        if not self._window.isVisible():
            self._tray.tell(problem)

    def quit(self) -> None:
        """End the program."""
        QApplication.quit()

    def leave(self) -> None:
        """The program is about to end: nothing holds the window any more."""
        self._window.set_held(False)

    # -- inside -----------------------------------------------------------------------------

    def _close(self) -> None:
        wanted = self._preferences.settings.tray
        new_here = self._window.greeting and not self._downloads.jobs
        if wanted == "stay":
            self._window.hide()
        elif wanted == "quit" or new_here:  # who has no model yet has nothing to keep ready
            self.quit()
        else:
            keys = shown_hotkey(self._hotkey, self._preferences.settings.hotkey)
            self._dialogs.staying(self._window, keys, self._tray.available, self._decide)

    def _decide(self, stay: bool) -> None:
        self._preferences.change(tray="stay" if stay else "quit")
        self._close()

    def _new_chat(self) -> None:
        self.show_window()
        self._window.new_chat()

    def _follow(self, before: Settings, after: Settings) -> None:
        if before.tray == after.tray:
            return
        if after.tray == "quit":
            self._tray.hide()
        else:
            self._tray.show()
