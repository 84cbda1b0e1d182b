"""The windows on the desktop, as each system tells of them. No Qt."""

import sys
from typing import Protocol

from app.desktop.capture.what import Region

if sys.platform == "win32":
    from app.desktop.capture.win32_windows import Win32Windows as _System
elif sys.platform == "darwin":
    from app.desktop.capture.mac_windows import MacWindows as _System
else:
    from app.desktop.capture.x11_windows import X11Windows as _System


class WindowList(Protocol):
    """What each system's list can do. Places are in pixels of the screen (points on macOS)."""

    def shown(self) -> tuple[tuple[str, Region], ...]:
        """Title and place of each window that can be seen, topmost first."""

    def active(self) -> Region | None:
        """Where the window lies that has the keyboard; None if the system doesn't tell."""

    def close(self) -> None:
        """Let go of what it holds."""


class NoWindows:
    """A desktop that keeps its windows to itself."""

    def shown(self) -> tuple[tuple[str, Region], ...]:
        """None that are known."""
        return ()

    def active(self) -> Region | None:
        """Not known."""
        return None

    def close(self) -> None:
        """There is nothing to let go of."""


def window_list() -> WindowList:
    """This system's list."""
    return _System()
