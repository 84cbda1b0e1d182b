"""What kind of thing a file is, and what a message says of it.

The bytes decide; the name is asked only where bytes can't tell (a picture format that is text, a
kind that can't be read, which the error then names).
"""

import contextlib
import hashlib
import mimetypes
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, Protocol

import numpy as np

from app.core.conversation import Attached, Audio, Document, Image
from app.core.document import Extract
from app.core.errors import AppError
from app.core.media_limits import MAX_BYTES
from app.core.reading.tokens import estimate
from app.documents import (
    decoding,
    film,
    folder,
    lines,
    pictures,
    recordings,
    sounds,
    text_files,
    unreadable,
)
from app.documents.file_bytes import read_bytes, too_large
from app.documents.reader import formats

KINDS = "Facet reads pictures, sounds, films, PDF and Office files, books, web pages and text."
_FEW_KINDS = "Here Facet reads pictures, sounds (WAV, MP3, FLAC, Ogg) and text files."

MAX_TEXT = 20_000_000  # bytes of a text file that is read in pieces
_HEAD = 8192  # bytes that tell what kind of file it is
_TOKENS_OF_SCAN = 700  # about what a page becomes that has still to be seen
_TOKENS_A_SECOND = 4  # of speech that has still to be heard

# What mimetypes doesn't know everywhere.
_MIMES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "odt": "application/vnd.oasis.opendocument.text",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "epub": "application/epub+zip",
    "rtf": "application/rtf",
    "html": "text/html",
    "eml": "message/rfc822",
}

Told = Callable[[int, int], None]  # how many pages have been read, and of how many


class DocumentReader(Protocol):
    """What reads documents with pages: ``reader.client.Reader``, in a process of its own."""

    def extract(
        self,
        path: Path,
        name: str,
        *,
        password: str = "",
        told: Told = ...,
        stop: threading.Event | None = None,
    ) -> Extract:
        """All pages of the file at ``path``; see ``reader.client.Reader``."""
        ...


@dataclass(frozen=True)
class Attachment:
    """A file that was understood.

    ``data`` are the bytes to be kept, whose SHA-256 is the part's blob: the file as it was given;
    of a folder its encoded extract, of a film the list of what was taken from it. ``more`` are
    bytes to be kept besides: the pictures and the sound of a film. ``thumbnail`` is a PNG of at
    most ``pictures.THUMBNAIL`` pixels, for pictures and films. ``extract`` is what has been read
    of a document with pages.
    """

    kind: Literal["image", "audio", "document", "video"]
    part: Attached
    data: bytes
    thumbnail: bytes | None = None
    extract: Extract | None = None
    more: tuple[bytes, ...] = ()


def read_attachment(
    source: Path | bytes,
    name: str = "",
    *,
    reader: DocumentReader | None = None,
    password: str = "",
    told: Told = lambda _read, _total: None,
    stop: threading.Event | None = None,
) -> Attachment:
    """Read a file or a folder, or bytes that came without one (from the clipboard), under ``name``.

    Documents with pages need a ``reader``; without one, only pictures, sounds and text files are
    read. ``told`` hears how far the reading is, ``stop`` ends it (AppError "document-stopped").

    AppError for a file that can't be opened, is empty, damaged, too large or of a kind that Facet
    does not read; its ``what`` names the file. Its code is "document-password" where ``password``
    is missing or wrong.
    """
    name = printable(name or (source.name if isinstance(source, Path) else ""))
    if isinstance(source, Path) and reader is not None and source.is_dir():
        return _folder(folder.read_folder(source, told, stop))
    intake = _Intake(source, name, reader, password, told, stop)
    return intake.understood()


def printable(name: str) -> str:
    """A file's name as text that can be stored and shown: names on Linux are bytes, and those
    that are no UTF-8 reach Python as lone surrogates."""
    return name.encode("utf-8", "replace").decode("utf-8")


