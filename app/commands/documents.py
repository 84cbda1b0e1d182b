"""Documents that a command is given: read by the reader process, or known from before."""

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.core.conversation import Audio, Document
from app.core.document import Extract
from app.core.errors import AppError
from app.core.reading.pages import single_page
from app.documents.attachments import Attachment, read_attachment
from app.documents.reader.client import Reader
from app.documents.recordings import piece, read_recording
from app.storage.extractions import ExtractionStore

LOOK_WIDTH = 1400  # pixels: an upright A4 page then fills a budget of 1,120 tokens
_PASSWORD = "document-password"


@dataclass(frozen=True)
class Opened:
    """A document, where it lies, and what opens it."""

    path: Path
    document: Document
    extract: Extract
    password: str = ""


class Documents:
    """Opens documents, shows their pages, and remembers what a model has seen and heard of them."""

    def __init__(
        self, reader: Reader, store: ExtractionStore, status: Callable[[str], None]
    ) -> None:
        """``status`` hears how far the reading of a file is."""
        self._reader = reader
        self._store = store
        self._status = status

    def open(self, path: Path, *, sounds: bool = False) -> Opened:
        """Read a document. A short text file is one page; a sound of any length is a recording
        where ``sounds`` are wanted. AppError for a file that is none of these, or can't be
        read."""
        attachment, password = self._attachment(path)
        part, extract = attachment.part, attachment.extract
        if sounds and isinstance(part, Audio):
            extract = read_recording(path, part.name, self._told(path))
            part = Document(
                part.blob,
                part.name,
                part.mime,
                kind=extract.kind,
                unit=extract.unit,
                pages=extract.total,
            )
        if not isinstance(part, Document):
            raise AppError(
                f"{path.name} is not a document.",
                "Ask about it with facet ask, or open it in the window.",
                code="attachment-kind",
            )
        if extract is None:
            return Opened(path, part, single_page(part))
        return Opened(path, part, self._seen_before(part, extract), password)

    def show(self, opened: Opened, page_number: int) -> tuple[str, bytes]:
        """The picture or sound of a page that the model has to see or hear, with the ending of its
        file's name."""
        page = next(page for page in opened.extract.pages if page.number == page_number)
        if page.source == "sound":
            return "wav", piece(opened.path, page.start, page.end)
        return "png", self._reader.render(
            opened.path,
            page_number,
            LOOK_WIDTH,
            name=opened.document.name,
            password=opened.password,
        )

    def keep(self, opened: Opened, extract: Extract) -> None:
        """Remember what has been seen or heard, of all pages of the document."""
        known = {page.number: page for page in extract.pages if page.read}
        pages = tuple(known.get(page.number, page) for page in opened.extract.pages)
        whole = msgspec.structs.replace(opened.extract, pages=pages)
        self._store.put(opened.document.blob, whole)

    def _attachment(self, path: Path) -> tuple[Attachment, str]:
        if "\0" in str(path):
            raise AppError("A file's name has no zero byte in it.", "Correct it.", code="usage")
        password = ""
        while True:
            try:
                return (
                    read_attachment(
                        path, reader=self._reader, password=password, told=self._told(path)
                    ),
                    password,
                )
            except AppError as error:
                if error.code != _PASSWORD or not (sys.stdin and sys.stdin.isatty()):
                    raise
                self._status("")
                password = getpass.getpass(f"Password for {path.name}: ")
                if not password:
                    raise
            finally:
                self._status("")

    def _told(self, path: Path) -> Callable[[int, int], None]:
        def told(read: int, total: int) -> None:
            of = f" of {total:,}" if total else ""
            self._status(f"Opening {path.name}: {read:,}{of}")

        return told

    def _seen_before(self, part: Document, extract: Extract) -> Extract:
        """The extract with the pages that a model has read at another time."""
        if not extract.unread:
            return extract
        known = self._store.get(part.blob)
        return known if known is not None and known.total == extract.total else extract
