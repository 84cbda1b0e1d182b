"""The one way to leave the main thread, except for the engine's."""

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.core.errors import AppError

T = TypeVar("T")
Lane = Literal["database", "files", "search", "documents", "preview"]
LANES: tuple[Lane, ...] = ("database", "files", "search", "documents", "preview")
_SEARCH_SECONDS = 0.2


class Jobs(QObject):
    """Runs work in one thread per lane, in the order given, and reports on the main thread.

    After start-up nothing but the database lane touches SQLite, so that its connection needs no
    lock and what was asked first is saved first. What looks through large folders goes to the lane
    "search", where nobody waits behind it. Files whose reading may take minutes are read in the
    lane "documents". What is seen of a document waits for nothing but itself, in "preview".
    """

    problem = Signal(AppError)  # of a job that was started without ``failed``
    _ended = Signal(object)  # a function to call on the main thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._ended.connect(self._report, Qt.ConnectionType.QueuedConnection)
        self._queues: dict[Lane, queue.SimpleQueue[Callable[[], None] | None]] = {}
        self._threads: dict[Lane, threading.Thread] = {}
        for lane in LANES:
            self._queues[lane] = queue.SimpleQueue()
            # A daemon, for a file on a network share that is gone may hold it for minutes.
            self._threads[lane] = threading.Thread(
                target=self._work, args=(self._queues[lane],), name=f"jobs: {lane}", daemon=True
            )
            self._threads[lane].start()

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: Lane = "files",
    ) -> None:
        """Call ``work`` in the ``lane``'s thread, then ``done`` with its result, or ``failed``
        with what it raised, on the main thread. Without ``failed`` an AppError goes to the
        signal ``problem``. What is no AppError is a bug: it is raised on the main thread, too.
        """
        if self._closed:
            return

        def job() -> None:
            try:
                result = work()
            except Exception as error:
                self._tell(partial(self._report_failure, error, failed))
            else:
                if done is not None:
                    self._tell(partial(done, result))

        self._queues[lane].put(job)

    def close(self, seconds: float = 2.0) -> None:
        """Take no more work and wait until what was given is done, but no longer than
        ``seconds``, and hardly for a search, which nobody misses. Nothing is reported any more.
        Safe to call twice."""
        if not self._closed:
            self._closed = True
            for waiting in self._queues.values():
                waiting.put(None)
        end = time.monotonic() + seconds
        for lane, thread in self._threads.items():
            left = max(0.0, end - time.monotonic())
            thread.join(min(left, _SEARCH_SECONDS) if lane == "search" else left)

    def _tell(self, report: Callable[[], None]) -> None:
        if not self._closed:
            self._ended.emit(report)

    def _report(self, report: Callable[[], None]) -> None:
        if not self._closed:
            report()

    def _report_failure(self, error: Exception, failed: Callable[[Exception], None] | None) -> None:
        if failed is not None:
            failed(error)
        elif isinstance(error, AppError):
            self.problem.emit(error)
        if not isinstance(error, AppError):
            raise error

    @staticmethod
    def _work(jobs: "queue.SimpleQueue[Callable[[], None] | None]") -> None:
        while (job := jobs.get()) is not None:
            job()
            del job  # or it would keep what it read alive until the next one comes
