"""Reading ahead, coming back and falling asleep with the real engine and the miniature model."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.conversation import Outcome, Stats
from app.core.state_names import state_pattern
from app.engine.messages import Prepared, Progress
from app.session.memory import resident
from tests.data import HEARD, MEDIA, SEEN
from tests.gui.session.office import Office

SEE, HEAR = "What do you see?", "What do you hear?"
PICTURE = 64  # tokens of a square picture at a budget of 70


def attach(office: Office, name: str) -> None:
    """Attach a file and wait until the model has read it."""
    draft = office.chat.draft
    draft.add_file(str(MEDIA / name))
    until_read(office)


def until_read(office: Office) -> None:
    """Wait until everything that is drafted has been read ahead."""
    chat = office.chat

    def done() -> bool:
        attachments = chat.draft.attachments
        ready = all(chat.preparation.stage(one.part) == "read" for one in attachments)
        idle = not chat.preparation._pause.isActive() and chat.preparation._turn is None
        return ready and idle and office.thread._turns.idle

    office.until(done)
    office.settle()
    office.until(done)


def type_words(office: Office, words: str) -> None:
    """Type ``words`` and pause until they have been read."""
    office.chat.draft.text = words
    until_read(office)


def send(office: Office) -> tuple[str, Stats]:
    office.chat.send()
    return answered(office)


def answered(office: Office) -> tuple[str, Stats]:
    """The answer, once it is there, and its figures."""
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.outcome is Outcome.DONE, message.error
    assert message.stats is not None
    return message.text, message.stats


@pytest.mark.parametrize(
    ("name", "question", "answer"),
    [
        ("red-circle.png", SEE, SEEN["red-circle.png"]),
        ("rotated.jpg", SEE, SEEN["rotated.jpg"]),
        ("seven.wav", HEAR, HEARD["seven.wav"]),
    ],
)
def test_what_was_attached_has_been_read_when_it_is_asked_about(
    real_office: Office, name: str, question: str, answer: str
) -> None:
    attach(real_office, name)
    assert real_office.chat.entries == ()
    real_office.chat.draft.text = question
    text, stats = send(real_office)
    assert text == answer
    assert stats.encoded_tokens == 0
    assert stats.cached_tokens >= stats.prompt_tokens - 16, "all but the words"


def test_typed_words_have_been_read_as_well(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    type_words(real_office, "What do")
    type_words(real_office, SEE)
    text, stats = send(real_office)
    assert text == SEEN["red-circle.png"]
    assert stats.prompt_tokens - stats.cached_tokens <= 1


def test_a_question_in_the_middle_of_reading_is_answered_rightly(real_office: Office) -> None:
    draft = real_office.chat.draft
    begun: list[Progress] = []
    real_office.thread.progress.connect(begun.append)
    draft.add_file(str(MEDIA / "screenshot.png"))
    real_office.until(lambda: begun)
    draft.text = SEE
    text, stats = send(real_office)
    assert text == SEEN["screenshot.png"]
    assert stats.prompt_tokens > PICTURE


def test_nothing_of_a_cancelled_preparation_is_left_in_the_answer(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    draft = real_office.chat.draft
    draft.remove(draft.attachments[0].key)
    draft.text = SEE
    assert send(real_office)[0] == "I see no picture."


def test_another_picture_in_its_place(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    draft = real_office.chat.draft
    draft.remove(draft.attachments[0].key)
    attach(real_office, "rotated.jpg")
    draft.text = SEE
    assert send(real_office)[0] == SEEN["rotated.jpg"]


def test_regenerating_and_editing_read_the_picture_no_more(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    real_office.chat.draft.text = SEE
    send(real_office)
    real_office.chat.retry(real_office.chat.entries[-1].id)
    text, stats = answered(real_office)
    assert text == SEEN["red-circle.png"]
    assert stats.prompt_tokens - stats.cached_tokens <= 1
    real_office.chat.edit(real_office.chat.entries[-1].id)
    assert real_office.chat.draft.text == SEE
    until_read(real_office)
    text, stats = send(real_office)
    assert text == SEEN["red-circle.png"]
    assert stats.encoded_tokens == 0
    assert stats.prompt_tokens - stats.cached_tokens <= 1


def test_coming_back_to_a_chat_takes_it_from_memory(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    real_office.chat.draft.text = SEE
    send(real_office)
    first = real_office.chat.id
    real_office.chats.new_chat()
    attach(real_office, "seven.wav")
    real_office.chat.draft.text = HEAR
    assert send(real_office)[0] == HEARD["seven.wav"]
    real_office.chats.open(first)
    real_office.until(lambda: real_office.chat.id == first)
    real_office.chat.retry(real_office.chat.entries[-1].id)
    text, stats = answered(real_office)
    assert text == SEEN["red-circle.png"]
    assert stats.restored == "memory"
    assert stats.cached_tokens >= PICTURE
    assert stats.encoded_tokens == 0


def test_a_sleeping_model_gives_its_memory_back_and_goes_on_from_disk(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    real_office.chat.draft.text = SEE
    send(real_office)
    unloaded: list[bool] = []
    real_office.thread.unloaded.connect(lambda: unloaded.append(True))
    pid = real_office.thread.pid
    assert pid is not None
    before = resident(pid)
    real_office.shelf.sleep()
    assert real_office.shelf.state == "asleep"
    real_office.until(lambda: unloaded)
    assert real_office.thread.pid == pid, "the process waits"
    if sys.platform.startswith("linux"):  # others keep freed pages as long as they like
        assert resident(pid) < before - 10_000_000, "model, projector and cache take 20 MB"
    real_office.chat.retry(real_office.chat.entries[-1].id)
    assert real_office.shelf.state == "loading"
    text, stats = answered(real_office)
    assert text == SEEN["red-circle.png"]
    assert stats.restored == "disk"
    assert stats.encoded_tokens == 0


def test_a_deleted_chat_leaves_no_file(real_office: Office) -> None:
    attach(real_office, "red-circle.png")
    real_office.chat.draft.text = SEE
    send(real_office)
    chat, folder = real_office.chat.id, real_office.paths.states

    def files() -> list[Path]:
        return list(folder.glob(state_pattern(chat)))

    real_office.until(files)
    real_office.chats.delete(chat)
    _summary, timer = real_office.chats._doomed[chat]
    timer.setInterval(0)
    real_office.until(lambda: chat not in real_office.chats._doomed)
    # The next chat's preparation comes after the order to forget, and so does its end.
    real_office.chats.new_chat()
    attach(real_office, "rotated.jpg")
    assert files() == []


def test_after_a_restart_it_goes_on_from_disk(
    real_office: Office, open_real: Callable[[], Office]
) -> None:
    attach(real_office, "red-circle.png")
    real_office.chat.draft.text = SEE
    send(real_office)
    chat = real_office.chat.id
    real_office.until(lambda: list(real_office.paths.states.glob(state_pattern(chat))))
    office = open_real()
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    office.chat.retry(office.chat.entries[-1].id)
    text, stats = answered(office)
    assert text == SEEN["red-circle.png"]
    assert stats.restored == "disk"


def test_the_pace_is_learnt(real_office: Office) -> None:
    ended: list[Prepared] = []
    real_office.thread.prepared.connect(ended.append)
    assert real_office.desk.paces.seconds(PICTURE) is None
    attach(real_office, "red-circle.png")
    assert ended[-1].encoded_tokens == PICTURE
    seconds = real_office.desk.paces.seconds(PICTURE)
    assert seconds is not None
    assert 0 < seconds < 60
