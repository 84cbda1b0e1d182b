"""Another program's window: it fills the screen, has the focus, and prints each key it gets."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.end2end.processes import end

_ROOT = Path(__file__).resolve().parents[2]


class TypingWindow:
    """Started on a screen. ``keys`` are the keys that were pressed in it, by Qt's names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.keys: list[str] = []
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end2end.typing_window"],
            env={**os.environ, **environment},
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="typing window")
        self._reader.start()
        if not self._ready.wait(20.0):
            self.close()
            raise AssertionError("the window did not get the focus")

    def close(self) -> None:
        end(self._process)
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if line.strip() == "ready":
                    self._ready.set()
                else:
                    self.keys.append(line.strip())


def _run() -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
    from PySide6.QtWidgets import QApplication, QWidget

    class Window(QWidget):
        def focusInEvent(self, event: QFocusEvent) -> None:
            print("ready", flush=True)

        def event(self, event: QEvent) -> bool:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                print(QKeySequence(event.key()).toString(), flush=True)
                return True
            return super().event(event)

    app = QApplication([])
    window = Window()
    window.showFullScreen()
    window.activateWindow()
    window.setFocus()
    app.exec()


if __name__ == "__main__":
    _run()
