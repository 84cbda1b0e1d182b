"""The other program from which files are dragged (drag_source.py), as its user handles it."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from tests.end2end.processes import end

PATIENCE = 10.0  # seconds for the other program, or for the window below the mouse, to react


class DragSource:
    """A running drag_source.py in the lower right corner of a screen of ``size``."""

    def __init__(self, environment: Mapping[str, str], size: tuple[int, int]) -> None:
        script = Path(__file__).with_name("drag_source.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), *map(str, size)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._expect("ready")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def offer(self, *files: Path) -> None:
        """Show the square from which ``files`` can be dragged."""
        self._order("files " + " ".join(quote(str(file.absolute())) for file in files))

    def wait_until_welcome(self, move: Callable[[], object]) -> None:
        """Wait until the window below the mouse says that it would take a copy. ``move`` moves
        the mouse a little: windows answer when it moves."""
        for _ in range(20):
            move()
            try:
                if self._lines.get(timeout=PATIENCE / 20) == "over CopyAction":
                    return
            except queue.Empty:
                continue
        raise AssertionError("nobody there takes what is dragged")

    def finish(self) -> str:
        """How the drag ended, by Qt's name of the action, after the button was let go."""
        while not (line := self._lines.get(timeout=PATIENCE)).startswith("end "):
            pass
        self._order("hide")
        return line.removeprefix("end ")

    def close(self) -> None:
        end(self._process)
        self._reader.join()

    def _order(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order.encode() + b"\n")
        self._process.stdin.flush()
        self._expect("ok")

    def _expect(self, word: str) -> None:
        line = self._lines.get(timeout=PATIENCE)
        assert line == word, f"the drag source said {line!r}, not {word!r}"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.decode().strip())
