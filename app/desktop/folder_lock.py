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
    it; the system lets go of it whatever the program's end. The window has it, and the terminal
    while it writes conversations.

    ``free`` is whether no other program holds it. A folder that can't have a lock is no reason
    not to start: what is wrong with it others say better.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] | None = None
        self.free = self._claim(folder / "window.lock")

    def close(self) -> None:
        """Let others have it."""
        if self._file is not None:
            self._file.close()
            self._file = None

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
        self._file = file
        return True
