"""What has been read of documents, kept by what was in them."""

import os
import time
import zlib
from collections.abc import Set
from pathlib import Path

import msgspec

from app.core.document import Extract
from app.storage.blobs import GRACE_SECONDS
from app.storage.disk import explain, write_file

_LARGEST = 400_000_000  # bytes of one extract, unpacked
_PART = 2**20  # bytes unpacked at a time

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Extract)


class ExtractionStore:
    """A folder of extracts that can be lost at any time: each can be read again from its blob.

    ``version`` is the reader's: what an older one has read is as good as lost. Safe to use from
    several threads.
    """

    def __init__(self, folder: Path, version: int) -> None:
        self.folder = folder
        self._ending = f".{version}"

    def get(self, blob: str) -> Extract | None:
        """What was read of ``blob`` (a SHA-256). None if that isn't known, or not to be read."""
        path = self._path_of(blob)
        try:
            packed = path.read_bytes()
            os.utime(path)  # in use again
            return _decoder.decode(_unpacked(packed))
        except (OSError, ValueError, zlib.error, msgspec.MsgspecError):
            return None

    def put(self, blob: str, extract: Extract) -> None:
        """Keep ``extract`` in place of what was there. AppError when the disk refuses."""
        packed = zlib.compress(_encoder.encode(extract), 3)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(self._path_of(blob), packed)
        except OSError as error:
            raise explain(error, "What was read of the document could not be kept.") from error

    def collect_garbage(self, in_use: Set[str], grace_seconds: float = GRACE_SECONDS) -> None:
        """Delete what isn't of ``in_use``, what an older reader has read, and what a crash left
        half written, as far as it has not been touched for ``grace_seconds``."""
        before = time.time() - grace_seconds
        try:
            paths = list(self.folder.iterdir())
        except OSError:
            return  # there is none yet
        for path in paths:
            if path.stem in in_use and path.suffix == self._ending:
                continue
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except OSError:
                continue  # gone, or open in another program: the next collection tries again

    def _path_of(self, blob: str) -> Path:
        if len(blob) != 64 or not set(blob) <= set("0123456789abcdef"):
            raise ValueError(f"not a SHA-256: {blob!r}")
        return self.folder / f"{blob}{self._ending}"


def _unpacked(packed: bytes) -> bytes:
    """ValueError for what isn't whole or has more than ``_LARGEST`` bytes."""
    unpacker = zlib.decompressobj()
    parts, size = [], 0
    while packed and not unpacker.eof:
        part = unpacker.decompress(packed, _PART)
        packed = unpacker.unconsumed_tail
        size += len(part)
        if size > _LARGEST:
            raise ValueError("too large")
        parts.append(part)
    if not unpacker.eof:
        raise ValueError("cut off")
    return b"".join(parts)
