"""Random walks through questions about the screen: whatever people do while the engine does
whatever it does, in the end nobody waits, and nothing is left that was not to be kept."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect

from app.core.boxes import Box
from app.core.conversation import Outcome
from app.core.screen_tasks import EXPLAIN, EXTRACT, READ
from app.session.chat import ChatSession
from tests.gui.session.asker import Asker
from tests.gui.session.office import Office
from tests.gui.session.test_walks import Walker

STEPS = 60


class QuickWalker(Walker):
    """A walker who asks about the screen as well."""

    def __init__(self, office: Office, seed: int) -> None:
        super().__init__(office, seed)
        self.ended = set()
        self.asker = Asker(office)

    def step(self) -> None:
        quick = self.asker.quick
        person: list[Callable[[], object]] = [
            self.mark,
            self.mark,
            self.ask_quickly,
            self.ask_quickly,
            self.ask_quickly,
            quick.stop,
            quick.retry,
            self.look_closer,
            quick.discard,
            quick.continue_in_chat,
            self.budget,
            self.keep_or_not,
        ]
        kind = self.chance.random()
        if kind < 0.35:
            self.chance.choice(person)()
        elif kind < 0.7:
            super().step()
        else:
            self.office.settle()  # what was begun comes to something

    def mark(self) -> None:
        left, top, width, height = (self.chance.randrange(10, 400) for _ in range(4))
        self.asker.quick.mark(self.asker.frame, QRect(left, top, width, height))

    def ask_quickly(self) -> None:
        task = self.chance.choice((None, None, EXPLAIN, READ, EXTRACT))
        self.asker.quick.ask(self.chance.choice(("Where is it all", "What is it?")), task)

    def look_closer(self) -> None:
        self.asker.quick.look_closer(Box(100, 200, 300, 900))

    def budget(self) -> None:
        self.asker.quick.set_budget(self.chance.choice((0, 70, 1120)))

    def keep_or_not(self) -> None:
        self.office.preferences.change(keep_captures=self.chance.random() < 0.5)


@pytest.mark.parametrize("seed", range(8))
def test_random_walks(office: Office, seed: int) -> None:
    walker = QuickWalker(office, seed)
    quick = walker.asker.quick
    sessions: set[ChatSession] = {office.chat}
    office.chats.current_changed.connect(sessions.add)
    for _ in range(STEPS):
        walker.step()
        assert quick.state != "answering" or quick.frame is not None
        assert all(one.done for one in quick.exchanges[:-1])

    def quiet() -> bool:
        walker.end()
        return quick.state != "answering" and not any(one.busy for one in sessions)

    office.until(quiet)
    for one in quick.exchanges:
        assert one.done
        assert quick.frame is not None
        assert quick.frame.image.rect().contains(one.region)
    quick.discard()
    office.until(lambda: not quick.findChildren(ChatSession))
    office.settle()
    office.settle()
    office.until(quiet)
    assert list(office.paths.captures.iterdir()) == []
    listed = {summary.id for summary in office.chats.summaries}
    for chat in listed:
        said = office.saved(chat)
        assert said
        assert all(message.outcome is not Outcome.WRITING for message in said)
        for message in said:
            for part in message.attachments:
                assert office.desk.blobs.path_of(part.blob).is_file()
    assert office.count("messages WHERE outcome = 'writing'") == 0
    # What was asked and not to be kept is nowhere: every blob belongs to a chat.
    used: list[frozenset[str]] = []
    office.jobs.run(office.desk.conversations.blobs_in_use, used.append, lane="database")
    office.until(lambda: used)
    assert {path.name for path in walker.asker.kept} <= used[0]
    assert [one.code for one in office.problems if one.code != "chat-missing"] == []
