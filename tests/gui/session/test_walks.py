"""Random walks through the session: whatever people do while the engine does whatever it does, in
the end nobody waits, the database has what the screen shows, and one answer ran at a time."""

import random
from collections.abc import Callable

import pytest

from app.core.conversation import Outcome, Role, Stats
from app.engine.messages import AnyCommand, Cancel, Delta, Died, Done, Failed, Generate, Load
from app.session.chat import ChatSession
from tests.gui.session.fake_engine import FakeEngine, info
from tests.gui.session.office import Office

STEPS = 70


class Walker:
    """Does one thing after the other, as a person, or as the engine."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.engine: FakeEngine = office.engine
        self.chance = random.Random(seed)
        self.deleted: list[str] = []
        office.chats.deleted.connect(lambda chat, _title: self.deleted.append(chat))

    def step(self) -> None:
        person: list[Callable[[], None]] = [
            self.ask,
            self.ask,
            self.stop,
            self.retry,
            self.office.chats.new_chat,
            self.switch,
            self.delete,
            self.undo,
        ]
        engine: list[Callable[[], None]] = [self.write, self.write, self.end, self.fail, self.die]
        kind = self.chance.random()
        if kind < 0.45:
            self.chance.choice(person)()
        elif kind < 0.85:
            self.chance.choice(engine)()
        else:
            self.office.qtbot.wait(self.chance.choice((0, 1, 5)))  # let some of it happen

    def ask(self) -> None:
        self.office.chat.draft.text = f"Question {self.chance.randrange(1000)}"
        self.office.chat.send()

    def stop(self) -> None:
        self.office.chat.stop()

    def retry(self) -> None:
        answers = [e for e in self.office.chat.entries if e.message.role is Role.ASSISTANT]
        if answers:
            self.office.chat.retry(self.chance.choice(answers).id)

    def switch(self) -> None:
        if self.office.chats.summaries:
            self.office.chats.open(self.chance.choice(self.office.chats.summaries).id)

    def delete(self) -> None:
        if self.office.chats.summaries:
            self.office.chats.delete(self.chance.choice(self.office.chats.summaries).id)

    def undo(self) -> None:
        if self.deleted:
            self.office.chats.undo_delete(self.deleted.pop())

    def write(self) -> None:
        if (turn := self.running()) is not None:
            kind = self.chance.choice(("text", "text", "thought"))
            self.engine.say(Delta(turn, kind, f"word{self.chance.randrange(99)} "))  # type: ignore[arg-type]

    def end(self) -> None:
        if (turn := self.running()) is not None:
            cancelled = Cancel(turn) in self.engine.sent
            outcome = Outcome.STOPPED if cancelled else Outcome.DONE
            self.tell(turn, Done(turn, outcome, Stats(answer_tokens=3)))

    def fail(self) -> None:
        if self.chance.random() < 0.3 and (turn := self.running()) is not None:
            self.tell(turn, Failed(turn, "The model could not go on.", "Retry."))

    def die(self) -> None:
        if self.chance.random() < 0.3:
            for order in self.open_orders():
                self.ended.add(order.turn)
            self.engine.say(Died("signal", True))
            self.engine.say(info(self.engine.loads[-1].model))

    # -- what the engine would know of itself -------------------------------------------------

    ended: set[int]

    def open_orders(self) -> list[Generate]:
        return [order for order in self.engine.questions if order.turn not in self.ended]

    def running(self) -> int | None:
        orders = self.open_orders()
        return orders[0].turn if orders else None

    def tell(self, turn: int, event: Done | Failed) -> None:
        self.ended.add(turn)
        self.engine.say(event)


@pytest.mark.parametrize("seed", range(16))
def test_random_walks(office: Office, seed: int) -> None:
    walker = Walker(office, seed)
    walker.ended = set()
    together: list[int] = []
    send = office.engine.send

    def count(command: AnyCommand) -> None:
        send(command)
        if not isinstance(command, Load):
            cancelled = set(office.engine.cancelled)
            together.append(sum(one.turn not in cancelled for one in walker.open_orders()))

    office.engine.send = count
    sessions: set[ChatSession] = {office.chat}
    office.chats.current_changed.connect(sessions.add)
    for _ in range(STEPS):
        walker.step()

    def quiet() -> bool:
        walker.end()
        return not any(session.busy for session in sessions)

    office.until(quiet)
    office.settle()
    office.until(quiet)
    assert max(together, default=0) <= 1, "one answer at a time"
    listed = {summary.id for summary in office.chats.summaries}
    for session in sessions:
        if session.id in listed:
            assert office.saved(session.id) == [entry.message for entry in session.entries]
            assert all(e.message.outcome is not Outcome.WRITING for e in session.entries)
    store = office.desk.conversations
    kept: list[object] = []
    office.jobs.run(store.summaries, kept.append, lane="database")
    office.until(lambda: kept)
    assert {summary.id for summary in kept[0]} == listed  # type: ignore[attr-defined]
    # No row is left behind as if somebody were still at it.
    assert office.count("messages WHERE outcome = 'writing'") == 0
    assert office.problems == []
