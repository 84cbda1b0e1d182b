"""What moving, pulling and growing make of a region."""

from hypothesis import given
from hypothesis import strategies as st

from app.ui.overlay.region import HANDLES, SMALLEST, Handle, Region

SCREEN = Region(0, 0, 200, 120)
steps = st.integers(-400, 400)
points = st.tuples(st.integers(-50, 250), st.integers(-50, 170))


@st.composite
def regions(draw: st.DrawFn) -> Region:
    left = draw(st.integers(0, SCREEN.right - SMALLEST))
    top = draw(st.integers(0, SCREEN.bottom - SMALLEST))
    right = draw(st.integers(left + SMALLEST, SCREEN.right))
    bottom = draw(st.integers(top + SMALLEST, SCREEN.bottom))
    return Region(left, top, right, bottom)


def is_sound(region: Region) -> bool:
    """Whether it is on the screen and no smaller than a region may be."""
    inside = region.left >= 0 and region.top >= 0
    inside = inside and region.right <= SCREEN.right and region.bottom <= SCREEN.bottom
    return inside and region.width >= SMALLEST and region.height >= SMALLEST


def test_drawing_takes_both_pixels() -> None:
    assert Region.spanning((10, 20), (39, 59), SCREEN) == Region(10, 20, 40, 60)
    assert Region.spanning((39, 59), (10, 20), SCREEN) == Region(10, 20, 40, 60)


def test_drawing_reaches_the_last_pixel_of_the_screen() -> None:
    assert Region.spanning((0, 0), (199, 119), SCREEN) == SCREEN
    assert Region.spanning((100, 60), (500, 500), SCREEN) == Region(100, 60, 200, 120)


def test_a_tiny_drawing_grows_the_way_it_went() -> None:
    assert Region.spanning((50, 50), (52, 48), SCREEN) == Region(50, 43, 58, 51)
    assert Region.spanning((198, 1), (199, 0), SCREEN) == Region(192, 0, 200, 8)


def test_a_side_pulled_past_the_other_becomes_that_one() -> None:
    region = Region(50, 40, 90, 80)
    assert region.pulled(Handle(-1, 0), 60, 0, SCREEN) == Region(90, 40, 110, 80)
    assert region.pulled(Handle(1, 1), -60, -70, SCREEN) == Region(30, 10, 50, 40)
    # So near to it that nothing would be left.
    assert region.pulled(Handle(1, 0), -41, 0, SCREEN) == Region(42, 40, 50, 80)
    assert region.pulled(Handle(1, 0), -39, 0, SCREEN) == Region(50, 40, 58, 80)


def test_a_side_at_the_edge_cannot_be_passed_without_room() -> None:
    region = Region(2, 40, 90, 80)
    assert region.pulled(Handle(1, 0), -120, 0, SCREEN) == Region(2, 40, 10, 80)


def test_the_keyboard_stops_at_the_smallest_region() -> None:
    region = Region(50, 40, 60, 80)
    assert region.grown(-10, -10, SCREEN) == Region(50, 40, 58, 70)
    assert region.grown(500, 500, SCREEN) == Region(50, 40, 200, 120)


def test_cutting_to_a_screen() -> None:
    assert Region(150, 100, 260, 160).cut_to(SCREEN) == Region(150, 100, 200, 120)
    assert Region(195, 100, 260, 160).cut_to(SCREEN) is None
    assert Region(300, 0, 400, 50).cut_to(SCREEN) is None


@given(points, points)
def test_whatever_is_drawn_is_sound(start: tuple[int, int], end: tuple[int, int]) -> None:
    assert is_sound(Region.spanning(start, end, SCREEN))


@given(regions(), steps, steps)
def test_moving_keeps_the_size(region: Region, by_x: int, by_y: int) -> None:
    moved = region.moved(by_x, by_y, SCREEN)
    assert is_sound(moved)
    assert (moved.width, moved.height) == (region.width, region.height)


@given(regions(), st.sampled_from(HANDLES), steps, steps)
def test_pulling_keeps_what_is_not_pulled(
    region: Region, handle: Handle, by_x: int, by_y: int
) -> None:
    pulled = region.pulled(handle, by_x, by_y, SCREEN)
    assert is_sound(pulled)
    for side, low, high, new in (
        (handle.x, region.left, region.right, (pulled.left, pulled.right)),
        (handle.y, region.top, region.bottom, (pulled.top, pulled.bottom)),
    ):
        if side == 0:
            assert new == (low, high)
        else:
            assert (high if side < 0 else low) in new


@given(regions(), steps, steps)
def test_growing_keeps_the_upper_left_corner(region: Region, by_x: int, by_y: int) -> None:
    grown = region.grown(by_x, by_y, SCREEN)
    assert is_sound(grown)
    assert (grown.left, grown.top) == (region.left, region.top)
