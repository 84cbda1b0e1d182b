"""The capture that suits the system and the desktop that run."""

import os
import sys

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.desktop.capture.capture import Capture
from app.desktop.capture.listing import NoWindows, window_list
from app.desktop.capture.native import NativeScreens

if sys.platform != "win32" and sys.platform != "darwin":
    from app.desktop.capture.portal import ScreenshotPortal, is_wayland
    from app.desktop.capture.stitched import PortalScreens
    from app.desktop.capture.x11 import X11Screens


def system_capture(app_id: str, parent: QObject | None = None) -> Capture:
    """For the program whose desktop file is called ``app_id``. Needs the QGuiApplication."""
    if sys.platform == "win32" or sys.platform == "darwin":
        return Capture(NativeScreens(), window_list(), parent)
    if is_wayland(os.environ):
        return Capture(PortalScreens(ScreenshotPortal(app_id)), NoWindows(), parent)
    if QGuiApplication.platformName() == "xcb":
        return Capture(X11Screens(), window_list(), parent)
    return Capture(NativeScreens(), NoWindows(), parent)  # offscreen and the like
