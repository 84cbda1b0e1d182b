"""The app's end of the reader: starts the processes in which documents are read, and ends them.

No Qt here. Nothing of a document's bytes is parsed in the process that calls this.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.core.document import Extract
from app.documents.reader.limits import Limits


class Box(msgspec.Struct, frozen=True):
    """A rectangle on a page, as shares (0 to 1) of its width and height, from the top left."""

    x: float
    y: float
    width: float
    height: float


DEFAULT = Limits()


class Reader:
    """Reads documents in processes that can be killed. Safe to use from several threads.

    Each ``extract`` has a process of its own, so several documents are read side by side. One more
    is kept for looking (``render``, ``sizes``, ``locate``), which take turns; it ends by itself
    after ``idle`` seconds without a look. ``log`` gets what the processes print, never contents.
    """

    def __init__(
        self, limits: Limits = DEFAULT, log: Path | None = None, *, idle: float = 60.0
    ) -> None:
        self._limits = limits
        self._log = log
        self._idle = idle

    def extract(
        self,
        path: Path,
        name: str,
        *,
        password: str = "",
        told: Callable[[int, int], None] = lambda _read, _total: None,
        stop: threading.Event | None = None,
    ) -> Extract:
        """Everything that can be read of the file at ``path``, which is called ``name``.

        ``told`` hears how many pages have been read and how many there are (0 while that isn't
        known), at most 20 times a second and once at the end, on the calling thread. ``stop`` ends
        it within a twentieth of a second; the process is gone when this returns or raises.

        AppError, with one of these codes: "document-password" (``password`` is missing or wrong),
        "document-damaged" (nothing could be read), "document-limit" (nothing could be read within
        the limits), "document-stopped", "document-kind" (no format that is known, or a way of
        protection that isn't), "attachment-empty" (no bytes, or no pages), "attachment-missing".
        """
        raise NotImplementedError

    def render(
        self, path: Path, page: int, width: int, *, name: str = "", password: str = ""
    ) -> bytes:
        """A PNG of a PDF's page (from 1), ``width`` pixels wide, upright, on white; narrower where
        it would have too many pixels (``Limits.pixels``). AppError as in ``extract``,
        "document-kind" for what has no pictures of its pages."""
        raise NotImplementedError

    def sizes(
        self, path: Path, *, name: str = "", password: str = ""
    ) -> tuple[tuple[float, float], ...]:
        """Width and height of each page of a PDF in points, turned as they are shown."""
        raise NotImplementedError

    def locate(
        self, path: Path, page: int, passage: str, *, name: str = "", password: str = ""
    ) -> tuple[Box, ...]:
        """Where ``passage`` stands on a page of a PDF, one box for each line, from top to bottom;
        () if it isn't there. White space, hyphens, ligatures and the form of quotation marks don't
        matter, and small differences are forgiven."""
        raise NotImplementedError

    def close(self) -> None:
        """End all processes; a running ``extract`` raises "document-stopped". Safe to call
        twice."""
