"""Reading one document inside the child: from the function that knows its format to the pipe."""

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from app.core.errors import AppError
from app.documents.reader import refusals
from app.documents.reader.formats import READERS, Context, Enough
from app.documents.reader.messages import About, Event, Finished, Pages, Read, Told

_TELL_EVERY = 0.05  # seconds between two signs of life


class Reading:
    """One order to read, in a process of its own."""

    def __init__(self, order: Read, kind: str, emit: Callable[[Event], None]) -> None:
        self._order = order
        self._kind = kind
        self._format = READERS[kind]
        self._emit = emit
        self._context = Context(
            order.limits, order.password, order.first, careful=order.careful, told=self._tell
        )
        self._last = order.first - 1  # the number of the last page that is known to the app
        self._told = 0.0
        self._begun = False

    def run(self, path: Path) -> None:
        """Read the file at ``path`` as far as it goes. AppError if nothing could be read."""
        order, context = self._order, self._context
        try:
            self._read(path)
        except Enough as limit:
            if not self._last:
                raise refusals.beyond(order.name, limit.sentence) from None
            context.warn(limit.sentence)
        except AppError as error:
            if not self._last:
                raise
            context.warn(self._rest_missing(error.what))
        except MemoryError:
            os._exit(refusals.OUT_OF_MEMORY)  # there may be too little left to say it in words
        except Exception as error:
            # Whatever a library says of a broken file: for whoever mends the reader, where it
            # happened, but not the message, which may quote the document.
            traceback.print_tb(error.__traceback__)
            print(type(error).__name__, file=sys.stderr, flush=True)
            if not self._last:
                raise refusals.damaged(order.name) from None
            context.warn(self._rest_missing(refusals.DAMAGED))
        self._say_about()
        self._emit(Finished())

    def _read(self, path: Path) -> None:
        order, context = self._order, self._context
        room = order.limits.characters
        for page in importlib.import_module(self._format.module).read(path, order.name, context):
            if page.number < order.first:
                continue
            room -= len(page.text)
            if page.number > order.limits.pages or room < 0:
                much = refusals.TOO_MUCH_TEXT if room < 0 else refusals.TOO_MANY_PAGES
                raise Enough(self._rest_missing(much))
            self._begin()
            self._emit(Pages((page,)))
            self._last = page.number

    def _begin(self) -> None:
        """Say what is known, once: whoever goes on after this process's end has to know it."""
        if not self._begun:
            self._begun = True
            self._say_about()

    def _rest_missing(self, reason: str) -> str:
        unit = self._context.unit or self._format.unit
        return refusals.rest_missing(unit, self._last, self._context.total, reason)

    def _say_about(self) -> None:
        context = self._context
        self._emit(
            About(
                self._kind,
                context.unit or self._format.unit,
                self._format.resumable,
                context.total,
                context.title,
                tuple(context.headings),
                tuple(context.missing),
            )
        )

    def _tell(self, read: int, total: int) -> None:
        self._begin()
        now = time.monotonic()
        if now - self._told > _TELL_EVERY:
            self._told = now
            self._emit(Told(read, total))
