"""Random walks through the queue of answers, with a child as the client would show it: whatever is
ordered and whenever it dies, in the end what is wanted is so, and everybody has been told once."""

import random
from collections import Counter, deque

import pytest

from app.core.conversation import Outcome, Stats
from app.core.prompt import Prompt
from app.engine.messages import (
    AnyCommand,
    AnyEvent,
    Cancel,
    Died,
    Done,
    Failed,
    Generate,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepare,
    Prepared,
    Unload,
    Unloaded,
)
from app.session.turns import Turns
from tests.gui.session.fake_engine import info

STEPS = 120


class Child:
    """The engine's process with its client: takes commands one by one, and may be killed."""

    def __init__(self, chance: random.Random) -> None:
        self.events: deque[AnyEvent] = deque()
        self.model: str | None = None
        self.dead = False
        self._chance = chance
        self._queue: deque[AnyCommand] = deque()
        self._at: Load | Generate | Prepare | None = None
        self._fraction = 0.0
        self._load: Load | None = None  # what the client would load again

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._at or self.events)

    def send(self, command: AnyCommand) -> None:
        if isinstance(command, Load):
            self._load = command
        elif isinstance(command, Unload):
            self._load = None
        if self.dead:
            return
        if not isinstance(command, Cancel):
            self._queue.append(command)
        elif isinstance(self._at, Generate | Prepare) and self._at.turn == command.turn:
            self._end(Outcome.STOPPED)
        else:
            for waiting in list(self._queue):
                if getattr(waiting, "turn", None) == command.turn:
                    self._queue.remove(waiting)
                    self.events.append(Done(command.turn, Outcome.STOPPED, Stats()))

    def step(self) -> None:
        """Go on with what it is at, or begin with the next."""
        if isinstance(self._at, Load):
            self._go_on_loading(self._at)
        elif self._at is not None:
            self._end(Outcome.DONE)
        elif self._queue:
            self._begin(self._queue.popleft())

    def die(self) -> None:
        if self.dead:
            return
        if isinstance(self._at, Load):
            self._load = None  # it would kill the next one, too
        self._queue.clear()
        self._at, self.model, self.dead = None, None, True
        self.events.append(Died("x", False))

    def receive(self) -> AnyEvent:
        event = self.events.popleft()
        if isinstance(event, Died):
            self.dead = False
            event = Died("x", restarting=self._load is not None)
            if self._load is not None:
                self._queue.append(self._load)
        return event

    def _begin(self, command: AnyCommand) -> None:
        match command:
            case Load():
                self._at, self._fraction, self.model = command, 0.0, None
                self.events.append(Loading(0.0))
            case Unload():
                self.model = None
                self.events.append(Unloaded())
            case Generate() | Prepare() if self.model is not None:
                self._at = command
            case Generate():
                self.events.append(Failed(command.turn, "No model.", ""))
            case Prepare():
                self.events.append(Prepared(command.turn, False))

    def _go_on_loading(self, order: Load) -> None:
        self._fraction += 0.4
        if self._fraction < 1:
            self.events.append(Loading(self._fraction))
            return
        self._at = None
        if self._chance.random() < 0.15:
            self.events.append(LoadFailed("broken", ""))
            return
        self.model = order.model
        self.events.append(info(order.model))

    def _end(self, outcome: Outcome) -> None:
        order, self._at = self._at, None
        if isinstance(order, Generate):
            self.events.append(Done(order.turn, outcome, Stats()))
        elif isinstance(order, Prepare):
            self.events.append(Prepared(order.turn, outcome is Outcome.DONE))


class Walk:
    """Somebody who orders this and that, and notes what is reported."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.turns = Turns()
        self.child = Child(self.chance)
        self.asked: list[int] = []
        self.ended: Counter[int] = Counter()
        self.dropped = self.unloaded = 0
        self.wanted: str | None = None
        self.told: AnyEvent | None = None  # the last word about the model

    def step(self) -> None:
        person = (self.load, self.drop, self.sleep, self.ask, self.ask, self.prepare, self.cancel)
        kind = self.chance.random()
        if kind < 0.35:
            self.chance.choice(person)()
        elif kind < 0.65:
            self.child.step()
        elif kind < 0.68:
            self.child.die()
        elif self.child.events:
            self.hear()

    def load(self) -> None:
        self.wanted, self.told = f"m{self.chance.randrange(5)}", None
        self.carry_out(self.turns.load(Load(self.wanted)), [])

    def drop(self) -> None:
        self.wanted = None
        self.dropped += 1
        self.carry_out(*self.turns.drop())

    def sleep(self) -> None:
        commands = self.turns.unload()
        if commands:
            self.wanted = None
        self.carry_out(commands, [])

    def ask(self) -> None:
        turn = len(self.asked) + 1
        self.asked.append(turn)
        self.carry_out(*self.turns.generate(Generate(turn, Prompt(()))))

    def prepare(self) -> None:
        self.carry_out(*self.turns.prepare(Prepare(1000 + len(self.asked), Prompt(()))))

    def cancel(self) -> None:
        if self.asked:
            self.carry_out(*self.turns.cancel(self.chance.choice(self.asked)))

    def hear(self) -> None:
        self.carry_out(*self.turns.happened(self.child.receive()))

    def carry_out(self, commands: list[AnyCommand], reports: list[AnyEvent]) -> None:
        for command in commands:
            self.child.send(command)
        if self.turns.take_kill():
            self.child.die()
        for event in reports:
            match event:
                case Done() | Failed():
                    self.ended[event.turn] += 1
                case Unloaded():
                    self.unloaded += 1
                case ModelInfo() | LoadFailed():
                    self.told = event
                case Died() if not event.restarting:
                    self.told, self.wanted = event, None


@pytest.mark.parametrize("seed", range(150))
def test_random_walks(seed: int) -> None:
    walk = Walk(seed)
    for _ in range(STEPS):
        walk.step()
    before = walk.unloaded
    if walk.turns.model == "asleep":
        walk.load()
    for _ in range(1000):
        walk.child.step()
        while walk.child.events:
            walk.hear()
        if not walk.child.busy:
            break
    assert not walk.child.busy
    assert set(walk.ended) == set(walk.asked), "everybody was told"
    assert set(walk.ended.values()) <= {1}, "and once"
    assert walk.turns.model in ("ready", "none")
    if walk.turns.model == "ready":
        assert walk.child.model == walk.wanted
        assert isinstance(walk.told, ModelInfo)
        assert walk.told.path == walk.wanted
    else:
        assert walk.child.model is None
    assert walk.unloaded >= before
    if walk.dropped:
        assert walk.unloaded > 0
    assert not walk.turns._dropping, "who waited for the memory has been told"
    assert not walk.turns._ending
