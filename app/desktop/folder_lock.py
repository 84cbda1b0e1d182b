"""One program at a time for a data folder. No Qt."""

import sys
import time
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes], *, shared: bool = False) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes], *, shared: bool = False) -> None:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)


_LOOKS, _BETWEEN = 8, 0.02  # seconds


class FolderLock:
    """Holds the lock of a data folder as long as the program lives, unless another program has
    it; the system lets go of it whatever the program's end. The window has it, and a ``terminal``
    while it writes conversations.

    ``free`` is whether no other program holds it, ``in_terminal`` whether the one that does is a
    terminal. A folder that can't have a lock is no reason not to start: what is wrong with it
    others say better.
    """

    def __init__(self, folder: Path, *, terminal: bool = False) -> None:
        self._files: list[IO[bytes]] = []
        lock, mark = folder / "window.lock", folder / "terminal.lock"
        # The mark first: whoever finds the folder taken sees at once by whom.
        marked = terminal and self._claim(mark)
        self.free = (marked or not terminal) and self._claim(lock)
        self.in_terminal = not self.free and not marked and self._is_held(mark)
        if not self.free:
            self.close()

    def close(self) -> None:
        """Let others have it."""
        while self._files:
            self._files.pop().close()

    def _is_held(self, mark: Path) -> bool:
        """Whether a terminal has the mark. Others who look have it for a moment, too, where it
        can't be shared, and a terminal that gives up: so one look is not enough."""
        for look in range(_LOOKS):
            if look:
                time.sleep(_BETWEEN)
            if self._claim(mark, shared=True):
                return False
        return True

    def _claim(self, path: Path, *, shared: bool = False) -> bool:
        try:
            file = path.open("ab")
        except OSError:
            return True
        try:
            _lock(file, shared=shared)
        except OSError:
            file.close()
            return False
        self._files.append(file)
        return True
