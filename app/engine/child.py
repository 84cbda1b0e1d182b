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
    ModelInfo,
    Render,
    Rendered,
    frame,
    read_command,
    write_frame,
)
from app.engine.native import NativeLog, devices
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate, as_text


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
        self._runtime: Runtime | None = None
        self._projector: Projector | None = None
        self._template: ChatTemplate | None = None
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
                if self._runtime:
                    self._runtime.stop.set()
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
        # The projector is read after the model and is smaller: a fifth of the bar.
        share = 0.8 if order.projector else 1.0
        last = 0.0

        def progress(fraction: float) -> None:
            nonlocal last
            if fraction - last >= 0.01 or fraction >= 1:
                last = fraction
                self._emit(Loading(fraction * share))

        try:
            runtime = self._runtime = Runtime(
                order.model,
                context=order.context,
                threads=order.threads,
                log=self._log,
                on_progress=progress,
            )
            template = ChatTemplate(
                runtime.template_source, runtime.vocabulary.bos_text, runtime.vocabulary.eos_text
            )
            if order.projector:
                self._projector = Projector(order.projector, runtime, self._log)
        except AppError as error:
            self._unload()
            self._emit(LoadFailed(error.what, error.next_step, error.code))
            return
        self._template = template
        self._answerer = Answerer(runtime, self._projector, template, self._emit)
        self._emit(
            ModelInfo(
                path=order.model,
                name=runtime.meta("general.name"),
                architecture=runtime.meta("general.architecture"),
                description=runtime.description,
                size=runtime.weight_bytes,
                parameters=runtime.parameters,
                context=runtime.size,
                trained_context=runtime.trained_context,
                vision=bool(self._projector and self._projector.vision),
                audio=bool(self._projector and self._projector.audio),
                thinking=template.can_think,
                template=runtime.template_source is not None,
            )
        )

    def _unload(self) -> None:
        self._answerer = self._template = None
        if self._projector:
            self._projector.close()
            self._projector = None
        with self._lock:
            if self._runtime:
                self._runtime.close()
                self._runtime = None

    def _generate(self, order: Generate) -> None:
        with self._lock:
            if order.turn not in self._waiting:
                return  # cancelled
            self._waiting.remove(order.turn)
            self._current = order.turn
            if self._runtime:
                self._runtime.stop.clear()
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
            if self._template is None:
                raise _no_model()
            self._emit(Rendered(order.turn, as_text(self._template.render(order.prompt))))
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
