"""Evaluated conversations on disk, so that a chat of yesterday goes on at once.

A file holds the KV cache of one conversation as llama.cpp gave it, for one model with one set of
settings (the ``fingerprint``). It is a cache: whatever is stale, damaged or strange is deleted and
counts as not there. llama.cpp trusts what it is given, so nothing leaves here before the checksum
over the whole file was right. That guards against damage and mix-ups, not against somebody who
writes into the person's own folders; they could replace the model as well.
"""

import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.core.state_names import state_name, state_pattern
from app.engine.state_file import (
    FORMAT,
    BrokenFileError,
    Header,
    Past,
    Reader,
    SavedState,
    Writer,
    pieces,
)

SPARE = 2 * 2**30  # bytes of the disk that are left to others
ABANDONED = 15 * 60  # seconds after which nobody goes on writing a temporary file
STATE, TEMPORARY = ".state", ".tmp"  # endings of file names


class StateStore:
    """The states in ``folder`` that the model and settings of ``fingerprint`` can go on with.

    All files there, those of other fingerprints too, take ``limit`` bytes at most; the least
    recently used go first. Several processes may share the folder. Nothing here raises OSError:
    what can't be read is not there, what can't be written is not kept.
    """

    def __init__(self, folder: Path, fingerprint: str, limit: int, spare: int = SPARE) -> None:
        self.limit = limit
        self._folder = folder
        self._fingerprint = fingerprint
        self._ending = f".{state_name(fingerprint)[:16]}{STATE}"
        self._spare = spare
        self._headers: dict[Path, tuple[object, Header]] = {}  # with the file's identity

    def takes(self, size: int) -> bool:
        """Whether a state of ``size`` bytes may be written at all: half the limit at most."""
        return size <= self.limit // 2

    def save(self, state: SavedState, breathe: Callable[[], bool]) -> bool:
        """Write ``state`` in place of an older one of its chat; False if that was not possible or
        not wanted: ``takes`` says no, or the disk is full.

        ``breathe`` is called before each piece of 256 KiB. It may wait while the model is at work;
        when it returns False, or raises, everything stays as it was.
        """
        path = self._path(state.chat)
        temporary = path.with_suffix(f".{secrets.token_hex(8)}{TEMPORARY}")
        try:
            if not self.takes(state.bytes) or not self._make_room(state.bytes):
                return False
            try:
                if not self._write(temporary, state, breathe):
                    return False
                _touch(temporary)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            self._evict(self._bound(), keep=path)
        except OSError:
            return False
        return True

    def past_of(self, chat: str) -> tuple[Past, ...]:
        """What the stored state of ``chat`` has evaluated; empty if there is none. Cheap."""
        header = self._header(self._path(chat))
        return header.past if header is not None and header.chat == chat else ()

    def chats(self) -> list[str]:
        """The chats whose states can be used, the most recently used first."""
        files = [file for file in _files(self._folder) if file.path.name.endswith(self._ending)]
        headers = [self._header(file.path) for file in sorted(files, reverse=True)]
        return [header.chat for header in headers if header is not None]

    def load(self, chat: str) -> SavedState | None:
        """The whole state of ``chat``, verified, or None."""
        path = self._path(chat)
        try:
            with _open_regular(path) as file:
                reader = Reader(file)
                header = self._check(reader.header(), path)
                state = header.state([reader.buffer(size) for size in header.sizes])
                reader.finish()
            _touch(path)
            self._headers[path] = (_identity(path.lstat()), header)
        except (BrokenFileError, MemoryError) as error:
            if isinstance(error, BrokenFileError):
                self._remove(path)
            return None
        except OSError:
            return None
        return state

    def forget(self, chat: str) -> None:
        """Delete all files of ``chat``, those of other fingerprints too."""
        for path in files_of(self._folder, chat):
            self._remove(path)

    def tidy(self) -> None:
        """Delete what an interrupted process left, and what is beyond the limit."""
        now = time.time()
        for file in _files(self._folder, TEMPORARY):
            # Another process may be writing one just now.
            if now - file.used / 1e9 > ABANDONED:
                self._remove(file.path)
        try:
            self._evict(self._bound())
        except OSError:
            pass

    # -- files -----------------------------------------------------------------------------------

    def _path(self, chat: str) -> Path:
        return self._folder / (state_name(chat) + self._ending)

    def _write(self, path: Path, state: SavedState, breathe: Callable[[], bool]) -> bool:
        header = Header.of(self._fingerprint, state)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0) as file:
            writer = Writer(file)
            writer.header(header)
            for buffer in state.buffers:
                for piece in pieces(np.frombuffer(buffer, np.uint8)):
                    if not breathe():
                        return False
                    writer.piece(piece)
            writer.finish()
        return True

    def _header(self, path: Path) -> "Header | None":
        try:
            identity = _identity(path.lstat())
            if path in self._headers and self._headers[path][0] == identity:
                return self._headers[path][1]
            with _open_regular(path) as file:
                header = self._check(Reader(file).header(), path)
        except OSError:
            return None
        except BrokenFileError:
            self._remove(path)
            return None
        self._headers[path] = (identity, header)
        return header

    def _check(self, header: "Header", path: Path) -> "Header":
        if header.fingerprint != self._fingerprint or self._path(header.chat) != path:
            raise BrokenFileError
        return header

    def _remove(self, path: Path) -> bool:
        self._headers.pop(path, None)
        try:
            path.unlink(missing_ok=True)
        except OSError:  # a folder, or a file that another process reads (Windows)
            return False
        return True

    # -- room ------------------------------------------------------------------------------------

    def _make_room(self, size: int) -> bool:
        """Let the disk have ``size`` bytes for a new file, if need be in place of older ones."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        bound = self._bound() - size
        if bound < 0:
            return False
        if bound < self.limit - size:  # the disk is the narrower of both
            self._evict(bound)
        return shutil.disk_usage(self._folder).free - self._spare >= size

    def _bound(self) -> int:
        """How many bytes all files may take: the limit, or less where the disk is nearly full."""
        ours = sum(file.size for file in _files(self._folder))
        return min(self.limit, ours + shutil.disk_usage(self._folder).free - self._spare)

    def _evict(self, bound: int, keep: Path | None = None) -> None:
        """Delete the least recently used files until the rest takes ``bound`` bytes."""
        files = sorted(_files(self._folder))
        taken = sum(file.size for file in files)
        for file in files:
            if taken <= bound:
                return
            if file.path != keep and self._remove(file.path):
                taken -= file.size


def files_of(folder: Path, chat: str) -> list[Path]:
    """All files in ``folder`` that belong to ``chat``, whole or half-written."""
    return list(folder.glob(state_pattern(chat)))


# -- identity of a model ---------------------------------------------------------------------------

HEAD = 32 * 2**20  # bytes; more than the metadata and the table of tensors of any Gemma take
SAMPLES, SAMPLE = 64, 2**16


def fingerprint(model: str | Path, projector: str | Path | None = None, **settings: object) -> str:
    """Names the model files together with all ``settings`` that decide what a state looks like:
    context size, batch, flash attention, KV types, device, build of llama.cpp … (their ``repr``
    counts). 32 hexadecimal digits. Raises OSError.

    Of a file of more than 36 MiB only a part is read: its size and time of change, its beginning
    (all metadata, the vocabulary, the chat template and the place and type of each tensor) and 64
    blocks all over the weights. That is enough, for two files that differ between the blocks only
    would have to be of the same size and age: training and quantising change every tensor, a
    download that went wrong or is not complete changes the size or whole stretches, and a program
    that edits a tensor in place changes the time. A file that was copied may get another
    fingerprint, which costs time once, never a wrong answer.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((FORMAT, sorted(settings.items()))).encode())
    for path in (model, projector):
        digest.update(_sample(Path(path)) if path else b"none")
    return digest.hexdigest()


