"""The reading of what is attached to a draft, in the background."""

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from app import documents
from app.core.conversation import Attached, Audio
from app.core.document import Extract
from app.core.errors import AppError
from app.session.attached import kind_by_name
from app.session.desk import Desk
from app.session.jobs import Lane

_TELL_EVERY = 0.1  # seconds
STOPPED = "document-stopped"


class Taken(msgspec.Struct, frozen=True):
    """A file that was read: the part of a message, its ``thumbnail``'s path, and what has been read
    of a document with pages."""

    part: Attached
    thumbnail: str | None = None
    extract: Extract | None = None


class Intake(QObject):
    """Reads files for a draft, each under a key. Pictures and what comes as bytes are read at once,
    anything else in a lane where a long document holds up only the next one."""

    told = Signal(int, object, object)  # key, how much has been read, how much there is
    taken = Signal(int, Taken)
    failed = Signal(int, Exception)
    _came = Signal(int, object, object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._stops: dict[int, threading.Event] = {}
        self._came.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def begin(self, key: int, source: Path | bytes, name: str, password: str = "") -> None:
        """Read ``source``; ``taken`` or ``failed`` follows, unless it is stopped before."""
        stop = threading.Event()
        quick = isinstance(source, bytes) or kind_by_name(name) == "image"
        lane: Lane = "files" if quick else "documents"
        work = partial(self._read, self._desk, key, source, name, password, stop)
        self._run(key, stop, work, lane)

    def begin_spoken(self, key: int, wav: bytes, name: str, seconds: float) -> None:
        """Keep what somebody has said, a WAV file; ``taken`` or ``failed`` follows."""
        blobs = self._desk.blobs

        def work() -> Taken:
            return Taken(Audio(blobs.put(wav), name, "audio/wav", seconds, spoken=True))

        self._run(key, threading.Event(), work, "files")

    def stop(self, key: int) -> None:
        """End the reading of one file at once; nothing more is heard of it."""
        stop = self._stops.pop(key, None)
        if stop is not None:
            stop.set()

    def stop_all(self) -> None:
        """End everything that is being read."""
        for key in tuple(self._stops):
            self.stop(key)

    def move(self, desk: Desk) -> None:
        """Keep files at another ``desk`` from now on."""
        self._desk = desk

    # -- inside -----------------------------------------------------------------------------------

    def _run(self, key: int, stop: threading.Event, work: Callable[[], Taken], lane: Lane) -> None:
        self._stops[key] = stop
        self._desk.jobs.run(
            work, partial(self._ended, key, stop), partial(self._not_read, key, stop), lane=lane
        )

    def _read(
        self,
        desk: Desk,
        key: int,
        source: Path | bytes,
        name: str,
        password: str,
        stop: threading.Event,
    ) -> Taken:
        """Runs in a lane."""
        if stop.is_set():
            raise AppError(f"{name} was not read.", code=STOPPED)
        last = 0.0

        def told(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if total and now - last >= _TELL_EVERY:
                last = now
                self._came.emit(key, min(done, total), total)

        found = documents.read_attachment(
            source, name, reader=desk.documents, password=password, told=told, stop=stop
        )
        for data in (found.data, *found.more):
            desk.blobs.put(data)
        part, extract, thumbnail = found.part, found.extract, None
        if found.thumbnail is not None:
            thumbnail = desk.thumbnails.keep(part.blob, found.thumbnail)
        if extract is not None:
            # What is known has perhaps been seen or heard since.
            known = desk.documents.extract_of(part.blob)
            extract = extract if known is None else known
            if known is None:
                desk.documents.keep(part.blob, extract)
            if password:
                desk.documents.unlock(part.blob, password)
        return Taken(part, thumbnail, extract)

    def _tell(self, key: int, done: int, total: int) -> None:
        if key in self._stops:
            self.told.emit(key, done, total)

    def _ended(self, key: int, stop: threading.Event, taken: Taken) -> None:
        if self._forget(key, stop):
            self.taken.emit(key, taken)

    def _not_read(self, key: int, stop: threading.Event, error: Exception) -> None:
        if self._forget(key, stop):
            self.failed.emit(key, error)

    def _forget(self, key: int, stop: threading.Event) -> bool:
        """Whether somebody still waits for it."""
        if self._stops.get(key) is not stop:
            return False
        del self._stops[key]
        return True
