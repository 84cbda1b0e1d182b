"""The windows of a Windows desktop, with a stand-in for its libraries: not run on Windows."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from app.desktop.capture.what import Region
from app.desktop.capture.win32_windows import Win32Windows

FRAME, CLOAKED = 9, 14
TOOL = 0x80


@dataclass
class Window:
    title: str
    frame: tuple[int, int, int, int] = (0, 0, 100, 50)  # left, top, right, bottom
    visible: bool = True
    minimized: bool = False
    cloaked: int = 0
    style: int = 0
    kind: str = "Program"
    composed: bool = True


class Windows:
    """user32 and dwmapi. Handles count from 1, from the topmost window down."""

    def __init__(self, *windows: Window, active: int = 0) -> None:
        self.windows = windows
        self.GetForegroundWindow = _function(lambda: active or None)

    def EnumWindows(self, see: Callable[[int, int], bool], _: None) -> None:
        for handle in range(1, len(self.windows) + 1):
            if not see(handle, 0):
                break

    def IsWindowVisible(self, handle: ctypes.c_void_p) -> bool:
        return self._of(handle).visible

    def IsIconic(self, handle: ctypes.c_void_p) -> bool:
        return self._of(handle).minimized

    def GetWindowLongW(self, handle: ctypes.c_void_p, index: int) -> int:
        assert index == -20
        return self._of(handle).style

    def GetWindowTextW(self, handle: ctypes.c_void_p, buffer: Any, length: int) -> None:
        buffer.value = self._of(handle).title[: length - 1]

    def GetClassNameW(self, handle: ctypes.c_void_p, buffer: Any, length: int) -> None:
        buffer.value = self._of(handle).kind[: length - 1]

    def GetWindowRect(self, handle: ctypes.c_void_p, rect: Any) -> bool:
        left, top, right, bottom = self._of(handle).frame
        _fill(rect._obj, (left - 7, top, right + 7, bottom + 7))  # counts the shadow in
        return True

    def DwmGetWindowAttribute(
        self, handle: ctypes.c_void_p, attribute: int, to: Any, size: int
    ) -> int:
        window = self._of(handle)
        if attribute == CLOAKED:
            assert size == 4
            to._obj.value = window.cloaked
            return 0
        assert (attribute, size) == (FRAME, ctypes.sizeof(to._obj))
        if not window.composed:
            return -1
        _fill(to._obj, window.frame)
        return 0

    def _of(self, handle: ctypes.c_void_p) -> Window:
        assert handle.value is not None
        return self.windows[handle.value - 1]


def _function(of: Callable[[], Any]) -> Any:
    """Something that can be called and has a ``restype``, as functions of ctypes have."""

    class Function:
        restype: Any = None

        def __call__(self) -> Any:
            return of()

    return Function()


def _fill(rect: Any, edges: tuple[int, int, int, int]) -> None:
    rect.left, rect.top, rect.right, rect.bottom = edges


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Win32Windows]:
    def of(*windows: Window, active: int = 0) -> Win32Windows:
        system = Windows(*windows, active=active)
        libraries = SimpleNamespace(user32=system, dwmapi=system)
        monkeypatch.setattr(ctypes, "windll", libraries, raising=False)
        monkeypatch.setattr(ctypes, "WINFUNCTYPE", lambda *_: lambda call: call, raising=False)
        return Win32Windows()

    return of


def test_what_can_be_seen_is_listed_topmost_first(desktop: Callable[..., Win32Windows]) -> None:
    windows = desktop(
        Window("Hidden", visible=False),
        Window("Notes – ünder", (10, 20, 310, 220)),
        Window("Minimized", minimized=True),
        Window("Kept by a store program", cloaked=2),
        Window("A tool", style=TOOL),
        Window("Nothing of it", (5, 5, 5, 90)),
        Window("Map", (-800, 0, 0, 600)),
        Window("Program Manager", (0, 0, 1920, 1080), kind="Progman"),
        Window("", (0, 0, 1920, 1080), kind="WorkerW"),
    )
    assert windows.shown() == (
        ("Notes – ünder", Region(10, 20, 300, 200)),
        ("Map", Region(-800, 0, 800, 600)),
    )


def test_without_composition_the_whole_rectangle_counts(
    desktop: Callable[..., Win32Windows],
) -> None:
    windows = desktop(Window("Old", (10, 20, 110, 120), composed=False))
    assert windows.shown() == (("Old", Region(3, 20, 114, 107)),)


def test_the_active_window_may_be_none(desktop: Callable[..., Win32Windows]) -> None:
    assert desktop(Window("A"), Window("B", (1, 2, 4, 8)), active=2).active() == Region(1, 2, 3, 6)
    assert desktop(Window("A")).active() is None
