"""One window for one data folder: two would overwrite each other's chats and drafts."""

import time
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from app.desktop.folder_lock import FolderLock


class SingleInstance(QObject):
    """Holds the lock of the data folder as long as the program lives. A second start asks the
    first for its window, through a file; one that finds a conversation in the terminal there
    (``in_terminal``) has nobody to ask."""

    asked = Signal()  # a second start wants the window

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bell = folder / "window.ask"
        self._watcher: QFileSystemWatcher | None = None
        self._lock = FolderLock(folder)
        self.first = self._lock.free
        self.in_terminal = self._lock.in_terminal

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
        self._lock.close()
