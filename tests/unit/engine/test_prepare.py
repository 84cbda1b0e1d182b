"""What is likely to be asked is evaluated ahead, gives way at once, and never shows."""

from pathlib import Path

import pytest

from app.core.conversation import Outcome
from app.core.prompt import Media, Prompt, Turn
from app.engine.child import _continues
from app.engine.messages import Cancel, Delta, Done, Generate, Prepare, Prepared, Progress
from tests.data import HEARD, MEDIA, SEEN
from tests.unit.engine.talk import LIKELIEST, Answer, Talk, model, picture, sound, user

SEE, HEAR = "What do you see?", "What do you hear?"
LONG = "the window shows a list of files and the button opens a new page " * 100


def prepare(talk: Talk, *turns: Turn, chat: str = "") -> int:
    """Order a preparation; the number of its turn."""
    turn = talk.next_turn()
    talk.engine.send(Prepare(turn, Prompt(turns), chat))
    return turn


def prepared(talk: Talk, turn: int) -> tuple[Prepared, Answer]:
    """Wait for the end of a preparation; it, and all that was said until then."""
    events = talk.until(lambda event: isinstance(event, Prepared) and event.turn == turn)
    last = events[-1]
    assert isinstance(last, Prepared)
    return last, Answer(events)


@pytest.mark.parametrize(
    ("media", "question", "word"),
    [
        (picture(MEDIA / "red-circle.png"), SEE, SEEN["red-circle.png"]),
        (sound(MEDIA / "low-tone.ogg"), HEAR, HEARD["low-tone.ogg"]),
    ],
)
def test_a_prepared_question_is_answered_without_reading(
    talk: Talk, media: Media, question: str, word: str
) -> None:
    expected = talk.ask(user(question, media))
    talk.ask(user("Hello"))
    end, said = prepared(talk, prepare(talk, user(question, media)))
    assert end.complete
    assert not [event for event in said.events if isinstance(event, Delta | Done)]
    answer = talk.ask(user(question, media))
    assert answer.text == expected.text
    assert word in answer.text
    assert answer.stats.cached_tokens == answer.stats.prompt_tokens, "nothing is left to read"
    assert answer.stats.encode_ms == 0


def test_an_attachment_is_prepared_before_a_word_is_typed(talk: Talk) -> None:
    circle = picture(MEDIA / "red-circle.png")
    assert prepared(talk, prepare(talk, user("", circle)))[0].complete
    answer = talk.ask(user(SEE, circle))
    assert SEEN["red-circle.png"] in answer.text
    assert answer.stats.prompt_tokens - answer.stats.cached_tokens < 20, "only the words are new"


def test_typing_extends_what_is_prepared(talk: Talk) -> None:
    past = [user(LONG), model("Noted.")]
    for text in ("What", "What do", "What do you see"):
        assert prepared(talk, prepare(talk, *past, user(text)))[0].complete
    answer = talk.ask(*past, user("What do you see in it?"))
    assert answer.stats.prompt_tokens - answer.stats.cached_tokens < 20


def test_a_question_does_not_wait_for_a_preparation_of_something_else(talk: Talk) -> None:
    talk.ask(user("Hello"))
    turn = prepare(talk, user(f"Number one. {LONG}"))
    talk.until(lambda event: isinstance(event, Progress) and event.turn == turn)
    answering = talk.begin(user("Repeat: apple"))
    events = talk.until(lambda event: isinstance(event, Done) and event.turn == answering)
    ends = [event for event in events if isinstance(event, Prepared)]
    assert [(end.turn, end.complete) for end in ends] == [(turn, False)]
    read = [event.done for event in events if isinstance(event, Progress) and event.turn == turn]
    assert max(read, default=0) < 1000, "it went on to the end"
    text = "".join(one.text for one in events if isinstance(one, Delta) and one.turn == answering)
    assert text.strip() == "apple"


def test_a_question_takes_over_what_its_own_preparation_has_done(talk: Talk) -> None:
    circle = picture(MEDIA / "red-circle.png")
    talk.ask(user("Hello"))
    turn = prepare(talk, user(LONG), model("Noted."), user("Look at", circle))
    talk.until(
        lambda event: isinstance(event, Progress) and event.turn == turn and event.done >= 256
    )
    answer = talk.ask(user(LONG), model("Noted."), user("Look at this. What do you see?", circle))
    assert answer.stats.cached_tokens >= 256


@pytest.mark.parametrize(
    ("before", "after", "goes_on"),
    [("", "", True), ("", "c", True), ("c", "c", True), ("c", "d", False), ("c", "", False)],
)
def test_what_was_prepared_without_a_name_may_become_any_conversation(
    before: str, after: str, goes_on: bool
) -> None:
    circle = picture(MEDIA / "red-circle.png")
    ahead = Prepare(1, Prompt((user("", circle),)), before)
    assert _continues(ahead, Generate(2, Prompt((user(SEE, circle),)), chat=after)) is goes_on


def test_the_newest_preparation_counts(talk: Talk) -> None:
    talk.ask(user("Hello"))
    turns = [prepare(talk, user(f"{number}. {LONG}")) for number in range(5)]
    ends: list[Prepared] = []
    while len(ends) < len(turns):
        (end,) = (
            event
            for event in talk.until(lambda event: isinstance(event, Prepared))
            if isinstance(event, Prepared)
        )
        ends.append(end)
    assert {end.turn: end.complete for end in ends} == dict.fromkeys(turns[:-1], False) | {
        turns[-1]: True
    }
    answer = talk.ask(user(f"4. {LONG}"))
    assert answer.stats.cached_tokens == answer.stats.prompt_tokens


def test_a_preparation_can_be_cancelled(talk: Talk) -> None:
    talk.ask(user("Hello"))
    turn = prepare(talk, user(f"Cancelled. {LONG}"))
    talk.engine.send(Cancel(turn))
    end, _ = prepared(talk, turn)
    assert not end.complete


def test_a_preparation_that_can_not_be_done_says_nothing_to_anybody(
    talk: Talk, tmp_path: Path
) -> None:
    for turns in ([user(LONG * 20)], [user(SEE, picture(tmp_path / "missing.png"))]):
        end, said = prepared(talk, prepare(talk, *turns))
        assert not end.complete
        assert [event for event in said.events if not isinstance(event, Progress)] == [end]
    assert talk.ask(user("Repeat: apple")).text == "apple"


def test_an_answer_that_runs_is_not_disturbed(talk: Talk) -> None:
    expected = talk.ask(user("Repeat: one two three four five six seven"))
    answering = talk.begin(user("Repeat: one two three four five six seven"))
    turn = prepare(talk, user(LONG))
    answer = talk.finish(answering)
    assert (answer.text, answer.outcome) == (expected.text, Outcome.DONE)
    assert prepared(talk, turn)[0].complete


def test_a_preparation_without_a_model_ends(fresh: Talk) -> None:
    assert not prepared(fresh, prepare(fresh, user(SEE)))[0].complete


def test_different_sampling_does_not_lose_what_is_prepared(talk: Talk) -> None:
    talk.ask(user("Hello"))
    assert prepared(talk, prepare(talk, user("Repeat: pear")))[0].complete
    turn = talk.next_turn()
    talk.engine.send(Generate(turn, Prompt((user("Repeat: pear"),)), LIKELIEST, 1))
    first = talk.finish(turn)
    assert first.stats.cached_tokens == first.stats.prompt_tokens
    assert talk.ask(user("Repeat: pear")).text == "pear"
