"""When a capture tells of its frames, and when it waits for somebody's leave."""

from collections.abc import Callable, Iterator, Sequence
from threading import Event
from threading import enumerate as threads
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.core.errors import AppError
from app.desktop.capture import native
from app.desktop.capture.capture import Capture
from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.listing import NoWindows
from app.desktop.capture.native import NativeScreens, is_black
from app.desktop.capture.what import NotWanted, Region


class Desktop:
    """Screens of one colour, and the windows on them; the person says when they may be seen."""

    def __init__(self, *, waits: bool) -> None:
        self.waits = waits
        self.allowed = Event()
        self.error: Exception | None = None
        self.taken = 0
        self.prepared: tuple[str, ...] = ()
        self.is_open = True
        self.windows: tuple[tuple[str, Region], ...] = (("Notes", Region(10, 20, 300, 200)),)

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        self.prepared = tuple(screen.name for screen in screens)

    def take(self, screens: Sequence[ScreenPlace], given_up: Event) -> tuple[Frame, ...]:
        self.taken += 1
        while self.waits and not self.allowed.wait(0.01):
            if given_up.is_set():
                raise NotWanted
        if self.error is not None:
            raise self.error
        return tuple(Frame.of(screen, _blue(screen)) for screen in screens)

    def shown(self) -> tuple[tuple[str, Region], ...]:
        return self.windows

    def active(self) -> Region | None:
        return None

    def close(self) -> None:
        self.is_open = False


class Heard:
    """What a capture told."""

    def __init__(self, capture: Capture) -> None:
        self.frames: list[tuple[Frame, ...]] = []
        self.errors: list[AppError] = []
        capture.taken.connect(self.frames.append)
        capture.failed.connect(self.errors.append)


def _blue(screen: ScreenPlace) -> QImage:
    return _filled(screen, Qt.GlobalColor.blue)


def _filled(screen: ScreenPlace, colour: Qt.GlobalColor) -> QImage:
    image = QImage(screen.physical.size(), QImage.Format.Format_RGB32)
    image.fill(colour)
    return image


@pytest.fixture
def asking(qapp: object) -> Iterator[tuple[Desktop, Capture, Heard]]:
    desktop = Desktop(waits=True)
    capture = Capture(desktop, desktop)
    yield desktop, capture, Heard(capture)
    capture.close()


def test_preparing_takes_nothing_and_keeps_nobody_waiting(qapp: object, qtbot: QtBot) -> None:
    desktop = Desktop(waits=False)
    capture = Capture(desktop, desktop)
    capture.prepare()
    qtbot.waitUntil(lambda: len(desktop.prepared) == 1)
    assert desktop.taken == 0
    assert not capture.busy


def test_frames_come_at_once_where_nobody_is_asked(qapp: object) -> None:
    desktop = Desktop(waits=False)
    capture = Capture(desktop, desktop)
    heard = Heard(capture)
    assert capture.windows() == ()
    capture.take()
    ((frame,),) = heard.frames
    assert frame.image.width() == frame.width * frame.ratio
    assert not capture.busy
    assert [place.title for place in capture.windows()] == ["Notes"]
    desktop.windows = ()
    assert len(capture.windows()) == 1  # those in the picture, not those of now
    capture.close()
    assert not desktop.is_open


def test_an_error_is_told_and_the_next_take_is_free(qapp: object) -> None:
    desktop = Desktop(waits=False)
    capture = Capture(desktop, desktop)
    heard = Heard(capture)
    desktop.error = AppError("No.")
    capture.take()
    assert [error.what for error in heard.errors] == ["No."]
    desktop.error = None
    capture.take()
    assert len(heard.frames) == 1


def test_the_window_does_not_wait_for_somebodys_leave(
    asking: tuple[Desktop, Capture, Heard], qtbot: QtBot
) -> None:
    desktop, capture, heard = asking
    capture.take()
    assert capture.busy
    capture.take()  # a second press of the key meanwhile
    assert heard.frames == []
    with qtbot.waitSignal(capture.taken):
        desktop.allowed.set()
    assert not capture.busy
    assert desktop.taken == len(heard.frames) == 1
    assert capture.windows() == ()


def test_a_refusal_is_told_where_the_window_lives(
    asking: tuple[Desktop, Capture, Heard], qtbot: QtBot
) -> None:
    desktop, capture, heard = asking
    desktop.error = AppError("Refused.")
    with qtbot.waitSignal(capture.failed):
        capture.take()
        desktop.allowed.set()
    assert [error.what for error in heard.errors] == ["Refused."]
    assert not capture.busy


