"""One document, as the app gathers it from the process that reads it, or from several in turn."""

import os
import signal
import time
from collections.abc import Callable

import msgspec

from app.core.document import Extract, Page
from app.core.errors import AppError
from app.documents.reader import refusals
from app.documents.reader.messages import About, Finished, Pages, Read, Refused, Told
from app.documents.reader.process import Process

_LOOK_EVERY = 0.04  # seconds between two looks whether it is to stop
_TELL_EVERY = 0.05  # seconds between two calls of ``told``
# How many pages may cost the process its life, before the document is given up.
_DEATHS = 5


class Extraction:
    """Reads one file. When its process dies over a page, or can't get over it, another one goes on
    after that page."""

    def __init__(
        self,
        order: Read,
        start: Callable[[], Process],
        end: Callable[[Process], int],
        told: Callable[[int, int], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._order = order
        self._start = start
        self._end = end
        self._told = told
        self._stopped = stopped
        self._about: About | None = None
        self._pages: list[Page] = []
        self._missing: list[str] = []
        self._progress = self._told_progress = (0, 0)
        self._last_told = 0.0
        self._last_reason = refusals.DAMAGED  # why a process has ended before the document's end
        self._ends = time.monotonic() + order.limits.seconds

    def run(self) -> Extract:
        """What could be read; AppError as ``client.Reader.extract`` says."""
        deaths = 0
        while (reason := self._attempt()) is not None:
            deaths += 1
            self._last_reason = reason
            about = self._about
            if about is None:
                raise self._nothing(reason)
            if self._next > about.total > 0:
                self._miss(refusals.EXTRAS_MISSING)
                break
            if not about.resumable or deaths == _DEATHS or time.monotonic() > self._ends:
                if not self._pages:
                    raise self._nothing(reason)
                self._miss(self._rest_missing(reason))
                break
            # Once more, and if that dies, too, without the page that it dies of.
            if not self._order.careful:
                self._order = msgspec.structs.replace(self._order, careful=True)
            else:
                sentence = refusals.page_failed(about.unit, self._next)
                self._pages.append(Page(self._next, problem=sentence))
        return self._extract()

    @property
    def _next(self) -> int:
        """The number of the page that comes next."""
        return self._pages[-1].number + 1 if self._pages else 1

    def _attempt(self) -> str | None:
        """Read as far as one process goes. None when it has come to the end, else a sentence that
        says why not."""
        process = self._start()
        try:
            process.send(msgspec.structs.replace(self._order, first=self._next))
            reason = self._gather(process)
        finally:
            code = self._end(process)
        return _why(code) if reason == "" else reason

    def _gather(self, process: Process) -> str | None:
        """None: finished; "": the process has died; else why it was ended."""
        silent_since = time.monotonic()
        while True:
            if self._stopped():
                raise refusals.stopped(self._order.name)
            self._tell()
            try:
                event = process.receive(_LOOK_EVERY)
            except TimeoutError:
                now = time.monotonic()
                if min(self._ends, silent_since + self._order.limits.page_seconds) < now:
                    return refusals.TOO_LONG
                continue
            silent_since = time.monotonic()
            match event:
                case None:
                    return ""
                case About():
                    self._about = event
                    for sentence in event.missing:
                        self._miss(sentence)
                case Pages():
                    self._pages += [page for page in event.pages if page.number >= self._next]
                    self._progress = len(self._pages), self._about.total if self._about else 0
                case Told():
                    self._progress = event.read, event.total
                case Refused():
                    if self._pages:  # the first process could open it, so this says little
                        return refusals.DAMAGED
                    raise AppError(event.what, event.next_step, code=event.code)
                case Finished():
                    return None

    def _tell(self) -> None:
        """Tell how far it is, if that has changed and was not told just now."""
        now = time.monotonic()
        if self._progress != self._told_progress and now - self._last_told >= _TELL_EVERY:
            self._last_told, self._told_progress = now, self._progress
            self._told(*self._progress)

    def _miss(self, sentence: str) -> None:
        if sentence not in self._missing:
            self._missing.append(sentence)

    def _rest_missing(self, reason: str) -> str:
        assert self._about is not None
        return refusals.rest_missing(self._about.unit, self._next - 1, self._about.total, reason)

    def _nothing(self, reason: str) -> AppError:
        name = self._order.name
        if reason == refusals.DAMAGED:
            return refusals.damaged(name)
        return refusals.beyond(name, reason)

    def _extract(self) -> Extract:
        about, pages = self._about, self._pages
        assert about is not None
        if not pages:
            raise refusals.empty(self._order.name, f"{about.unit}s")
        if all(page.problem and page.read and not page.text for page in pages):
            raise self._nothing(self._last_reason)
        total = max(about.total, pages[-1].number)
        self._told(len(pages), total)
        return Extract(
            self._order.name,
            about.kind,
            about.unit,
            tuple(pages),
            total,
            headings=about.headings,
            missing=tuple(self._missing),
            title=about.title,
        )


def _why(code: int) -> str:
    """What the end of a process means that has said nothing of it."""
    if code == refusals.OUT_OF_MEMORY:
        return refusals.TOO_MUCH
    if code == refusals.OUT_OF_TIME or (os.name == "posix" and code == -signal.SIGXCPU):
        return refusals.TOO_LONG
    return refusals.DEADLY
