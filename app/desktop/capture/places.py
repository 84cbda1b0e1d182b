"""Where the windows on the desktop are."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect

from app.desktop.capture.frame import ScreenPlace
from app.desktop.capture.what import Region


@dataclass(frozen=True)
class WindowPlace:
    """A window on one screen, or the part of it that is there: its title, and where it lies with
    its frame, in logical pixels of the desktop (as ``Frame.x`` and QScreen.geometry())."""

    title: str
    rect: QRect


def places(
    windows: Iterable[tuple[str, Region]], screens: Sequence[ScreenPlace]
) -> Iterator[WindowPlace]:
    """``windows`` (title, and pixels of the desktop) where they lie on ``screens``: one that
    reaches over several has a place on each of them, since the scale of one would be wrong for the
    others."""
    for title, region in windows:
        for screen in screens:
            logical = _on(screen, QRect(*region))
            if not logical.isEmpty():
                yield WindowPlace(title, logical)


def _on(screen: ScreenPlace, window: QRect) -> QRect:
    if sys.platform == "darwin":
        return window & screen.rect  # points are logical pixels already
    part = window & screen.physical
    if part.isEmpty():
        return QRect()
    left, top = (
        (part.x() - screen.rect.x()) / screen.ratio,
        (part.y() - screen.rect.y()) / screen.ratio,
    )
    right, bottom = left + part.width() / screen.ratio, top + part.height() / screen.ratio
    inside = QRect(round(left), round(top), round(right) - round(left), round(bottom) - round(top))
    return inside.translated(screen.rect.topLeft()) & screen.rect