class _Intake:
    """A file on its way to becoming an attachment."""

    def __init__(
        self,
        source: Path | bytes,
        name: str,
        reader: DocumentReader | None,
        password: str,
        told: Told,
        stop: threading.Event | None,
    ) -> None:
        self._source = source
        self._name = name
        self._ending = PurePath(name).suffix.lower()
        self._reader = reader
        self._password = password
        self._told = told
        self._stop = stop

    def understood(self) -> Attachment:
        """What the file is."""
        name, ending = self._name, self._ending
        head = self._data(_HEAD)
        if not head:
            raise AppError(f"{name} is empty.", "Choose another file.", code="attachment-empty")
        if head.startswith(folder.MAGIC):
            return _folder(folder.decode(self._data()))
        if self._reader is not None:
            if film.is_container(head):
                return self._film()
            if sounds.is_other_sound(head, ending):
                return self._other_sound()
        if sounds.looks_like_sound(head, ending):
            return self._sound()
        picture_name = ending in pictures.endings()
        if self._reader is not None and not picture_name:
            form = formats.kind_of(head, name)
            if form not in ("", "text", "csv"):
                return self._document(self._reader, form)
        if (kind := unreadable.kind_of(head, ending)) is not None:
            raise AppError(
                f"{name} was not added: Facet can't read {kind}.",
                self._kinds,
                code="attachment-kind",
            )
        return self._picture_or_text(picture_name)

    # -- kinds ----------------------------------------------------------------------------------

    def _picture_or_text(self, picture_name: bool) -> Attachment:
        """Some picture formats are text, and some text begins like one of them. The name knows
        best."""
        name = self._name
        data = self._data()
        most = text_files.MAX_BYTES if self._reader is None else MAX_TEXT
        small = len(data) <= most
        text = text_files.decode_surely(data) if small and not picture_name else None
        if text is None:
            picture = pictures.read(data, name, expected=picture_name)
            if picture is not None:
                part = Image(
                    _blob(data),
                    name,
                    picture.mime,
                    picture.width,
                    picture.height,
                    text_height=picture.text_height,
                )
                return Attachment("image", part, data, picture.thumbnail)
            if not small and text_files.begins_like_text(data):
                raise too_large(name, len(data), most, "text file")
            text = text_files.decode(data) if small else None
        if text is None:
            raise AppError(f"Facet can't read {name}.", self._kinds, code="attachment-kind")
        if not text.strip():
            raise _no_words(name)
        mime = mimetypes.guess_type(name)[0] or "text/plain"
        if self._reader is not None and not lines.is_short(text):
            return _with_pages(lines.text_extract(text, name), data, mime)
        return Attachment("document", Document(_blob(data), name, mime, text), data)

    def _document(self, reader: DocumentReader, kind: str) -> Attachment:
        """What has pages, which a process of its own reads."""
        name = self._name
        data = self._data()
        with self._file() as path:
            extract = reader.extract(
                path, name, password=self._password, told=self._told, stop=self._stop
            )
        if not extract.unread and not any(page.text.strip() for page in extract.pages):
            raise _no_words(name)
        mime = mimetypes.guess_type(name)[0] or _MIMES.get(kind, "application/octet-stream")
        return _with_pages(extract, data, mime)

    def _sound(self) -> Attachment:
        """A sound that the engine takes as it is."""
        name = self._name
        data = self._data()
        mime, seconds = sounds.measure(data, name)
        if self._reader is not None and seconds > recordings.LONG:
            with self._file() as path:
                return self._recording(path, mime)
        return Attachment("audio", Audio(_blob(data), name, mime, seconds), data)

    def _other_sound(self) -> Attachment:
        with self._file() as path:
            return self._decoded(path)

    def _decoded(self, path: Path) -> Attachment:
        """A sound of another kind, or that of a film, as one that the engine takes."""
        with decoding.Sound(path, self._name) as sound:
            if sound.seconds > recordings.LONG:
                return self._recording(path, sound.mime)
            blocks = list(sound.blocks(0.0, recordings.LONG + 1, self._stop))
            samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
            if samples.size > recordings.LONG * decoding.RATE:
                return self._recording(path, sound.mime)
        if not samples.size:
            raise AppError(
                f"{self._name} has no sound in it.", "Choose another file.", code="attachment-empty"
            )
        data = sounds.encode(samples, decoding.RATE)
        seconds = samples.size / decoding.RATE
        return Attachment("audio", Audio(_blob(data), self._name, sounds.MIME, seconds), data)

    def _recording(self, path: Path, mime: str) -> Attachment:
        """Speech by the hour, as a document whose pages wait to be heard."""
        extract = recordings.read_recording(path, self._name, self._told, self._stop)
        if path.stat().st_size <= MAX_BYTES:
            return _with_pages(extract, path.read_bytes(), mime)
        # Too much to be kept as it is: what a model hears of it is a fiftieth.
        with decoding.Sound(path, self._name) as sound:
            data = sounds.squeezed(sound.blocks(stop=self._stop), decoding.RATE)
        return _with_pages(extract, data, "audio/ogg")

    def _film(self) -> Attachment:
        name = self._name
        with self._file() as path:
            shots = film.take_shots(path, name, self._told, self._stop)
            if not shots.shots:
                found = self._decoded(path)
                speaks = found.extract is None or found.extract.unread
                if speaks or not shots.moving:
                    return found
                # Nobody says a word in all of it: what there is to it is to be seen.
                shots = film.take_shots(path, name, self._told, self._stop, always=True)
        video, data, more = film.video_of(shots, name)
        first = shots.shots[len(shots.shots) // 3].jpeg  # many films begin in black
        picture = pictures.read(first, name)
        thumbnail = picture.thumbnail if picture is not None else None
        return Attachment("video", video, data, thumbnail, more=more)

    # -- the bytes ------------------------------------------------------------------------------

    @property
    def _kinds(self) -> str:
        return _FEW_KINDS if self._reader is None else KINDS

    def _data(self, head: int = 0) -> bytes:
        """All bytes, or the first ``head`` ones."""
        if isinstance(self._source, bytes):
            return self._source[:head] if head else self._source
        return read_bytes(self._source, self._name, head)

    @contextlib.contextmanager
    def _file(self) -> Iterator[Path]:
        """The path of the file; that of one for the moment where there are bytes only."""
        if isinstance(self._source, Path):
            yield self._source
            return
        with tempfile.TemporaryDirectory(prefix="facet-") as place:
            path = Path(place) / "file"
            path.write_bytes(self._source)
            yield path


def _with_pages(extract: Extract, data: bytes, mime: str) -> Attachment:
    tokens = sum(estimate(page.text) for page in extract.pages)
    for page in extract.pages:
        if not page.read:
            spoken = (page.end - page.start) * _TOKENS_A_SECOND
            tokens += int(spoken) if page.source == "sound" else _TOKENS_OF_SCAN
    part = Document(
        _blob(data),
        extract.name,
        mime,
        kind=extract.kind,
        unit=extract.unit,
        pages=extract.total,
        tokens=tokens,
        seconds=extract.pages[-1].end if extract.unit == "time" else 0.0,
    )
    return Attachment("document", part, data, extract=extract)


def _folder(extract: Extract) -> Attachment:
    data = folder.encode(extract)
    part = folder.document_of(extract, _blob(data))
    return Attachment("document", part, data, extract=extract)


def _blob(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _no_words(name: str) -> AppError:
    return AppError(f"{name} has no words in it.", "Choose another file.", code="attachment-empty")
