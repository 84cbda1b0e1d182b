"""The engine's process: reads commands from stdin, writes events to stdout, one thing at a time.

Started by ``client.Engine`` as ``python -m app.engine.child``. Together with the modules it
imports this is the only code that loads llama.cpp.
"""

import faulthandler
import os
import queue
import signal
import sys
import threading
from typing import BinaryIO

import llama_cpp
import llama_cpp.llama_cpp as llama

from app.core.conversation import Outcome, Stats
from app.core.errors import AppError
from app.engine.answer import Answerer
from app.engine.messages import (
    AnyCommand,
    Cancel,
    Done,
    Event,
    Failed,
    Generate,
    Hello,
    Load,
    LoadFailed,
    Loading,
    Render,
    Rendered,
    frame,
    read_command,
    write_frame,
)
from app.engine.native import NativeLog, devices
from app.engine.opening import Opened, open_model
from app.engine.template import as_text


class Child:
    """Carries out commands in the order they come; Cancel overtakes."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._commands = commands
        self._events = events
        self._log = NativeLog()
        self._events_lock = threading.Lock()  # two threads write
        self._queue: queue.SimpleQueue[AnyCommand] = queue.SimpleQueue()
        self._lock = threading.Lock()  # for the next two, and the stop flag of the runtime
        self._current: int | None = None
        self._waiting: set[int] = set()
        self._opened: Opened | None = None
        self._answerer: Answerer | None = None

    def run(self) -> None:
        """Work until stdin is closed."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        llama.llama_backend_init()
        self._emit(
            Hello(
                f"llama-cpp-python {llama_cpp.__version__}",
                llama.llama_print_system_info().decode("utf-8", "replace"),
                devices(),
            )
        )
        while True:
            match command := self._queue.get():
                case Load():
                    self._load(command)
                case Generate():
                    self._generate(command)
                case Render():
                    self._render(command)

    def _read(self) -> None:
        try:
            while (command := read_command(self._commands)) is not None:
                self._take(command)
        except BaseException:
            _crash()
        # The app has gone, and what is being computed is for nobody: don't linger.
        os._exit(0)

    def _take(self, command: AnyCommand) -> None:
        with self._lock:
            if isinstance(command, Generate):
                self._waiting.add(command.turn)
            if not isinstance(command, Cancel):
                self._queue.put(command)
            elif command.turn == self._current:
                if self._opened:
                    self._opened.runtime.stop.set()
            elif command.turn in self._waiting:
                self._waiting.remove(command.turn)
                self._emit(Done(command.turn, Outcome.STOPPED, Stats()))

    def _emit(self, event: Event) -> None:
        try:
            with self._events_lock:
                write_frame(self._events, frame(event))
        except OSError:
            os._exit(0)

    # -- commands -------------------------------------------------------------------------------

    def _load(self, order: Load) -> None:
        self._emit(Loading(0.0))
        self._unload()
        try:
            opened = open_model(order, self._log, lambda done: self._emit(Loading(done)))
        except AppError as error:
            self._emit(LoadFailed(error.what, error.next_step, error.code))
            return
        with self._lock:
            self._opened = opened
        self._answerer = Answerer(opened.runtime, opened.projector, opened.template, self._emit)
        self._emit(opened.info)

    def _unload(self) -> None:
        self._answerer = None
        with self._lock:  # the other thread sets the stop flag
            if self._opened:
                self._opened.close()
                self._opened = None

    def _generate(self, order: Generate) -> None:
        with self._lock:
            if order.turn not in self._waiting:
                return  # cancelled
            self._waiting.remove(order.turn)
            self._current = order.turn
            if self._opened:
                self._opened.runtime.stop.clear()
        try:
            if self._answerer is None:
                raise _no_model()
            self._answerer.answer(order)
        except AppError as error:
            self._emit(Failed(order.turn, error.what, error.next_step, error.code))
        except RuntimeError as error:
            self._emit(
                Failed(
                    order.turn,
                    f"The model could not go on ({error}).",
                    "Retry; if it happens again, choose a smaller context or another model.",
                    "decode",
                )
            )
        finally:
            with self._lock:
                self._current = None

    def _render(self, order: Render) -> None:
        try:
            if self._opened is None:
                raise _no_model()
            segments = self._opened.template.render(order.prompt)
            self._emit(Rendered(order.turn, as_text(segments)))
        except AppError as error:
            self._emit(Failed(order.turn, error.what, error.next_step, error.code))


def _no_model() -> AppError:
    return AppError("No model is loaded.", "Choose a model first.", code="no_model")


def _crash() -> None:
    """Leave at once, the traceback in the log: an orderly end would wait for the other thread."""
    sys.excepthook(*sys.exc_info())
    os._exit(1)


def main() -> None:
    """Keep stdout for events: everything else that prints (llama.cpp does) goes to stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the app's to handle
    faulthandler.enable()
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        Child(sys.stdin.buffer, events).run()
    except BaseException:
        _crash()


if __name__ == "__main__":
    main()
