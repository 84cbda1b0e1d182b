"""How long the screenshot assistant makes people wait, in a real X server and in the real program:
from the key to the frozen screen, and from letting the mouse go to the ask bar. The time ends when
the pixels are on the screen, as another program sees them. In turns with it the plain way: mss and
a label that fills the screen (plain_overlay.py). Milliseconds. Prints one JSON object.
"""

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import xcffib
import xcffib.xproto as xproto
import xcffib.xtest

from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.processes import end
from tests.end2end.program import Program
from tests.end2end.screen import ROOT, Screen, virtual_screen
from tests.end2end.waiting import wait_for

RUNS = 50
SIZES = ((1920, 1080), (3840, 2160))
DESKTOP = (200, 200, 200)
PANEL = (30, 35, 35)  # "surface" of the dark theme
EDGE = (255, 0, 0)  # of plain_overlay
START, LAST = (400, 300), (1000, 700)  # of the region
INSIDE_BAR = (406, 760)
SETTLE = 4.0  # s after the model is loaded, in which the program makes ready for the key
PAUSE = 0.4  # s between two turns, in which programs tidy up
PATIENCE = 10.0  # s
KEYSYMS = {"Control": 0xFFE3, "Shift": 0xFFE1, "space": 0x20, "F9": 0xFFC6, "Escape": 0xFF1B}

Pixel = tuple[int, int, int]


class Eye:
    """Looks at single pixels of a screen, presses keys and moves the mouse, without delay."""

    def __init__(self, display: str) -> None:
        self._x: Any = xcffib.connect(display)  # type: ignore[no-untyped-call]
        self._test = self._x(xcffib.xtest.key)
        self._root = self._x.get_setup().roots[self._x.pref_screen].root
        self._codes = self._keycodes()

    def close(self) -> None:
        self._x.disconnect()

    def paint_desktop(self, color: Pixel) -> None:
        """Where there are no windows the screen has one colour."""
        red, green, blue = color
        pixel = red << 16 | green << 8 | blue
        self._x.core.ChangeWindowAttributes(self._root, xproto.CW.BackPixel, [pixel])
        self._x.core.ClearArea(False, self._root, 0, 0, 0, 0)
        self._x.flush()

    def pixels(self, points: Sequence[tuple[int, int]]) -> list[Pixel]:
        asked = [
            self._x.core.GetImage(xproto.ImageFormat.ZPixmap, self._root, x, y, 1, 1, 0xFFFFFFFF)
            for x, y in points
        ]
        found = []
        for each in asked:
            blue, green, red, _ = bytes(each.reply().data.raw)[:4]
            found.append((red, green, blue))
        return found

    def until(self, look: Callable[[], bool], what: str) -> float:
        """The time at which ``look`` first says so."""
        deadline = time.perf_counter() + PATIENCE
        while True:
            if look():
                return time.perf_counter()
            if time.perf_counter() > deadline:
                raise AssertionError(f"never came: {what}")
            time.sleep(0.0005)

    def chord(self, *names: str) -> float:
        """Press keys together and let them go; when they were pressed."""
        for name in names:
            self._fake(2, self._codes[name])
        pressed = time.perf_counter()
        self._x.flush()
        for name in reversed(names):
            self._fake(3, self._codes[name])
        self._x.flush()
        return pressed

    def move(self, x: int, y: int) -> None:
        self._fake(6, 0, x, y)
        self._x.flush()

    def button(self, *, down: bool) -> float:
        self._fake(4 if down else 5, 1)
        at = time.perf_counter()
        self._x.flush()
        return at

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        self._test.FakeInput(kind, detail, 0, self._root, x, y, 0)

    def _keycodes(self) -> dict[str, int]:
        setup = self._x.get_setup()
        first, count = setup.min_keycode, setup.max_keycode - setup.min_keycode + 1
        table = self._x.core.GetKeyboardMapping(first, count).reply()
        names = {symbol: name for name, symbol in KEYSYMS.items()}
        return {
            names[symbol]: first + index // table.keysyms_per_keycode
            for index, symbol in reversed(list(enumerate(table.keysyms)))
            if symbol in names
        }


