"""What has been read of the documents of all chats, and what reads them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject

from app.core.conversation import Document
from app.core.document import Extract
from app.documents.reader.client import Reader
from app.session.jobs import Jobs
from app.storage.blobs import BlobStore
from app.storage.extractions import ExtractionStore

_CHARACTERS = 30_000_000  # of text in memory; extracts that were not needed for long go first
_LOOK_WIDTH = 1600  # pixels of a page's picture for the model, enough for its highest budget


class ChatDocument(msgspec.Struct, frozen=True):
    """A document of a chat: its ``number`` in order of attachment, counting from 1, as citations
    have it, and the ``share`` of the context it takes, in tokens (0 where a question only gets what
    a search finds in it)."""

    document: Document
    number: int
    share: int


class Documents(QObject):
    """Gives the extract of a document by its blob, from memory, from the store, or by reading the
    blob again. The ``reader`` and the ``store`` may be used from any thread."""

    def __init__(
        self,
        reader: Reader,
        store: ExtractionStore,
        blobs: BlobStore,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.reader = reader
        self.store = store
        self._blobs = blobs
        self._jobs = jobs
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Extract] = OrderedDict()  # the newest use last
        self._passwords: dict[str, str] = {}  # by blob; never written down

    def extract_of(self, blob: str) -> Extract | None:
        """What has been read of ``blob``, from memory or the store; None if it has to be read
        again. From any thread; from the main thread only what is known to be in memory."""
        with self._lock:
            extract = self._memory.get(blob)
            if extract is not None:
                self._memory.move_to_end(blob)
                return extract
        extract = self.store.get(blob)
        if extract is not None:
            self._remember(blob, extract)
        return extract

    def keep(self, blob: str, extract: Extract) -> None:
        """Keep what has been read of ``blob``, in place of what was known. From any thread;
        AppError when the disk refuses."""
        self._remember(blob, extract)
        self.store.put(blob, extract)

    def fetch(
        self,
        documents: Sequence[Document],
        done: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` once ``extract_of`` has all of ``documents`` that have pages; what the
        store has lost is read again. ``failed`` gets an AppError if one can't be."""
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

    def unlock(self, blob: str, password: str) -> None:
        """Remember the password of a document until the end of the program."""
        self._passwords[blob] = password

    def password_of(self, blob: str) -> str:
        """The password that opened a document since the start, else ""."""
        return self._passwords.get(blob, "")

    def path_of(self, document: Document) -> Path:
        """Where the bytes of a document lie. AppError if they are gone."""
        return self._blobs.require(document.blob, document.name)

    def close(self) -> None:
        """End what reads."""
        self.reader.close()

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
                path = self.path_of(one)
                password = self.password_of(one.blob)
                self.keep(one.blob, self.reader.extract(path, one.name, password=password))
