"""Bugs reach a file, which the next start shows; nothing is sent anywhere."""

import faulthandler
import platform
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

_LIMIT = 200_000  # bytes; a bug in a paint loop would otherwise fill the disk


class CrashFile:
    """Writes every exception that nothing caught to ``path``, and native crashes beside it.

    ``previous`` is what the last run left there, "" if it went well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._native_path = path.with_suffix(".native.txt")
        self._native: TextIO | None = None
        self.previous = "\n".join(filter(None, map(_take, (self._path, self._native_path))))

    def install(self, version: str) -> None:
        """Begin to write. Exceptions still go to stderr as well."""
        self._version = version
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(
            args.exc_type, args.exc_value, args.exc_traceback
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._native = self._native_path.open("w", encoding="utf-8")
        except OSError:
            return  # a full or read-only disk: the app can still be used
        faulthandler.enable(self._native)

    def close(self) -> None:
        """Put everything back; leaves no empty file behind."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        if self._native is None:
            return
        faulthandler.disable()
        self._native.close()
        self._native = None
        if self._native_path.stat().st_size == 0:
            self._native_path.unlink()

    def _uncaught(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr, end="")
        try:
            if self._path.exists() and self._path.stat().st_size > _LIMIT:
                return
            with self._path.open("a", encoding="utf-8") as file:
                file.write(
                    f"{datetime.now():%Y-%m-%d %H:%M:%S}  Facet {self._version}, "
                    f"Python {platform.python_version()}, {platform.platform()}\n{text}\n"
                )
        except OSError:
            pass  # stderr has it


def _take(path: Path) -> str:
    """The contents of ``path``, which is removed; "" if there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        path.unlink()
    except OSError:
        return ""
    return text.strip()
