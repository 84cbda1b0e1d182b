"""From the key to an answer beside the marked region: capture, overlay and question, joined."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.core.errors import AppError
from app.session.chats import Chats
from app.session.desk import Desk
from app.session.talking import Talking
from app.ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.desktop.capture.capture import Capture
    from app.desktop.capture.frame import Frame
    from app.session.quick_ask import QuickAsk
    from app.ui.overlay.overlay import Overlay

_HEAVY = (
    "app.desktop.capture.system",
    "app.session.quick_ask",
    "app.ui.overlay.overlay",
    "app.ui.overlay.quick_panels",
)
_GONE_MS = 250  # until others have painted where a window or a menu of ours was


class Shooting(QObject):
    """Freezes the screens and has somebody ask about them. Its parts are made when there is time
    (``prepare``), or when they are first needed."""

    models_wanted = Signal()
    chat_wanted = Signal(str)  # the id of a chat to go on with in the window
    problem = Signal(AppError)

    def __init__(
        self,
        theme: Theme,
        desk: Desk,
        chats: Chats,
        captures: Path,
        window: QWidget,
        talking: Talking | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``captures`` is the folder for pictures that are not kept, ``window`` the one that is put
        away where it would hide what is asked about. Without ``talking`` questions are typed."""
        super().__init__(parent)
        self._talking = talking
        self._theme = theme
        self._desk = desk
        self._chats = chats
        self._captures = captures
        self._window = window
        self._put_away = False
        self._capture: Capture | None = None
        self._overlay: Overlay | None = None
        self._quick: QuickAsk | None = None

    @property
    def open(self) -> bool:
        """Whether the frozen screen is shown."""
        return self._overlay is not None and self._overlay.is_open

    def prepare(self) -> None:
        """Make beforehand what the first picture would have to wait for."""

        def load() -> None:
            for name in _HEAVY:
                importlib.import_module(name)

        def make(_none: None) -> None:
            capture, overlay = self._parts()
            capture.prepare()
            overlay.prepare()

        self._desk.jobs.run(load, make)

    def shoot(self) -> None:
        """Freeze the screens as they are now. Without effect while they are frozen."""
        capture, overlay = self._parts()
        if not overlay.is_open:
            capture.take()

    def shoot_others(self) -> None:
        """Freeze the screens without our window, which comes back afterwards."""
        if self.open or self._put_away:
            return
        if self._window.isVisible():
            self._put_away = True
            self._window.hide()
        self.shoot_soon()

    def shoot_soon(self) -> None:
        """Freeze the screens once a menu of ours has gone from them."""
        QTimer.singleShot(_GONE_MS, self, self.shoot)

    def close(self) -> None:
        """Let go of everything; what is to be kept of a question is kept."""
        if self._overlay is not None:
            self._overlay.close()
        if self._quick is not None:
            self._quick.discard()
        if self._capture is not None:
            self._capture.close()

    # -- inside -----------------------------------------------------------------------------

    def _parts(self) -> "tuple[Capture, Overlay]":
        if self._capture is None or self._overlay is None:
            self._capture, self._overlay = self._make()
        return self._capture, self._overlay

    def _make(self) -> "tuple[Capture, Overlay]":
        # Not above: no start should wait for any of it.
        from app.desktop.capture.system import system_capture
        from app.session.captures import Captures
        from app.session.quick_ask import QuickAsk
        from app.ui.overlay.overlay import Overlay
        from app.ui.overlay.quick_panels import QuickPanels, join

        capture = system_capture(QGuiApplication.desktopFileName(), self)
        overlay = Overlay(self._theme, self)
        captures = Captures(self._captures, self._desk)
        speech = self._talking.speech if self._talking is not None else None
        quick = self._quick = QuickAsk(self._desk, self._chats, captures, speech, self)
        panels = QuickPanels(self._theme, quick, self._desk.shelf, self._talking, self)
        join(panels, overlay)
        panels.models_wanted.connect(self._go_to_models)
        panels.continued.connect(self._go_to_chat)
        overlay.closed.connect(self._come_back)
        capture.taken.connect(self._taken)
        capture.failed.connect(self._failed)
        return capture, overlay

    def _taken(self, frames: "tuple[Frame, ...]") -> None:
        capture, overlay = self._parts()
        _clear_the_way()
        overlay.open(frames, capture.windows())
        if not overlay.is_open:
            self._come_back()

    def _failed(self, problem: AppError) -> None:
        self._come_back()
        self.problem.emit(problem)

    def _come_back(self) -> None:
        if self._put_away:
            self._put_away = False
            self._window.show()

    def _go_to_models(self) -> None:
        self._parts()[1].close()
        self.models_wanted.emit()

    def _go_to_chat(self, chat: str) -> None:
        self._parts()[1].close()
        self.chat_wanted.emit(chat)


def _clear_the_way() -> None:
    """Close what would keep the mouse and the keys from the overlay: open menus, and a dialog over
    the whole program, such as the one that chooses files."""
    while (menu := QApplication.activePopupWidget()) is not None:
        menu.hide()
    dialog = QApplication.activeModalWidget()
    if dialog is not None and dialog.windowModality() == Qt.WindowModality.ApplicationModal:
        dialog.close()
