"""Evaluated conversations on disk, so that a chat of yesterday goes on at once.

A file holds the KV cache of one conversation as llama.cpp gave it, for one model with one set of
settings (the ``fingerprint``). It is a cache: whatever is stale, damaged or strange is deleted and
counts as not there. llama.cpp trusts what it is given, so nothing leaves here before the checksum
over the whole file was right. That guards against damage and mix-ups, not against somebody who
writes into the person's own folders; they could replace the model as well.

A file is: ``MAGIC``, the header's length (4 bytes) and checksum (16), the header (msgpack), then
the buffers in pieces, then a checksum (32) over all before. A piece is cut into planes, as most of
its values are of 16 bits: the lower bytes are noise and stay as they are, the upper ones (sign and
exponent) take 70 % of their size with a Huffman code. No other compression gains more on them, and
this one is in Python's own library. A piece on which it gains nothing is stored as it is.
"""

import hashlib
import os
import re
import secrets
import shutil
import stat
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from app.core.state_names import state_name, state_pattern

Past = int | tuple[str, int]  # a token id, or key and positions of a picture or clip of sound
Bytes = npt.NDArray[np.uint8]

FORMAT = 1
MAGIC = b"FACETKV" + bytes([FORMAT])
PIECE = 2**18  # bytes; what is compressed and written without a pause. Fits the processor's cache
SPARE = 2 * 2**30  # bytes of the disk that are left to others
ABANDONED = 15 * 60  # seconds after which nobody goes on writing a temporary file
STATE, TEMPORARY = ".state", ".tmp"  # endings of file names
_HEADER_DIGEST, _DIGEST = 16, 32  # bytes


@dataclass(frozen=True)
class SavedWindow:
    """What the sliding-window layers held after the first ``items`` items, which end at
    ``position``. ``data`` is a buffer of bytes."""

    items: int
    position: int
    data: Any


@dataclass(frozen=True)
class SavedState:
    """An evaluated conversation: what stands at each place of its KV cache, and the cache itself.

    ``data`` and those of the windows are buffers of bytes; NumPy arrays if it was loaded.
    """

    chat: str
    past: Sequence[Past]
    data: Any
    windows: Sequence[SavedWindow] = ()

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(memoryview(buffer).nbytes for buffer in self.buffers)

    @property
    def buffers(self) -> list[Any]:
        """The data, then those of the windows."""
        return [self.data, *(window.data for window in self.windows)]


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
        self._headers: dict[Path, tuple[object, _Header]] = {}  # with the file's identity

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
                reader = _Reader(file)
                header = self._check(reader.header(), path)
                state = header.state([reader.buffer(size) for size in header.sizes])
                reader.finish()
            _touch(path)
            self._headers[path] = (_identity(path.lstat()), header)
        except (_Broken, MemoryError) as error:
            if isinstance(error, _Broken):
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
        header = _Header.of(self._fingerprint, state)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0) as file:
            writer = _Writer(file)
            writer.header(header)
            for buffer in state.buffers:
                for piece in _pieces(np.frombuffer(buffer, np.uint8)):
                    if not breathe():
                        return False
                    writer.piece(piece)
            writer.finish()
        return True

    def _header(self, path: Path) -> "_Header | None":
        try:
            identity = _identity(path.lstat())
            if path in self._headers and self._headers[path][0] == identity:
                return self._headers[path][1]
            with _open_regular(path) as file:
                header = self._check(_Reader(file).header(), path)
        except OSError:
            return None
        except _Broken:
            self._remove(path)
            return None
        self._headers[path] = (identity, header)
        return header

    def _check(self, header: "_Header", path: Path) -> "_Header":
        if header.fingerprint != self._fingerprint or self._path(header.chat) != path:
            raise _Broken
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


# -- the format ------------------------------------------------------------------------------------


class _Broken(Exception):
    """The file is not what it should be."""