def test_a_bug_reaches_the_crash_file(asking: tuple[Desktop, Capture, Heard], qtbot: QtBot) -> None:
    desktop, capture, heard = asking
    desktop.error = ZeroDivisionError("a bug")
    with capture_exceptions() as caught:
        capture.take()
        desktop.allowed.set()
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError
    assert not capture.busy
    assert (heard.frames, heard.errors) == ([], [])


def test_closing_gives_up_the_question(
    asking: tuple[Desktop, Capture, Heard], qtbot: QtBot
) -> None:
    _desktop, capture, heard = asking
    capture.take()
    capture.close()
    assert not capture.busy
    qtbot.waitUntil(lambda: not any(one.name == "capture" for one in threads()))
    assert (heard.frames, heard.errors) == ([], [])


def test_an_answer_that_comes_after_closing_is_dropped(
    asking: tuple[Desktop, Capture, Heard], qtbot: QtBot
) -> None:
    desktop, capture, heard = asking
    capture.take()
    desktop.allowed.set()
    for thread in threads():
        if thread.name == "capture":
            thread.join(10)  # its answer is in the queue, which has not been looked at
    capture.close()
    qtbot.wait(1)
    assert (heard.frames, heard.errors) == ([], [])


def test_qt_takes_a_frame_of_each_screen(qapp: object) -> None:
    capture = Capture(NativeScreens(), NoWindows())
    heard = Heard(capture)
    capture.take()
    ((frame,),) = heard.frames
    assert frame.image.format() == QImage.Format.Format_RGB32
    assert frame.image.devicePixelRatio() == 1
    assert (frame.width, frame.height) == (frame.image.width(), frame.image.height())


class Graphics:
    """What macOS says of the permission to see the screen. ``asked`` counts its own question."""

    def __init__(self, *, allowed: bool, allows: bool) -> None:
        self.asked = 0
        self.CGPreflightScreenCaptureAccess = self._function(lambda: allowed)
        self.CGRequestScreenCaptureAccess = self._function(lambda: self._ask(allows))

    def _ask(self, answer: bool) -> bool:
        self.asked += 1
        return answer

    @staticmethod
    def _function(of: Callable[[], bool]) -> Any:
        class Function:
            restype: Any = None

            def __call__(self) -> bool:
                return of()

        return Function()


@pytest.mark.parametrize(
    ("allowed", "allows", "asked", "frames"),
    [(True, False, 0, 1), (False, True, 1, 1), (False, False, 1, 0)],
)
def test_macos_asks_once_and_says_where_to_allow_it(
    qapp: object,
    monkeypatch: pytest.MonkeyPatch,
    allowed: bool,
    allows: bool,
    asked: int,
    frames: int,
) -> None:
    graphics = Graphics(allowed=allowed, allows=allows)
    monkeypatch.setattr(native, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setattr(native.ctypes, "CDLL", lambda _name: graphics)
    monkeypatch.setattr(native, "_image", _blue)
    capture = Capture(NativeScreens(), NoWindows())
    heard = Heard(capture)
    capture.take()
    assert (graphics.asked, len(heard.frames)) == (asked, frames)
    assert ["Privacy" in error.next_step for error in heard.errors] == [True] * (1 - frames)


def test_macos_gives_black_where_it_gives_nothing(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphics = Graphics(allowed=True, allows=True)
    monkeypatch.setattr(native, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setattr(native.ctypes, "CDLL", lambda _name: graphics)
    monkeypatch.setattr(native, "_image", lambda screen: _filled(screen, Qt.GlobalColor.black))
    capture = Capture(NativeScreens(), NoWindows())
    heard = Heard(capture)
    capture.take()
    assert ["Privacy" in error.next_step for error in heard.errors] == [True]


def test_a_screen_that_gives_nothing_is_an_error(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "_image", lambda _screen: QImage())
    capture = Capture(NativeScreens(), NoWindows())
    heard = Heard(capture)
    capture.take()
    assert ["Unlock" in error.next_step for error in heard.errors] == [True]


def test_one_pixel_makes_a_picture_more_than_black() -> None:
    image = QImage(50, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    assert is_black(image)
    image.setPixel(49, 39, 0xFF000001)
    assert not is_black(image)
