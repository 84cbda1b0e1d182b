"""The process in which documents are read: orders come from stdin, events go to stdout.

Started by ``process.Process`` as ``python -m app.documents.reader.child``. What it reads may have
been made to harm, so it takes away its own rights before it looks at the first byte.
"""

import contextlib
import importlib
import os
import queue
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import IO

from app.core.errors import AppError
from app.documents.reader import refusals
from app.documents.reader.confinement import confine
from app.documents.reader.formats import kind_of
from app.documents.reader.messages import (
    Event,
    Find,
    Found,
    Located,
    Measure,
    Measured,
    Order,
    Read,
    Refused,
    Render,
    Rendered,
    read_order,
    write,
)
from app.documents.reader.reading import Reading

_HEAD = 4096  # bytes by which a kind is known
_LOOKING = "app.documents.reader.pdf.looking"  # its libraries are for those who look


class Child:
    """Carries out orders one after the other. All are for one file, the first one's: nothing else
    can be opened. Ends when it has read the document, when stdin is closed, and when there is
    nothing to do for long."""

    def __init__(self, orders: IO[bytes], events: IO[bytes]) -> None:
        self._orders = orders
        self._events = events
        self._queue: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._confined = False

    def run(self) -> None:
        """Work until there is no more to do."""
        threading.Thread(target=self._receive, name="orders", daemon=True).start()
        idle: float | None = None
        while True:
            try:
                order = self._queue.get(timeout=idle)
            except queue.Empty:
                return
            idle = order.idle
            path = Path(os.fsdecode(order.path))
            if not self._confined:
                confine(order.limits, path)
                self._confined = True
            try:
                self._carry_out(order, path)
            except AppError as error:
                self._emit(Refused(error.what, error.next_step, error.code))
            if isinstance(order, Read):
                return

    def _receive(self) -> None:
        with contextlib.suppress(BaseException):
            while (order := read_order(self._orders)) is not None:
                self._queue.put(order)
        # The app has gone, and what is being read is for nobody: don't linger.
        os._exit(0)

    def _emit(self, event: Event) -> None:
        try:
            write(self._events, event)
        except OSError:
            os._exit(0)

    def _carry_out(self, order: Order, path: Path) -> None:
        kind = kind_of(_head(path, order.name), order.name)
        if not kind:
            raise refusals.no_kind(order.name)
        if isinstance(order, Read):
            Reading(order, kind, self._emit).run(path)
            return
        if kind != "pdf":
            raise refusals.no_pictures(order.name)
        view = importlib.import_module(_LOOKING).view(path, order.name, order.password)
        if isinstance(order, Render):
            self._emit(Rendered(view.render(order.page, order.width, order.limits.pixels)))
        elif isinstance(order, Measure):
            self._emit(Measured(view.sizes()))
        elif isinstance(order, Find):
            self._emit(Found(view.find(order.page, order.words)))
        else:
            self._emit(Located(view.locate(order.page, order.passage)))


def _head(path: Path, name: str) -> bytes:
    """The first bytes of a file that is really one: a pipe would be waited for without end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusals.not_a_file(name)
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise refusals.missing(name) from None
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise refusals.unreadable(name, reason) from None
    if not head:
        raise refusals.empty(name, "bytes")
    return head


def main() -> None:
    """The process."""
    # Ctrl+C in a terminal reaches it, too; its end is for the app to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print belongs into the log
    Child(sys.stdin.buffer, events).run()
    events.flush()
    os._exit(0)  # nothing is worth the time of an orderly end


if __name__ == "__main__":
    main()
