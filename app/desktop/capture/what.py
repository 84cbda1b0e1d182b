"""What of the desktop is wanted in a picture."""

import re
from typing import Literal, NamedTuple


class NotWanted(Exception):
    """A picture that was asked for is not wanted any more."""


class Region(NamedTuple):
    """A part of the desktop, in pixels of the screen from its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def within(self, width: int, height: int) -> "Region":
        """What of it lies on a desktop of that size; of width or height 0 if nothing does."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        return Region(left, top, max(right - left, 0), max(bottom - top, 0))


What = Literal["screen", "window"] | Region

_REGION = re.compile(r"region=(-?\d{1,6}),(-?\d{1,6}),(\d{1,6}),(\d{1,6})", re.ASCII)


def names_something(text: str) -> bool:
    """Whether ``text`` is meant as something that ``what`` reads, and not as a question."""
    return text in ("screen", "window") or text.startswith("region=")


def what(text: str) -> What:
    """ "screen", "window" or "region=X,Y,W,H" as a value. ValueError for anything else."""
    if text == "screen":
        return "screen"
    if text == "window":
        return "window"
    found = _REGION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    region = Region(*map(int, found.groups()))
    if not region.width or not region.height:
        raise ValueError(text)
    return region
