"""The app's end of the reader: starts the processes in which documents are read, and ends them.

No Qt here. Nothing of a document's bytes is parsed in the process that calls this.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, TypeVar

from app.core.document import Extract
from app.core.errors import AppError
from app.documents.reader import refusals
from app.documents.reader.extraction import Extraction
from app.documents.reader.limits import Limits
from app.documents.reader.messages import (
    Event,
    Find,
    Found,
    Locate,
    Located,
    Measure,
    Measured,
    Order,
    Read,
    Refused,
    Render,
    Rendered,
)
from app.documents.reader.places import Box
from app.documents.reader.process import Process

__all__ = ["Box", "Limits", "Reader"]

DEFAULT = Limits()
_VIEWS = 2  # documents that can be looked at without starting a process
_LOOK_EVERY = 0.04  # seconds between two looks whether it has been closed

_Answer = TypeVar("_Answer")


class Reader:
    """Reads documents in processes that can be killed. Safe to use from several threads.

    Each ``extract`` has a process of its own, so several documents are read side by side. Two more
    are kept for looking (``render``, ``sizes``, ``locate``), one for each of the documents that
    were looked at last; looks take turns. They end by themselves after ``idle`` seconds without
    a look, and when the app ends. ``log`` gets what the processes print, never contents.
    """

    def __init__(
        self, limits: Limits = DEFAULT, log: Path | None = None, *, idle: float = 60.0
    ) -> None:
        self._limits = limits
        self._log = log
        self._idle = idle
        self._lock = threading.Lock()  # for the next two
        self._processes: set[Process] = set()
        self._closed = threading.Event()
        self._looking = threading.Lock()  # for the next one, as long as a look takes
        self._views: dict[bytes, Process] = {}  # by path, the last one used at the end

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
        protection that isn't), "attachment-empty" (no bytes, or no pages), "attachment-missing",
        "attachment-refused" (by the system).
        """
        wanted = threading.Event() if stop is None else stop
        order = Read(path=_raw(path), name=name, password=password, limits=self._limits)
        return Extraction(
            order, self._start, self._end, told, lambda: wanted.is_set() or self._closed.is_set()
        ).run()

    def render(
        self, path: Path, page: int, width: int, *, name: str = "", password: str = ""
    ) -> bytes:
        """A PNG of a PDF's page (from 1), ``width`` pixels wide, upright, on white; narrower where
        it would have too many pixels (``Limits.pixels``). AppError as in ``extract``,
        "document-kind" for what has no pictures of its pages."""
        order = Render(page=page, width=width, **self._about(path, name, password))
        return self._look(order, Rendered).png

    def sizes(
        self, path: Path, *, name: str = "", password: str = ""
    ) -> tuple[tuple[float, float], ...]:
        """Width and height of each page of a PDF in points, turned as they are shown; (0, 0) for
        one that can't be opened. AppError as in ``render``."""
        return self._look(Measure(**self._about(path, name, password)), Measured).sizes

    def locate(
        self, path: Path, page: int, passage: str, *, name: str = "", password: str = ""
    ) -> tuple[Box, ...]:
        """Where ``passage`` stands on a page of a PDF, one box for each line, in the order of
        reading; () if it isn't there. White space, hyphens, ligatures and the form of quotation
        marks don't matter, and small differences are forgiven. AppError as in ``render``."""
        order = Locate(page=page, passage=passage, **self._about(path, name, password))
        return self._look(order, Located).boxes

    def find(
        self, path: Path, page: int, words: str, *, name: str = "", password: str = ""
    ) -> tuple[tuple[Box, ...], ...]:
        """Every place of ``words`` on a page of a PDF, in the order of reading, each as the boxes
        of its lines. Compared as in ``locate``, but nothing is forgiven. AppError as there."""
        order = Find(page=page, words=words, **self._about(path, name, password))
        return self._look(order, Found).places

    def close(self) -> None:
        """End all processes; a running ``extract`` raises "document-stopped". Safe to call
        twice."""
        with self._lock:
            self._closed.set()
            for process in self._processes:
                process.kill()
        with self._looking:
            for process in self._views.values():
                self._end(process)
            self._views.clear()

    # -- inside ---------------------------------------------------------------------------------

    def _start(self) -> Process:
        with self._lock:
            if self._closed.is_set():
                raise refusals.stopped("The document")
            process = Process(self._log)
            self._processes.add(process)
        return process

    def _end(self, process: Process) -> int:
        code = process.close()
        with self._lock:
            self._processes.discard(process)
        return code

    def _about(self, path: Path, name: str, password: str) -> "_About":
        return {
            "path": _raw(path),
            "name": name or path.name,
            "password": password,
            "limits": self._limits,
            "idle": self._idle,
        }

    def _look(self, order: Order, kind: type[_Answer]) -> _Answer:
        with self._looking:
            event = self._answer(order)
            if isinstance(event, kind):
                return event
            if isinstance(event, Refused):
                raise AppError(event.what, event.next_step, code=event.code)
            self._end(self._views.pop(order.path))
            raise refusals.not_shown(order.name)

    def _answer(self, order: Order) -> Event | None:
        """None if the process dies of it, or can't get over it."""
        process = self._views.pop(order.path, None)
        if process is not None:
            self._views[order.path] = process
            # It may have ended just now, as it does when it has had nothing to do for long.
            if process.send(order) and (event := self._receive(process)) is not None:
                return event
            self._end(self._views.pop(order.path))
        while len(self._views) >= _VIEWS:
            self._end(self._views.pop(next(iter(self._views))))
        process = self._views[order.path] = self._start()
        process.send(order)
        return self._receive(process)

    def _receive(self, process: Process) -> Event | None:
        ends = time.monotonic() + self._limits.page_seconds
        while time.monotonic() < ends and not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                return process.receive(_LOOK_EVERY)
        return None


class _About(TypedDict):
    """What is the same in all orders to look."""

    path: bytes
    name: str
    password: str
    limits: Limits
    idle: float


def _raw(path: Path) -> bytes:
    return os.fsencode(path.absolute())
