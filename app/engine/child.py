"""The engine's process: reads commands from stdin, writes events to stdout, one thing at a time.

Started by ``client.Engine`` as ``python -m app.engine.child``. Together with the modules it
imports this is the only code that loads llama.cpp.
"""

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

import llama_cpp
import llama_cpp.llama_cpp as llama

from app.core.conversation import Outcome, Stats
from app.core.errors import AppError
from app.core.machine import memory
from app.engine.answer import Answerer
from app.engine.choosing import open_model
from app.engine.devices import add_remote, devices, find_devices
from app.engine.embedding import Embedder
from app.engine.loading import BATCH
from app.engine.messages import (
    AnyCommand,
    Cancel,
    Delta,
    Done,
    Embed,
    Embedded,
    Event,
    Failed,
    Forget,
    Generate,
    Hello,
    Keeping,
    Load,
    LoadFailed,
    Loading,
    Prepare,
    Prepared,
    Render,
    Rendered,
    SelfTest,
    Unload,
    Unloaded,
    frame,
    read_command,
    write_frame,
)
from app.engine.native import NativeLog
from app.engine.opening import Opened
from app.engine.runtime import Stopped
from app.engine.self_test import self_test
from app.engine.state_store import StateStore, fingerprint
from app.engine.states import States
from app.engine.template import as_text

Order = Generate | Prepare | Embed
_LOOK_EVERY = 10.0  # seconds between two looks at the machine's memory while there is nothing to do
REMOTE_DEVICES = "FACET_RPC"  # environment variable: "HOST:PORT", several parted by commas


class Child:
    """Carries out commands in the order they come. Cancel overtakes; a preparation gives way to
    whatever comes after it."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._commands = commands
        self._events = events
        self._log = NativeLog()
        self._events_lock = threading.Lock()  # two threads write
        self._queue: queue.SimpleQueue[AnyCommand] = queue.SimpleQueue()
        self._lock = threading.Lock()  # for the next four, and the stop flag of the runtime
        self._current: Order | None = None
        self._waiting: dict[int, Order] = {}
        self._give_way = False  # the preparation that runs is to end
        self._spoken: int | None = None  # the last turn of which a word has been sent
        self._opened: Opened | None = None
        self._embedder: Embedder | None = None
        self._answerer: Answerer | None = None
        self._states = States()
        self._pause = Keeping().pause

    def run(self) -> None:
        """Work until stdin is closed."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        find_devices()
        llama.llama_backend_init()
        for address in filter(None, os.environ.get(REMOTE_DEVICES, "").split(",")):
            if not add_remote(address):
                print(f"No device answers at {address}.", file=sys.stderr)
        self._emit(
            Hello(
                f"llama-cpp-python {llama_cpp.__version__}",
                llama.llama_print_system_info().decode("utf-8", "replace"),
                devices(),
            )
        )
        while True:
            command = self._next()
            self._states.wake()
            match command:
                case Load():
                    self._load(command)
                case SelfTest():
                    self._emit(self_test(command.device, self._log))
                case Unload():
                    self._save_all()
                    self._unload()
                    self._drop_embedder()
                    self._emit(Unloaded())
                case Generate():
                    self._generate(command)
                case Prepare():
                    self._prepare(command)
                case Embed():
                    self._embed(command)
                case Forget():
                    self._forget(command)
                case Render():
                    self._render(command)

    def _next(self) -> AnyCommand:
        """The next command. While there is none, what is worth it is saved."""
        with contextlib.suppress(queue.Empty):
            return self._queue.get_nowait()
        self._states.rest()
        if self._answerer is not None and self._answerer.unsaved:
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=self._pause)
            self._answerer.set_aside()
        while True:
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=_LOOK_EVERY if self._states.in_memory else None)
            self._states.relieve()

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
            if isinstance(command, Cancel):
                self._cancel(command.turn)
                return
            if not isinstance(command, Forget | Render):
                self._make_way(command)
            if isinstance(command, Order):
                self._waiting[command.turn] = command
            self._queue.put(command)

    def _cancel(self, turn: int) -> None:
        if self._current is not None and turn == self._current.turn:
            self._stop_current()
        elif turn in self._waiting:
            self._drop(self._waiting.pop(turn))

    def _make_way(self, command: AnyCommand) -> None:
        """End all preparations, since ``command`` has come. One whose work ``command`` will use
        ends after its present step, any other in the middle of it."""
        for order in [one for one in self._waiting.values() if not isinstance(one, Generate)]:
            self._drop(self._waiting.pop(order.turn))
        if isinstance(self._current, Prepare):
            self._give_way = True
            if not _continues(self._current, command):
                self._stop_current()
        elif isinstance(self._current, Embed):
            self._stop_current()

    def _stop_current(self) -> None:
        if isinstance(self._current, Embed):
            if self._embedder:
                self._embedder.stop.set()
            self._give_way = True  # while it is being loaded
        elif self._opened:
            self._opened.runtime.stop.set()

    def _drop(self, order: Order) -> None:
        """An order that has not begun is not wanted any more."""
        match order:
            case Prepare():
                self._emit(Prepared(order.turn, complete=False))
            case Embed():
                self._emit(Embedded(order.turn, complete=False))
            case Generate():
                self._emit(Done(order.turn, Outcome.STOPPED, Stats()))

    def _emit(self, event: Event) -> None:
        if isinstance(event, Delta):
            self._spoken = event.turn
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
        self._states, self._pause = _states(order, opened), order.keeping.pause
        self._answerer = Answerer(
            opened.runtime, opened.projector, opened.template, self._emit, self._states
        )
        self._emit(opened.info)

    def _save_all(self) -> None:
        """Bring everything to disk that belongs there, unless the next order comes."""
        if self._answerer is not None:
            self._answerer.set_aside()
        self._states.rest()
        while not self._states.all_saved and self._queue.empty():
            time.sleep(0.01)

    def _unload(self) -> None:
        self._answerer = None
        self._states.close()
        self._states = States()
        with self._lock:  # the other thread sets the stop flag
            if self._opened:
                self._opened.close()
                self._opened = None

    def _drop_embedder(self) -> None:
        with self._lock:
            if self._embedder:
                self._embedder.close()
                self._embedder = None

    def _begin(self, order: Order) -> bool:
        """Make ``order`` the current one. False if it has been cancelled."""
        with self._lock:
            if self._waiting.pop(order.turn, None) is None:
                return False
            self._current, self._give_way = order, False
            if self._opened:
                self._opened.runtime.stop.clear()
            if self._embedder:
                self._embedder.stop.clear()
            return True

    def _end(self) -> None:
        with self._lock:
            self._current = None

    def _generate(self, order: Generate) -> None:
        if not self._begin(order):
            return
        instead: Load | None = None  # when the device has failed
        try:
            if self._answerer is None:
                raise _no_model()
            self._answerer.answer(order)
        except (AppError, RuntimeError) as error:
            instead = self._opened.without_device(error) if self._opened else None
            if instead is None or not self._put_back(order):
                self._emit(_failed(order.turn, error, on_device=instead is not None))
        finally:
            self._end()
        if instead:
            self._load(instead)
            self._generate(order)

    def _put_back(self, order: Generate) -> bool:
        """Let ``order`` wait to be answered from the beginning. False if a part of the answer has
        been sent: another would not go on from there."""
        with self._lock:
            if self._spoken == order.turn:
                return False
            if self._opened and self._opened.runtime.stop:  # it was cancelled just now
                self._drop(order)
            else:
                self._waiting[order.turn] = order
            return True

    def _prepare(self, order: Prepare) -> None:
        if not self._begin(order):
            return
        try:
            if self._answerer is None:
                self._emit(Prepared(order.turn, complete=False))
            else:
                self._answerer.prepare(order, lambda: self._give_way)
        finally:
            self._end()

    def _embed(self, order: Embed) -> None:
        if not self._begin(order):
            return
        try:
            embedder = self._embedder_for(order.model)
            if self._give_way:
                raise Stopped
            vectors = embedder.embed(order.texts)
            self._emit(Embedded(order.turn, True, embedder.length, vectors.astype("<f4").tobytes()))
        except Stopped:
            self._emit(Embedded(order.turn, complete=False))
        except (AppError, RuntimeError) as error:
            self._emit(_failed(order.turn, error, on_device=False))
        finally:
            self._end()

    def _embedder_for(self, path: str) -> Embedder:
        if self._embedder is None or self._embedder.path != path:
            self._drop_embedder()
            embedder = Embedder(path, 0, self._log)
            with self._lock:
                self._embedder = embedder
        return self._embedder

    def _forget(self, order: Forget) -> None:
        if self._answerer is not None:
            self._answerer.forget(order.chat)

    def _render(self, order: Render) -> None:
        try:
            if self._opened is None:
                raise _no_model()
            segments = self._opened.template.render(order.prompt)
            self._emit(Rendered(order.turn, as_text(segments)))
        except AppError as error:
            self._emit(Failed(order.turn, error.what, error.next_step, error.code))