def main() -> int:
    result: dict[str, object] = {"unit": "ms"}
    for width, height in SIZES:
        with virtual_screen(width, height) as screen, tempfile.TemporaryDirectory() as folder:
            result[f"{width}x{height}"] = measure(screen, Path(folder))
    print(json.dumps(result))
    return 0


def measure(screen: Screen, folder: Path) -> dict[str, object]:
    """The figures of one screen."""
    write_settings(folder / "data", model=MINIATURE, theme="dark", window=[60, 40, 900, 700])
    plain = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.plain_overlay", "Ctrl+Shift+F9"],
        env=screen.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert plain.stdout is not None
        assert plain.stdout.readline().strip() == b"active"
        with (
            closing(Program(screen, folder / "data", TEST_ENVIRONMENT)) as program,
            closing(Eye(screen.display)) as eye,
        ):
            program.start()
            wait_for(lambda: "model_ready" in program.milestones(), "the model is loaded", 60)
            eye.paint_desktop(DESKTOP)
            time.sleep(SETTLE)
            return in_turns(eye, screen.size)
    finally:
        end(plain)


def in_turns(eye: Eye, size: tuple[int, int]) -> dict[str, object]:
    """One turn that does not count, then all that do."""
    frozen: list[float] = []
    asked: list[float] = []
    plain: list[float] = []
    for _ in range(RUNS + 1):
        time.sleep(PAUSE)
        freeze, bar = turn(eye, size)
        frozen.append(freeze)
        asked.append(bar)
        time.sleep(PAUSE)
        plain.append(plain_turn(eye, size))
    return {
        "key_to_frozen_screen": figures(frozen[1:]),
        "first_key_to_frozen_screen": round(frozen[0], 1),
        "plain_key_to_frozen_screen": figures(plain[1:]),
        "mouse_to_ask_bar": figures(asked[1:]),
    }


def turn(eye: Eye, size: tuple[int, int]) -> tuple[float, float]:
    """Freeze, mark, go back twice."""
    width, height = size
    corners = [(2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3)]
    eye.move(width - 40, height // 2)
    pressed = eye.chord("Control", "Shift", "space")
    there = eye.until(lambda: DESKTOP not in eye.pixels(corners), "the frozen screen")
    eye.move(*START)
    eye.button(down=True)
    for step in range(1, 6):
        x, y = (first + (last - first) * step // 5 for first, last in zip(START, LAST, strict=True))
        eye.move(x, y)
        time.sleep(0.02)
    released = eye.button(down=False)
    asked = eye.until(lambda: eye.pixels([INSIDE_BAR]) == [PANEL], "the ask bar")
    eye.chord("Escape")
    eye.until(lambda: eye.pixels([INSIDE_BAR]) != [PANEL], "the ask bar has gone")
    eye.chord("Escape")
    eye.until(lambda: set(eye.pixels(corners)) == {DESKTOP}, "the desktop")
    return (there - pressed) * 1000, (asked - released) * 1000


def plain_turn(eye: Eye, size: tuple[int, int]) -> float:
    """The same freezing by the plain way."""
    width, height = size
    corners = [(2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3)]
    pressed = eye.chord("Control", "Shift", "F9")
    there = eye.until(lambda: set(eye.pixels(corners)) == {EDGE}, "the plain way")
    time.sleep(PAUSE)  # or the key would seem to be held down
    eye.chord("Control", "Shift", "F9")
    eye.until(lambda: set(eye.pixels(corners)) == {DESKTOP}, "the desktop")
    return (there - pressed) * 1000


def figures(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 (nearest rank) and the largest."""
    ordered = sorted(values)
    rank = {
        name: round(ordered[math.ceil(part * len(ordered)) - 1], 1)
        for name, part in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    }
    return {**rank, "count": len(ordered)}


if __name__ == "__main__":
    sys.exit(main())
