"""Takes what the screens show, before any window of ours lies over it."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from app.core.errors import AppError
from app.desktop.capture.places import WindowPlace
from app.desktop.capture.x11 import X11Screens


class Capture(QObject):
    """Takes the screens of the desktop on which the program runs.

    ``taken`` carries a tuple of Frames, one for each QScreen, in their order; ``failed`` an
    AppError. One of the two follows each ``take()``.
    """

    taken = Signal(tuple)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._x11 = X11Screens()

    def take(self) -> None:
        """Take all screens now. Where that needs no one's leave (X11, Windows, macOS) the signal
        comes before this returns. Without effect while an earlier take is under way."""
        try:
            frames = self._x11.take(QGuiApplication.screens())
        except AppError as error:
            self.failed.emit(error)
            return
        self.taken.emit(frames)

    def windows(self) -> tuple[WindowPlace, ...]:
        """The visible windows of other programs, topmost first; none where the desktop keeps that
        to itself (Wayland)."""
        return ()

    def close(self) -> None:
        """Give up what is under way, and let go of the connection."""
        self._x11.close()
