"""One conversation: sending, streaming, stopping, retrying, failing, and what is saved of it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.core.conversation import Image, Message, Outcome, Role, Stats
from app.engine.messages import Progress, Trimmed
from app.session.chat import ChatSession
from tests.gui.session.office import Office, png


class Diary:
    """Writes down what a chat tells."""

    def __init__(self, chat: ChatSession) -> None:
        self.told: list[tuple[Any, ...]] = []
        for name in (
            "entry_added",
            "entry_removed",
            "progress",
            "trimmed",
            "text_added",
            "thought_added",
            "answer_finished",
            "title_changed",
            "busy_changed",
            "context_changed",
        ):
            getattr(chat, name).connect(self._writer(name))

    def _writer(self, name: str) -> Callable[..., None]:
        return lambda *values: self.told.append((name, *values))

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [values for kind, *values in self.told if kind == name]


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages]


def shown(chat: ChatSession) -> list[str]:
    return [entry.message.text for entry in chat.entries]


def test_a_question_and_its_answer(office: Office) -> None:
    diary = Diary(office.chat)
    stats = Stats(prompt_tokens=9, answer_tokens=3, decode_tps=22.5, context_used=12)
    office.send("  Why two tides?\nA day?  ")
    turn = office.engine.questions[-1].turn
    office.engine.say(Progress(turn, "prefill", 4, 9))
    office.engine.write("Let me think.", kind="thought")
    office.engine.write("The **Moon**")
    office.engine.write(" pulls.")
    office.engine.end(stats=stats)
    office.until(lambda: not office.chat.busy)

    question, answer = office.chat.entries
    assert question.message.text == "Why two tides?\nA day?"
    assert answer.message == Message(
        Role.ASSISTANT,
        answer.message.parts,
        thought="Let me think.",
        outcome=Outcome.DONE,
        model="Mini Gemma",
        stats=stats,
    )
    assert answer.message.text == "The **Moon** pulls."
    assert office.chat.title == "Why two tides? A day?"
    assert office.saved() == [question.message, answer.message]

    assert [kind for kind, *_ in diary.told][:3] == ["title_changed", "entry_added", "entry_added"]
    assert diary.of("progress") == [[answer.id, "prefill", 4, 9]]
    assert "".join(text for _, text in diary.of("text_added")) == "The **Moon** pulls."
    assert diary.of("thought_added") == [[answer.id, "Let me think."]]
    assert diary.of("answer_finished") == [[answer.id, answer.message]]
    assert diary.of("busy_changed") == [[True], [False]]
    assert office.shelf.speed == 22.5
    prompt = office.engine.questions[-1].prompt
    assert [(turn.role, turn.text) for turn in prompt.turns] == [
        (Role.USER, "Why two tides?\nA day?")
    ]


def test_the_question_is_saved_before_the_engine_is_asked(office: Office) -> None:
    office.send("Saved?", asked=False)
    assert office.engine.questions == []
    office.until(lambda: office.engine.questions)
    other = sqlite3.connect(office.paths.database)
    rows = other.execute("SELECT role, outcome FROM messages ORDER BY rowid").fetchall()
    other.close()
    assert rows == [("user", "done"), ("assistant", "writing")]


def test_the_next_question_has_the_conversation_before_it(office: Office) -> None:
    office.preferences.change(system_prompt="Be brief.", thinking="on")
    office.exchange("One", "first")
    office.exchange("Two", "second")
    prompt = office.engine.questions[-1].prompt
    assert [turn.text for turn in prompt.turns] == ["Be brief.", "One", "first", "Two"]
    assert prompt.thinking is True
    office.chat.draft.thinking = False
    office.send("Three")
    assert office.engine.questions[-1].prompt.thinking is False


def test_questions_that_need_a_thought_get_one(office: Office) -> None:
    office.exchange("Why is the sky blue?", "It scatters.")
    assert office.engine.questions[-1].prompt.thinking is True
    office.exchange("Thanks", "Welcome.")
    assert office.engine.questions[-1].prompt.thinking is False
    office.desk.paces.note((), 0.0, 0, 100, 20.0)
    office.send("Go on")
    office.engine.write("And so on.")
    office.engine.end(stats=Stats(context_used=3000, context_size=4096))
    office.until(lambda: not office.chat.busy)
    office.exchange("Why is it red at night?", "It scatters more.")
    assert office.engine.questions[-1].prompt.thinking is False, "3,000 tokens are too many"
    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: len(office.engine.questions) == 5)
    assert office.engine.questions[-1].prompt == office.engine.questions[-2].prompt


def test_a_chat_goes_on_as_it_was_after_a_restart(
    office: Office, reopen: Callable[[], Office]
) -> None:
    office.desk.paces.note((), 0.0, 0, 100, 20.0)
    office.send("Why is the sky blue?")
    office.engine.write("Hm.", kind="thought")
    office.engine.write("It scatters.")
    office.engine.end(stats=Stats(context_used=3000, context_size=4096))
    office.until(lambda: not office.chat.busy)
    chat = office.chat.id
    office = reopen()
    office.load_model()
    office.chats.open(chat)
    office.until(lambda: office.chat.entries)
    office.send("Thanks")
    assert office.engine.questions[-1].prompt.thinking is True


def test_a_model_that_can_not_think_is_left_alone(office: Office) -> None:
    info = office.shelf.info
    assert info is not None
    office.shelf.info = msgspec.structs.replace(info, thinking=False)
    office.send("Why is the sky blue?")
    assert office.engine.questions[-1].prompt.thinking is None


def test_attachments_go_along(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Buy milk.")
    draft = office.chat.draft
    draft.add_bytes(png((120, 80)), "shot.png")
    draft.add_file(str(file))
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    draft.set_budget(draft.attachments[0].key, 560)
    office.send("")
    (turn,) = office.engine.questions[-1].prompt.turns
    (media,) = turn.media
    assert (media.kind, media.budget) == ("image", 560)
    assert Path(media.path).read_bytes() == png((120, 80))
    assert "Buy milk." in turn.text
    assert office.chat.title == "shot.png"
    question = office.saved()[0]
    assert [part.name for part in question.attachments] == ["shot.png", "notes.txt"]
    assert draft.attachments == ()


def test_stop(office: Office) -> None:
    office.send("Count")
    office.engine.write("one two")
    office.until(lambda: shown(office.chat)[-1:] == ["one two"])
    office.chat.stop()
    office.chat.stop()
    turn = office.engine.questions[-1].turn
    assert office.engine.cancelled == [turn]
    office.engine.write(" three")  # was on its way
    office.engine.end(outcome=Outcome.STOPPED)
    office.until(lambda: not office.chat.busy)
    assert office.saved()[-1].outcome is Outcome.STOPPED
    assert office.saved()[-1].text == "one two three"


def test_stop_before_the_engine_was_asked(office: Office) -> None:
    office.send("Never mind", asked=False)
    office.chat.stop()
    office.until(lambda: not office.chat.busy)
    office.settle()
    assert office.engine.questions == []
    assert office.saved()[-1].outcome is Outcome.STOPPED


def test_an_engine_killed_because_it_did_not_stop(office: Office) -> None:
    office.send("Count")
    office.engine.write("one")
    office.until(lambda: shown(office.chat)[-1] == "one")
    office.chat.stop()
    office.engine.die()
    office.until(lambda: not office.chat.busy)
    assert office.saved()[-1].outcome is Outcome.STOPPED
    assert office.saved()[-1].error == ""


def test_late_words_of_an_old_turn_are_dropped(office: Office) -> None:
    office.exchange("One", "first")
    old = office.engine.questions[-1].turn
    office.send("Two")
    office.engine.write("LATE", turn=old)
    office.engine.end(turn=old)
    office.engine.say(Progress(old, "prefill", 1, 2))
    office.engine.write("second")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert shown(office.chat) == ["One", "first", "Two", "second"]
    office.engine.write("LATER")
    office.engine.end()
    office.exchange("Three", "third")
    assert shown(office.chat)[-3:] == ["second", "Three", "third"]


def test_the_partial_answer_is_saved_while_it_grows(office: Office) -> None:
    office.send("Tell")
    office.engine.write("Once upon a time")
    office.until(lambda: shown(office.chat)[-1] == "Once upon a time")
    other = sqlite3.connect(office.paths.database)

    def kept() -> bool:
        ((parts, outcome),) = other.execute(
            "SELECT parts, outcome FROM messages WHERE role = 'assistant'"
        ).fetchall()
        return "Once upon a time" in parts and outcome == "writing"

    office.until(kept)
    other.close()


def test_checkpoints_do_not_pile_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.send("Tell")
    office.engine.write("a")
    office.until(lambda: shown(office.chat)[-1] == "a")
    saves: list[str] = []
    write = office.desk.conversations.write_answer
    monkeypatch.setattr(
        office.desk.conversations,
        "write_answer",
        lambda entry: (saves.append(entry.message.text), write(entry)),
    )
    for _ in range(5):  # the lane is slower than the timer
        office.chat._writer.checkpoint()
    office.settle()
    assert saves == ["a"]
    office.chat._writer.checkpoint()
    office.settle()
    assert saves == ["a"], "nothing new, nothing to save"
    office.engine.write("b")
    office.until(lambda: shown(office.chat)[-1] == "ab")
    office.chat._writer.checkpoint()
    office.settle()
    assert saves == ["a", "ab"]


def test_the_engine_dies(office: Office) -> None:
    office.send("Tell")
    office.engine.write("Some words that stay")
    office.engine.die()
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.outcome is Outcome.FAILED
    assert message.text == "Some words that stay"
    assert message.error == (
        "The answer stopped because the engine ended unexpectedly. Facet restarted it and kept "
        "the 4 words above. Retry starts this answer again."
    )
    assert office.saved()[-1] == message
    assert office.shelf.state == "loading"

    asked = len(office.engine.questions)
    office.chat.retry(office.chat.entries[-1].id)
    office.settle()
    assert len(office.engine.questions) == asked, "waits for the model"
    office.engine.finish_loading()
    office.until(lambda: len(office.engine.questions) > asked)
    office.engine.write("All of it")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert shown(office.chat) == ["Tell", "All of it"]
    assert office.count("messages") == 3


@pytest.mark.parametrize(("written", "kept"), [("", None), ("One", "kept the word above")])
def test_the_engine_dies_early(office: Office, written: str, kept: str | None) -> None:
    office.send("Tell")
    if written:
        office.engine.write(written)
    office.engine.die()
    office.until(lambda: not office.chat.busy)
    error = office.chat.entries[-1].message.error
    assert (kept in error) if kept else ("kept" not in error)
    assert "0 words" not in error


def test_the_engine_can_not_go_on(office: Office) -> None:
    office.send("Tell")
    office.engine.fail("This picture can't be read.", "Try another.", code="media")
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.outcome is Outcome.FAILED
    assert message.error == "This picture can't be read. Try another."


def test_a_conversation_that_was_trimmed(office: Office) -> None:
    diary = Diary(office.chat)
    office.send("Tell")
    office.engine.say(Trimmed(office.engine.questions[-1].turn, 4, 5000, 4096))
    office.engine.end(stats=Stats(context_used=4000, context_size=4096, dropped_messages=4))
    office.until(lambda: not office.chat.busy)
    assert diary.of("trimmed") == [[office.chat.entries[-1].id, 4, 5000, 4096]]
    assert diary.of("context_changed") == [[4000, 4096]]
    assert office.chat.context == (4000, 4096)


def test_retry_keeps_the_old_answer_as_a_sibling(office: Office) -> None:
    office.exchange("One", "first")
    office.exchange("Two", "second")
    diary = Diary(office.chat)
    first = office.chat.entries[1].id
    office.chat.retry(first)
    assert shown(office.chat) == ["One", ""]
    assert [entry for (entry,) in diary.of("entry_removed")][-1] == first
    assert len(diary.of("entry_removed")) == 3
    office.until(lambda: len(office.engine.questions) == 3)
    assert [turn.text for turn in office.engine.questions[-1].prompt.turns] == ["One"]
    office.engine.write("better")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert texts(office.saved()) == ["One", "better"]
    assert office.count("messages") == 5


def test_retry_while_the_answer_is_being_written(office: Office) -> None:
    office.send("Tell")
    office.engine.write("old words")
    office.until(lambda: shown(office.chat)[-1] == "old words")
    old = office.engine.questions[-1].turn
    office.chat.retry(office.chat.entries[-1].id)
    assert office.engine.cancelled == [old]
    assert office.chat.busy
    office.settle()
    assert len(office.engine.questions) == 1, "one answer at a time"
    office.engine.write(" and more", turn=old)
    office.engine.end(turn=old, outcome=Outcome.STOPPED)
    office.until(lambda: len(office.engine.questions) == 2)
    office.engine.write("new words")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert texts(office.saved()) == ["Tell", "new words"]
    assert office.count("messages") == 3
    old_row = "messages WHERE outcome = 'stopped' AND parts LIKE '%old words\"%'"
    assert office.count(old_row) == 1


def test_retry_of_what_is_no_answer_does_nothing(office: Office) -> None:
    office.exchange("One", "first")
    office.chat.retry(office.chat.entries[0].id)
    office.chat.retry("unknown")
    office.settle()
    assert shown(office.chat) == ["One", "first"]
    assert len(office.engine.questions) == 1


def test_no_second_question_while_one_is_answered(office: Office) -> None:
    office.send("One")
    office.chat.draft.text = "Two"
    office.chat.send()
    office.settle()
    assert shown(office.chat) == ["One", ""]
    assert office.chat.draft.text == "Two"


def test_what_can_not_be_saved_is_not_asked(office: Office) -> None:
    office.exchange("One", "first")
    diary = Diary(office.chat)
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = ON"), lane="database")
    office.send("Two", asked=False)
    office.chat.draft.text = "typed meanwhile"
    office.until(lambda: not office.chat.busy)
    assert shown(office.chat) == ["One", "first"]
    assert office.chat.draft.text == "Two\n\ntyped meanwhile"
    assert len(office.engine.questions) == 1
    assert "may not write" in office.problems[0].what
    assert len(diary.of("entry_removed")) == 2

    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: not office.chat.busy)
    assert shown(office.chat) == ["One", "first"], "the old answer is back"
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = OFF"), lane="database")
    office.send("Three")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert texts(office.saved()) == ["One", "first", "Three", ""]


def test_a_first_question_that_can_not_be_saved(office: Office) -> None:
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = ON"), lane="database")
    office.send("One", asked=False)
    assert len(office.chats.summaries) == 1
    office.until(lambda: not office.chat.busy)
    assert not office.chat.stored
    assert office.chat.title == ""
    assert office.chats.summaries == ()
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = OFF"), lane="database")
    office.settle()


def test_a_picture_that_is_gone(office: Office) -> None:
    office.chat.draft.add_bytes(png(), "shot.png")
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    part = office.chat.draft.attachments[0].part
    assert isinstance(part, Image)
    office.chats.blob_path(part.blob).unlink()
    office.send("Look", asked=False)
    office.until(lambda: not office.chat.busy)
    assert "shot.png is no longer in Facet's folder." in office.chat.entries[-1].message.error
    assert len(office.saved()) == 2


def test_a_disk_that_fills_while_an_answer_is_written(office: Office) -> None:
    office.send("Tell")
    office.engine.write("words")
    office.until(lambda: shown(office.chat)[-1] == "words")
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = ON"), lane="database")
    for _ in range(3):
        office.chat._writer.checkpoint()
        office.settle()
    assert len(office.problems) == 1, "said once"
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = OFF"), lane="database")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert office.saved()[-1].text == "words"


def test_a_question_may_wait_for_the_model(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    diary = Diary(office.chat)
    office.send("Early", asked=False)
    office.until(lambda: diary.of("progress"))
    assert diary.of("progress") == [[office.chat.entries[-1].id, "waiting", 0, 0]]
    assert office.engine.questions == []
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)


def test_without_a_model_nothing_is_sent_and_retry_says_why(
    reopen: Callable[[], Office], office: Office
) -> None:
    office.exchange("One", "first")
    chat = office.chat.id
    office = reopen()
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    office.chat.draft.text = "Two"
    assert not office.chat.draft.sendable
    office.chat.send()
    assert not office.chat.busy
    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: not office.chat.busy)
    assert office.chat.entries[-1].message.error == (
        "No model is loaded. Choose a model, then retry."
    )


def test_half_a_character_is_no_reason_to_fail(office: Office) -> None:
    office.exchange("broken \ud83d here", "fine")
    assert office.saved()[0].text == "broken \ufffd here"
    office.chat.rename("x \udc00")
    office.settle()
    assert office.chats.summaries[0].title == "x \ufffd"


def test_a_question_goes_back_to_be_edited(office: Office) -> None:
    office.load_model()
    office.exchange("First", "One.")
    office.send("Second, too long")
    office.engine.fail("This message does not fit.", "Shorten it.", code="too_long")
    office.until(lambda: not office.chat.busy)
    failed = office.chat.entries[-1].id
    assert office.chat.failure_code(failed) == "too_long"
    office.chat.draft.text = "typed since"
    office.chat.edit(failed)
    assert [entry.message.text for entry in office.chat.entries] == ["First", "One."]
    assert office.chat.draft.text == "Second, too long\n\ntyped since"
    office.settle()
    assert [message.text for message in office.saved()] == ["First", "One."]
    office.send("Second")
    office.engine.write("Two.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    office.settle()
    texts = [message.text for message in office.saved()]
    assert texts == ["First", "One.", "Second", "Two."]


def test_a_chat_whose_only_question_is_edited_stays_in_the_list(office: Office) -> None:
    office.load_model()
    office.send("Only one")
    office.engine.fail("This message does not fit.", "Shorten it.", code="too_long")
    office.until(lambda: not office.chat.busy)
    chat = office.chat
    chat.edit(chat.entries[-1].id)
    assert chat.entries == ()
    assert [one.title for one in office.chats.summaries] == ["Only one"]
    office.chats.new_chat()
    assert office.chat is not chat
    chat.draft.flush()
    assert office.saved(chat.id) == []
    assert office.count("conversations") == office.count("drafts") == 1


def test_an_answer_that_is_being_written_cannot_be_edited_away(office: Office) -> None:
    office.load_model()
    office.send("Wait")
    office.chat.edit(office.chat.entries[-1].id)
    assert len(office.chat.entries) == 2
    assert office.chat.draft.text == ""
