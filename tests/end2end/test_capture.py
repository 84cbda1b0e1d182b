"""What is on the screen, pixel for pixel: on one monitor, and on two of different scale."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image, ImageChops
from PySide6.QtCore import QRect

from app.core.errors import AppError
from app.desktop.capture.frame import ScreenPlace
from app.desktop.capture.headless import shoot
from app.desktop.capture.what import Region, What
from app.desktop.capture.x11 import X11Screens
from tests.data import MEDIA, SEEN
from tests.end2end.command import Command
from tests.end2end.mock_portal import MockPortal, session_bus
from tests.end2end.models import MINIATURE
from tests.end2end.monitors import Monitor, move_monitors
from tests.end2end.screen import ROOT, Screen, virtual_screen
from tests.end2end.shown_picture import ShownPicture, frame_extents, noise, showing

QUESTION = ["--model", MINIATURE, "--budget", "70", "What do you see?"]
# A plain monitor to the left, lower; a finer one to the right.
PLAIN, FINE = Monitor(0, 180, 1280, 720), Monitor(1280, 0, 1600, 900)


@pytest.fixture(autouse=True)
def on_x11(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def display(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DISPLAY", screen.display)
    return screen.display


@pytest.fixture(scope="module")
def monitors() -> Iterator[Screen]:
    with virtual_screen(monitors=[PLAIN, FINE]) as screen:
        yield screen


def taken(what: What) -> Image.Image:
    return Image.open(io.BytesIO(shoot(what, "facet", os.environ)))


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether every pixel is the same."""
    return (
        one.size == other.size
        and not ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    )


