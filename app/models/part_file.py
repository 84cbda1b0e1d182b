"""The disk's side of a download: files that grow, notes on them, and a lock over both."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from app.models.hub import Remote

_BLOCK = 1 << 20
_SYNC_EVERY = 64 << 20  # bytes; a loss of power costs no more, and the end has not all to write
_NOTES = "download.json"
_LOCK = "download.lock"

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def part_of(path: Path) -> Path:
    """Where a file grows until it is whole."""
    return path.with_name(path.name + ".part")


def size_of(path: Path) -> int:
    """In bytes; 0 if it isn't there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Notes(msgspec.Struct, frozen=True):
    """What a job must know of itself after a crash: whose bytes the parts hold, by the names of
    the files, and which files it has brought. They are there as long as the job is unfinished."""

    parts: dict[str, Remote] = {}
    brought: tuple[str, ...] = ()


def read_notes(place: Path) -> Notes:
    """The notes of the job in a folder; empty if there are none that make sense."""
    try:
        return msgspec.json.decode((place / _NOTES).read_bytes(), type=Notes)
    except (OSError, msgspec.DecodeError):
        return Notes()


def write_notes(place: Path, notes: Notes) -> None:
    """Replace the notes at once. OSError."""
    new = place / f"{_NOTES}.new"
    with new.open("wb") as file:
        file.write(msgspec.json.encode(notes))
        file.flush()
        os.fsync(file.fileno())
    new.replace(place / _NOTES)


def has_notes(place: Path) -> bool:
    """Whether a job in this folder is unfinished."""
    return (place / _NOTES).is_file()


def remove_notes(place: Path) -> None:
    """The job is done."""
    (place / _NOTES).unlink(missing_ok=True)
    (place / f"{_NOTES}.new").unlink(missing_ok=True)


def remove_if_empty(place: Path) -> None:
    """Remove a job's folder, unless something is in it."""
    try:
        place.rmdir()
    except OSError:
        pass


class Claim:
    """The sole right to download into a folder, among all programs. The system takes it back
    whatever the program's end."""

    def __init__(self, place: Path) -> None:
        """``free`` is False if another program has it. OSError if the folder can't be written."""
        self._path = place / _LOCK
        self._file: IO[bytes] | None = None
        file = self._path.open("ab")
        try:
            _lock(file)
            # Whoever had it may have removed the file between our two steps.
            if not os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                raise FileNotFoundError
        except OSError:
            file.close()
            return
        self._file = file

    @property
    def free(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        """Let others have it."""
        if self._file is None:
            return
        if sys.platform == "win32":  # an open file can't be removed there
            self._file.close()
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            pass  # another program has just opened it
        self._file.close()
        self._file = None


class PartFile:
    """A file that grows at its end, and its SHA-256 with it.

    ``size`` is how much is there, ``kept`` how much of it was there from the start.
    """

    def __init__(self, path: Path, look_up: Callable[[], None]) -> None:
        """Open or create it. What is in it is read once; ``look_up`` is called between blocks and
        may raise. OSError."""
        self.path = path
        self._file: IO[bytes] = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._digest = hashlib.sha256()
        self._unsynced = 0
        self.size = 0
        try:
            while block := self._file.read(_BLOCK):
                self._digest.update(block)
                self.size += len(block)
                look_up()
        except BaseException:
            self._file.close()
            raise
        self.kept = self.size

    def write(self, piece: bytes) -> None:
        """Add ``piece``. OSError; what could be written counts."""
        rest = memoryview(piece)
        while rest:
            written = self._file.write(rest) or 0
            self._digest.update(rest[:written])
            self.size += written
            self._unsynced += written
            rest = rest[written:]
        if self._unsynced >= _SYNC_EVERY:
            self._sync()

    def restart(self) -> None:
        """Forget what is there."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size = self.kept = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def become(self, path: Path) -> None:
        """Close it, and give it its name, for good. OSError."""
        self._sync()
        self.close()
        self.path.replace(path)
        _sync_folder(path.parent)

    def remove(self) -> None:
        """Close it and delete it."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave it as it is."""
        self._file.close()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._unsynced = 0


def checksum(path: Path, look_up: Callable[[], None]) -> str:
    """The SHA-256 of a file; ``look_up`` is called between blocks and may raise. OSError."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            look_up()
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable. Windows does that by itself and can't open folders."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems can't; the rename itself has happened
    finally:
        os.close(handle)
