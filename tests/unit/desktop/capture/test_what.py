"""What of the desktop is wanted, as words; and the edges of a region."""

import re

import pytest

from app.desktop.capture.portal import is_wayland
from app.desktop.capture.what import Region, names_something, what


def test_words_become_values() -> None:
    assert what("screen") == "screen"
    assert what("window") == "window"
    assert what("region=10,-20,300,40") == Region(10, -20, 300, 40)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Screen",
        "region=",
        "region=1,2,3",
        "region=1,2,3,4,5",
        "region=1,2,0,4",
        "region=1,2,3,0",
    ]
    + [
        "region=1,2,-3,4",
        "region=1, 2,3,4",
        "region=1.5,2,3,4",
        "region=1,2,3,4x",
        "region=\u0661,2,3,4",
    ]
    + ["region=1,2,3,4\n", "region=1,2,99999999,4"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        what(text)


def test_a_question_is_not_taken_for_a_place() -> None:
    assert all(map(names_something, ("screen", "window", "region=x")))
    assert not any(map(names_something, ("", "What is on the screen?", "--json", "screens")))


def test_a_region_is_cut_at_the_edges_of_the_desktop() -> None:
    assert Region(10, 20, 30, 40).within(100, 100) == Region(10, 20, 30, 40)
    assert Region(-10, -20, 30, 40).within(100, 100) == Region(0, 0, 20, 20)
    assert Region(90, 95, 30, 40).within(100, 100) == Region(90, 95, 10, 5)
    for outside in (Region(100, 0, 5, 5), Region(0, 300, 5, 5), Region(-5, 0, 5, 5)):
        part = outside.within(100, 100)
        assert part.width == 0 or part.height == 0
        assert min(part.width, part.height) >= 0


def test_wayland_is_told_by_the_session() -> None:
    assert is_wayland({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"})
    assert is_wayland({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"})
    assert not is_wayland({"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11", "WAYLAND_DISPLAY": ""})
    assert not is_wayland({})