def probe(folder: Path, environment: dict[str, str], **more: str) -> dict[str, Any]:
    """What the window's capture finds on that screen."""
    subprocess.run(
        [sys.executable, "-m", "tests.end2end.capture_probe", str(folder)],
        env={**environment, **more},
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


# -- one monitor -------------------------------------------------------------------------------


def test_a_region_is_what_is_there_pixel_by_pixel(display: str) -> None:
    picture = noise(301, 203)
    with showing(display, picture, 100, 50):
        assert same(taken(Region(100, 50, 301, 203)), picture)
        assert same(taken(Region(140, 70, 37, 1)), picture.crop((40, 20, 77, 21)))
        around = taken(Region(90, 45, 400, 300))
    assert around.size == (400, 300)
    assert same(around.crop((10, 5, 311, 208)), picture)


def test_the_screen_is_all_of_it(display: str, screen: Screen) -> None:
    picture = noise(64, 48)
    with showing(display, picture, screen.size[0] - 64, screen.size[1] - 48):
        whole = taken("screen")
        cut = taken(Region(screen.size[0] - 20, screen.size[1] - 10, 500, 500))
    assert whole.size == screen.size
    assert same(whole.crop((screen.size[0] - 64, screen.size[1] - 48, *screen.size)), picture)
    assert same(cut, picture.crop((44, 38, 64, 48)))


def test_a_region_off_the_screen_is_refused(display: str) -> None:
    with pytest.raises(AppError, match="1440 × 900"):
        taken(Region(1440, 0, 10, 10))


def test_the_window_is_the_active_one_with_its_frame(display: str, screen: Screen) -> None:
    picture = noise(320, 240, seed=3)
    with showing(display, noise(200, 150), 600, 300, title="Below"):
        with showing(display, picture, 200, 160, title="Above") as above:
            screen.xdotool("windowactivate", "--sync", above.id)
            left, right, top, bottom = frame_extents(display, above.id)
            window = taken("window")
    assert top > 0
    assert window.size == (320 + left + right, 240 + top + bottom)
    assert same(window.crop((left, top, left + 320, top + 240)), picture)


def test_no_active_window_is_told(display: str, screen: Screen) -> None:
    with showing(display, noise(50, 50), 10, 10, title="Brief") as brief:
        screen.xdotool("windowactivate", "--sync", brief.id)
    with pytest.raises(AppError, match="which window"):
        taken("window")


def test_ten_bits_a_colour_are_read_by_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with virtual_screen(640, 480, depth=30) as screen:
        subprocess.run(["xsetroot", "-solid", "#ff0000"], env=screen.environment, check=True)
        (frame,) = probe(tmp_path, screen.environment)["frames"]
        monkeypatch.setenv("DISPLAY", screen.display)
        with pytest.raises(AppError, match="depth"):
            taken("screen")
    red = Image.new("RGB", (640, 480), (255, 0, 0))
    assert same(Image.open(tmp_path / f"{frame['screen']}.png"), red)


@pytest.mark.parametrize("number", ["", ":9999"])
def test_no_screen_is_told(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv("DISPLAY", number)
    with pytest.raises(AppError) as caught:
        taken("screen")
    assert caught.value.code == "capture-no-screen"


def test_the_miniature_sees_what_is_on_the_screen(display: str, tmp_path: Path) -> None:
    picture = Image.open(MEDIA / "red-circle.png").convert("RGB")
    (tmp_path / "run").mkdir()
    facet = Command(tmp_path / "data")
    facet.environment["XDG_RUNTIME_DIR"] = str(tmp_path / "run")
    with showing(display, picture, 300, 200):
        region = "region=300,200,{},{}".format(*picture.size)
        answer = facet("ask", "--screenshot", region, *QUESTION)
    assert (answer.returncode, answer.stdout.strip()) == (0, SEEN["red-circle.png"]), answer.stderr
    assert list((tmp_path / "run").iterdir()) == []  # the picture is gone


def test_a_question_may_look_like_the_option(tmp_path: Path) -> None:
    facet = Command(tmp_path / "data")
    answer = facet("ask", "--model", MINIATURE, "--show-prompt", "--", "--screenshot")
    assert answer.returncode == 0, answer.stderr
    assert "--screenshot" in answer.stdout
    assert "--screenshot=" not in answer.stdout


# -- two monitors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "plain", "fine"),
    [
        ("DUMMY0=1;DUMMY1=1.5", (0, 180, 1280, 720, 1.0), (1280, 0, 1067, 600, 1.5)),
        ("DUMMY0=1.75;DUMMY1=2", (0, 180, 731, 411, 1.75), (1280, 0, 800, 450, 2.0)),
    ],
)
def test_each_monitor_is_taken_in_its_own_pixels(
    monitors: Screen,
    tmp_path: Path,
    factors: str,
    plain: tuple[float, ...],
    fine: tuple[float, ...],
) -> None:
    left, right = noise(PLAIN.width, PLAIN.height, 1), noise(FINE.width, FINE.height, 2)
    display = monitors.display
    with showing(display, left, PLAIN.x, PLAIN.y), showing(display, right, FINE.x, FINE.y):
        found = probe(tmp_path, monitors.environment, QT_SCREEN_SCALE_FACTORS=factors)
    assert found["at once"]
    assert found["frames"] == [
        {"screen": name, "place": list(place[:4]), "ratio": place[4]}
        for name, place in (("DUMMY0", plain), ("DUMMY1", fine))
    ]
    for name, whole, ratio in (("DUMMY0", left, plain[4]), ("DUMMY1", right, fine[4])):
        assert same(Image.open(tmp_path / f"{name}.png"), whole)
        edges = (round(20 * ratio), round(10 * ratio), round(120 * ratio), round(60 * ratio))
        assert same(Image.open(tmp_path / f"{name}-crop.png"), whole.crop(edges))


def test_monitors_may_change_meanwhile(monitors: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", monitors.display)
    screens = X11Screens()
    plain = ScreenPlace("DUMMY0", QRect(*PLAIN), 1.0)
    fine = ScreenPlace("DUMMY1", QRect(FINE.x, FINE.y, 800, 450), 2.0)
    picture = noise(FINE.width, FINE.height, 5)
    try:
        screens.prepare([plain, fine])
        screens.take([plain, fine], Event())
        # The desktop grows; the second monitor lies below the first.
        move_monitors(monitors.environment, [PLAIN._replace(y=0), FINE._replace(x=0, y=720)])
        with showing(monitors.display, picture, 0, 720):
            now = [replace(plain, rect=plain.rect.translated(0, -180))]
            now.append(replace(fine, rect=fine.rect.translated(-1280, 720)))
            _plain, frame = screens.take(now, Event())
    finally:
        screens.close()
        move_monitors(monitors.environment, [PLAIN, FINE])
    data = bytes(frame.image.constBits())
    assert same(Image.frombuffer("RGB", (1600, 900), data, "raw", "BGRX", 0, 1), picture)


def test_windows_are_listed_topmost_first_where_they_are_seen(
    monitors: Screen, tmp_path: Path
) -> None:
    display = monitors.display
    shown = [
        ShownPicture(display, noise(300, 200), 60, 300, title="Below – ünder"),
        ShownPicture(display, noise(400, 200), 1480, 100, title="Above"),
        ShownPicture(display, noise(200, 100), 100, 320, title="Minimized"),
        ShownPicture(display, noise(100, 100), 700, 300),  # has no frame and no title: a menu
    ]
    try:
        monitors.xdotool("windowactivate", "--sync", shown[1].id)
        monitors.xdotool("windowminimize", "--sync", shown[2].id)
        found = probe(tmp_path, monitors.environment, QT_SCREEN_SCALE_FACTORS="1;2")
        expected = [
            ("Above", _logical(monitors, shown[1], FINE, 2.0)),
            ("Below – ünder", _logical(monitors, shown[0], PLAIN, 1.0)),
        ]
    finally:
        for window in shown:
            window.close()
    assert [(title, tuple(rect)) for title, rect in found["windows"]] == expected


def _logical(
    screen: Screen, window: ShownPicture, monitor: Monitor, ratio: float
) -> tuple[int, int, int, int]:
    left, top, right, bottom = screen.box_of(window.id)
    frame = frame_extents(screen.display, window.id)
    edges = (left - frame[0], top - frame[2], right + frame[1], bottom + frame[3])
    x, right_edge = (round((edge - monitor.x) / ratio) for edge in (edges[0], edges[2]))
    y, bottom_edge = (round((edge - monitor.y) / ratio) for edge in (edges[1], edges[3]))
    return x + monitor.x, y + monitor.y, right_edge - x, bottom_edge - y


# -- Wayland's path ----------------------------------------------------------------------------


def test_on_wayland_the_portal_is_asked_and_its_picture_cut_apart(
    monitors: Screen, tmp_path: Path
) -> None:
    """The screens are those of X11, as under Xwayland; the picture has all their pixels."""
    desktop = noise(2880, 900)
    file = io.BytesIO()
    desktop.save(file, "PNG", compress_level=1)
    with session_bus(tmp_path) as address:
        portal = MockPortal(address, tmp_path, file.getvalue())
        try:
            found = probe(
                tmp_path,
                monitors.environment,
                QT_SCREEN_SCALE_FACTORS="1;2",
                WAYLAND_DISPLAY="wayland-0",
                DBUS_SESSION_BUS_ADDRESS=address,
            )
            portal.way = "cancel"
            refused = probe(
                tmp_path,
                monitors.environment,
                WAYLAND_DISPLAY="wayland-0",
                DBUS_SESSION_BUS_ADDRESS=address,
            )
        finally:
            portal.close()
    assert not found["at once"]
    assert [frame["ratio"] for frame in found["frames"]] == [1.0, 2.0]
    assert found["windows"] == []
    for name, monitor in (("DUMMY0", PLAIN), ("DUMMY1", FINE)):
        x, y, width, height = monitor
        part = desktop.crop((x, y, x + width, y + height))
        assert same(Image.open(tmp_path / f"{name}.png"), part)
    assert refused == {"error": "cancelled"}
