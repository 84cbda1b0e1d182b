"""A marked rectangle and what can be done to it. Values only, no Qt.

Edges are counted between pixels: ``right`` and ``bottom`` are one past the last pixel inside, so
that ``width == right - left``. All lengths are whole logical pixels.
"""

from dataclasses import dataclass

SMALLEST = 8  # px that a region measures at least, each way


@dataclass(frozen=True)
class Handle:
    """One of the eight places to pull a region by: -1 is left or top, 1 right or bottom, 0 the
    middle of that side."""

    x: int
    y: int


HANDLES = tuple(Handle(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if (x, y) != (0, 0))


@dataclass(frozen=True)
class Region:
    """A rectangle, never empty once it has been marked."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def spanning(cls, start: tuple[int, int], end: tuple[int, int], bounds: "Region") -> "Region":
        """From one pixel to another, both inside, whichever way it was drawn; at least the smallest
        region, reaching on in the direction of drawing where there is room."""
        left, right = _span(start[0], end[0], bounds.left, bounds.right)
        top, bottom = _span(start[1], end[1], bounds.top, bounds.bottom)
        return cls(left, top, right, bottom)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def contains(self, x: int, y: int) -> bool:
        """Whether the pixel is inside."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def cut_to(self, bounds: "Region") -> "Region | None":
        """The part of it inside ``bounds``; None if that is smaller than a region may be."""
        cut = Region(
            max(self.left, bounds.left),
            max(self.top, bounds.top),
            min(self.right, bounds.right),
            min(self.bottom, bounds.bottom),
        )
        return cut if cut.width >= SMALLEST and cut.height >= SMALLEST else None

    def moved(self, by_x: int, by_y: int, bounds: "Region") -> "Region":
        """The same size elsewhere; it stops at the edges of ``bounds``."""
        by_x = min(max(by_x, bounds.left - self.left), bounds.right - self.right)
        by_y = min(max(by_y, bounds.top - self.top), bounds.bottom - self.bottom)
        return Region(self.left + by_x, self.top + by_y, self.right + by_x, self.bottom + by_y)

    def pulled(self, handle: Handle, by_x: int, by_y: int, bounds: "Region") -> "Region":
        """With the sides of ``handle`` moved. A side that is pulled past the opposite one turns
        into that one; none leaves ``bounds``."""
        left, right = _pull(self.left, self.right, handle.x, by_x, bounds.left, bounds.right)
        top, bottom = _pull(self.top, self.bottom, handle.y, by_y, bounds.top, bounds.bottom)
        return Region(left, top, right, bottom)

    def grown(self, by_x: int, by_y: int, bounds: "Region") -> "Region":
        """With the right and lower side moved, for the keyboard: these stop at the smallest
        region and never pass the opposite side."""
        right = min(max(self.right + by_x, self.left + SMALLEST), bounds.right)
        bottom = min(max(self.bottom + by_y, self.top + SMALLEST), bounds.bottom)
        return Region(self.left, self.top, right, bottom)


def _span(start: int, end: int, least: int, most: int) -> tuple[int, int]:
    start = min(max(start, least), most - 1)
    end = min(max(end, least), most - 1)
    low, high = min(start, end), max(start, end) + 1
    missing = SMALLEST - (high - low)
    if missing > 0:
        if end >= start:
            high = min(high + missing, most)
            low = high - SMALLEST
        else:
            low = max(low - missing, least)
            high = low + SMALLEST
    return low, high


def _pull(low: int, high: int, side: int, by: int, least: int, most: int) -> tuple[int, int]:
    if side == 0:
        return low, high
    fixed, moving = (high, low + by) if side < 0 else (low, high + by)
    moving = min(max(moving, least), most)
    if abs(moving - fixed) < SMALLEST:
        way = side if moving == fixed else (1 if moving > fixed else -1)
        moving = fixed + way * SMALLEST
        if not least <= moving <= most:
            moving = fixed - way * SMALLEST
    return min(fixed, moving), max(fixed, moving)
