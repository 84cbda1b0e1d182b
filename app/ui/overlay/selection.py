"""How a region comes about on one screen: what the mouse and the keys mean. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.overlay.region import HANDLES, SMALLEST, Handle, Region

DRAG_FROM = 4  # px that the mouse must travel before a press is more than a click
HIT = 12  # px around a handle that belong to it, half of 24


@dataclass(frozen=True)
class WindowOutline:
    """A window of the frozen desktop on this screen."""

    title: str
    region: Region


@dataclass(frozen=True)
class _Gesture:
    """A held button: where it went down, what it pulls, and the region as it was then."""

    start: tuple[int, int]
    handle: Handle | None
    region: Region | None
    moves: bool


class Selection:
    """The region of one screen, if any, and where the pointer is. Coordinates are logical pixels
    of the screen. Methods that may change the region return whether they have."""

    def __init__(self, width: int, height: int, windows: Sequence[WindowOutline] = ()) -> None:
        self.bounds = Region(0, 0, width, height)
        self.region: Region | None = None
        self.point: tuple[int, int] | None = None  # where mouse or keys point; None: elsewhere
        self._windows = tuple(windows)
        self._gesture: _Gesture | None = None
        self._drawing = False

    # -- what is to be seen ------------------------------------------------------------------

    @property
    def pressed(self) -> bool:
        """Whether a button is held."""
        return self._gesture is not None

    @property
    def heading(self) -> tuple[bool, bool]:
        """Whether the pointer is the left one, and the upper one, of the region's corners: where
        it goes, the view is free."""
        gesture = self._gesture
        if gesture is None or self.point is None:
            return False, False
        if gesture.handle is not None:
            return gesture.handle.x < 0, gesture.handle.y < 0
        return self.point[0] < gesture.start[0], self.point[1] < gesture.start[1]

    @property
    def aiming(self) -> bool:
        """Whether single pixels matter now: before there is a region, and while its edges move."""
        if self._gesture is None:
            return self.region is None
        return not self._gesture.moves

    @property
    def hovered(self) -> WindowOutline | None:
        """The window that a click would take."""
        if self.region is not None or self._drawing or self.point is None:
            return None
        return next((each for each in self._windows if each.region.contains(*self.point)), None)

    def handle_at(self, x: int, y: int) -> Handle | None:
        """The handle that a press there would pull; the lines between handles belong to the side
        they are on."""
        region = self.region
        if region is None:
            return None
        # Inside, the middle third always moves the region, however small it is.
        reach_x, reach_y = min(HIT, region.width // 3), min(HIT, region.height // 3)
        inside_x, inside_y = (region.left < x < region.right), (region.top < y < region.bottom)
        side_x = _side(x, region.left, region.right, reach_x if inside_y and inside_x else HIT)
        side_y = _side(y, region.top, region.bottom, reach_y if inside_x and inside_y else HIT)
        found = Handle(side_x, side_y) if side_x is not None and side_y is not None else None
        return found if found in HANDLES else None

    # -- the mouse ---------------------------------------------------------------------------

    def point_at(self, x: int, y: int) -> None:
        """The pointer is there, no button held."""
        self.point = self._within(x, y)

    def leave(self) -> None:
        """The pointer has gone to another screen."""
        if self._gesture is None:
            self.point = None

    def press(self, x: int, y: int) -> None:
        """The button goes down: on a handle it pulls, inside it moves, elsewhere it draws."""
        self.point = self._within(x, y)
        handle = self.handle_at(x, y)
        moves = handle is None and self.region is not None and self.region.contains(x, y)
        self._gesture = _Gesture(self.point, handle, self.region, moves)
        self._drawing = False

    def drag(self, x: int, y: int) -> bool:
        """The pointer moves with the button held."""
        gesture = self._gesture
        if gesture is None:
            return False
        before = self.region
        self.point = self._within(x, y)
        by_x, by_y = x - gesture.start[0], y - gesture.start[1]
        if gesture.region is not None and gesture.handle is not None:
            self.region = gesture.region.pulled(gesture.handle, by_x, by_y, self.bounds)
        elif gesture.region is not None and gesture.moves:
            self.region = gesture.region.moved(by_x, by_y, self.bounds)
        elif self._drawing or max(abs(by_x), abs(by_y)) >= DRAG_FROM:
            self._drawing = True
            self.region = Region.spanning(gesture.start, self.point, self.bounds)
        return self.region != before

    def release(self, x: int, y: int) -> bool:
        """The button goes up. A click where there is no region takes the window below."""
        gesture = self._gesture
        if gesture is None:
            return False
        self.drag(x, y)
        click = not self._drawing and gesture.region is None
        self._gesture = None
        self._drawing = False
        if click:
            self.take_window()
        return self.region != gesture.region

    def give_up_gesture(self) -> bool:
        """Put back what the held button has changed; False if none is held."""
        if self._gesture is None:
            return False
        self.region = self._gesture.region
        self._gesture = None
        self._drawing = False
        return True

    # -- the keyboard ------------------------------------------------------------------------

    def take_all(self) -> bool:
        """The whole screen."""
        return self._take(self.bounds)

    def take_window(self) -> bool:
        """The window that is pointed at."""
        hovered = self.hovered
        found = hovered.region.cut_to(self.bounds) if hovered is not None else None
        return self._take(found) if found is not None else False

    def point_at_next_window(self, step: int) -> bool:
        """Point into the window after (or before) the one that is pointed at; False without any."""
        outlines = [each for each in self._windows if self._spot(each) is not None]
        if not outlines:
            return False
        hovered = self.hovered
        here = outlines.index(hovered) if hovered in outlines else (-1 if step > 0 else 0)
        self.point = self._spot(outlines[(here + step) % len(outlines)])
        return True

    def arrow(self, by_x: int, by_y: int, *, resize: bool) -> bool:
        """An arrow key: moves the region or, with Shift, its right and lower side. Without a region
        it moves the point and, with Shift, begins a region there."""
        before = self.region
        if self.region is not None:
            change = self.region.grown if resize else self.region.moved
            self.region = change(by_x, by_y, self.bounds)
            return self.region != before
        x, y = self.point or (self.bounds.right // 2, self.bounds.bottom // 2)
        if resize:
            far = (x + (SMALLEST - 1) * _way(by_x), y + (SMALLEST - 1) * _way(by_y))
            self.region = Region.spanning((x, y), far, self.bounds)
        else:
            self.point = self._within(x + by_x, y + by_y)
        return self.region != before

    def clear(self) -> None:
        """No region."""
        self.region = None
        self._gesture = None
        self._drawing = False

    # -- inside ------------------------------------------------------------------------------

    def _take(self, region: Region) -> bool:
        before, self.region = self.region, region
        return region != before

    def _within(self, x: int, y: int) -> tuple[int, int]:
        bounds = self.bounds
        return min(max(x, 0), bounds.right - 1), min(max(y, 0), bounds.bottom - 1)

    def _spot(self, outline: WindowOutline) -> tuple[int, int] | None:
        """A point of the window that no other one covers, as near its middle as a coarse search
        finds it."""
        region = outline.region.cut_to(self.bounds)
        if region is None:
            return None
        above = self._windows[: self._windows.index(outline)]
        for part_y in _PARTS:
            for part_x in _PARTS:
                x = region.left + region.width * part_x // 16
                y = region.top + region.height * part_y // 16
                if not any(each.region.contains(x, y) for each in above):
                    return x, y
        return None


_PARTS = (8, 4, 12, 1, 15)  # sixteenths of a side, the middle first


def _side(at: int, low: int, high: int, reach: int) -> int | None:
    """-1 near ``low``, 1 near ``high``, 0 between them, None beyond."""
    near_low, near_high = abs(at - low), abs(at - high)
    if min(near_low, near_high) <= reach:
        return -1 if near_low <= near_high else 1
    return 0 if low < at < high else None


def _way(by: int) -> int:
    return -1 if by < 0 else 1
