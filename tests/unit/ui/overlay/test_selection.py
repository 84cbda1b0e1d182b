"""What mouse and keys make of a selection."""

from hypothesis import given
from hypothesis import strategies as st

from app.ui.overlay.region import SMALLEST, Handle, Region
from app.ui.overlay.selection import Selection, WindowOutline

FRONT = WindowOutline("Front", Region(100, 100, 300, 250))
BACK = WindowOutline("Back", Region(50, 50, 400, 320))


def selection(*windows: WindowOutline) -> Selection:
    return Selection(640, 360, windows or (FRONT, BACK))


def drawn(start: tuple[int, int], end: tuple[int, int]) -> Selection:
    made = selection()
    pull(made, start, end)
    return made


def pull(made: Selection, start: tuple[int, int], end: tuple[int, int]) -> bool:
    made.press(*start)
    made.drag(*end)
    return made.release(*end)


def test_a_drag_draws_a_region() -> None:
    made = selection()
    made.press(10, 20)
    assert not made.drag(12, 21)  # not yet more than a click
    assert made.drag(109, 119)
    assert made.release(109, 119)
    assert made.region == Region(10, 20, 110, 120)


def test_a_click_takes_the_window_below() -> None:
    made = selection()
    made.point_at(150, 150)
    assert made.hovered == FRONT
    assert pull(made, (150, 150), (151, 150))
    assert made.region == FRONT.region
    assert made.hovered is None


def test_a_click_on_no_window_does_nothing() -> None:
    made = selection()
    assert not pull(made, (600, 10), (600, 10))
    assert made.region is None


def test_a_window_over_the_edge_is_cut() -> None:
    made = selection(WindowOutline("Wide", Region(-50, -20, 2000, 100)))
    pull(made, (10, 10), (10, 10))
    assert made.region == Region(0, 0, 640, 100)


def test_a_click_beside_a_region_changes_nothing() -> None:
    made = drawn((10, 20), (109, 119))
    assert not pull(made, (500, 300), (501, 300))
    assert made.region == Region(10, 20, 110, 120)


def test_a_drag_beside_a_region_draws_another() -> None:
    made = drawn((10, 20), (109, 119))
    assert pull(made, (500, 300), (559, 339))
    assert made.region == Region(500, 300, 560, 340)


def test_a_drag_inside_moves() -> None:
    made = drawn((10, 20), (109, 119))
    assert pull(made, (60, 70), (90, 60))
    assert made.region == Region(40, 10, 140, 110)


def test_handles_reach_12_pixels_and_sides_are_handles_too() -> None:
    made = drawn((100, 100), (299, 199))
    assert made.handle_at(100, 100) == Handle(-1, -1)
    assert made.handle_at(311, 211) == Handle(1, 1)
    assert made.handle_at(313, 150) is None
    assert made.handle_at(305, 140) == Handle(1, 0)
    assert made.handle_at(150, 95) == Handle(0, -1)
    assert made.handle_at(200, 150) is None


def test_the_middle_of_the_smallest_region_moves_it() -> None:
    made = drawn((100, 100), (107, 107))
    assert made.handle_at(104, 104) is None
    assert pull(made, (104, 104), (124, 104))
    assert made.region == Region(120, 100, 128, 108)


def test_a_handle_pulled_over_the_opposite_side_flips_and_comes_back() -> None:
    made = drawn((100, 100), (199, 199))
    made.press(100, 150)
    made.drag(260, 150)
    assert made.region == Region(200, 100, 260, 200)
    made.drag(90, 150)
    assert made.region == Region(90, 100, 200, 200)


def test_giving_up_a_drag_puts_back_what_was() -> None:
    made = drawn((100, 100), (199, 199))
    made.press(150, 150)
    made.drag(300, 300)
    assert made.give_up_gesture()
    assert made.region == Region(100, 100, 200, 200)
    assert not made.pressed
    assert not made.release(300, 300)
    assert not made.give_up_gesture()


def test_arrows_move_the_point_then_the_region() -> None:
    made = selection()
    made.point_at(20, 20)
    assert not made.arrow(1, 0, resize=False)
    assert made.point == (21, 20)
    assert made.arrow(1, 0, resize=True)
    assert made.region == Region(21, 20, 21 + SMALLEST, 20 + SMALLEST)
    assert made.arrow(10, 0, resize=True)
    assert made.arrow(0, 10, resize=False)
    assert made.region == Region(21, 30, 31 + SMALLEST, 30 + SMALLEST)


def test_shift_and_arrow_without_a_pointer_begin_in_the_middle() -> None:
    made = selection()
    made.arrow(-1, 0, resize=True)
    assert made.region == Region(313, 180, 321, 188)


def test_arrows_that_can_move_nothing_change_nothing() -> None:
    made = selection()
    made.take_all()
    assert not made.arrow(1, 0, resize=False)
    assert not made.arrow(1, 1, resize=True)


def test_tab_goes_through_the_windows_where_they_can_be_seen() -> None:
    made = selection()
    seen = []
    for _ in range(3):
        assert made.point_at_next_window(1)
        assert made.hovered is not None
        seen.append(made.hovered.title)
    assert seen == ["Front", "Back", "Front"]
    made.point_at_next_window(-1)
    assert made.hovered == BACK
    assert made.take_window()
    assert made.region == BACK.region


def test_a_window_that_is_quite_covered_is_passed_over() -> None:
    made = selection(BACK, FRONT)
    made.point_at_next_window(1)
    made.point_at_next_window(1)
    assert made.hovered == BACK


def test_no_window_to_go_to() -> None:
    assert not Selection(100, 100).point_at_next_window(1)
    assert not Selection(100, 100).take_window()


def test_single_pixels_matter_before_there_is_a_region_and_while_its_edges_move() -> None:
    made = selection()
    assert made.aiming
    made.press(100, 100)
    assert made.aiming
    made.drag(90, 160)
    assert made.heading == (True, False)
    made.release(90, 160)
    assert not made.aiming
    made.press(95, 130)  # inside
    assert not made.aiming
    made.release(95, 130)
    made.press(90, 100)  # a corner
    assert made.aiming
    assert made.heading == (True, True)


hands = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("point_at", "press", "drag", "release")),
            st.integers(-20, 700),
            st.integers(-20, 400),
        ),
        st.tuples(st.just("arrow"), st.integers(-10, 10), st.integers(-10, 10)),
        st.tuples(st.sampled_from(("take_all", "take_window", "give_up_gesture", "clear"))),
    ),
    max_size=30,
)


@given(hands, st.booleans())
def test_no_hand_makes_an_unsound_region(acts: list[tuple], resize: bool) -> None:
    made = selection()
    for name, *at in acts:
        if name == "arrow":
            made.arrow(*at, resize=resize)
        else:
            getattr(made, name)(*at)
        region = made.region
        if region is not None:
            assert region.width >= SMALLEST
            assert region.height >= SMALLEST
            assert region.cut_to(made.bounds) == region
