"""The frozen screen under real hands: over a full-screen program, and on monitors of different
scale."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.end2end.monitors import Monitor
from tests.end2end.overlay_probe import OverlayProbe
from tests.end2end.screen import Screen, virtual_screen
from tests.end2end.shown_picture import noise, showing
from tests.end2end.typing_window import TypingWindow
from tests.end2end.waiting import wait_for

# A plain monitor to the left, lower; a finer one to the right.
PLAIN, FINE = Monitor(0, 180, 1280, 720), Monitor(1280, 0, 1600, 900)


@pytest.fixture(scope="module")
def monitors() -> Iterator[Screen]:
    with virtual_screen(monitors=[PLAIN, FINE]) as screen:
        yield screen


def drag(screen: Screen, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Pixels of the desktop, first and last."""
    screen.xdotool("mousemove", *start)
    screen.xdotool("mousedown", 1)
    for step in (1, 2, 3, 4):
        x, y = (first + (last - first) * step // 4 for first, last in zip(start, end, strict=True))
        screen.xdotool("mousemove", x, y)
    screen.xdotool("mouseup", 1)


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether every pixel is the same."""
    return (
        one.size == other.size
        and not ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    )


def test_it_takes_the_keys_of_a_full_screen_program_and_gives_them_back(
    screen: Screen, tmp_path: Path
) -> None:
    with (
        closing(OverlayProbe(tmp_path, screen.environment)) as probe,
        closing(TypingWindow(screen.environment)) as typing,
    ):
        for turn in range(1, 4):
            typing.keys.clear()
            before = screen.focused_window()
            screen.park_mouse()
            probe.freeze()
            screen.key("Return")  # all of it
            marked = probe.await_event("marked")
            assert marked["region"] == [0, 0, *screen.size]
            screen.key("Escape", "Escape")
            probe.await_event("cleared")
            probe.await_event("closed")
            wait_for(lambda now=before: screen.focused_window() == now, "the keys are given back")
            assert typing.keys == []
            screen.key("a")
            wait_for(lambda: typing.keys == ["A"], f"the program has its keys again, {turn}")


def test_nothing_lies_above_it_and_it_is_there_at_once(screen: Screen, tmp_path: Path) -> None:
    with (
        closing(OverlayProbe(tmp_path, screen.environment)) as probe,
        showing(screen.display, noise(200, 100), 0, 0),  # like a panel that no manager rules
    ):
        bright = screen.picture()
        probe.freeze()
        wait_for(lambda: not same(bright, screen.picture()), "it is shown")
        shown = screen.picture().convert("RGB")
        for x, y in ((3, 3), (100, 50), (199, 99)):
            before, after = bright.convert("RGB").getpixel((x, y)), shown.getpixel((x, y))
            expected = [
                value * 112 / 255 + tint * 143 / 255
                for value, tint in zip(before, (9, 14, 14), strict=True)
            ]
            assert all(abs(one - other) <= 2 for one, other in zip(after, expected, strict=True))
        screen.key("Escape")
        probe.await_event("closed")


@pytest.mark.parametrize(
    "factors", ["DUMMY0=1;DUMMY1=1.5", "DUMMY0=1.25;DUMMY1=2", "DUMMY0=1;DUMMY1=1"]
)
def test_what_is_marked_is_what_is_seen_on_either_monitor(
    monitors: Screen, tmp_path: Path, factors: str
) -> None:
    left, right = noise(PLAIN.width, PLAIN.height, 1), noise(FINE.width, FINE.height, 2)
    scales = dict(part.split("=") for part in factors.split(";"))
    environment = {**monitors.environment, "QT_SCREEN_SCALE_FACTORS": factors}
    with (
        showing(monitors.display, left, PLAIN.x, PLAIN.y),
        showing(monitors.display, right, FINE.x, FINE.y),
        closing(OverlayProbe(tmp_path, environment)) as probe,
    ):
        monitors.xdotool("mousemove", PLAIN.x + 900, PLAIN.y + 600)
        probe.freeze()
        # On one monitor, then on the other, whose region takes the place of the first.
        for turn, (name, monitor, picture) in enumerate(
            (("DUMMY1", FINE, right), ("DUMMY0", PLAIN, left)), 1
        ):
            start, last = (monitor.x + 120, monitor.y + 90), (monitor.x + 479, monitor.y + 383)
            drag(monitors, start, last)
            marked = probe.await_event("marked", turn)
            assert marked["screen"] == name
            ratio = float(scales[name])
            place = _pixels(marked["region"], ratio)
            assert abs(place[0] - 120) <= ratio
            assert abs(place[1] - 90) <= ratio
            assert abs(place[2] - 480) <= ratio
            assert abs(place[3] - 384) <= ratio
            # What was marked, and what is shown undimmed (but for handles and read-out).
            assert same(Image.open(tmp_path / "marked.png"), picture.crop(place))
            inside = (place[0] + 20, place[1] + 60, place[2] - 20, place[3] - 20)
            on_desktop = tuple(
                at + (monitor.x, monitor.y)[index % 2] for index, at in enumerate(inside)
            )
            monitors.xdotool("mousemove", monitor.x + 20, monitor.y + monitor.height - 20)
            seen = picture.crop(inside)
            wait_for(
                lambda where=on_desktop, seen=seen: same(monitors.picture().crop(where), seen),
                "the region is bright",
            )
        assert [event for event in probe.events if event["event"] == "cleared"]
        monitors.key("Escape", "Escape")
        probe.await_event("closed")


def test_a_drag_over_the_edge_ends_there(monitors: Screen, tmp_path: Path) -> None:
    with closing(OverlayProbe(tmp_path, monitors.environment)) as probe:
        probe.freeze()
        drag(monitors, (PLAIN.x + 1000, PLAIN.y + 300), (FINE.x + 300, PLAIN.y + 500))
        assert probe.await_event("marked")["region"] == [1000, 300, 280, 201]
        monitors.key("Escape", "Escape")
        probe.await_event("closed")


def test_the_keyboard_goes_where_the_mouse_is(monitors: Screen, tmp_path: Path) -> None:
    with closing(OverlayProbe(tmp_path, monitors.environment)) as probe:
        monitors.xdotool("mousemove", PLAIN.x + 100, PLAIN.y + 100)
        probe.freeze()
        monitors.xdotool("mousemove", FINE.x + 100, FINE.y + 100)
        probe.await_event("focused", 2)
        monitors.key("Return")
        marked = probe.await_event("marked")
        assert marked["screen"] == "DUMMY1"
        assert marked["region"] == [0, 0, FINE.width, FINE.height]
        monitors.key("Escape", "Escape")
        probe.await_event("closed")


def test_the_keyboard_alone_reaches_the_other_monitor(monitors: Screen, tmp_path: Path) -> None:
    with closing(OverlayProbe(tmp_path, monitors.environment)) as probe:
        monitors.xdotool("mousemove", PLAIN.x + 100, PLAIN.y + 100)
        probe.freeze()
        monitors.key("ctrl+Tab")
        probe.await_event("focused", 2)
        monitors.key("Right", "shift+Down")
        marked = probe.await_event("marked")
        assert marked["screen"] == "DUMMY1"
        assert marked["region"] == [FINE.width // 2 + 1, FINE.height // 2, 8, 8]
        monitors.key("Escape", "Escape")
        probe.await_event("closed")


def test_a_program_that_comes_to_the_front_below_does_not_get_the_keys(
    screen: Screen, tmp_path: Path
) -> None:
    with (
        closing(OverlayProbe(tmp_path, screen.environment)) as probe,
        closing(TypingWindow(screen.environment)) as typing,
    ):
        window = screen.focused_window()
        probe.freeze()
        screen.xdotool("windowactivate", window)
        probe.await_event("focused", 2)
        screen.key("Return")
        probe.await_event("marked")
        assert typing.keys == []
        screen.key("Escape", "Escape")
        probe.await_event("closed")


def _pixels(region: list[int], ratio: float) -> tuple[int, int, int, int]:
    x, y, width, height = region
    left, top, right, bottom = (int(edge * ratio + 0.5) for edge in (x, y, x + width, y + height))
    return left, top, right, bottom
