"""The overlay without anything that asks, in a process of its own: its platform and its scale
factors are those of its environment. It freezes the screens for each line on its input, and prints
what happens, a JSON object a line; pictures of what is marked go into a folder:

    python -m tests.end2end.overlay_probe FOLDER
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.end2end.processes import end
from tests.end2end.waiting import wait_for

_ROOT = Path(__file__).resolve().parents[2]


class OverlayProbe:
    """Started on a screen. ``events`` are what it has told."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.events: list[dict[str, Any]] = []
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end2end.overlay_probe", str(folder)],
            env={**environment},
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="overlay probe")
        self._reader.start()
        try:
            self.await_event("ready")
        except AssertionError:
            self.close()
            raise

    def freeze(self) -> None:
        """Show the overlay, and wait until it has the keyboard."""
        assert self._process.stdin is not None
        self.events.clear()
        self._process.stdin.write("freeze\n")
        self._process.stdin.flush()
        self.await_event("focused")

    def await_event(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The ``count``-th event of that kind since the screens were frozen."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.events if event["event"] == kind]

        wait_for(lambda: len(found()) >= count, f"{kind} {count}")
        return found()[count - 1]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        end(self._process)
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.events.append(json.loads(line))


def _run(folder: Path) -> None:
    from PySide6.QtCore import QRect, QSocketNotifier
    from PySide6.QtWidgets import QApplication

    from app.desktop.capture.frame import Frame
    from app.desktop.capture.system import system_capture
    from app.main import RESOURCES
    from app.ui.overlay.frame_window import FrameWindow
    from app.ui.overlay.overlay import Overlay
    from app.ui.theme.theme import Theme

    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
    overlay = Overlay(theme)
    capture = system_capture("facet")

    def tell(event: str, **more: object) -> None:
        print(json.dumps({"event": event, **more}), flush=True)

    def marked(frame: Frame, region: QRect) -> None:
        frame.crop(region).save(str(folder / "marked.png"))
        tell("marked", screen=frame.screen, region=list(region.getRect()))

    def focused(widget: object) -> None:
        if isinstance(widget, FrameWindow) and widget.frame is not None:
            tell("focused", screen=widget.frame.screen)

    def ordered() -> None:
        if os.read(0, 100):
            capture.take()
        else:
            app.quit()

    overlay.region_marked.connect(marked)
    overlay.region_cleared.connect(lambda: tell("cleared"))
    overlay.closed.connect(lambda: tell("closed"))
    app.focusChanged.connect(lambda _old, new: focused(new))
    capture.taken.connect(lambda frames: overlay.open(frames, capture.windows()))
    capture.prepare()
    overlay.prepare()
    orders = QSocketNotifier(0, QSocketNotifier.Type.Read)
    orders.activated.connect(ordered)
    tell("ready")
    app.exec()
    overlay.shut_down()
    capture.close()


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
