"""An engine without a child: the test says what happens, and when."""

import contextlib
import queue
from typing import TypeVar

from app.core.conversation import Outcome, Stats
from app.engine.messages import (
    AnyCommand,
    AnyEvent,
    Cancel,
    Delta,
    Died,
    Done,
    Failed,
    Generate,
    Load,
    ModelInfo,
    Prepare,
    Prepared,
    Progress,
)

T = TypeVar("T")


class FakeEngine:
    """Stands in for ``app.engine.client.Engine``, at the edge where the process would be."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.sent: list[AnyCommand] = []
        self.closed = False
        self._events: queue.Queue[AnyEvent] = queue.Queue()

    def start(self) -> None:
        pass

    def send(self, command: AnyCommand) -> None:
        self.sent.append(command)

    def receive(self, timeout: float | None = None) -> AnyEvent | None:
        with contextlib.suppress(queue.Empty):
            return self._events.get(timeout=timeout)
        return None

    def close(self) -> None:
        self.closed = True

    # -- the test's side ----------------------------------------------------------------------

    def say(self, *events: AnyEvent) -> None:
        for event in events:
            self._events.put(event)

    def of_kind(self, kind: type[T]) -> list[T]:
        return [command for command in self.sent if isinstance(command, kind)]

    @property
    def loads(self) -> list[Load]:
        return self.of_kind(Load)

    @property
    def questions(self) -> list[Generate]:
        return self.of_kind(Generate)

    @property
    def preparations(self) -> list[Prepare]:
        return self.of_kind(Prepare)

    @property
    def cancelled(self) -> list[int]:
        return [command.turn for command in self.of_kind(Cancel)]

    def finish_loading(self, *, vision: bool = True, audio: bool = True) -> None:
        self.say(info(self.loads[-1].model, vision=vision, audio=audio))

    def write(self, text: str, *, turn: int | None = None, kind: str = "text") -> None:
        self.say(Delta(turn or self.questions[-1].turn, kind, text))  # type: ignore[arg-type]

    def end(
        self,
        *,
        turn: int | None = None,
        outcome: Outcome = Outcome.DONE,
        stats: Stats | None = None,
    ) -> None:
        self.say(Done(turn or self.questions[-1].turn, outcome, stats or Stats()))

    def read(self, done: int, total: int) -> None:
        """The newest preparation has come so far."""
        self.say(Progress(self.preparations[-1].turn, "prefill", done, total))

    def prepared(
        self,
        *,
        turn: int | None = None,
        complete: bool = True,
        encode_ms: float = 0.0,
        encoded_tokens: int = 0,
        prefill_tps: float = 0.0,
    ) -> None:
        number = turn or self.preparations[-1].turn
        self.say(Prepared(number, complete, encode_ms, encoded_tokens, prefill_tps))

    def fail(self, what: str, next_step: str = "", *, code: str = "error") -> None:
        self.say(Failed(self.questions[-1].turn, what, next_step, code))

    def die(self, *, restarting: bool = True) -> None:
        self.say(Died("signal SIGKILL", restarting))


def info(path: str, *, vision: bool = True, audio: bool = True) -> ModelInfo:
    return ModelInfo(
        path=path,
        name="mini",
        architecture="gemma4",
        description="mini",
        size=1,
        parameters=1,
        context=4096,
        trained_context=4096,
        vision=vision,
        audio=audio,
        thinking=True,
        template=True,
    )
