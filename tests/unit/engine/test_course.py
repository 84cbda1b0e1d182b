"""Thoughts end when their budget is spent, and the answer begins."""

import pytest

from app.core.conversation import Outcome
from app.core.prompt import Sampling
from app.engine.reply import CHANNEL_CLOSE, CHANNEL_OPEN
from app.engine.runtime import Runtime
from tests.data import MEDIA, SEEN
from tests.unit.engine.talk import LIKELIEST, Talk, model, picture, user
from tests.unit.engine.writing import Eager, Writer

SEE = user("What do you see?")
ENDLESS = ("<eos>", "<turn|>", "<|tool_response>")
WHOLE = "There is no picture.\n"


@pytest.fixture(params=[False, True], ids=["one by one", "guessing ahead"])
def writer(runtime: Runtime, request: pytest.FixtureRequest) -> Writer:
    return Writer(runtime, Eager() if request.param else None)


def ids(runtime: Runtime, *texts: str) -> list[int]:
    markers = {text: token for token, text in runtime.vocabulary.markers.items()}
    return [markers[text] for text in texts]


def test_the_budget_is_kept_to_the_token(writer: Writer) -> None:
    opening, closing = ids(writer.runtime, CHANNEL_OPEN, CHANNEL_CLOSE)
    free = writer.write(SEE, thinking=True)
    begin, end = free.tokens.index(opening), free.tokens.index(closing)
    whole = end - begin - 3  # between the marker with its heading and the end
    assert (free.thought, free.text) == (WHOLE, "I see no picture.")
    for budget in range(1, whole):
        bounded = writer.write(SEE, thinking=True, thought_tokens=budget)
        assert bounded.outcome is Outcome.DONE
        assert bounded.text.endswith("I see no picture.")
        place = bounded.tokens.index(closing)
        assert place == begin + 3 + budget
        assert bounded.tokens[:place] == free.tokens[:place]
        assert WHOLE.startswith(bounded.thought)
    for budget in (whole + 1, 1000):
        assert writer.write(SEE, thinking=True, thought_tokens=budget).tokens == free.tokens


def test_a_thought_that_the_template_has_opened(writer: Writer) -> None:
    (closing,) = ids(writer.runtime, CHANNEL_CLOSE)
    bounded = writer.write(SEE, opened=True, thought_tokens=3)
    assert bounded.tokens.index(closing) == 3
    assert bounded.text


def test_what_is_in_the_cache_is_what_was_said(writer: Writer) -> None:
    """The next answer goes on from there."""
    bounded = writer.write(SEE, thinking=True, thought_tokens=3)
    runtime = writer.runtime
    logits = runtime.logits()
    prompt = runtime.length - len(bounded.tokens)
    fresh = Writer(runtime)
    again = fresh.write(SEE, thinking=True, thought_tokens=3)
    assert again.tokens == bounded.tokens
    assert runtime.length - len(again.tokens) == prompt
    likeliest = max(range(len(logits)), key=logits.__getitem__)
    anew = runtime.logits()
    assert max(range(len(anew)), key=anew.__getitem__) == likeliest


def test_no_second_thought_after_a_closed_one(writer: Writer) -> None:
    opening, closing = ids(writer.runtime, CHANNEL_OPEN, CHANNEL_CLOSE)
    for seed in range(10):
        sampling = Sampling(3.0, top_k=0, top_p=1.0, seed=seed, suppressed=ENDLESS)
        written = writer.write(
            SEE, opened=True, thought_tokens=4, sampling=sampling, max_tokens=300
        )
        place = written.tokens.index(closing)
        assert place <= 4
        assert opening not in written.tokens[place:]


def test_the_limit_counts_the_thought(writer: Writer) -> None:
    for limit in range(1, 12):
        written = writer.write(SEE, thinking=True, thought_tokens=3, max_tokens=limit)
        assert written.figures.answer_tokens <= limit
        assert (written.outcome is Outcome.LENGTH) == (written.figures.answer_tokens == limit)


@pytest.mark.parametrize("free", [1, 4, 6])
def test_no_room_to_close_the_thought(writer: Writer, free: int) -> None:
    endless = Sampling(temperature=0, suppressed=ENDLESS)
    written = writer.write(SEE, opened=True, thought_tokens=4, free=free, sampling=endless)
    assert (written.outcome, written.figures.answer_tokens) == (Outcome.CONTEXT, free)


def test_a_model_that_does_not_think(writer: Writer) -> None:
    assert writer.write(user("Hello"), thought_tokens=1).text == "Hello! How can I help you?"


def test_through_the_engine(talk: Talk) -> None:
    question = user("What do you see?", picture(MEDIA / "red-circle.png"))
    free = talk.ask(question, thinking=True)
    bounded = talk.ask(question, thinking=True, thought_tokens=2)
    assert len(bounded.thought.strip()) < len(free.thought.strip())
    assert bounded.text == free.text == SEEN["red-circle.png"]
    assert bounded.stats.thought_ms > 0
    following = talk.ask(question, model(bounded.text), user("Repeat: apple"), sampling=LIKELIEST)
    assert following.text == "apple"
    assert following.stats.cached_tokens > 0
