"""The answers that are asked for, one after the other, and what becomes of them."""

from collections import deque
from typing import Literal

from app.core.conversation import Outcome, Stats
from app.engine.messages import (
    AnyCommand,
    AnyEvent,
    Cancel,
    Died,
    Done,
    Embed,
    Embedded,
    Failed,
    Generate,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepare,
    Prepared,
    Progress,
    Unload,
    Unloaded,
)

DIED = "died"  # the code of Failed when the engine's process has ended


class Turns:
    """Gives the engine one answer at a time, and only while a model is loaded. Where it has none
    to give, the engine may prepare one; a preparation that runs gives way by itself.

    Keeping the queue on this side of the pipe makes a dead child cost the answer that ran: those
    that waited go to the next child. Pure: methods return what to send and what to report.
    """

    def __init__(self) -> None:
        self.model: Literal["none", "loading", "ready", "asleep"] = "none"
        self.running: int | None = None
        self.preparing: int | None = None  # the newest preparation that the engine has
        self._to_prepare: Prepare | None = None  # it waits for the answers
        self.embedding: int | None = None  # the vectors that the engine is at
        self._to_embed: Embed | None = None  # they wait for everything else
        self._waiting: deque[Generate] = deque()
        self._loads = 0  # ordered, and not yet ended one way or the other
        self._wanted: Load | None = None
        self._begun = False  # the child is at a load
        self._ending = False  # the child is to be killed, since it loads what nobody wants
        self._kill = False  # and that has not been done yet
        self._dropping = False  # somebody waits until the memory is free

    def load(self, order: Load) -> list[AnyCommand]:
        """A model is to be loaded; what runs may end first, what waits goes to the new model. A
        load that has begun is broken off."""
        self.model, self._wanted = "loading", order
        if self._ending:
            return []  # the next child gets it
        self._loads += 1
        return self._end_child() if self._begun else [order]

    def drop(self) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """The model is not wanted any more, whatever is at work: what runs is stopped, what waits
        is given up, a load is broken off. ``Unloaded`` is reported when its memory is free."""
        self.model, self._wanted, self._dropping = "none", None, True
        reports: list[AnyEvent] = [
            Done(order.turn, Outcome.STOPPED, Stats()) for order in self._waiting
        ]
        self._waiting.clear()
        reports += self._drop_preparation() + self._drop_vectors()
        if self._ending:
            return [], reports
        if self._begun:
            return self._end_child(), reports
        stop: list[AnyCommand] = [Cancel(self.running)] if self.running is not None else []
        return [*stop, Unload()], reports

    def take_kill(self) -> bool:
        """Whether the child is to be killed; True once. ``Died`` is to follow, and is not
        reported."""
        kill, self._kill = self._kill, False
        return kill

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered or prepared, and nothing waits."""
        waits = self._waiting or self._to_prepare is not None or self._to_embed is not None
        working = (self.running, self.preparing, self.embedding)
        return all(turn is None for turn in working) and not waits

    def unload(self) -> list[AnyCommand]:
        """The memory of the model is wanted, if nothing is at work. A load wakes it again; what is
        asked for before that waits."""
        if self.model != "ready" or not self.idle:
            return []
        self.model = "asleep"
        return [Unload()]

    def generate(self, order: Generate) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """An answer is asked for."""
        if self.model == "none":
            return [], [_no_model(order.turn)]
        self._waiting.append(order)
        if commands := self._next():
            return commands, []
        return [], [Progress(order.turn, "waiting", 0, 0)]

    def prepare(self, order: Prepare) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """An answer is likely to be asked for. Replaces the preparation before; without a model
        nothing is prepared."""
        reports = self._drop_preparation()
        if self.model != "ready":
            return [], [*reports, Prepared(order.turn, False)]
        self._to_prepare = order
        return self._next(), reports

    def embed(self, order: Embed, *, now: bool) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """Vectors are wanted: once nothing is answered or prepared, or right ``now``, before an
        answer that needs them. Replaces what waited before; without a model there are none."""
        reports = self._drop_vectors()
        if self.model != "ready" or (now and self.running is not None):
            return [], [*reports, Embedded(order.turn, False)]
        if now:
            self.embedding = order.turn
            return [order], reports
        self._to_embed = order
        return self._next(), reports

    def cancel(self, turn: int) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """An answer or preparation is no longer wanted. One that has ended already is left
        alone."""
        if turn in (self.running, self.preparing, self.embedding):
            return [Cancel(turn)], []
        if self._to_embed is not None and turn == self._to_embed.turn:
            return [], self._drop_vectors()
        if self._to_prepare is not None and turn == self._to_prepare.turn:
            return [], self._drop_preparation()
        for order in self._waiting:
            if order.turn == turn:
                self._waiting.remove(order)
                return [], [Done(turn, Outcome.STOPPED, Stats())]
        return [], []

    def happened(self, event: AnyEvent) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """Take note of an event: what to send now, and what to report, as a rule the event
        itself first. Not reported is what becomes of a model that another has replaced."""
        reports: list[AnyEvent] = [event]
        if self._ending and isinstance(event, Loading | ModelInfo | LoadFailed | Unloaded):
            return [], []
        match event:
            case Loading():
                # Before that the child may be trying a device, and would find it unfit if killed.
                self._begun = event.fraction > 0
                if self._loads > 1 or self._wanted is None:
                    return self._end_child() if self._begun else [], []
            case ModelInfo() | LoadFailed():
                self._begun = False
                self._loads = max(0, self._loads - 1)
                if self._loads or self._wanted is None:
                    return [], []
                self.model = "ready" if isinstance(event, ModelInfo) else "none"
                if isinstance(event, LoadFailed):
                    reports += self._drop_preparation() + self._drop_vectors()
                    reports += self._give_up(event.what, event.next_step, event.code)
            case Done() | Failed():
                if event.turn == self.running:
                    self.running = None
                elif event.turn == self.embedding:
                    self.embedding = None
            case Unloaded():
                if self.model != "asleep" and not self._dropping:  # woken meanwhile
                    return [], []
                self._dropping = False
            case Prepared():
                if event.turn == self.preparing:
                    self.preparing = None
            case Embedded():
                if event.turn == self.embedding:
                    self.embedding = None
            case Died() if self._ending:
                return self._next_child()
            case Died():
                # The order may have gone to the next child already, before this word came; for
                # one that went down with its child the client ignores a Cancel.
                commands: list[AnyCommand] = []
                if self.running is not None:
                    commands.append(Cancel(self.running))
                return commands, reports + self._died(event)
        return self._next(), reports

    def _next(self) -> list[AnyCommand]:
        if self.model != "ready" or self.running is not None:
            return []
        if self._waiting:
            answer = self._waiting.popleft()
            self.running = answer.turn
            return [answer]
        if self._to_prepare is not None:
            ahead, self._to_prepare = self._to_prepare, None
            self.preparing = ahead.turn
            return [ahead]
        if self._to_embed is not None and self.preparing is None and self.embedding is None:
            vectors, self._to_embed = self._to_embed, None
            self.embedding = vectors.turn
            return [vectors]
        return []

    def _end_child(self) -> list[AnyCommand]:
        """Have the child killed: it can't be stopped while it loads. It is told to unload before,
        so that the client doesn't load the same with the next one."""
        self._ending = self._kill = True
        return [Unload()]

    def _next_child(self) -> tuple[list[AnyCommand], list[AnyEvent]]:
        """The child was killed: the next one gets what is wanted by now."""
        self._ending = self._kill = self._begun = False
        reports = self._ended()
        self._loads = 1 if self._wanted is not None else 0
        return [self._wanted] if self._wanted is not None else [], reports

    def _drop_preparation(self) -> list[AnyEvent]:
        """Forget the preparation that has not begun."""
        dropped, self._to_prepare = self._to_prepare, None
        return [Prepared(dropped.turn, False)] if dropped is not None else []

    def _drop_vectors(self) -> list[AnyEvent]:
        """Forget the vectors that have not been begun."""
        dropped, self._to_embed = self._to_embed, None
        return [Embedded(dropped.turn, False)] if dropped is not None else []

    def _died(self, event: Died) -> list[AnyEvent]:
        # With no restart the child that follows has no model, whatever was loaded before.
        if event.restarting:
            self.model = "loading"
        elif self.model != "asleep":  # the next process wakes as well as this one would have
            self.model = "none"
        self._loads = 1 if event.restarting else 0
        self._begun = False
        ended = self._ended()
        if self.model == "none":
            ended += self._give_up(
                "The engine ended unexpectedly while it loaded the model.",
                "Choose a smaller model or a smaller context, then retry.",
                DIED,
            )
        return ended

    def _ended(self) -> list[AnyEvent]:
        """What was at work has ended with its child."""
        ended: list[AnyEvent] = []
        if self.running is not None:
            ended.append(
                Failed(
                    self.running,
                    "The answer stopped because the engine ended unexpectedly.",
                    "Retry starts this answer again.",
                    DIED,
                )
            )
            self.running = None
        if self.preparing is not None:
            ended.append(Prepared(self.preparing, False))
            self.preparing = None
        if self.embedding is not None:
            ended.append(Embedded(self.embedding, False))
            self.embedding = None
        ended += self._drop_preparation() + self._drop_vectors()
        if self._dropping:
            self._dropping = False
            ended.append(Unloaded())
        return ended

    def _give_up(self, what: str, next_step: str, code: str) -> list[AnyEvent]:
        waiting, self._waiting = self._waiting, deque()
        return [Failed(order.turn, what, next_step, code) for order in waiting]


def _no_model(turn: int) -> Failed:
    return Failed(turn, "No model is loaded.", "Choose a model, then retry.", "no_model")
