"""Screens of X11, read by mss."""

from collections.abc import Mapping, Sequence
from threading import Event, Lock
from typing import Any

import mss
from mss.exception import ScreenShotError
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.native import NativeScreens


class X11Screens:
    """Reads the screens over a connection of its own, which stays open: a new one costs more than
    a capture does."""

    waits = False

    def __init__(self) -> None:
        self._qt = NativeScreens()
        self._lock = Lock()  # prepare() has a thread of its own
        self._mss: mss.MSS | None = None
        self._screens: tuple[ScreenPlace, ...] = ()

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        """Connect, so that the first capture need not."""
        try:
            with self._lock:
                self._connected(screens)
        except ScreenShotError:
            pass  # the capture will say so

    def take(self, screens: Sequence[ScreenPlace], given_up: Event) -> tuple[Frame, ...]:
        """A frame of each of ``screens``. Raises AppError."""
        try:
            with self._lock:
                connection = self._connected(screens)
                monitors = connection.monitors
                return tuple(
                    Frame.of(screen, _image(connection.grab(_monitor(screen, monitors))))
                    for screen in screens
                )
        except ScreenShotError:
            self.close()
            # Slower, but at home on screens of ten bits a colour, too.
            return self._qt.take(screens, given_up)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._disconnect()

    def _connected(self, screens: Sequence[ScreenPlace]) -> mss.MSS:
        if self._mss is None or tuple(screens) != self._screens:
            self._disconnect()  # it knows the screens only as they were when it was made
            self._mss, self._screens = mss.MSS(), tuple(screens)
        return self._mss

    def _disconnect(self) -> None:
        if self._mss is not None:
            self._mss.close()
            self._mss = None


def _monitor(screen: ScreenPlace, monitors: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What mss calls the monitor that ``screen`` is: that of the same name, else what lies in the
    same place. The first of ``monitors`` is all of them together."""
    place = screen.physical
    for monitor in monitors[1:]:
        if monitor.get("output") == screen.name:
            place = QRect(*(monitor[edge] for edge in ("left", "top", "width", "height")))
    place &= QRect(0, 0, monitors[0]["width"], monitors[0]["height"])
    return {
        "left": place.x(),
        "top": place.y(),
        "width": place.width(),
        "height": place.height(),
    }


def _image(shot: mss.ScreenShot) -> QImage:
    width, height = shot.size
    # The copy is the image's own; what it is made from goes with ``shot``.
    return QImage(shot.raw, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
