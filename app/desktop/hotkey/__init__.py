"""One key that works in every program: press it, and Facet asks about the screen."""

import importlib
import os
from typing import cast

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QGuiApplication

from app.desktop.hotkey.backend import Backend, NoBackend, State
from app.desktop.hotkey.keys import Chord

__all__ = ["COMMAND", "Chord", "Hotkey", "State"]

COMMAND = "facet shoot"  # what a person can bind where the system offers no shortcut


class Hotkey(QObject):
    """The shortcut of the whole desktop. ``state`` tells whether it works and ``detail`` says so
    in words, with what to do where it does not; both change with ``state_changed``.

    Until ``set_chord`` is called nothing of the system is touched.
    """

    pressed = Signal()
    state_changed = Signal()
    command = COMMAND

    def __init__(self, backend: Backend | None = None, parent: QObject | None = None) -> None:
        """``backend`` is the system's part, by default the one that suits this desktop."""
        super().__init__(parent)
        self._backend = backend
        if backend is not None:
            self._join(backend)
        self._chord: Chord | None = None
        self._trigger = ""
        self._suspended = False
        self.state: State = "off"

    @property
    def chord(self) -> str:
        """The chord that is wanted, "Ctrl+Shift+Space"; "" for none."""
        return "" if self._chord is None else str(self._chord)

    @property
    def shown(self) -> str:
        """The keys to press, as this system writes them; "" for none. Where the system lets the
        person choose, that is what they have chosen."""
        return self._trigger or ("" if self._chord is None else self._chord.for_people())

    @property
    def detail(self) -> str:
        """A sentence or two about the state; "" if there is nothing to be said."""
        if self.state == "taken":
            return self.tr(
                "{0} is used by another program. Choose another shortcut, or bind the command: {1}"
            ).format(self.shown, self.command)
        if self.state == "unavailable":
            return self.tr(
                "This desktop gives Facet no shortcut. Bind the command in its settings: {0}"
            ).format(self.command)
        if self.state == "asking":
            return self.tr("The system is asking whether Facet may have this shortcut.")
        if self._trigger and self.state == "active":
            return self.tr("Set by the system: {0}").format(self._trigger)
        return ""

    def set_chord(self, text: str) -> None:
        """Take the chord that ``text`` names ("Ctrl+Shift+Space"), "" for none. One that names no
        key is as none. ``state_changed`` follows if anything has changed, here and now or later."""
        try:
            self._chord = Chord.parse(text) if text else None
        except ValueError:
            self._chord = None
        if self._chord is not None or self._backend is not None:
            self._bind()

    def is_free(self, chord: Chord) -> bool:
        """Whether no other program has ``chord``. True where the system does not tell."""
        return self._system().is_free(chord)

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        """The key of a ``Chord`` that a native key event is about; "" where only Qt knows."""
        return self._system().key_at(scan_code, virtual_key)

    def suspend(self) -> None:
        """Let the keys through for a while, for somebody to press them as a new shortcut."""
        self._suspended = True
        if self._system().lets_through:
            self._bind()

    def resume(self) -> None:
        """Take the chord again."""
        if self._suspended:
            self._suspended = False
            self._bind()

    @staticmethod
    def load() -> None:
        """Import what this desktop's part needs, which takes a moment: for another thread than
        the one that paints, before ``set_chord``."""
        name = _name_here()
        if name:
            importlib.import_module(f"app.desktop.hotkey.{name}")

    def close(self) -> None:
        """Give the keys back. Safe to call twice."""
        if self._backend is not None:
            self._backend.close()

    # -- inside -----------------------------------------------------------------------------

    def _bind(self) -> None:
        self._system().bind(None if self._suspended else self._chord)

    def _system(self) -> Backend:
        if self._backend is None:
            self._backend = _backend_here(self)
            self._join(self._backend)
        return self._backend

    def _join(self, backend: Backend) -> None:
        backend.pressed.connect(self._pressed)
        backend.reported.connect(self._reported)

    def _pressed(self) -> None:
        if not self._suspended:
            self.pressed.emit()

    def _reported(self, state: str, told: str) -> None:
        trigger = self._other_keys(told)
        if not self._suspended and (state, trigger) != (self.state, self._trigger):
            self.state, self._trigger = cast(State, state), trigger
            self.state_changed.emit()

    def _other_keys(self, told: str) -> str:
        """What the system calls the trigger, in our way of writing where it is a chord; "" for the
        chord that is wanted. Some tell it in a sentence, in the person's language."""
        try:
            chord = Chord.parse(told)
        except ValueError:
            return told
        return "" if chord == self._chord else chord.for_people()


def _name_here() -> str:
    """The module of the part that suits the desktop which Facet runs on; "" for none."""
    platform = QGuiApplication.platformName()
    if platform.startswith("wayland") or (platform == "xcb" and os.environ.get("WAYLAND_DISPLAY")):
        return "portal"  # a grab on Xwayland sees only what is typed into X11's own windows
    return {"xcb": "x11", "windows": "windows", "cocoa": "macos"}.get(platform, "")


def _backend_here(parent: QObject) -> Backend:
    # Imported here: each needs libraries that only its own system has.
    name = _name_here()
    try:
        if name == "x11":
            from app.desktop.hotkey.x11 import X11

            return X11(parent=parent)
        if name == "portal":
            from app.desktop.hotkey.portal import Portal

            words = QCoreApplication.translate("Hotkey", "Ask about the screen")
            return Portal(QGuiApplication.desktopFileName(), words, parent)
        if name == "windows":
            from app.desktop.hotkey.windows import Windows

            return Windows(parent=parent)
        if name == "macos":
            from app.desktop.hotkey.macos import MacOS

            return MacOS(parent=parent)
    except OSError:
        pass  # the display or a library of the system is not there
    return NoBackend(parent)
