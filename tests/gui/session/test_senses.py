"""A chat with pictures goes on with a model that can't see: it is said, in its place, and nothing
fails."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.conversation import Outcome
from tests.data import MEDIA, MODEL
from tests.gui.session.office import Office, png


def with_picture(office: Office, *names: str) -> None:
    for name in names or ("shot.png",):
        office.chat.draft.add_bytes(png(), name)
    office.until(lambda: all(one.state == "ready" for one in office.chat.draft.attachments))
    office.exchange("What is this?", "A red box.")


def switch_to_blind(office: Office, tmp_path: Path) -> None:
    """The chat goes on with a model that only reads."""
    blind = tmp_path / "blind.gguf"
    shutil.copy(MODEL, blind)
    office.shelf.open_file(str(blind))
    office.until(lambda: office.engine.loads[-1].model == str(blind))
    office.engine.finish_loading(vision=False, audio=False)
    office.until(lambda: office.shelf.state == "ready")


def test_switching_says_what_the_new_model_can_not_see(office: Office, tmp_path: Path) -> None:
    with_picture(office, "a.png", "b.png")
    switch_to_blind(office, tmp_path)
    (told,) = office.problems
    assert told.what == "mini-gemma4 can't see the pictures of this chat."
    assert told.code == "unseen"
    assert [entry.message.text for entry in office.chat.entries] == ["What is this?", "A red box."]

    said: list[tuple[str, str]] = []
    office.chat.unseen.connect(lambda entry, words: said.append((entry, words)))
    office.send("And now?")
    prompt = office.engine.questions[-1].prompt
    assert all(not turn.media for turn in prompt.turns)
    assert "You can't see it." in prompt.turns[0].text
    assert said == [(office.chat.entries[-1].id, told.what)]
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    office.shelf.select("mini")
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")
    office.send("And now?")
    assert len(said) == 1, "this one sees"
    assert office.engine.questions[-1].prompt.turns[0].media
    assert len(office.problems) == 1


def test_one_picture_is_one(office: Office, tmp_path: Path) -> None:
    with_picture(office)
    switch_to_blind(office, tmp_path)
    assert office.problems[0].what == "mini-gemma4 can't see the picture of this chat."


def test_sounds_as_well(office: Office, tmp_path: Path) -> None:
    office.chat.draft.add_file(str(MEDIA / "seven.wav"))
    with_picture(office)
    switch_to_blind(office, tmp_path)
    assert office.problems[0].what == (
        "mini-gemma4 can't see or hear the pictures and sounds of this chat."
    )


def test_nothing_is_said_where_nothing_is_missed(office: Office, tmp_path: Path) -> None:
    office.exchange("Hello", "Hi.")
    switch_to_blind(office, tmp_path)
    assert office.problems == []


def test_nothing_is_said_of_the_first_model(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.load_model()
    with_picture(office)
    office = reopen()
    office.chats.open(office.chats.summaries[0].id)
    office.until(lambda: office.chat.entries)
    office.load_model(vision=False, audio=False)
    assert office.problems == []
    assert office.chat.missed == "Mini Gemma can't see the picture of this chat."


def test_an_answer_about_a_picture_is_not_lost_to_a_model_that_can_not_see(
    office: Office, tmp_path: Path
) -> None:
    with_picture(office)
    switch_to_blind(office, tmp_path)
    office.problems.clear()
    asked = len(office.engine.questions)
    answer = office.chat.entries[-1]
    office.chat.retry(answer.id)
    (told,) = office.problems
    assert told.what == "mini-gemma4 can't see the picture of this question."
    assert told.next_step == "Choose a model that can, or edit the question."
    assert office.chat.entries[-1] == answer
    assert answer.message.outcome is Outcome.DONE
    office.settle()
    assert len(office.engine.questions) == asked


@pytest.mark.parametrize("file", ["seven.wav", "red-circle.png"])
def test_the_draft_says_it_too(office: Office, tmp_path: Path, file: str) -> None:
    office.chat.draft.add_file(str(MEDIA / file))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    switch_to_blind(office, tmp_path)
    assert office.chat.draft.attachments[0].warning
    assert not office.chat.draft.sendable
