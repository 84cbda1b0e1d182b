"""Speaks with a real engine the way the app does, and gathers what comes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.conversation import Outcome, Role, Stats
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Cancel,
    Delta,
    Died,
    Done,
    Failed,
    Generate,
    Keeping,
    Load,
    LoadFailed,
    ModelInfo,
    Progress,
    Trimmed,
)
from tests.data import MODEL, PROJECTOR

PATIENCE = 60.0  # seconds; a test that waits longer has failed
LIKELIEST = Sampling(temperature=0)
# A picture of more than 70 tokens is beyond the miniature's training.
BUDGET = 70


def user(text: str, *media: Media) -> Turn:
    """A question."""
    return Turn(Role.USER, text, media)


def model(text: str) -> Turn:
    """An answer given earlier."""
    return Turn(Role.ASSISTANT, text)


def system(text: str) -> Turn:
    """What the app tells the model in advance."""
    return Turn(Role.SYSTEM, text)


def picture(path: Path, budget: int = BUDGET) -> Media:
    """A picture at ``path``."""
    return Media("image", str(path), budget)


def sound(path: Path) -> Media:
    """A sound at ``path``."""
    return Media("audio", str(path))


@dataclass
class Answer:
    """Everything the engine said about one turn, in order."""

    events: list[AnyEvent] = field(default_factory=list)

    def _said(self, kind: str) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Delta) and e.kind == kind)

    @property
    def text(self) -> str:
        """What is meant for the reader."""
        return self._said("text")

    @property
    def thought(self) -> str:
        """What was thought aloud."""
        return self._said("thought")

    @property
    def tool(self) -> str:
        """What a tool was asked."""
        return self._said("tool")

    @property
    def last(self) -> AnyEvent:
        """The event that ended the turn."""
        return self.events[-1]

    @property
    def stats(self) -> Stats:
        """The figures of a turn that ended well."""
        assert isinstance(self.last, Done), self.last
        return self.last.stats

    @property
    def outcome(self) -> Outcome:
        """How a turn ended that did not fail."""
        assert isinstance(self.last, Done), self.last
        return self.last.outcome

    @property
    def failure(self) -> Failed:
        """Why a turn failed."""
        assert isinstance(self.last, Failed), self.last
        return self.last

    @property
    def progress(self) -> list[Progress]:
        """How the prompt was read."""
        return [event for event in self.events if isinstance(event, Progress)]

    @property
    def trimmed(self) -> list[Trimmed]:
        """What was left out."""
        return [event for event in self.events if isinstance(event, Trimmed)]


class Talk:
    """One conversation partner: an engine and the numbers of its turns."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = 0

    def next_turn(self) -> int:
        """A number that no other turn has."""
        self._turn += 1
        return self._turn

    def load(
        self,
        path: Path = MODEL,
        projector: Path | None = PROJECTOR,
        *,
        context: int = 4096,
        keeping: Keeping = Keeping(),  # noqa: B008 (frozen)
    ) -> ModelInfo:
        """Load a model that is known to load."""
        event = self.try_load(path, projector, context=context, keeping=keeping)
        assert isinstance(event, ModelInfo), event
        return event

    def try_load(
        self,
        path: Path,
        projector: Path | None = None,
        *,
        context: int = 4096,
        keeping: Keeping = Keeping(),  # noqa: B008 (frozen)
    ) -> AnyEvent:
        """Load a model; what came of it."""
        beside = str(projector) if projector else None
        # One thread: the miniature is fastest so, and other work on the machine hurts it least.
        self.engine.send(Load(str(path), beside, context, threads=1, keeping=keeping))
        return self.until(lambda event: isinstance(event, ModelInfo | LoadFailed | Died))[-1]

    def begin(
        self,
        *turns: Turn,
        thinking: bool | None = None,
        sampling: Sampling = LIKELIEST,
        max_tokens: int = 0,
        chat: str = "",
        **order: str | int | bool,
    ) -> int:
        """Order an answer; the number of its turn. ``order`` has what else a Generate may have."""
        turn = self.next_turn()
        prompt = Prompt(turns, thinking)
        generate = Generate(turn, prompt, sampling, max_tokens, chat, **order)  # type: ignore[arg-type]
        self.engine.send(generate)
        return turn

    def ask(
        self,
        *turns: Turn,
        thinking: bool | None = None,
        sampling: Sampling = LIKELIEST,
        max_tokens: int = 0,
        chat: str = "",
        **order: str | int | bool,
    ) -> Answer:
        """Order an answer and wait for its end."""
        turn = self.begin(
            *turns,
            thinking=thinking,
            sampling=sampling,
            max_tokens=max_tokens,
            chat=chat,
            **order,
        )
        return self.finish(turn)

    def finish(self, turn: int) -> Answer:
        """Wait for the end of ``turn``. The events of other turns are dropped."""
        events = self.until(lambda e: isinstance(e, Done | Failed) and e.turn == turn)
        return Answer([event for event in events if getattr(event, "turn", turn) == turn])

    def cancel_at(self, turn: int, moment: Callable[[AnyEvent], bool]) -> Answer:
        """Wait for ``moment`` in ``turn``, stop it, and wait for its end."""
        before = self.until(lambda event: getattr(event, "turn", None) == turn and moment(event))
        self.engine.send(Cancel(turn))
        answer = self.finish(turn)
        answer.events[:0] = [event for event in before if getattr(event, "turn", turn) == turn]
        return answer

    def until(self, end: Callable[[AnyEvent], bool]) -> list[AnyEvent]:
        """All events up to the first for which ``end`` holds."""
        events: list[AnyEvent] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            event = self.engine.receive(0.5)
            if event is None:
                continue
            events.append(event)
            if end(event):
                return events
            if isinstance(event, Died) and not event.restarting:
                break
        raise AssertionError(f"waited in vain after {events[-5:]}")
