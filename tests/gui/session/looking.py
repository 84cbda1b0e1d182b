"""What the pane looks at documents with, on a folder of the test's."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.core.conversation import Document
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.documents.search import Index
from app.session.documents import Documents
from app.session.jobs import Jobs
from app.session.preview import Preview
from app.storage.blobs import BlobStore
from app.storage.extractions import ExtractionStore
from app.ui.preview.pictures import decode
from tests.gui.session.office import DEADLINE_MS
from tests.gui.ui.preview.papers import agreement

PAGES = 14


class Counting:
    """A reader that notes what it was asked for."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.rendered: list[int] = []

    def render(self, path: Path, page: int, width: int, **more: str) -> bytes:
        self.rendered.append(page)
        return self.reader.render(path, page, width, **more)

    def __getattr__(self, name: str) -> object:
        return getattr(self.reader, name)


class Looking:
    """A preview of documents in a folder of the test's."""

    def __init__(self, folder: Path, reader: Reader, qtbot: QtBot) -> None:
        for name in ("blobs", "extracts", "looks"):
            (folder / name).mkdir()
        self.folder = folder
        self.jobs = Jobs()
        self.blobs = BlobStore(folder / "blobs")
        self.reader = Counting(reader)
        self.documents = Documents(
            self.reader,  # type: ignore[arg-type]
            ExtractionStore(folder / "extracts", READER_VERSION),
            partial(Index, folder / "passages.db"),
            self.blobs,
            folder / "looks",
            self.jobs,
        )
        self.preview = self.make()
        self.wait: Callable[[Callable[[], object]], None] = lambda condition: qtbot.waitUntil(
            lambda: bool(condition()), timeout=DEADLINE_MS
        )

    def make(self, most_bytes: int = 50_000_000) -> Preview:
        return Preview(
            self.documents, self.jobs, self.folder / "opened", decode, most_bytes=most_bytes
        )

    def keep(self, file: Path) -> Document:
        extract = agreement(PAGES)
        blob = self.blobs.put(file.read_bytes())
        self.documents.keep(blob, extract)
        return Document(blob, extract.name, "application/pdf", kind="pdf", pages=PAGES)
