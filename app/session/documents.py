"""What has been read of the documents of all chats, and what reads them."""

import contextlib
import hashlib
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject

from app import documents as files
from app.core.conversation import Document
from app.core.document import Extract
from app.core.errors import AppError
from app.core.reading.hits import Hit
from app.documents.reader.client import Reader
from app.session.chat_documents import ChatDocument
from app.session.jobs import Jobs
from app.storage.blobs import BlobStore
from app.storage.disk import write_file
from app.storage.extractions import ExtractionStore

if TYPE_CHECKING:
    from app.session.meaning import Meaning

__all__ = ["ChatDocument", "Documents"]

_CHARACTERS = 30_000_000  # of text in memory; extracts that were not needed for long go first
_LOOK_WIDTH = 1400  # pixels of a page's picture: what the model's highest budget shows of A4
_CHUNK = 2**20

Told = Callable[[int, int], None]  # how many pages have been read, and of how many


class Documents(QObject):
    """Gives the extract of a document by its blob: from memory, from the store, or by reading the
    blob again. What has been read once is never read twice, whatever chat it is in.

    The ``reader`` may be used from any thread, and so may everything here that doesn't say
    otherwise.
    """

    def __init__(
        self,
        reader: Reader,
        store: ExtractionStore,
        index: "Callable[[], files.Index]",
        blobs: BlobStore,
        looks: Path,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        """``index`` opens the index when it is first needed; ``looks`` is a private folder for
        what a model is shown of documents."""
        super().__init__(parent)
        self.reader = reader
        self.meaning: Meaning | None = None  # where what a question means is searched, too
        self._store = store
        self._open_index = index
        self._index: files.Index | None = None
        self._index_lock = threading.Lock()
        self._blobs = blobs
        self._looks = looks
        self._jobs = jobs
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Extract] = OrderedDict()  # the newest use last
        self._passwords: dict[str, str] = {}  # by blob; never written down
        jobs.run(self._clear)

    # -- what has been read -----------------------------------------------------------------------

    def extract_of(self, blob: str) -> Extract | None:
        """What has been read of ``blob``; None if it has to be read again (see ``fetch``). Where
        it isn't in memory it comes from the disk, which takes a moment."""
        with self._lock:
            extract = self._memory.get(blob)
            if extract is not None:
                self._memory.move_to_end(blob)
                return extract
        extract = self._store.get(blob)
        if extract is not None:
            self._remember(blob, extract)
        return extract

    def keep(self, blob: str, extract: Extract) -> None:
        """Keep what has been read of ``blob``, in place of what was known. AppError when the disk
        refuses."""
        self._remember(blob, extract)
        self._store.put(blob, extract)

    def extract(
        self,
        path: Path,
        name: str,
        *,
        password: str = "",
        told: Told = lambda _read, _total: None,
        stop: threading.Event | None = None,
    ) -> Extract:
        """As ``Reader.extract``, but what has been read before costs nothing."""
        blob = _blob_of(path)
        known = self.extract_of(blob) if blob else None
        if known is not None:
            return msgspec.structs.replace(known, name=name)
        extract = self.reader.extract(path, name, password=password, told=told, stop=stop)
        if blob:
            self.keep(blob, extract)
        return extract

    def fetch(
        self,
        documents: Sequence[Document],
        done: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` once ``extract_of`` has all of ``documents`` that have pages; what the
        store has lost is read again. ``failed`` gets an AppError if one can't be. From the main
        thread."""
        wanted = [one for one in documents if one.pages]

        def look() -> list[Document]:
            return [one for one in wanted if self.extract_of(one.blob) is None]

        def found(lost: list[Document]) -> None:
            if lost:
                read = partial(self._read_again, lost)
                self._jobs.run(read, lambda _none: done(), failed, lane="documents")
            else:
                done()

        self._jobs.run(look, found, failed)

    def search(self, question: str, blobs: Collection[str]) -> tuple[Hit, ...]:
        """The places of these documents that say most about ``question``, best first. Takes a
        moment where one is searched for the first time."""
        found = {blob: self.extract_of(blob) for blob in blobs}
        extracts = {blob: extract for blob, extract in found.items() if extract is not None}
        with self._index_lock:
            if self._index is None:
                self._index = self._open_index()
            for blob, extract in extracts.items():
                self._index.add(blob, extract)
            hits = self._index.search(question, blobs)
        return hits if self.meaning is None else self.meaning.refine(question, extracts, hits)

    def collect_garbage(self, in_use: Set[str]) -> None:
        """Forget the documents that no conversation has any more."""
        self._store.collect_garbage(in_use)
        with self._index_lock:
            if self._index is None:
                self._index = self._open_index()
            self._index.keep(in_use)
        if self.meaning is not None:
            self.meaning.keep(in_use)

    # -- passwords, places ------------------------------------------------------------------------

    def unlock(self, blob: str, password: str) -> None:
        """Remember the password of a document until the end of the program."""
        self._passwords[blob] = password

    def password_of(self, blob: str) -> str:
        """The password that opened a document since the start, else ""."""
        return self._passwords.get(blob, "")

    def path_of(self, document: Document) -> Path:
        """Where the bytes of a document lie. AppError if they are gone."""
        return self._blobs.require(document.blob, document.name)

    def show(self, document: Document, page: int) -> Path:
        """A private file with the picture of a page, or the sound of a piece of a recording, for a
        model to look at or to hear. AppError if there is none. See ``put_away``."""
        extract = self.extract_of(document.blob)
        pages = extract.pages if extract is not None else ()
        one = next((one for one in pages if one.number == page), None)
        source = self.path_of(document)
        if one is not None and one.source == "sound":
            data, ending = files.piece(source, one.start, one.end), "wav"
        else:
            password = self.password_of(document.blob)
            data = self.reader.render(
                source, page, _LOOK_WIDTH, name=document.name, password=password
            )
            ending = "png"
        path = self._looks / f"{document.blob[:16]}-{page}.{ending}"
        try:
            write_file(path, data)
        except OSError as error:
            raise AppError(
                f"Facet can't write to {self._looks}.",
                "Check the permissions of the folder and the room on its disk.",
                code="look-folder",
            ) from error
        return path

    def put_away(self, path: Path) -> None:
        """Delete a file of ``show``."""
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """End what reads."""
        self.reader.close()
        if self.meaning is not None:
            self.meaning.close()
        with self._index_lock:
            if self._index is not None:
                self._index.close()
                self._index = None

    # -- inside -----------------------------------------------------------------------------------

    def _remember(self, blob: str, extract: Extract) -> None:
        with self._lock:
            self._memory[blob] = extract
            self._memory.move_to_end(blob)
            size = sum(one.characters for one in self._memory.values())
            while size > _CHARACTERS and len(self._memory) > 1:
                _blob, oldest = self._memory.popitem(last=False)
                size -= oldest.characters

    def _read_again(self, documents: Sequence[Document]) -> None:
        for one in documents:
            if self.extract_of(one.blob) is None:
                password = self.password_of(one.blob)
                found = files.read_attachment(
                    self.path_of(one), one.name, reader=self.reader, password=password
                )
                if found.extract is not None:
                    self.keep(one.blob, found.extract)

    def _clear(self) -> None:
        """What a crash left."""
        for path in self._looks.glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                self.put_away(path)


def _blob_of(path: Path) -> str:
    """The SHA-256 of a file; "" if it can't be opened, which the reader will say better."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()
