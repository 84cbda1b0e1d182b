"""Screens of Windows and macOS, read by Qt. Not run on either so far. On X11 what is left where mss
can't."""

import ctypes
import sys
from collections.abc import Sequence
from ctypes.util import find_library
from threading import Event
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QImage

from app.core.errors import AppError
from app.desktop.capture.frame import Frame, ScreenPlace


class NativeScreens:
    """Reads the screens by QScreen.grabWindow: in all their pixels, where mss has the nominal ones
    on macOS."""

    waits = False

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        """There is nothing to prepare."""

    def take(self, screens: Sequence[ScreenPlace], given_up: Event) -> tuple[Frame, ...]:
        """A frame of each of ``screens``. Raises AppError."""
        if sys.platform == "darwin" and not _may_record():
            raise _forbidden()
        images = [_image(screen) for screen in screens]
        if not images or any(image.isNull() for image in images):
            raise AppError(
                QCoreApplication.translate("Capture", "The screen can't be read now."),
                QCoreApplication.translate("Capture", "Unlock it and try again."),
                code="capture",
            )
        # Without leave macOS gives the wallpaper or nothing at all.
        if sys.platform == "darwin" and all(is_black(image) for image in images):
            raise _forbidden()
        return tuple(Frame.of(screen, image) for screen, image in zip(screens, images, strict=True))

    def close(self) -> None:
        """There is nothing to let go of."""


def is_black(image: QImage) -> bool:
    """Whether every pixel of ``image``, in Format_RGB32, is."""
    black = QImage(image.size(), QImage.Format.Format_RGB32)
    black.fill(Qt.GlobalColor.black)
    return image == black


def _image(screen: ScreenPlace) -> QImage:
    """What ``screen`` shows; null if it is gone."""
    for one in QGuiApplication.screens():
        if ScreenPlace.of(one) == screen:
            image = one.grabWindow(0).toImage()
            image.setDevicePixelRatio(1)
            return image.convertToFormat(QImage.Format.Format_RGB32)
    return QImage()


def _may_record() -> bool:
    """Whether the person has allowed it. Has the system ask them, once, if they have not."""
    graphics: Any = ctypes.CDLL(find_library("CoreGraphics") or "")
    graphics.CGPreflightScreenCaptureAccess.restype = ctypes.c_bool
    graphics.CGRequestScreenCaptureAccess.restype = ctypes.c_bool
    return bool(
        graphics.CGPreflightScreenCaptureAccess() or graphics.CGRequestScreenCaptureAccess()
    )


def _forbidden() -> AppError:
    return AppError(
        QCoreApplication.translate("Capture", "macOS does not let Facet see the screen."),
        QCoreApplication.translate(
            "Capture",
            "Allow it in System Settings, Privacy & Security, Screen & System Audio Recording,"
            " then start Facet again.",
        ),
        code="capture-refused",
    )
