"""A conversation longer than the context is cut visibly, and never ends in garbage or an abort."""

from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Outcome, Role
from app.core.prompt import Prompt, Turn
from app.engine.answer import Answerer
from app.engine.client import Engine
from app.engine.fitting import droppable, without_turns
from app.engine.messages import Done, Event, Failed, Generate, Trimmed
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate
from tests.data import MODEL, tiny_gemma4
from tests.unit.engine.talk import LIKELIEST, Answer, Talk, model, system, user

SIZE = 512
TALKATIVE = [
    turn
    for number in range(40)
    for turn in (user(f"Repeat: apple {number}"), model(f"apple {number}"))
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """The miniature with a context of 512 tokens."""
    with Engine(tmp_path_factory.mktemp("small") / "engine.log") as engine:
        talk = Talk(engine)
        assert talk.load(MODEL, None, context=SIZE).context == SIZE
        yield talk


def test_the_oldest_turns_leave_first(small: Talk) -> None:
    answer = small.ask(*TALKATIVE, user("Hello"))
    assert answer.text == "Hello! How can I help you?"
    (trimmed,) = answer.trimmed
    assert answer.events.index(trimmed) < answer.events.index(answer.progress[0])
    assert trimmed.dropped % 2 == 0, "a question leaves with its answer"
    assert 0 < trimmed.dropped < len(TALKATIVE)
    assert trimmed.needed > trimmed.context == SIZE
    assert answer.stats.dropped_messages == trimmed.dropped
    kept = small.ask(*TALKATIVE[trimmed.dropped :], user("Hello"))
    assert kept.trimmed == []
    assert kept.stats.prompt_tokens == answer.stats.prompt_tokens
    more = small.ask(*TALKATIVE[trimmed.dropped - 2 :], user("Hello"))
    assert len(more.trimmed) == 1, "no more than needed was dropped"


def test_the_system_text_stays(small: Talk) -> None:
    instructions = system("You are a helpful assistant. " * 5)
    answer = small.ask(instructions, *TALKATIVE, user("Hello"))
    (trimmed,) = answer.trimmed
    kept = small.ask(instructions, *TALKATIVE[trimmed.dropped :], user("Hello"))
    assert kept.trimmed == []
    assert kept.stats.prompt_tokens == answer.stats.prompt_tokens
    assert answer.outcome is Outcome.DONE


def test_a_conversation_that_fits_is_left_alone(small: Talk) -> None:
    answer = small.ask(*TALKATIVE[:8], user("Hello"))
    assert (answer.trimmed, answer.text) == ([], "Hello! How can I help you?")


def test_one_message_that_is_too_long(small: Talk) -> None:
    answer = small.ask(user("Hello"), model("Hello!"), user("the " * 600))
    assert answer.failure.code == "too_long"
    assert f"of {SIZE}" in answer.failure.what
    assert answer.failure.next_step
    assert small.ask(user("Hello")).text == "Hello! How can I help you?"


def test_a_system_text_that_is_too_long(small: Talk) -> None:
    assert small.ask(system("the " * 600), user("Hello")).failure.code == "too_long"


def test_the_last_message_may_use_all_the_room(small: Talk) -> None:
    answer = small.ask(user("the " * 450))
    assert answer.stats.prompt_tokens > SIZE - SIZE // 4
    assert answer.trimmed == []


def test_every_length_around_the_limit(small: Talk) -> None:
    failed = []
    for words in range(SIZE - 20, SIZE + 5):
        last = small.ask(user("the " * words)).last
        assert isinstance(last, Done | Failed)
        if isinstance(last, Done):
            assert last.stats.context_used <= SIZE
        failed.append(isinstance(last, Failed))
    assert failed == sorted(failed)
    assert set(failed) == {False, True}


def test_an_answer_that_fills_the_context(fresh: Talk, tmp_path: Path) -> None:
    fresh.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense"), None, context=SIZE)
    for _ in range(2):
        answer = fresh.ask(user("the"))
        assert answer.outcome is Outcome.CONTEXT
        assert answer.stats.context_used in (SIZE - 1, SIZE)
        assert answer.stats.answer_tokens > SIZE - 50
    trimmed = fresh.ask(user("the"), model(answer.text), user("he"), max_tokens=5)
    assert trimmed.outcome is Outcome.LENGTH
    assert len(trimmed.trimmed) == 1


def test_no_more_context_than_the_model_was_made_for(fresh: Talk, tmp_path: Path) -> None:
    path = tiny_gemma4.write_model(tmp_path / "a.gguf", "dense", {"gemma4.context_length": 256})
    for wanted in (0, 256, 100_000):
        assert fresh.load(path, None, context=wanted).context == 256
    assert fresh.ask(user("the")).outcome is Outcome.CONTEXT


def test_after_an_error_of_llama_cpp_nothing_is_believed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    template = ChatTemplate(runtime.template_source, runtime.vocabulary.bos_text)
    answerer = Answerer(runtime, None, template, events.append)
    order = Generate(1, Prompt((user("Repeat: apple"),)), LIKELIEST)
    answerer.answer(order)
    with monkeypatch.context() as patch:
        patch.setattr(llama, "llama_decode", lambda *_: 1)
        with pytest.raises(RuntimeError, match="llama_decode returned 1"):
            answerer.answer(order)
    events.clear()
    answerer.answer(order)
    assert Answer(events).text == "apple"
    assert Answer(events).stats.cached_tokens == 0


conversations = st.lists(st.sampled_from([Role.USER, Role.ASSISTANT]), max_size=8).map(
    lambda roles: tuple(Turn(role, str(number)) for number, role in enumerate(roles))
)


@given(conversations, st.booleans())
def test_cuts_leave_whole_questions(turns: tuple[Turn, ...], instructed: bool) -> None:
    prompt = Prompt((system("s"), *turns) if instructed else turns, True)
    last_question = max((i for i, t in enumerate(turns) if t.role is Role.USER), default=0)
    cuts = droppable(prompt.turns)
    assert cuts == sorted(set(cuts))
    for cut in cuts:
        left = without_turns(prompt, cut)
        rest = left.turns[1:] if instructed else left.turns
        assert left.thinking is True
        assert left.turns[: len(left.turns) - len(rest)] == ((system("s"),) if instructed else ())
        assert rest == turns[cut:]
        assert rest[0].role is Role.USER
        assert cut <= last_question
    if last_question:
        assert cuts[-1] == last_question, "in the end only the last question is left"


def test_trimmed_is_told_before_anything_else(small: Talk) -> None:
    events = small.ask(*TALKATIVE, user("Repeat: tea")).events
    assert isinstance(events[0], Trimmed)
