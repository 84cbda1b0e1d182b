"""The session with the real engine and the miniature model: it sees, hears, dies and comes back."""

import os
import shutil
import signal
from pathlib import Path

from app.core.conversation import Outcome
from tests.data import HEARD, MEDIA, MODEL, SEEN
from tests.gui.session.office import Office


def answer_to(office: Office, question: str, *files: str) -> str:
    """The answer in a chat of its own."""
    office.chats.new_chat()
    draft = office.chat.draft
    for name in files:
        draft.add_file(str(MEDIA / name))
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    draft.text = question
    office.chat.send()
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.outcome is Outcome.DONE, message.error
    assert office.saved()[-1] == message
    return message.text


def test_it_sees_and_hears(real_office: Office) -> None:
    assert real_office.shelf.can_see
    assert real_office.shelf.can_hear
    for name in ("red-circle.png", "rotated.jpg", "cmyk.jpg"):
        assert answer_to(real_office, "What do you see?", name) == SEEN[name]
    for name in ("seven.wav", "three.mp3"):
        assert answer_to(real_office, "What do you hear?", name) == HEARD[name]
    stats = real_office.chat.entries[-1].message.stats
    assert stats is not None
    assert stats.context_used > 0
    assert real_office.chat.context == (stats.context_used, stats.context_size)


def test_a_model_that_only_reads_goes_on_after_a_picture(
    real_office: Office, tmp_path: Path
) -> None:
    answer_to(real_office, "What do you see?", "red-circle.png")
    assert real_office.shelf.speed is not None
    blind = shutil.copy(MODEL, tmp_path / "blind.gguf")
    real_office.shelf.open_file(str(blind), None)
    real_office.until(lambda: real_office.shelf.current.path == Path(blind))
    assert real_office.shelf.speed is None, "it was the other model's"
    real_office.until(lambda: real_office.shelf.state == "ready")
    assert not real_office.shelf.can_see

    real_office.chat.draft.text = "Hello"
    real_office.chat.send()
    real_office.until(lambda: not real_office.chat.busy)
    message = real_office.chat.entries[-1].message
    assert message.outcome is Outcome.DONE, message.error
    assert message.text


def test_a_model_is_unloaded_and_chosen_anew_while_it_loads(
    real_office: Office, tmp_path: Path
) -> None:
    shelf, pid = real_office.shelf, real_office.thread.pid
    shelf.unload()
    real_office.until(lambda: not shelf._unloading)
    assert (shelf.state, real_office.thread.pid) == ("none", pid)

    other = shutil.copy(MODEL, tmp_path / "other.gguf")
    begun: list[float] = []
    real_office.thread.loading.connect(begun.append)
    shelf.select("mini")
    real_office.until(lambda: begun)
    shelf.open_file(str(other), None)  # it may be loaded by now, or be broken off
    real_office.until(lambda: shelf.current.path == Path(other) and shelf.state == "ready")
    assert answer_to(real_office, "Hello")
    shelf.reload()
    shelf.unload()
    real_office.until(lambda: not shelf._unloading)
    assert answer_to(real_office, "Hello"), "who asks gets an answer"
    assert real_office.problems == []


if os.name == "posix":

    def test_it_is_killed_and_comes_back(real_office: Office) -> None:
        office = real_office
        pid = office.thread.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)  # so that it can't be quicker than the test
        office.chat.draft.text = "Hello"
        office.chat.send()
        office.until(lambda: office.thread._turns.running is not None)
        os.kill(pid, signal.SIGKILL)
        office.until(lambda: not office.chat.busy)
        message = office.chat.entries[-1].message
        assert message.outcome is Outcome.FAILED
        assert "Retry starts this answer again." in message.error
        office.chat.retry(office.chat.entries[-1].id)
        office.until(lambda: not office.chat.busy)
        assert office.chat.entries[-1].message.text == "Hello! How can I help you?"
        assert office.thread.pid != pid
