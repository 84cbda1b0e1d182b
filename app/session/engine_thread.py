"""The worker thread that owns the engine, and its events as signals on the main thread."""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt, QThread, Signal

from app.engine.client import Engine
from app.engine.messages import (
    AnyCommand,
    AnyEvent,
    Delta,
    Died,
    Done,
    Embed,
    Embedded,
    Failed,
    Forget,
    Generate,
    Hello,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepare,
    Prepared,
    Progress,
    Trimmed,
    Unloaded,
)
from app.session.turns import Turns

DELTAS_A_SECOND = 30
_IDLE_SECONDS = 0.25  # how long shut_down may have to wait for a quiet engine
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has but one way


class EngineThread(QThread):
    """Runs the engine. Methods are orders from the main thread, signals arrive on it.

    Answers wait for each other and for the model (see ``Turns``), so callers need not.
    """

    hello = Signal(Hello)
    loading = Signal(float)
    loaded = Signal(ModelInfo)
    load_failed = Signal(LoadFailed)
    unloaded = Signal()
    died = Signal(Died)
    progress = Signal(Progress)
    trimmed = Signal(Trimmed)
    deltas = Signal(int, str, str)  # turn, "text", "thought" or "tool", the new text
    done = Signal(Done)  # not "finished", which is QThread's own
    failed = Signal(Failed)
    prepared = Signal(Prepared)
    embedded = Signal(Embedded)  # or ``failed``
    _arrived = Signal(object)

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("engine")
        self._engine = engine
        self._turns = Turns()
        self._numbers = itertools.count(1)
        self._closing = False
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def pid(self) -> int | None:
        """The process id of the engine's child, None while there is none."""
        return self._engine.pid

    def next_turn(self) -> int:
        """A number that no other answer or preparation of this run has."""
        return next(self._numbers)

    def load(self, order: Load) -> None:
        """Load a model. An answer that runs ends first; a load that runs is broken off."""
        self._send(self._turns.load(order))

    def drop(self) -> None:
        """Give the memory of the model back, whatever is at work: answers are stopped, a load is
        broken off. ``unloaded`` follows; questions fail until ``load``."""
        self._carry_out(*self._turns.drop())

    def unload(self) -> bool:
        """Give the memory of the model back; ``unloaded`` follows. Not while anything is answered
        or prepared: False then. ``load`` brings it back, and before that questions wait."""
        commands = self._turns.unload()
        self._send(commands)
        return bool(commands)

    def generate(self, order: Generate) -> None:
        """Ask for an answer. If it has to wait, ``progress`` says so at once."""
        self._carry_out(*self._turns.generate(order))

    def prepare(self, order: Prepare) -> None:
        """Have a prompt evaluated ahead, when nothing is to be answered; ``prepared`` follows. It
        takes the place of the preparation before."""
        self._carry_out(*self._turns.prepare(order))

    def embed(self, order: Embed, *, now: bool = False) -> None:
        """Have vectors made of texts, when nothing is to be answered or prepared, or ``now``;
        ``embedded`` or ``failed`` follows. It takes the place of what waited before."""
        self._carry_out(*self._turns.embed(order, now=now))

    def cancel(self, turn: int) -> None:
        """Stop an answer or a preparation; ``done`` or ``prepared`` follows, at once if it was
        still waiting. One that has ended is left alone."""
        self._carry_out(*self._turns.cancel(turn))

    def forget(self, chat: str) -> None:
        """Have everything removed that is kept of a conversation."""
        self._engine.send(Forget(chat))

    def shut_down(self) -> None:
        """End the engine and this thread. No signal is emitted any more."""
        self._closing = True
        self.wait()

    def run(self) -> None:
        """The thread: starts the engine, reads its events, ends it."""
        batch = DeltaBatch(self._arrived.emit)
        try:
            self._engine.start()
            while not self._closing:
                batch.take(self._engine.receive(batch.patience(_IDLE_SECONDS)))
        except OSError as error:  # no process can be started
            self._arrived.emit(Died(str(error), False))
        finally:
            self._engine.close()

    # -- on the main thread -----------------------------------------------------------------------

    def _take(self, event: AnyEvent) -> None:
        if self._closing:
            return
        self._carry_out(*self._turns.happened(event))

    def _carry_out(self, commands: Iterable[AnyCommand], reports: Iterable[AnyEvent]) -> None:
        # Sent first: a slot may give the next order, and must find this one carried out.
        self._send(commands)
        for event in reports:
            self._report(event)

    def _send(self, commands: Iterable[AnyCommand]) -> None:
        for command in commands:
            self._engine.send(command)
        if self._turns.take_kill() and (pid := self._engine.pid) is not None:
            with contextlib.suppress(OSError):  # it has died by itself just now
                os.kill(pid, _KILL)

    def _report(self, event: AnyEvent) -> None:
        match event:
            case Delta():
                self.deltas.emit(event.turn, event.kind, event.text)
            case Progress():
                self.progress.emit(event)
            case Loading():
                self.loading.emit(event.fraction)
            case Done():
                self.done.emit(event)
            case Failed():
                self.failed.emit(event)
            case Prepared():
                self.prepared.emit(event)
            case Embedded():
                self.embedded.emit(event)
            case Trimmed():
                self.trimmed.emit(event)
            case ModelInfo():
                self.loaded.emit(event)
            case Unloaded():
                self.unloaded.emit()
            case LoadFailed():
                self.load_failed.emit(event)
            case Died():
                self.died.emit(event)
            case Hello():
                self.hello.emit(event)


class DeltaBatch:
    """Joins the text of one answer so that ``emit`` gets it ``DELTAS_A_SECOND`` times a second at
    most, however fast the model is. Other events pass at once, with the text before them."""

    def __init__(
        self, emit: Callable[[AnyEvent], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._pieces: list[Delta] = []
        self._due = 0.0  # when the next text may go out

    def patience(self, idle: float) -> float:
        """How many seconds the next event may be waited for."""
        return max(0.0, min(idle, self._due - self._clock())) if self._pieces else idle

    def take(self, event: AnyEvent | None) -> None:
        """An event has come, or none in time."""
        if not isinstance(event, Delta):
            if event is not None or self._clock() >= self._due:
                self._flush()
            if event is not None:
                self._emit(event)
            return
        first = self._pieces[0] if self._pieces else event
        if (event.turn, event.kind) != (first.turn, first.kind):
            self._flush()
        self._pieces.append(event)
        if self._clock() >= self._due:
            self._flush()

    def _flush(self) -> None:
        if not self._pieces:
            return
        first = self._pieces[0]
        text = "".join(piece.text for piece in self._pieces)
        self._pieces.clear()
        self._due = self._clock() + 1 / DELTAS_A_SECOND
        self._emit(Delta(first.turn, first.kind, text))
