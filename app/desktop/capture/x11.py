"""Screens of X11, read by mss."""

from collections.abc import Sequence
from typing import Any

import mss
from mss.exception import ScreenShotError
from PySide6.QtGui import QImage, QScreen

from app.core.errors import AppError
from app.desktop.capture.frame import Frame


class X11Screens:
    """Reads the screens over a connection of its own, which stays open: a new one costs three
    times what a capture does."""

    def __init__(self) -> None:
        self._mss: mss.MSS | None = None
        self._layout: tuple[Any, ...] = ()

    def open(self, screens: Sequence[QScreen]) -> mss.MSS:
        """The connection, a new one if the screens are others now. Raises ScreenShotError."""
        layout = tuple(
            (one.name(), one.geometry().getRect(), one.devicePixelRatio()) for one in screens
        )
        if self._mss is None or layout != self._layout:
            self.close()
            self._mss, self._layout = mss.MSS(), layout
        return self._mss

    def take(self, screens: Sequence[QScreen]) -> tuple[Frame, ...]:
        """A frame of each of ``screens``. Raises AppError."""
        try:
            connection = self.open(screens)
            monitors = connection.monitors
            return tuple(
                Frame.of(screen, _image(connection.grab(_monitor(screen, monitors))))
                for screen in screens
            )
        except ScreenShotError as error:
            self.close()
            raise AppError(
                f"The screen can't be read: {error}", "Try again.", code="capture"
            ) from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._mss is not None:
            self._mss.close()
            self._mss = None


def _monitor(screen: QScreen, monitors: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The monitor that ``screen`` is: of the same name, else in the same place. The first one of
    ``monitors`` is all of them together."""
    for monitor in monitors[1:]:
        if monitor.get("output") == screen.name():
            return monitor
    place, ratio = screen.geometry(), screen.devicePixelRatio()
    # Qt scales a screen's size, but not where it begins.
    return {
        "left": place.x(),
        "top": place.y(),
        "width": round(place.width() * ratio),
        "height": round(place.height() * ratio),
    }


def _image(shot: mss.ScreenShot) -> QImage:
    width, height = shot.size
    # The copy is the image's own; what it is made from goes with ``shot``.
    return QImage(shot.raw, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
