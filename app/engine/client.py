"""The app's end of the engine: starts the child process, speaks to it, replaces it when it dies.

No Qt here: the window reads events on its worker thread, the command line in a plain loop.
"""

import contextlib
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.core.own_process import own_command
from app.engine.messages import (
    DEVICE_FAILED,
    DEVICE_WRONG,
    AnyCommand,
    AnyEvent,
    Cancel,
    Delta,
    Died,
    Done,
    Embed,
    Embedded,
    Failed,
    Generate,
    Hello,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepare,
    Prepared,
    Render,
    Rendered,
    Unload,
    frame,
    read_event,
    write_frame,
)

KILL_AFTER = 5.0  # seconds a cancelled answer may go on before the child is killed
CLOSE_AFTER = 1.0  # seconds a closing child may take
_LOOK_EVERY = 0.25  # seconds between two looks at what is overdue
# Where "-m app.engine.child" means this package, and not one in the folder we were started in.
_HOME = Path(__file__).parents[2]
_LOG_LIMIT = 2**20  # bytes; a longer log is begun anew


class Engine:
    """One child process, replaced when it dies. Events come from ``receive``, in order.

    ``log_file`` gets everything llama.cpp prints; beside it, devices.json remembers which devices
    compute rightly. Methods may be called from any thread and from a signal handler; ``receive``
    from one thread only. ``command`` starts the child; ``kill_after`` is in seconds. The child has
    a working folder of its own, so paths in commands are absolute.
    """

    def __init__(
        self,
        log_file: Path,
        command: Sequence[str] = own_command("engine"),
        *,
        kill_after: float = KILL_AFTER,
    ) -> None:
        self._log_file = log_file
        self._command = list(command)
        self._kill_after = kill_after
        # Reentrant, as is SimpleQueue.put: Ctrl+C sends a Cancel from wherever it strikes.
        self._lock = threading.RLock()
        self._events: queue.SimpleQueue[tuple[int, AnyEvent | None]] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipes: list[threading.Thread] = []
        self._generation = 0  # of the child, since a dead one may still have words in the queue
        self._closed = False
        self._alive = False  # the child has said Hello
        self._load: Load | None = None  # the model to have, loaded again by a new child
        self._loading = False  # the child is at it
        self._ordered = 0  # loads of which nothing has come yet
        self._has_devices = False  # the child knows devices besides the CPU
        self._on_device = False  # and the model is on one
        # By turn, in the order of sending: what has had no last event yet.
        self._open: dict[int, Generate | Prepare | Embed | Render] = {}
        self._final: set[int] = set()  # of these: begun to be answered, or cancelled
        self._deadlines: dict[int, float] = {}

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the child, unless it runs. Its first event is Hello."""
        with self._lock:
            if self._process or self._closed:
                return
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            too_long = self._log_file.exists() and self._log_file.stat().st_size > _LOG_LIMIT
            with self._log_file.open("wb" if too_long else "ab") as log:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=_HOME,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            self._process = process
            self._generation += 1
            self._outgoing = queue.SimpleQueue()
            self._alive = self._loading = self._has_devices = self._on_device = False
            self._pipes = [
                threading.Thread(target=self._read, args=(process, self._generation)),
                threading.Thread(target=_write, args=(process, self._outgoing)),
            ]
            for thread in self._pipes:
                thread.name, thread.daemon = "engine pipe", True
                thread.start()

    def send(self, command: AnyCommand) -> None:
        """Give an order, starting a child if there is none; never blocks. A Cancel for a turn
        that has ended is ignored. Raises ValueError for a command beyond ``MAX_FRAME``."""
        if isinstance(command, Load) and not command.verdicts:
            beside = self._log_file.absolute().with_name("devices.json")
            command = msgspec.structs.replace(command, verdicts=str(beside))
        data = frame(command)
        with self._lock:
            match command:
                case Load():
                    self._load = command
                    self._ordered += 1
                case Unload():
                    self._load = None
                case Generate() | Prepare() | Embed() | Render():
                    self._open[command.turn] = command
                case Cancel():
                    if command.turn not in self._open:
                        return
                    self._final.add(command.turn)
                    self._deadlines.setdefault(command.turn, time.monotonic() + self._kill_after)
            self.start()
            self._outgoing.put(data)

    def receive(self, timeout: float | None = None) -> AnyEvent | None:
        """The next event; None when ``timeout`` seconds have passed without one, and once the
        engine is closed.

        When the child dies: first ``Died``, and then the events of a new child that loads the
        same model; to main memory if the old one had it on another device, or may have been about
        to. It stays without a model if the old one died while loading it there, and there is no
        new child before the next ``send`` if the old one died before Hello. Answers that were
        running or waiting get no event of their own any more.

        There is no ``Died`` where nothing is lost: if the model was on another device, or on its
        way there, and not a word had been written yet, the new child does in main memory all that
        was ordered.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self._closed:
            self._kill_if_overdue()
            wait = _LOOK_EVERY if end is None else min(_LOOK_EVERY, end - time.monotonic())
            try:
                generation, event = self._events.get(timeout=max(0.0, wait))
            except queue.Empty:
                if end is not None and time.monotonic() >= end:
                    return None
                continue
            if generation != self._generation:
                continue  # a late word of a child that is gone
            if event is None:
                if (died := self._replace()) is not None:
                    return died
                continue
            self._note(event)
            return event
        return None

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
        for thread in self._pipes:
            thread.join(CLOSE_AFTER)

    def __enter__(self) -> "Engine":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside ---------------------------------------------------------------------------------

    def _note(self, event: AnyEvent) -> None:
        with self._lock:
            match event:
                case Hello():
                    self._alive = True
                    self._has_devices = any(
                        device.kind in ("gpu", "integrated") for device in event.devices
                    )
                case Loading():
                    self._loading = True
                case ModelInfo() | LoadFailed():
                    self._loading = False
                    self._ordered = max(0, self._ordered - 1)
                    self._on_device = isinstance(event, ModelInfo) and event.gpu_layers > 0
                    if isinstance(event, ModelInfo):
                        self._stay_off_device(event.notice)
                case Delta():
                    self._final.add(event.turn)
                case Done() | Prepared() | Embedded() | Failed() | Rendered():
                    self._open.pop(event.turn, None)
                    self._final.discard(event.turn)
                    self._deadlines.pop(event.turn, None)

    def _stay_off_device(self, notice: str) -> None:
        """A child that went to main memory because the device failed has a next one go there,
        too."""
        if self._load and not self._ordered and notice in (DEVICE_FAILED, DEVICE_WRONG):
            self._load = msgspec.structs.replace(self._load, device="cpu", notice=notice)

    def _kill_if_overdue(self) -> None:
        with self._lock:
            if any(time.monotonic() > deadline for deadline in self._deadlines.values()):
                self._deadlines.clear()
                if self._process:
                    self._process.kill()

    def _replace(self) -> Died | None:
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return None  # closed just now
            code = process.wait()
            self._outgoing.put(None)  # lets the writer end
            on_device = self._was_on_device()
            lost = bool(self._final) or self._ordered > self._loading
            again = on_device and not lost and bool(self._loading or self._open)
            orders = list(self._open.values()) if again else []
            self._open.clear()
            self._final.clear()
            self._deadlines.clear()
            self._ordered = 0
            if on_device:
                assert self._load is not None
                self._load = msgspec.structs.replace(self._load, device="cpu", notice=DEVICE_FAILED)
            elif self._loading or not self._alive:
                self._load = None  # what killed this child would kill the next one, too
            if self._alive:
                self.start()
            if self._load:
                self.send(self._load)
            for order in orders:
                self.send(order)
            if again:
                return None
            return Died(_how_it_ended(code), restarting=self._load is not None)

    def _was_on_device(self) -> bool:
        """Whether the child had the model on another device than the CPU, or may have been about
        to: then that device may have killed it."""
        if self._load is None or self._load.device == "cpu":
            return False
        return self._has_devices if self._loading else self._on_device

    def _read(self, process: "subprocess.Popen[bytes]", generation: int) -> None:
        assert process.stdout
        with process.stdout as stream:
            try:
                while (event := read_event(stream)) is not None:
                    self._events.put((generation, event))
            except (OSError, ValueError):
                process.kill()  # out of step: nothing that follows can be trusted
        self._events.put((generation, None))


def _write(process: "subprocess.Popen[bytes]", outgoing: "queue.SimpleQueue[bytes | None]") -> None:
    assert process.stdin
    with contextlib.suppress(OSError), process.stdin as stream:
        while (data := outgoing.get()) is not None:
            write_frame(stream, data)


def _how_it_ended(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
