"""Attachments as files, named by the SHA-256 of what is in them."""

import hashlib
import os
import time
from collections.abc import Set
from pathlib import Path

from app.core.conversation import Attached, blobs_of
from app.core.errors import AppError
from app.storage.disk import explain, write_file

# What is younger may belong to a draft that is just being put together.
GRACE_SECONDS = 24 * 3600.0


class BlobStore:
    """A folder of blobs. The same bytes are kept once. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its hash. AppError when the disk refuses."""
        blob = hashlib.sha256(data).hexdigest()
        path = self.path_of(blob)
        try:
            if path.is_file() and path.stat().st_size == len(data):
                os.utime(path)  # in use again: see collect_garbage
                return blob
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_file(path, data)
        except OSError as error:
            raise explain(error, "The attachment could not be saved.") from error
        return blob

    def path_of(self, blob: str) -> Path:
        """Where the bytes of ``blob`` lie, or would lie. ValueError if it is no hash."""
        if len(blob) != 64 or not set(blob) <= set("0123456789abcdef"):
            raise ValueError(f"not a SHA-256: {blob!r}")
        return self.folder / blob[:2] / blob

    def require(self, blob: str, name: str) -> Path:
        """The path of a blob that is there; AppError calling it ``name`` if it is gone."""
        path = self.path_of(blob)
        if not path.is_file():
            raise AppError(
                f"{name} is no longer in Facet's folder.",
                "Attach it again in a new message.",
                code="blob-missing",
            )
        return path

    def require_all(self, part: Attached) -> None:
        """AppError if a blob that an attachment needs is gone."""
        for blob in blobs_of(part):
            self.require(blob, part.name)

    def collect_garbage(self, in_use: Set[str], grace_seconds: float = GRACE_SECONDS) -> int:
        """Delete the blobs that are not ``in_use`` and not touched for ``grace_seconds``, and what
        a crash left half written. The number of deleted files."""
        deleted = 0
        before = time.time() - grace_seconds
        for path in self.folder.glob("??/*"):
            if path.name in in_use:
                continue
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
                    deleted += 1
            except OSError:
                continue  # open in another program, or gone: the next collection tries again
        return deleted
