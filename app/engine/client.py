"""The app's end of the engine: starts the child process, speaks to it, replaces it when it dies.

No Qt here: the window reads events on its worker thread, the command line in a plain loop.
"""

import contextlib
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.engine.messages import (
    AnyCommand,
    AnyEvent,
    Cancel,
    Command,
    Died,
    Done,
    Failed,
    Load,
    LoadFailed,
    ModelInfo,
    Rendered,
    read_event,
    write_message,
)

KILL_AFTER = 5.0  # seconds a cancelled answer may go on before the child is killed
CLOSE_AFTER = 1.0  # seconds a closing child may take
_LOG_LIMIT = 2**20  # bytes; a longer log is begun anew


class Engine:
    """One child process, restarted when it dies. Events come from ``receive``, in order.

    ``log_file`` gets everything llama.cpp prints. Methods may be called from any thread;
    ``receive`` from one only.
    """

    def __init__(self, log_file: Path, command: Sequence[str] | None = None) -> None:
        self._log_file = log_file
        self._command = list(command or (sys.executable, "-m", "app.engine.child"))
        self._lock = threading.Lock()
        self._events: queue.Queue[tuple[int, AnyEvent | None]] = queue.Queue()
        self._outgoing: queue.Queue[Command | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._generation = 0
        self._closed = False
        self._load: Load | None = None
        self._loading = False
        self._deadlines: dict[int, float] = {}

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the child. Its first event is Hello."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        too_long = self._log_file.exists() and self._log_file.stat().st_size > _LOG_LIMIT
        with self._log_file.open("wb" if too_long else "ab") as log:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        assert process.stdin
        assert process.stdout
        with self._lock:
            self._process = process
            self._generation += 1
            self._outgoing = queue.Queue()
            self._loading = False
        for target, arguments in (
            (self._read, (process.stdout, self._generation)),
            (self._write, (process.stdin, self._outgoing)),
        ):
            threading.Thread(target=target, args=arguments, name="engine pipe", daemon=True).start()

    def send(self, command: AnyCommand) -> None:
        """Give an order; never blocks."""
        with self._lock:
            match command:
                case Load():
                    self._load, self._loading = command, True
                case Cancel():
                    self._deadlines.setdefault(command.turn, time.monotonic() + KILL_AFTER)
            self._outgoing.put(command)

    def receive(self, timeout: float | None = None) -> AnyEvent | None:
        """The next event; None when ``timeout`` seconds have passed without one.

        When the child dies: first ``Died``, and then, unless it died while loading, the events of
        a new child that loads the same model. Answers that were running or waiting get no event
        of their own any more.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._kill_if_overdue()
            wait = 0.25 if end is None else min(0.25, end - time.monotonic())
            try:
                generation, event = self._events.get(timeout=max(0.0, wait))
            except queue.Empty:
                if end is not None and time.monotonic() >= end:
                    return None
                continue
            if generation != self._generation:
                continue  # a late word of a child that is gone
            if event is None:
                return self._replace()
            self._note(event)
            return event

    def close(self) -> None:
        """End the child, by force if need be. Safe to call twice."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            self._outgoing.put(None)  # the writer closes stdin, and the child ends
        if process is None:
            return
        try:
            process.wait(CLOSE_AFTER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> "Engine":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside ---------------------------------------------------------------------------------

    def _note(self, event: AnyEvent) -> None:
        with self._lock:
            match event:
                case ModelInfo() | LoadFailed():
                    self._loading = False
                case Done() | Failed() | Rendered():
                    self._deadlines.pop(event.turn, None)

    def _kill_if_overdue(self) -> None:
        with self._lock:
            overdue = any(time.monotonic() > deadline for deadline in self._deadlines.values())
            process = self._process
        if overdue and process:
            self._deadlines.clear()
            process.kill()

    def _replace(self) -> Died:
        process, again = self._process, False
        code = process.wait() if process else 0
        with self._lock:
            self._deadlines.clear()
            # A model that kills the child while it is loaded would do so again.
            again = not self._closed and not self._loading
            load = self._load if again else None
            if not again:
                self._load = None
        if not self._closed:
            self.start()
            if load:
                self.send(load)
        return Died(_how_it_ended(code), load is not None)

    def _read(self, stream: BinaryIO, generation: int) -> None:
        with stream:
            try:
                while (event := read_event(stream)) is not None:
                    self._events.put((generation, event))
            except (OSError, ValueError):
                # Out of step: nothing that follows can be trusted.
                process = self._process
                if process and generation == self._generation:
                    process.kill()
        if not self._closed:
            self._events.put((generation, None))

    def _write(self, stream: BinaryIO, outgoing: "queue.Queue[Command | None]") -> None:
        with contextlib.suppress(OSError), stream:
            while (command := outgoing.get()) is not None:
                write_message(stream, command)


def _how_it_ended(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
