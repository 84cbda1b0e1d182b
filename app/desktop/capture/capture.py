"""Takes what the screens show, before the overlay lies over it."""

import threading
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from app.core.errors import AppError
from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.listing import WindowList
from app.desktop.capture.places import WindowPlace, places
from app.desktop.capture.what import NotWanted


class Screens(Protocol):
    """A way to read the screens. ``waits`` is whether it may have to ask the person."""

    waits: bool

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        """Do beforehand what a capture would take longer for. Called in any thread."""

    def take(self, screens: Sequence[ScreenPlace], given_up: threading.Event) -> tuple[Frame, ...]:
        """A frame of each of ``screens``. Raises AppError; NotWanted once ``given_up`` is set."""

    def close(self) -> None:
        """Let go of what it holds."""


class Capture(QObject):
    """Takes the screens of the desktop on which the program runs.

    ``taken`` carries a tuple of Frames, one for each QScreen, in their order; ``failed`` an
    AppError. One of the two follows each ``take()``, unless ``close()`` comes before it.

    Facet's own windows are not put away first: whoever has one on the screen sees it there, and
    may ask about it. What shows after ``take()``, such as the overlay, is in no frame.
    """

    taken = Signal(tuple)
    failed = Signal(object)

    _answered = Signal(object, object)  # threading.Event of the question, frames or exception

    def __init__(
        self, screens: Screens, windows: WindowList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._screens = screens
        self._list = windows
        self._windows: tuple[WindowPlace, ...] = ()
        self._asking: threading.Event | None = None  # set to give up
        self._answered.connect(self._use_answer, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether the desktop has been asked and has not answered yet."""
        return self._asking is not None

    def prepare(self) -> None:
        """Do beforehand what the first ``take()`` would need 50 ms more for; in a thread."""
        threading.Thread(
            target=self._screens.prepare, args=(_screens(),), name="capture", daemon=True
        ).start()

    def take(self) -> None:
        """Take all screens now. Where that needs no one's leave (X11, Windows, macOS) the signal
        comes before this returns, elsewhere within a minute at most. Without effect while an
        earlier one is under way."""
        if self._asking is not None:
            return
        screens = _screens()
        given_up = threading.Event()
        if self._screens.waits:
            self._windows = ()
            self._asking = given_up
            threading.Thread(
                target=self._ask, args=(screens, given_up), name="capture", daemon=True
            ).start()
            return
        try:
            frames = self._screens.take(screens, given_up)
        except AppError as error:
            self.failed.emit(error)
            return
        # The list is read after the pixels: those are what changes while a person looks.
        self._windows = tuple(places(self._list.shown(), screens))
        self.taken.emit(frames)

    def windows(self) -> tuple[WindowPlace, ...]:
        """The windows that were on the screens when they were last taken, topmost first; none
        where the desktop keeps them to itself (Wayland)."""
        return self._windows

    def close(self) -> None:
        """Give up what is under way, and let go of everything."""
        if self._asking is not None:
            self._asking.set()
            self._asking = None
        self._screens.close()
        self._list.close()

    def _ask(self, screens: Sequence[ScreenPlace], given_up: threading.Event) -> None:
        """In a thread of its own."""
        answer: tuple[Frame, ...] | Exception
        try:
            answer = self._screens.take(screens, given_up)
        except NotWanted:
            return
        except Exception as error:
            answer = error  # raised again where it reaches the crash file
        self._answered.emit(given_up, answer)

    def _use_answer(self, question: threading.Event, answer: tuple[Frame, ...] | Exception) -> None:
        if question is not self._asking:
            return  # given up meanwhile
        self._asking = None
        if isinstance(answer, AppError):
            self.failed.emit(answer)
        elif isinstance(answer, Exception):
            raise answer
        else:
            self.taken.emit(answer)


def _screens() -> tuple[ScreenPlace, ...]:
    return tuple(ScreenPlace.of(screen) for screen in QGuiApplication.screens())