def _continues(preparation: Prepare, command: AnyCommand) -> bool:
    """Whether what ``preparation`` is at belongs to ``command`` as well: the same conversation, or
    one that had no name so far, and the same attachments, of which there may be more now; the last
    words may be others."""
    if not isinstance(command, Generate | Prepare):
        return False
    if preparation.chat not in ("", command.chat):
        return False
    old, new = preparation.prompt, command.prompt
    if len(old.turns) != len(new.turns) or old.thinking != new.thinking:
        return False
    if not old.turns or old.turns[:-1] != new.turns[:-1]:
        return False
    media = old.turns[-1].media
    return new.turns[-1].media[: len(media)] == media


def _states(order: Load, opened: Opened) -> States:
    keeping = order.keeping
    store = None
    if keeping.folder and keeping.disk:
        about = fingerprint(
            order.model,
            order.projector,
            context=opened.runtime.size,
            batch=BATCH,
            build=llama_cpp.__version__,
            device=opened.info.device,
        )
        store = StateStore(Path(keeping.folder), about, keeping.disk)
        store.tidy()
    return States(keeping.memory, store, memory)


def _failed(turn: int, error: AppError | RuntimeError, *, on_device: bool) -> Failed:
    what = error.what if isinstance(error, AppError) else f"The model could not go on ({error})."
    if on_device:
        return Failed(turn, what, "Retry: the processor does the work now.", "device")
    if isinstance(error, AppError):
        return Failed(turn, what, error.next_step, error.code)
    again = "Retry; if it happens again, choose a smaller context or another model."
    return Failed(turn, what, again, "decode")


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
