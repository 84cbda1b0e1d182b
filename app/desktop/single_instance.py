"""One window for one data folder: two would overwrite each other's chats and drafts."""

import sys
import time
from pathlib import Path
from typing import IO

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class SingleInstance(QObject):
    """Holds a lock in the data folder as long as the program lives; the system lets go of it
    whatever the program's end. A second start asks the first for its window, through a file."""

    asked = Signal()  # a second start wants the window

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bell = folder / "window.ask"
        self._lock_file: IO[bytes] | None = None
        self._watcher: QFileSystemWatcher | None = None
        self.first = self._claim(folder / "window.lock")

    def listen(self) -> None:
        """From now on notice second starts. For the first one, when it has a window."""
        try:
            self._bell.touch(mode=0o600)
        except OSError:
            return
        self._watcher = QFileSystemWatcher([str(self._bell)], self)
        self._watcher.fileChanged.connect(self.asked)

    def ask(self) -> None:
        """Ask the first start to show its window."""
        try:
            self._bell.write_text(str(time.time_ns()))
        except OSError:
            pass  # the words on the terminal are all there is then

    def close(self) -> None:
        """Let others be the first."""
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _claim(self, path: Path) -> bool:
        """Whether this is the first. A folder that can't have a lock is no reason not to start:
        what is wrong with it others say better."""
        try:
            file = path.open("ab")
        except OSError:
            return True
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._lock_file = file
        return True
