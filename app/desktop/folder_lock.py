"""One program at a time for a data folder. No Qt."""

import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


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
        self.in_terminal = not self.free and not marked and not self._claim(mark)
        if not self.free:
            self.close()

    def close(self) -> None:
        """Let others have it."""
        while self._files:
            self._files.pop().close()

    def _claim(self, path: Path) -> bool:
        try:
            file = path.open("ab")
        except OSError:
            return True
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._files.append(file)
        return True
