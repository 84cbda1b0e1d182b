"""Small versions of the pictures, so that the window never decodes a large or an odd one."""

import logging
import time
from collections.abc import Callable, Set
from pathlib import Path

from app import documents
from app.core.conversation import Image
from app.session.jobs import Jobs
from app.storage.blobs import GRACE_SECONDS, BlobStore
from app.storage.disk import write_file

_log = logging.getLogger("log.thumbnails")


class Thumbnails:
    """A folder of PNG files, one for each picture, that can be made again at any time."""

    def __init__(self, folder: Path, blobs: BlobStore, jobs: Jobs) -> None:
        self._folder = folder
        self._blobs = blobs
        self._jobs = jobs

    def path_of(self, blob: str) -> str | None:
        """Where the thumbnail of a picture lies; None if there is none yet."""
        path = self._path(blob)
        return str(path) if path.is_file() else None

    def keep(self, blob: str, png: bytes) -> str | None:
        """Write a thumbnail and return its path; None if the disk refuses, for a missing
        thumbnail is no reason to lose the picture. Not on the main thread."""
        path = self._path(blob)
        try:
            write_file(path, png)
        except OSError as error:
            _log.warning("not kept: %s", error)
            return None
        return str(path)

    def request(self, picture: Image, ready: Callable[[str], None]) -> None:
        """Call ``ready`` with the path of the picture's thumbnail, at once if it is there, else
        when it has been made; never if the picture is gone."""
        if (path := self.path_of(picture.blob)) is not None:
            ready(path)
            return

        def done(path: str | None) -> None:
            if path is not None:
                ready(path)

        def failed(error: Exception) -> None:
            _log.warning("not made: %s", error)

        self._jobs.run(lambda: self._make(picture), done, failed)

    def collect_garbage(self, in_use: Set[str]) -> None:
        """Delete the thumbnails of pictures that no conversation has. Not on the main thread."""
        before = time.time() - GRACE_SECONDS
        for path in self._folder.iterdir():
            try:
                if path.stem not in in_use and path.stat().st_mtime < before:
                    path.unlink()
            except OSError as error:
                _log.warning("not deleted: %s", error)

    def _make(self, picture: Image) -> str | None:
        path = self._blobs.require(picture.blob, picture.name)
        png = documents.read_attachment(path, picture.name).thumbnail
        return self.keep(picture.blob, png) if png is not None else None

    def _path(self, blob: str) -> Path:
        return self._folder / f"{blob}.png"
