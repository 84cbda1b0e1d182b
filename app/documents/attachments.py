"""What kind of thing a file is, and what a message says of it.

The bytes decide; the name is asked only where bytes can't tell (a picture format that is text, a
kind that can't be read, which the error then names).
"""

import hashlib
import mimetypes
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, Protocol

from app.core.conversation import Attached, Audio, Document, Image
from app.core.document import Extract
from app.core.errors import AppError
from app.core.media_limits import MAX_BYTES
from app.documents import pictures, sounds, text_files

KINDS = "Facet reads pictures, sounds (WAV, MP3, FLAC, Ogg) and text files."

# First bytes of files that are neither picture, sound nor text, and what to call them.
_UNREADABLE = (
    (b"%PDF-", "PDF files"),
    (b"{\\rtf", "RTF files"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office files"),
    (b"PK\x03\x04", "ZIP files"),
    (b"PK\x05\x06", "ZIP files"),
    (b"\x1f\x8b", "compressed files"),
    (b"BZh", "compressed files"),
    (b"\xfd7zXZ\x00", "compressed files"),
    (b"7z\xbc\xaf\x27\x1c", "compressed files"),
    (b"\x28\xb5\x2f\xfd", "compressed files"),
    (b"Rar!\x1a\x07", "compressed files"),
    (b"\x7fELF", "programs"),
    (b"GGUF", "model files as attachments"),
    (b"SQLite format 3\x00", "databases"),
    (b"\x1aE\xdf\xa3", "videos"),
)
_OFFICE = {
    ".docx": "Word files",
    ".xlsx": "Excel files",
    ".pptx": "PowerPoint files",
    ".odt": "OpenDocument files",
    ".ods": "OpenDocument files",
    ".odp": "OpenDocument files",
    ".epub": "EPUB files",
}
_MPEG4_SOUNDS = {".m4a", ".m4b", ".aac"}


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
    if isinstance(source, bytes):
        data, name = source, printable(name)
    else:
        name = printable(name or source.name)
        data = _read(source, name)
    if not data:
        raise AppError(f"{name} is empty.", "Choose another file.", code="attachment-empty")
    return _understand(data, name)


def printable(name: str) -> str:
    """A file's name as text that can be stored and shown: names on Linux are bytes, and those
    that are no UTF-8 reach Python as lone surrogates."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _understand(data: bytes, name: str) -> Attachment:
    ending = PurePath(name).suffix.lower()
    blob = hashlib.sha256(data).hexdigest()
    if sounds.looks_like_sound(data, ending):
        mime, seconds = sounds.measure(data, name)
        return Attachment("audio", Audio(blob, name, mime, seconds), data)
    if (unreadable := _unreadable(data, ending)) is not None:
        raise AppError(
            f"{name} was not added: Facet can't read {unreadable} yet.",
            KINDS,
            code="attachment-kind",
        )
    # Some picture formats are text, and some text begins like one of them. The name knows best.
    picture_name = ending in pictures.endings()
    small = len(data) <= text_files.MAX_BYTES
    text = text_files.decode_surely(data) if small and not picture_name else None
    if text is None:
        picture = pictures.read(data, name, expected=picture_name)
        if picture is not None:
            part = Image(
                blob,
                name,
                picture.mime,
                picture.width,
                picture.height,
                text_height=picture.text_height,
            )
            return Attachment("image", part, data, picture.thumbnail)
        if not small and text_files.begins_like_text(data):
            raise _too_large(name, len(data), text_files.MAX_BYTES, "text file")
        text = text_files.decode(data) if small else None
    if text is None:
        raise AppError(f"Facet can't read {name}.", KINDS, code="attachment-kind")
    if not text.strip():
        raise AppError(
            f"{name} has no words in it.", "Choose another file.", code="attachment-empty"
        )
    mime = mimetypes.guess_type(name)[0] or "text/plain"
    return Attachment("document", Document(blob, name, mime, text), data)


def _read(path: Path, name: str) -> bytes:
    try:
        # Not blocking: a named pipe that nobody writes to would hold the job for ever.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise _not_a_file(name)
            if status.st_size > MAX_BYTES:
                raise _too_large(name, status.st_size, MAX_BYTES, "file")
            # It may have grown since; files in /proc say 0 and have bytes all the same.
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AppError(
            f"{name} is not there any more.",
            "Look where it was moved to and add it again.",
            code="attachment-missing",
        ) from error
    except IsADirectoryError as error:
        raise _not_a_file(name) from error
    except PermissionError as error:
        if path.is_dir():  # what Windows says of folders
            raise _not_a_file(name) from error
        raise AppError(
            f"The system doesn't let Facet read {name}.",
            "Check the permissions of the file.",
            code="attachment-refused",
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise AppError(
            f"{name} can't be read. The system says: {reason}.",
            "Check the disk it is on, or copy it elsewhere and add that.",
            code="attachment-refused",
        ) from error
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data), MAX_BYTES, "file")
    return data


def _unreadable(data: bytes, ending: str) -> str | None:
    if data[:2] == b"PK" and ending in _OFFICE:
        return _OFFICE[ending]
    if data[:2] == b"MZ" and ending in {".exe", ".dll"}:
        return "programs"
    if data[4:8] == b"ftyp" and data[8:12] not in pictures.MPEG4_BRANDS:
        if data[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
            return "HEIC pictures"
        return "M4A sounds" if ending in _MPEG4_SOUNDS else "videos"
    if data[:3] == b"\x00\x00\x01" and ending in {".mpg", ".mpeg"}:
        return "videos"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "videos"
    for start, kind in _UNREADABLE:
        if data.startswith(start):
            return kind
    return None


def _not_a_file(name: str) -> AppError:
    return AppError(
        f"{name} is a folder or a device, not a file.", "Add files one by one.", code="attachment"
    )


def _too_large(name: str, size: int, limit: int, what: str) -> AppError:
    return AppError(
        f"{name} is too large: {_megabytes(size)} of at most {_megabytes(limit)} for a {what}.",
        "Choose a smaller file, or a part of it.",
        code="attachment-large",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"
