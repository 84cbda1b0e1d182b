"""What the chats of a command remember, ask and keep."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from app.commands.options import Options
from app.commands.talk import MAX_NAME, Talk
from app.core.conversation import Image, Outcome, Stats
from app.core.errors import AppError
from app.core.prompt import Media, Sampling
from app.documents.attachments import read_attachment
from app.engine.messages import Delta, Done, Failed, Generate
from app.models.library import InstalledModel
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.database import Database

MEDIA = Path(__file__).parents[2] / "data" / "media"
MODEL = InstalledModel(
    id="m",
    title="A model",
    path=Path("m.gguf"),
    projector=None,
    modalities=("text", "image"),
    bytes=1,
    architecture="gemma4",
    context=100,
    sampling=Sampling(top_k=3),
)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    (tmp_path / "blobs").mkdir()
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Conversations]:
    with closing(Database.open(tmp_path / "facet.db")) as database:
        yield Conversations(database)


@pytest.fixture
def talk(blobs: BlobStore) -> Talk:
    return Talk(MODEL, blobs, options=Options(temperature=0.5, max_tokens=9), system="Be brief.")


def finish(talk: Talk, order: Generate, text: str, outcome: Outcome = Outcome.DONE) -> None:
    talk.take(Delta(order.turn, "thought", "Hm."))
    for word in text:
        talk.take(Delta(order.turn, "text", word))
    talk.take(Done(order.turn, outcome, Stats(answer_tokens=1)))


def asked(order: Generate) -> list[tuple[str, str]]:
    return [(turn.role.value, turn.text) for turn in order.prompt.turns]


def test_a_question_carries_what_was_said_before(talk: Talk) -> None:
    first = talk.ask("One?")
    assert asked(first) == [("system", "Be brief."), ("user", "One?")]
    assert (first.sampling.temperature, first.sampling.top_k, first.max_tokens) == (0.5, 3, 9)
    assert talk.answering == first.turn
    finish(talk, first, "1")
    assert talk.answering is None
    second = talk.ask(" Two? ", options=Options(temperature=0))
    assert asked(second)[1:] == [("user", "One?"), ("assistant", "1"), ("user", "Two?")]
    assert (second.sampling.temperature, second.max_tokens) == (0, 9)
    assert second.turn != first.turn
    assert second.chat == first.chat != ""


def test_once_more_asks_the_same_with_the_same_options(talk: Talk) -> None:
    first = talk.ask("One?", options=Options(seed=4, thinking=True))
    finish(talk, first, "1")
    again = talk.regenerate()
    assert again.prompt == first.prompt
    assert again.sampling.seed == 4
    finish(talk, again, "2")
    assert talk.regenerate(Options(seed=5)).sampling.seed == 5


def test_a_changed_question_keeps_its_picture_and_all_before_it(talk: Talk) -> None:
    finish(talk, talk.ask("One?"), "1")
    picture = talk.keep(read_attachment(MEDIA / "red-circle.png"), budget=70)
    assert isinstance(picture, Image)
    order = talk.ask("Two?", [picture])
    finish(talk, order, "2")
    changed = talk.edit("Three?")
    assert asked(changed)[1:] == [("user", "One?"), ("assistant", "1"), ("user", "Three?")]
    assert changed.prompt.turns[:-1] == order.prompt.turns[:-1]
    assert changed.prompt.turns[-1].media == order.prompt.turns[-1].media
    (media,) = changed.prompt.turns[-1].media
    assert media == Media("image", media.path, 70)
    assert Path(media.path).read_bytes() == (MEDIA / "red-circle.png").read_bytes()


def test_what_is_read_ahead_is_the_beginning_of_the_question(talk: Talk) -> None:
    finish(talk, talk.ask("One?"), "1")
    ahead = talk.prepare("Two", options=Options(thinking=True))
    assert len(talk.current.entries) == 2
    order = talk.ask("Two?", options=Options(thinking=True))
    assert ahead.prompt.turns[:-1] == order.prompt.turns[:-1]
    assert (ahead.prompt.thinking, ahead.chat) == (order.prompt.thinking, order.chat)
    assert ahead.turn != order.turn


def test_whether_to_think_may_be_left_to_the_question(talk: Talk) -> None:
    auto = Options(thinking="auto")
    assert talk.ask("Why is that so?").prompt.thinking is None
    talk.fail("so that there is another")
    talk.begin()
    order = talk.ask("Why is that so?", options=auto)
    assert order.prompt.thinking is True
    finish(talk, order, "So.")
    assert talk.prepare("Thanks", options=auto).prompt.thinking is False, "little is read anew"


def test_a_long_chat_is_not_read_anew_for_a_thought(talk: Talk) -> None:
    order = talk.ask("Hello", options=Options(thinking="auto"))
    assert order.prompt.thinking is False
    stats = Stats(prompt_tokens=4000, prefill_tps=40.0, context_used=4000, context_size=8192)
    talk.take(Delta(order.turn, "text", "Hello."))
    talk.take(Done(order.turn, Outcome.DONE, stats))
    order = talk.ask("Why is that so?", options=Options(thinking="auto"))
    assert order.prompt.thinking is False
    talk.fail("so that there is another")
    assert talk.ask("Why is that so?", options=Options(thinking=True)).prompt.thinking is True


def test_a_picture_that_another_model_was_shown_is_told_in_words(blobs: BlobStore) -> None:
    talk = Talk(MODEL, blobs)
    sound = talk.keep(read_attachment(MEDIA / "seven.wav"))
    first = talk.ask("What?", [sound])
    assert first.prompt.turns[-1].media  # whether it can be answered the engine says
    talk.take(Failed(first.turn, "It can't hear.", "Choose another."))
    second = talk.ask("And?")
    assert not any(turn.media for turn in second.prompt.turns)
    assert "seven.wav" in second.prompt.turns[0].text


def test_what_a_model_can_not_see_of_a_chat_is_said(blobs: BlobStore, store: Conversations) -> None:
    seeing = Talk(MODEL, blobs, store)
    assert seeing.missed == ""
    picture = seeing.keep(read_attachment(MEDIA / "red-circle.png"))
    finish(seeing, seeing.ask("What?", [picture]), "Red.")
    assert seeing.missed == ""
    blind = Talk(msgspec.structs.replace(MODEL, modalities=("text",)), blobs, store)
    blind.switch("What?")
    assert blind.missed == "A model can't see its pictures."


def test_an_answer_that_failed_can_be_asked_for_again(talk: Talk) -> None:
    first = talk.ask("One?")
    talk.take(Delta(first.turn, "text", "1"))
    talk.take(Failed(first.turn, "It broke.", "Retry."))
    message = talk.current.entries[-1].message
    assert (message.text, message.outcome, message.error) == (
        "1",
        Outcome.FAILED,
        "It broke. Retry.",
    )
    assert talk.regenerate().prompt == first.prompt


def test_events_of_other_turns_change_nothing(talk: Talk) -> None:
    order = talk.ask("One?")
    finish(talk, Generate(order.turn + 1, order.prompt), "no")
    assert talk.answering == order.turn
    finish(talk, order, "yes")
    assert talk.current.entries[-1].message.text == "yes"


def test_chats_are_found_by_name_and_get_one_from_their_question(talk: Talk) -> None:
    first = talk.current
    finish(talk, talk.ask("Who are you?"), "A program.")
    second = talk.begin()
    finish(talk, talk.ask("Who are you?"), "Facet.")
    assert talk.names() == ["Who are you? 2", "Who are you?"]
    assert talk.switch(" Who are\nyou? ") is first
    assert talk.switch("Who are you? 2") is second
    other = talk.switch("other")
    assert (other.name, other.entries) == ("other", [])
    assert other.id not in (first.id, second.id)
    assert talk.names() == ["Who are you? 2", "Who are you?"]


@pytest.mark.parametrize("name", ["", "  \n ", "x" * (MAX_NAME + 1)])
def test_a_name_that_can_t_be_changes_nothing(talk: Talk, name: str) -> None:
    before = talk.current
    with pytest.raises(AppError, match="name"):
        talk.switch(name)
    assert talk.current is before


def test_what_can_t_be_asked_changes_nothing(talk: Talk) -> None:
    for impossible in (
        lambda: talk.ask("  "),
        lambda: talk.prepare(""),
        lambda: talk.edit("Other?"),
        lambda: talk.regenerate(),
        lambda: talk.ask("a", options=Options(schema={"type": "null"}, grammar="g")),
    ):
        with pytest.raises(AppError):
            impossible()
    assert (talk.answering, talk.current.entries, talk.names()) == (None, [], [])


def test_halves_of_characters_are_replaced(talk: Talk) -> None:
    assert asked(talk.ask("a\ud800b"))[-1] == ("user", "a?b")


def test_a_kept_chat_goes_on_in_the_next_run(blobs: BlobStore, store: Conversations) -> None:
    talk = Talk(MODEL, blobs, store)
    chat = talk.switch("work")
    picture = talk.keep(read_attachment(MEDIA / "red-circle.png"))
    finish(talk, talk.ask("One?", [picture]), "1")
    finish(talk, talk.regenerate(), "2")
    finish(talk, talk.ask("Three?"), "3")
    finish(talk, talk.edit("Four?"), "4", Outcome.LENGTH)

    later = Talk(MODEL, blobs, store, options=Options(seed=1))
    assert later.names() == ["work"]
    same = later.switch("work")
    assert same.id == chat.id
    assert [entry.message for entry in same.entries] == [entry.message for entry in chat.entries]
    assert [entry.message.text for entry in same.entries] == ["One?", "2", "Four?", "4"]
    assert same.entries[-1].message.model == "A model"
    assert same.entries[-1].message.thought == "Hm."
    order = later.regenerate()
    assert (order.chat, order.sampling.seed) == (chat.id, 1)


def test_a_first_question_that_is_changed_leaves_one_chat(
    blobs: BlobStore, store: Conversations
) -> None:
    talk = Talk(MODEL, blobs, store)
    finish(talk, talk.ask("One?"), "1")
    finish(talk, talk.edit("Two?"), "2")
    assert talk.names() == ["One?"]
    same = Talk(MODEL, blobs, store).switch("One?")
    assert [entry.message.text for entry in same.entries] == ["Two?", "2"]


def test_an_answer_is_kept_as_far_as_it_came(blobs: BlobStore, store: Conversations) -> None:
    talk = Talk(MODEL, blobs, store)
    order = talk.ask("One?")
    talk.take(Delta(order.turn, "text", "Once upon"))
    talk.close()
    message = Talk(MODEL, blobs, store).switch("One?").entries[-1].message
    assert (message.text, message.outcome) == ("Once upon", Outcome.STOPPED)


def test_an_attachment_that_is_gone_is_named_and_nothing_is_asked(
    blobs: BlobStore, store: Conversations
) -> None:
    talk = Talk(MODEL, blobs, store)
    picture = talk.keep(read_attachment(MEDIA / "red-circle.png"))
    finish(talk, talk.ask("One?", [picture]), "1")
    blobs.path_of(picture.blob).unlink()
    with pytest.raises(AppError, match=r"red-circle\.png"):
        talk.ask("Two?")
    assert len(talk.current.entries) == 2
    assert talk.answering is None
