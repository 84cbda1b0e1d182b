"""Where the window was and how large."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.core.settings import Settings
from app.session.preferences import Preferences

SMALLEST = QSize(720, 480)
FIRST = QSize(1280, 800)
_SEEN = QSize(200, 100)  # px of it that a screen has to show, so that it can be taken hold of


def restore_place(window: QWidget, settings: Settings) -> None:
    """The place of last time, if a screen still shows it; else the middle of the screen."""
    room = QGuiApplication.primaryScreen().availableGeometry().size()
    if settings.window is None:
        window.resize(FIRST.boundedTo(room * 0.94).expandedTo(SMALLEST))
    else:
        place = QRect(*settings.window)
        if _is_seen(place):
            window.setGeometry(place)
        else:
            window.resize(place.size().boundedTo(room).expandedTo(SMALLEST))
    if settings.window_maximized:
        window.setWindowState(Qt.WindowState.WindowMaximized)


def keep_place(window: QWidget, preferences: Preferences) -> None:
    """Remember where ``window`` is, unless that is only for a while."""
    if window.isVisible() and not window.isMaximized() and not window.isFullScreen():
        place = window.geometry()
        preferences.change(window=(place.x(), place.y(), place.width(), place.height()))


def _is_seen(place: QRect) -> bool:
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(place)
        if seen.width() >= _SEEN.width() and seen.height() >= _SEEN.height():
            return True
    return False
