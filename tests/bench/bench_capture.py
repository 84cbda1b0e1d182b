"""How long it takes from the order to take the screen until its pixels are there as frames, on X11:
beside Qt's own way (QScreen.grabWindow) and beside a PNG of it (by mss, as tools that write files
do), in turns with both. "windows" is the part of a capture that lists the windows.

One screen of 1920x1080, and a desktop of 3840x1080. Milliseconds. Prints one JSON object.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import mss
import mss.tools
from PIL import Image
from PySide6.QtGui import QGuiApplication

from app.desktop.capture.capture import Capture
from app.desktop.capture.listing import window_list
from app.desktop.capture.x11 import X11Screens
from tests.data import MEDIA
from tests.end2end.screen import ROOT, virtual_screen
from tests.end2end.shown_picture import showing

SIZES = ((1920, 1080), (3840, 1080))
RUNS = 50
WINDOWS = 8


def main() -> int:
    if sys.argv[1:] == ["--here"]:
        print(json.dumps(measure()))
        return 0
    picture = Image.open(MEDIA / "screenshot.png").convert("RGB").resize((600, 400))
    result: dict[str, object] = {"unit": "ms"}
    for width, height in SIZES:
        with virtual_screen(width, height) as screen, ExitStack() as windows:
            for n in range(WINDOWS):
                title = f"Window {n}"
                windows.enter_context(
                    showing(screen.display, picture, 200 * n, 60 * n, title=title)
                )
            result[f"{width}x{height}"] = measured_on(screen.environment)
    print(json.dumps(result))
    return 0


def measured_on(environment: dict[str, str]) -> object:
    """What ``measure`` finds on the screen of ``environment``."""
    command = [sys.executable, "-m", "tests.bench.bench_capture", "--here"]
    answer = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(answer.stdout)


def measure() -> dict[str, object]:
    """The figures of each way, on the screen of this process."""
    _app = QGuiApplication([])
    windows = window_list()
    capture = Capture(X11Screens(), windows)
    capture.prepare()
    with mss.MSS() as connection:
        ways: dict[str, Callable[[], object]] = {
            "capture": capture.take,
            "windows": windows.shown,
            "grab_window": grab_window,
            "mss_png": lambda: png(connection),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for run in range(-1, RUNS):  # the first does not count
            for name, way in ways.items():
                begun = time.perf_counter()
                way()
                if run >= 0:
                    times[name].append((time.perf_counter() - begun) * 1000)
    assert len(capture.windows()) == WINDOWS
    capture.close()
    return {name: figures(values) for name, values in times.items()}


def grab_window() -> object:
    """What Qt offers, as far as an image."""
    return [screen.grabWindow(0).toImage() for screen in QGuiApplication.screens()]


def png(connection: mss.MSS) -> object:
    shot = connection.grab(connection.monitors[0])
    return mss.tools.to_png(shot.rgb, shot.size)


def figures(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile (nearest rank)."""
    ordered = sorted(values)

    def rank(part: float) -> float:
        return round(ordered[math.ceil(part * len(ordered)) - 1], 2)

    return {"p50": rank(0.5), "p95": rank(0.95), "runs": len(ordered)}


if __name__ == "__main__":
    sys.exit(main())