def _sample(path: Path) -> bytes:
    digest = hashlib.blake2b()
    block = memoryview(bytearray(SAMPLE))
    with path.open("rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        size = found.st_size
        digest.update(repr((size, found.st_mtime_ns)).encode())
        step = max(SAMPLE, (size - HEAD) // SAMPLES)
        for place in (*range(0, HEAD, SAMPLE), *range(HEAD, size, step), max(HEAD, size - SAMPLE)):
            file.seek(place)
            digest.update(block[: file.readinto(block)])
    return digest.digest()


# -- the folder ------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class _File:
    used: int  # nanoseconds since 1970
    path: Path
    size: int


_OURS = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{16}(\.state|\.[0-9a-f]{16}\.tmp)")


def _files(folder: Path, suffix: str = STATE) -> Iterator[_File]:
    """Our files in ``folder``, in no order; none if there is no such folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            ours = _OURS.fullmatch(entry.name) and entry.name.endswith(suffix)
            if ours and entry.is_file(follow_symlinks=False):
                found = entry.stat(follow_symlinks=False)
                yield _File(found.st_mtime_ns, Path(entry.path), found.st_size)
        except OSError:  # deleted meanwhile
            continue


def _open_regular(path: Path) -> BinaryIO:
    """Open ``path`` for reading; OSError unless it is an ordinary file."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"not a file: {path}")
    return path.open("rb", buffering=0)


def _touch(path: Path) -> None:
    # Not the file system's own clock: it may be too coarse to tell two uses apart.
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _identity(found: os.stat_result) -> object:
    return found.st_mtime_ns, found.st_size, found.st_ino
