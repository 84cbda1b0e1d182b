"""What the engine keeps of conversations goes with them, whether an engine helps or not."""

from collections.abc import Callable
from pathlib import Path

from app.core.state_names import state_name
from app.engine.messages import Forget, Keeping
from tests.gui.session.office import Office


def keep(office: Office, chat: str) -> Path:
    """A file as the engine would leave it."""
    path = office.paths.states / f"{state_name(chat)}.0123456789abcdef.state"
    path.write_bytes(b"kept")
    return path


def test_the_engine_is_told_how_much_and_where(office: Office) -> None:
    (order,) = office.engine.loads
    assert order.keeping == Keeping(10**9, str(office.paths.states), 4 * 10**9)
    office.preferences.change(kept_disk=16 * 10**9)
    assert office.engine.loads[-1].keeping.disk == 16 * 10**9


def test_nothing_is_kept_on_disk_if_that_is_not_wanted(office: Office) -> None:
    office.exchange("Hello", "Hi.")
    file = keep(office, office.chat.id)
    office.preferences.change(kept_disk=0)
    assert office.engine.loads[-1].keeping == Keeping(10**9, "", 0)
    office.until(lambda: not file.exists())


def test_every_question_says_whose_it_is(office: Office) -> None:
    office.exchange("Hello", "Hi.")
    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: len(office.engine.questions) == 2)
    assert {order.chat for order in office.engine.questions} == {office.chat.id}


def test_a_deleted_chat_is_forgotten_once_it_can_not_come_back(office: Office) -> None:
    office.exchange("Hello", "Hi.")
    chat = office.chat.id
    file = keep(office, chat)
    office.chats.delete(chat)
    office.settle()
    assert file.exists(), "it can be taken back"
    office.chats.undo_delete(chat)
    office.chats.delete(chat)
    _summary, timer = office.chats._doomed[chat]
    timer.setInterval(0)
    office.until(lambda: not file.exists())
    assert office.engine.of_kind(Forget) == [Forget(chat)]


def test_a_chat_deleted_last_of_all_is_forgotten_at_the_end(
    office: Office, reopen: Callable[[], Office]
) -> None:
    office.exchange("Hello", "Hi.")
    file = keep(office, office.chat.id)
    office.chats.delete(office.chat.id)
    reopen()
    assert not file.exists()


def test_what_belongs_to_no_chat_is_tidied_away(office: Office) -> None:
    office.exchange("Hello", "Hi.")
    stored = keep(office, office.chat.id)
    office.chats.new_chat()
    new = keep(office, office.chat.id)
    gone = keep(office, "no chat of ours")
    office.chats.tidy()
    office.until(lambda: not gone.exists())
    assert stored.exists()
    assert new.exists()
