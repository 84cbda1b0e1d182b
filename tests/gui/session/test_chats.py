"""The list of chats: opening, switching while an answer runs, deleting, searching, restarting."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.conversation import Document, Image, Outcome
from app.session import chats as chats_module
from app.session.chat import ChatSession
from tests.gui.session.office import Office, png


def titles(office: Office) -> list[str]:
    return [summary.title for summary in office.chats.summaries]


def shown(chat: ChatSession) -> list[str]:
    return [entry.message.text for entry in chat.entries]


def begin(office: Office, question: str, answer: str = "answer") -> str:
    """A new chat with one exchange; its id."""
    office.chats.new_chat()
    office.exchange(question, answer)
    return office.chat.id


def test_an_empty_new_chat_is_not_in_the_list(office: Office) -> None:
    assert office.chats.summaries == ()
    assert not office.chat.stored
    assert office.count("conversations") == 0
    first = office.chat
    office.chats.new_chat()
    assert office.chat is first, "one new chat is enough"
    begin(office, "One")
    assert titles(office) == ["One"]
    office.chats.new_chat()
    assert office.chat is not first


def test_the_newest_is_first(office: Office) -> None:
    first = begin(office, "One")
    begin(office, "Two")
    assert titles(office) == ["Two", "One"]
    office.chats.open(first)
    assert titles(office) == ["Two", "One"], "looking changes nothing"
    office.exchange("more", "more")
    assert titles(office) == ["One", "Two"]
    office.chats.rename(office.chats.summaries[1].id, "  Zwei\n drei ")
    assert titles(office) == ["One", "Zwei drei"]
    office.chats.rename(first, " ")
    assert titles(office) == ["One", "Zwei drei"]


def test_everything_is_there_after_a_restart(office: Office, reopen: Callable[[], Office]) -> None:
    chat = begin(office, "One", "first")
    office.exchange("Two", "second")
    begin(office, "Other")
    office.chats.open(chat)
    office.chat.draft.text = "half a"
    office = reopen()
    assert titles(office) == ["Other", "One"]
    office.chats.rename(chat, "Renamed")
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    assert shown(office.chat) == ["One", "first", "Two", "second"]
    assert office.chat.draft.text == "half a"
    assert office.chat.title == "Renamed"


def test_a_chat_goes_on_when_another_is_shown(office: Office) -> None:
    office.send("Long")
    first = office.chat
    turn = office.engine.questions[-1].turn
    office.engine.write("a")
    other = office.chats.new_chat()
    assert other is None
    assert office.chat is not first
    office.engine.write("b", turn=turn)
    office.until(lambda: shown(first)[-1] == "ab")

    office.send("Second", asked=False)
    waiting: list[str] = []
    office.chat.progress.connect(lambda _id, stage, _done, _total: waiting.append(stage))
    office.settle()
    assert waiting == ["waiting"]
    assert len(office.engine.questions) == 1
    office.engine.write("c", turn=turn)
    office.engine.end(turn=turn)
    office.until(lambda: len(office.engine.questions) == 2)
    office.engine.write("second answer")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert shown(first) == ["Long", "abc"]
    assert [message.text for message in office.saved(first.id)] == ["Long", "abc"]
    assert shown(office.chat) == ["Second", "second answer"]


def test_a_waiting_question_survives_the_death_of_the_engine(office: Office) -> None:
    office.send("Long")
    first = office.chat
    office.chats.new_chat()
    office.send("Second", asked=False)
    office.settle()
    office.engine.die()
    office.until(lambda: not first.busy)
    assert office.chat.busy
    office.engine.finish_loading()
    office.until(lambda: len(office.engine.questions) == 2)
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert first.entries[-1].message.outcome is Outcome.FAILED
    assert office.chat.entries[-1].message.outcome is Outcome.DONE


def test_stopping_a_question_that_waits(office: Office) -> None:
    office.send("Long")
    office.chats.new_chat()
    office.send("Second", asked=False)
    office.settle()
    office.chat.stop()
    assert not office.chat.busy
    assert office.engine.cancelled == []
    assert office.saved()[-1].outcome is Outcome.STOPPED


def test_deleting_can_be_undone(office: Office) -> None:
    kept = begin(office, "Kept")
    gone = begin(office, "Gone", "words")
    told: list[tuple[str, str]] = []
    office.chats.deleted.connect(lambda *values: told.append(values))
    office.chats.delete(gone)
    assert told == [(gone, "Gone")]
    assert titles(office) == ["Kept"]
    assert office.chat.id not in (gone, kept), "a new chat takes its place"
    office.chats.open(gone)
    office.settle()
    assert office.chat.id != gone

    office.chats.undo_delete(gone)
    office.until(lambda: office.chat.id == gone)
    assert titles(office) == ["Gone", "Kept"]
    assert [message.text for message in office.saved()] == ["Gone", "words"]
    office.chats.undo_delete(gone)
    office.chats.delete("unknown")
    assert titles(office) == ["Gone", "Kept"]


def test_deleting_becomes_final(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats_module, "UNDO_MS", 1)
    gone = begin(office, "Gone")
    office.chats.delete(gone)
    office.until(lambda: office.count("conversations") == 0)
    office.chats.undo_delete(gone)
    assert titles(office) == []
    assert office.count("messages") == 0


def test_what_was_deleted_before_quitting_stays_deleted(
    office: Office, reopen: Callable[[], Office]
) -> None:
    office.chats.delete(begin(office, "Gone"))
    office = reopen()
    assert titles(office) == []
    assert office.count("conversations") == 0


def test_deleting_while_the_answer_runs(office: Office) -> None:
    office.send("Long")
    gone = office.chat
    turn = office.engine.questions[-1].turn
    office.engine.write("some words")
    office.until(lambda: shown(gone)[-1] == "some words")
    office.chats.delete(gone.id)
    assert office.engine.cancelled == [turn]
    assert not gone.busy
    office.engine.write(" too late", turn=turn)
    office.engine.end(turn=turn, outcome=Outcome.STOPPED)
    office.exchange("Next", "works")
    office.chats.undo_delete(gone.id)
    office.until(lambda: office.chat is gone)
    (_, answer) = office.saved()
    assert (answer.text, answer.outcome) == ("some words", Outcome.STOPPED)


def test_deleting_before_the_question_is_saved(office: Office) -> None:
    office.send("Quick", asked=False)
    gone = office.chat.id
    office.chats.delete(gone)
    office.settle()
    assert office.engine.questions == []
    assert titles(office) == []
    office.chats.close()
    office.settle()
    assert office.count("conversations") == 0


def test_the_last_opened_wins(office: Office, reopen: Callable[[], Office]) -> None:
    one, two = begin(office, "One"), begin(office, "Two")
    office = reopen()
    seen: list[str] = []
    office.chats.current_changed.connect(lambda chat: seen.append(chat.id))
    office.chats.open(one)
    office.chats.open(two)
    office.settle()
    assert seen == [two]
    office.chats.open(one)
    office.chats.new_chat()
    office.settle()
    assert not office.chat.stored


def test_a_chat_that_is_gone(office: Office) -> None:
    office.chats.open("nobody")
    office.until(lambda: office.problems)
    assert "not there any more" in office.problems[0].what


def test_search(office: Office) -> None:
    begin(office, "Tides", "The Moon pulls")
    begin(office, "Bread", "Flour and water")
    found: list[list[str]] = []

    def take(chats: tuple) -> None:  # type: ignore[type-arg]
        found.append([chat.title for chat in chats])

    office.chats.search("moon", take)
    office.until(lambda: found)
    office.chats.search("bread", take)
    office.chats.search("water", take)
    office.settle()
    assert found == [["Tides"], ["Bread"]], "an older search is forgotten"


def test_an_unsent_draft_survives(office: Office, reopen: Callable[[], Office]) -> None:
    office.chat.draft.text = "To be continued"
    office.chat.draft.add_bytes(png(), "shot.png")
    office.chat.draft.thinking = True
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    before = office.chat.id
    office = reopen()
    draft = office.chat.draft
    assert office.chat.id == before
    assert (draft.text, draft.thinking) == ("To be continued", True)
    (one,) = draft.attachments
    assert (one.name, one.state, one.detail) == ("shot.png", "ready", "60 × 40")
    assert one.thumbnail_path
    assert Path(one.thumbnail_path).is_file()
    office.load_model()
    office.send(draft.text)
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    office = reopen()
    assert office.chat.draft.text == ""
    assert office.count("drafts") == 1, "the wish to think stays"


def test_an_answer_cut_off_by_a_crash_is_shown_at_the_next_start(
    office: Office, reopen: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.send("Long")
    office.engine.write("three words here")
    office.until(lambda: shown(office.chat)[-1] == "three words here")
    office.chat._writer.checkpoint()
    office.settle()
    chat = office.chat.id
    monkeypatch.setattr(ChatSession, "close", lambda self: None)  # as if killed
    office = reopen()
    assert office.chat.id == chat
    answer = office.chat.entries[-1].message
    assert answer.outcome is Outcome.FAILED
    assert answer.text == "three words here"
    assert "The 3 words above were kept." in answer.error
    office.chats.new_chat()
    assert not office.chat.stored


def test_quitting_stops_and_saves(office: Office, reopen: Callable[[], Office]) -> None:
    office.send("Long")
    office.engine.write("some words")
    office.until(lambda: shown(office.chat)[-1] == "some words")
    office.chat.draft.text = "and then"
    chat = office.chat.id
    fake = office.engine
    office = reopen()
    assert fake.cancelled
    assert fake.closed
    (_, answer) = office.saved(chat)
    assert (answer.text, answer.outcome) == ("some words", Outcome.STOPPED)
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    assert office.chat.draft.text == "and then"


def test_thumbnails_are_made_again_when_the_cache_was_emptied(office: Office) -> None:
    draft = office.chat.draft
    draft.add_bytes(png((900, 600), "blue"), "shot.png")
    office.until(lambda: draft.attachments[0].state == "ready")
    (one,) = draft.attachments
    assert isinstance(one.part, Image)
    assert one.thumbnail_path
    Path(one.thumbnail_path).unlink()
    paths: list[str] = []
    office.chats.thumbnail(one.part, paths.append)
    assert paths == []
    office.until(lambda: paths)
    assert Path(paths[0]).read_bytes().startswith(b"\x89PNG")
    office.chats.thumbnail(one.part, paths.append)
    assert paths[1] == paths[0]
    Path(paths[0]).unlink()
    office.chats.blob_path(one.part.blob).unlink()
    office.chats.thumbnail(one.part, paths.append)
    office.settle()
    assert len(paths) == 2, "never, if the picture is gone"


def test_tidying_keeps_what_is_used(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.thumbnails.GRACE_SECONDS", -1)
    draft = office.chat.draft
    for name in ("used.png", "unused.png"):
        draft.add_bytes(png(colour="red" if name == "used.png" else "blue"), name)
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    used, unused = (one.part for one in draft.attachments)
    assert isinstance(used, Image)
    assert isinstance(unused, Image)
    draft.remove(draft.attachments[1].key)
    office.send("Look")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    office.chats.tidy()
    office.settle()
    office.settle()
    assert office.desk.thumbnails.path_of(used.blob)
    assert not office.desk.thumbnails.path_of(unused.blob)
    assert office.chats.blob_path(used.blob).is_file()
    assert office.chats.blob_path(unused.blob).is_file(), "younger than a day"


def test_documents_come_back(office: Office, reopen: Callable[[], Office], tmp_path: Path) -> None:
    file = tmp_path / "list.md"
    file.write_text("- milk\n- bread\n")
    office.chat.draft.add_file(str(file))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    office.exchange("What is on it?", "Milk and bread")
    chat = office.chat.id
    office = reopen()
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    (part,) = office.chat.entries[0].message.attachments
    assert isinstance(part, Document)
    assert part.text == "- milk\n- bread\n"
