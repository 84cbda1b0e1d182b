"""What it takes for windows to lie above all others and have mouse and keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def frame_flags() -> Qt.WindowType:
    """The flags of a window that lies over a whole screen."""
    flags = Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
    platform = QGuiApplication.platformName()
    if platform == "xcb":
        # No window manager has a say: it would move the window, fade it in, or put panels above.
        flags |= Qt.WindowType.BypassWindowManagerHint
    elif platform == "windows":
        flags |= Qt.WindowType.Tool  # not in the task bar
    return flags


def lead_or_follow(window: QWidget, leader: QWidget | None) -> None:
    """Prepare a hidden ``window`` for being shown with others, ``leader`` being the first of them.

    A dialog that waits for an answer must not keep mouse and keys from what lies above it: so the
    first window is such a dialog itself, and the others belong to it.
    """
    modality = Qt.WindowModality
    window.setWindowModality(modality.NonModal if leader is not None else modality.ApplicationModal)
    window.winId()
    above = None if leader is None else leader.windowHandle()
    window.windowHandle().setTransientParent(above)  # type: ignore[arg-type]  # None is allowed
