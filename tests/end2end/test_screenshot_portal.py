"""Pictures of the screen from the portal, as on Wayland. The portal does what it is told."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.core.errors import AppError
from app.desktop.capture.headless import shoot
from app.desktop.capture.portal import ScreenshotPortal
from app.desktop.capture.what import NotWanted, Region
from tests.end2end.command import Command
from tests.end2end.mock_portal import MockPortal, Way, session_bus
from tests.end2end.shown_picture import noise
from tests.end2end.waiting import wait_for

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}
SCREEN = noise(320, 200)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def portal(bus: str, tmp_path: Path) -> Iterator[MockPortal]:
    portal = MockPortal(bus, tmp_path, png(SCREEN))
    yield portal
    portal.close()


def take(**seconds: float) -> bytes:
    return ScreenshotPortal("facet", **seconds).take(threading.Event())


def refused(**seconds: float) -> AppError:
    with pytest.raises(AppError) as caught:
        take(**seconds)
    assert caught.value.next_step
    return caught.value


def test_the_picture_comes_and_nothing_of_it_stays(portal: MockPortal) -> None:
    assert image(take()).tobytes() == SCREEN.tobytes()
    assert portal.registered == ["facet"]
    (options,) = portal.asked
    assert options["interactive"] is False
    assert [file.exists() for file in portal.files] == [False]


def test_an_older_portal_has_no_registry(portal: MockPortal) -> None:
    portal.has_registry = False
    assert image(take()).size == SCREEN.size


def test_answers_to_other_requests_are_not_ours(portal: MockPortal) -> None:
    portal.strays = 3
    assert image(take()).size == SCREEN.size


def test_who_is_asked_gets_the_time_to_answer(portal: MockPortal) -> None:
    portal.permission, portal.answer_after = "", 0.4
    assert take(picture=0.1, person=5.0)
    portal.permission = "ask"
    assert take(picture=0.1, person=5.0)


@pytest.mark.parametrize("has_registry", [True, False])
def test_a_refusal_says_where_to_allow_it(portal: MockPortal, has_registry: bool) -> None:
    portal.way, portal.permission, portal.has_registry = "refuse", "", has_registry
    error = refused()
    assert error.code == "capture-refused"
    assert "does not let" in error.what
    assert "settings" in error.next_step


def test_cancelling_is_no_refusal(portal: MockPortal) -> None:
    portal.way = "cancel"
    assert refused().code == "cancelled"


def test_a_failure_of_the_desktop_is_no_refusal(portal: MockPortal) -> None:
    portal.way = "fail"
    error = refused()
    assert "gave no picture" in error.what


@pytest.mark.parametrize("permission", ["yes", ""])
def test_silence_ends_and_the_question_is_taken_back(portal: MockPortal, permission: str) -> None:
    portal.way, portal.permission = "keep silent", permission
    known = permission == "yes"
    error = refused(picture=0.3 if known else 60.0, person=60.0 if known else 0.3)
    assert error.code == "capture-silent"
    assert "0.3 seconds" in error.what
    wait_for(lambda: len(portal.closed) == 1, "the request is closed")


def test_a_portal_that_hangs_is_silent(portal: MockPortal) -> None:
    portal.way = "say nothing at all"
    assert refused(answer=0.3).code == "capture-silent"


def test_no_portal_says_what_to_install(bus: str) -> None:
    error = refused()
    assert error.code == "capture-no-portal"
    assert "xdg-desktop-portal" in error.next_step


def test_a_portal_without_screenshots_is_none(portal: MockPortal) -> None:
    portal.has_screenshots = False
    assert refused().code == "capture-no-portal"


@pytest.mark.parametrize("address", [None, "", "unix:path=/nowhere/bus", "tcp:host=localhost", "x"])
def test_no_bus_says_so(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    if address is None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    else:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert refused().code == "capture-no-bus"


def test_a_missing_or_empty_file_is_damaged(portal: MockPortal) -> None:
    portal.picture = None
    assert refused().code == "capture-damaged"
    portal.picture = b""
    assert refused().code == "capture-damaged"
    assert not any(file.exists() for file in portal.files)


def test_giving_up_takes_the_question_back(portal: MockPortal) -> None:
    portal.way = "keep silent"
    given_up = threading.Event()
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            ScreenshotPortal("facet").take(given_up)
        except NotWanted as end:
            ended.append(end)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for(lambda: portal.asked, "the portal has been asked")
    given_up.set()
    thread.join()
    assert len(ended) == 1
    wait_for(lambda: len(portal.closed) == 1, "the request is closed")


def test_the_command_line_cuts_the_region_out(portal: MockPortal) -> None:
    part = image(shoot(Region(30, 40, 50, 60), "facet", WAYLAND))
    assert part.tobytes() == SCREEN.crop((30, 40, 80, 100)).tobytes()
    assert image(shoot("screen", "facet", WAYLAND)).tobytes() == SCREEN.tobytes()


@pytest.mark.parametrize("picture", [b"not a picture", png(SCREEN)[:2000]])
def test_a_damaged_picture_is_told(portal: MockPortal, picture: bytes) -> None:
    portal.picture = picture
    with pytest.raises(AppError) as caught:
        shoot("screen", "facet", WAYLAND)
    assert caught.value.code == "capture-damaged"
    assert not any(file.exists() for file in portal.files)


def test_wayland_names_no_window_and_a_region_must_be_on_the_screen(portal: MockPortal) -> None:
    with pytest.raises(AppError, match="which window"):
        shoot("window", "facet", WAYLAND)
    assert portal.asked == []
    with pytest.raises(AppError, match="320 × 200"):
        shoot(Region(320, 0, 5, 5), "facet", WAYLAND)


@pytest.mark.parametrize(("way", "code"), [("refuse", "capture-refused"), ("cancel", "cancelled")])
def test_the_command_says_what_the_portal_said(
    portal: MockPortal, tmp_path: Path, way: Way, code: str
) -> None:
    portal.way = way
    facet = Command(tmp_path / "data")
    facet.environment |= WAYLAND
    answer = facet("ask", "--json", "--screenshot", "What do you see?")
    assert answer.returncode == 1
    assert f'"code": "{code}"' in answer.stdout
    assert answer.stderr.count("\n") == 1
