"""The file of an evaluated conversation: what stands in it, writing it, reading it.

A file is: ``MAGIC``, the header's length (4 bytes) and checksum (16), the header (msgpack), then
the buffers in pieces, then a checksum (32) over all before. A piece is cut into planes, as most of
its values are of 16 bits: the lower bytes are noise and stay as they are, the upper ones (sign and
exponent) take 70 % of their size with a Huffman code. No other compression gains more on them, and
this one is in Python's own library. A piece on which it gains nothing is stored as it is.
"""

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

Past = int | tuple[str, int]  # a token id, or key and positions of a picture or clip of sound
Bytes = npt.NDArray[np.uint8]

FORMAT = 1
MAGIC = b"FACETKV" + bytes([FORMAT])
PIECE = 2**18  # bytes; what is compressed and written without a pause. Fits the processor's cache
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


class BrokenFileError(Exception):
    """The file is not what it should be."""


class Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a file is about. ``sizes`` are those of the data and of each window in bytes,
    ``places`` the items and position of each window."""

    fingerprint: str
    chat: str
    past: tuple[Past, ...]
    sizes: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, fingerprint: str, state: SavedState) -> "Header":
        """The header of the file of ``state``."""
        sizes = tuple(memoryview(buffer).nbytes for buffer in state.buffers)
        places = tuple((window.items, window.position) for window in state.windows)
        return cls(fingerprint, state.chat, tuple(state.past), sizes, places)

    def state(self, buffers: Sequence[Any]) -> SavedState:
        """The state, from the buffers that were read."""
        data, *rest = buffers
        windows = [
            SavedWindow(items, position, buffer)
            for (items, position), buffer in zip(self.places, rest, strict=True)
        ]
        return SavedState(self.chat, self.past, data, windows)


class Writer:
    """Writes the header, then piece after piece, then ``finish``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.blake2b(digest_size=_DIGEST)

    def header(self, header: Header) -> None:
        """Write what comes first."""
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
        """Write the checksum."""
        self._put(self._digest.digest())

    def _put(self, *parts: bytes | memoryview) -> None:
        for part in parts:
            self._digest.update(part)
            view = memoryview(part)
            while view:  # a raw file may take less than it was given
                view = view[self._file.write(view) :]


class Reader:
    """Gives back what Writer wrote. Raises BrokenFileError for whatever looks otherwise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.blake2b(digest_size=_DIGEST)
        self._left = os.fstat(file.fileno()).st_size
        self._scratch = np.empty(PIECE, np.uint8)

    def header(self) -> Header:
        """What comes first."""
        if self._take(len(MAGIC)) != MAGIC:
            raise BrokenFileError
        size = int.from_bytes(self._take(4), "little")
        expected = self._take(_HEADER_DIGEST)
        data = self._take(size)
        if _header_digest(data) != expected:
            raise BrokenFileError
        try:
            header = msgspec.msgpack.decode(data, type=Header)
        except msgspec.MsgspecError as error:
            raise BrokenFileError from error
        # A plane of each piece is stored as it is: no header can ask for more memory than this.
        if sum(header.sizes) > 2 * self._left or any(size < 0 for size in header.sizes):
            raise BrokenFileError
        if len(header.sizes) != 1 + len(header.places):
            raise BrokenFileError
        return header

    def buffer(self, size: int) -> Bytes:
        """The next ``size`` bytes."""
        buffer = np.empty(size, np.uint8)
        for piece in pieces(buffer):
            self._piece(piece)
        return buffer

    def finish(self) -> None:
        """Check that all of it is right."""
        digest = self._digest.digest()
        if self._take(_DIGEST) != digest or self._left:
            raise BrokenFileError

    def _piece(self, piece: Bytes) -> None:
        packed = int.from_bytes(self._take(4), "little")
        if not packed:
            self._fill(piece)
            return
        half = piece.size // 2
        if piece.size % 2 or packed >= half:
            raise BrokenFileError
        lower = self._scratch[:half]
        self._fill(lower)
        try:
            unpacker = zlib.decompressobj(-15)
            upper = unpacker.decompress(self._take(packed), half)
        except zlib.error as error:
            raise BrokenFileError from error
        if len(upper) != half:
            raise BrokenFileError
        words = piece.view(np.uint16)
        words[:] = np.frombuffer(upper, np.uint8)
        words <<= 8
        words |= lower

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise BrokenFileError
        data = bytearray(size)
        self._fill(np.frombuffer(data, np.uint8))
        return bytes(data)

    def _fill(self, target: Bytes) -> None:
        if target.size > self._left:
            raise BrokenFileError
        view = target.data
        while view:
            count = self._file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise BrokenFileError
            view = view[count:]
        self._left -= target.size
        self._digest.update(target.data)


def _header_digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HEADER_DIGEST).digest()


def pieces(buffer: Bytes) -> Iterator[Bytes]:
    """``buffer`` in the pieces in which it is written."""
    for place in range(0, buffer.size, PIECE):
        yield buffer[place : place + PIECE]
