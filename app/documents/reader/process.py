"""One process that reads documents, as the app sees it."""

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from app.core.own_process import own_command
from app.documents.reader.messages import Event, Order, read_event, write

COMMAND = own_command("reader")
# Where "-m" means this package, and not one in the folder that we were started in.
_HOME = Path(__file__).parents[3]
_LOG_LIMIT = 2**20  # bytes; a longer log is begun anew
# Of the app's environment the process gets what an interpreter and its libraries need to start:
# nothing that might be a secret.
_NEEDED = frozenset(
    {
        *("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("HOME", "USERPROFILE", "APPDATA", "LANG", "LC_ALL", "LC_CTYPE"),
        *("SYSTEMROOT", "WINDIR", "TEMP", "TMP"),
    }
)


class Process:
    """Started when made. ``receive`` and ``send`` belong to one thread; ``kill`` to any."""

    def __init__(self, log: Path | None = None, command: Sequence[str] = COMMAND) -> None:
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        with _opened(log) as errors:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=_HOME,
                env=_environment(os.environ),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self._reading = threading.Thread(target=self._read, name="reader pipe", daemon=True)
        self._reading.start()

    @property
    def pid(self) -> int:
        """The process's id, also after its end."""
        return self._process.pid

    def send(self, order: Order) -> bool:
        """Give an order. False if the process is gone."""
        assert self._process.stdin
        try:
            write(self._process.stdin, order)
        except OSError:
            return False
        return True

    def receive(self, timeout: float) -> Event | None:
        """The next event; None once the process has ended. TimeoutError when ``timeout`` seconds
        have passed without one."""
        try:
            event = self._events.get(timeout=max(0.0, timeout))
        except queue.Empty:
            raise TimeoutError from None
        if event is None:
            self._events.put(None)  # for whoever asks again
        return event

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def close(self) -> int:
        """End the process by force, if it still runs, and wait until it is gone. Its exit code,
        negative for a signal. Safe to call twice."""
        if self._process.poll() is None:
            self.kill()
        code = self._process.wait()
        self._reading.join()
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        return code

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as stream:
            try:
                while (event := read_event(stream)) is not None:
                    self._events.put(event)
            except (OSError, ValueError):
                self.kill()  # out of step: nothing that follows can be trusted
        self._events.put(None)


@contextlib.contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | int]:
    """Where the process may print to."""
    if log is None:
        yield subprocess.DEVNULL
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    too_long = log.exists() and log.stat().st_size > _LOG_LIMIT
    with log.open("wb" if too_long else "ab") as file:
        yield file


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name.upper() in _NEEDED}
