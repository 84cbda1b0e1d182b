"""Where windows of other programs are."""

from dataclasses import dataclass

from PySide6.QtCore import QRect


@dataclass(frozen=True)
class WindowPlace:
    """A window on the desktop: its title, and where it lies with its frame, in logical pixels of
    the desktop (as ``Frame.x`` and QScreen.geometry())."""

    title: str
    rect: QRect