class _Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    fingerprint: str
    chat: str
    past: tuple[Past, ...]
    sizes: tuple[int, ...]  # of the data, then of each window; bytes
    places: tuple[tuple[int, int], ...]  # items and position of each window

    @classmethod
    def of(cls, fingerprint: str, state: SavedState) -> "_Header":
        sizes = tuple(memoryview(buffer).nbytes for buffer in state.buffers)
        places = tuple((window.items, window.position) for window in state.windows)
        return cls(fingerprint, state.chat, tuple(state.past), sizes, places)

    def state(self, buffers: Sequence[Any]) -> SavedState:
        data, *rest = buffers
        windows = [
            SavedWindow(items, position, buffer)
            for (items, position), buffer in zip(self.places, rest, strict=True)
        ]
        return SavedState(self.chat, self.past, data, windows)


class _Writer:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.blake2b(digest_size=_DIGEST)

    def header(self, header: _Header) -> None:
        data = msgspec.msgpack.encode(header)
        self._put(MAGIC, len(data).to_bytes(4, "little"), _header_digest(data), data)

    def piece(self, piece: Bytes) -> None:
        """The upper plane's size, 0 if the piece is stored as it is; lower plane; upper plane."""
        upper = b""
        if piece.size % 2 == 0:
            words = piece.view(np.uint16)
            packer = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_HUFFMAN_ONLY)
            upper = packer.compress((words >> 8).astype(np.uint8).data) + packer.flush()
        if 0 < len(upper) < piece.size // 2:
            lower = words.astype(np.uint8)
            self._put(len(upper).to_bytes(4, "little"), lower.data, upper)
        else:
            self._put(bytes(4), piece.data)

    def finish(self) -> None:
        self._put(self._digest.digest())

    def _put(self, *parts: bytes | memoryview) -> None:
        for part in parts:
            self._digest.update(part)
            view = memoryview(part)
            while view:  # a raw file may take less than it was given
                view = view[self._file.write(view) :]


class _Reader:
    """Gives back what _Writer wrote. Raises _Broken for whatever looks otherwise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.blake2b(digest_size=_DIGEST)
        self._left = os.fstat(file.fileno()).st_size
        self._scratch = np.empty(PIECE, np.uint8)

    def header(self) -> _Header:
        if self._take(len(MAGIC)) != MAGIC:
            raise _Broken
        size = int.from_bytes(self._take(4), "little")
        expected = self._take(_HEADER_DIGEST)
        data = self._take(size)
        if _header_digest(data) != expected:
            raise _Broken
        try:
            header = msgspec.msgpack.decode(data, type=_Header)
        except msgspec.MsgspecError as error:
            raise _Broken from error
        # A plane of each piece is stored as it is: no header can ask for more memory than this.
        if sum(header.sizes) > 2 * self._left or any(size < 0 for size in header.sizes):
            raise _Broken
        if len(header.sizes) != 1 + len(header.places):
            raise _Broken
        return header

    def buffer(self, size: int) -> Bytes:
        """The next ``size`` bytes."""
        buffer = np.empty(size, np.uint8)
        for piece in _pieces(buffer):
            self._piece(piece)
        return buffer

    def finish(self) -> None:
        """Check that all of it is right."""
        digest = self._digest.digest()
        if self._take(_DIGEST) != digest or self._left:
            raise _Broken

    def _piece(self, piece: Bytes) -> None:
        packed = int.from_bytes(self._take(4), "little")
        if not packed:
            self._fill(piece)
            return
        half = piece.size // 2
        if piece.size % 2 or packed >= half:
            raise _Broken
        lower = self._scratch[:half]
        self._fill(lower)
        try:
            unpacker = zlib.decompressobj(-15)
            upper = unpacker.decompress(self._take(packed), half)
        except zlib.error as error:
            raise _Broken from error
        if len(upper) != half:
            raise _Broken
        words = piece.view(np.uint16)
        words[:] = np.frombuffer(upper, np.uint8)
        words <<= 8
        words |= lower

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise _Broken
        data = bytearray(size)
        self._fill(np.frombuffer(data, np.uint8))
        return bytes(data)

    def _fill(self, target: Bytes) -> None:
        if target.size > self._left:
            raise _Broken
        view = target.data
        while view:
            count = self._file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise _Broken
            view = view[count:]
        self._left -= target.size
        self._digest.update(target.data)


def _header_digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HEADER_DIGEST).digest()


def _pieces(buffer: Bytes) -> Iterator[Bytes]:
    for place in range(0, buffer.size, PIECE):
        yield buffer[place : place + PIECE]


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
