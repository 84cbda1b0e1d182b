"""Guessing ahead changes no answer, and is left alone where it does not pay."""

from collections.abc import Iterator, Sequence
from random import Random

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Outcome
from app.core.prompt import Sampling
from app.engine.drafting import LEAST_GAIN, SIZES, Ahead, Lookup, Pace, plain
from app.engine.native import NativeLog
from app.engine.runtime import Runtime, Stopped
from tests.data import tiny_gemma4
from tests.unit.engine.talk import Talk, model, user
from tests.unit.engine.writing import Eager, Writer

ENDLESS = ("<eos>", "<turn|>", "<|tool_response>")
# The answer stands in the history, and is given again.
QUOTED = [
    (user("Hello"), model("Hello! How can I help you?"), user("Hello")),
    (user("What do you see?"), model("I see no picture."), user("What do you see?")),
    (user("Repeat: salt and sugar"), model("salt and sugar"), user("Repeat: salt and sugar")),
]


@pytest.fixture(scope="module")
def untrained(native_log: NativeLog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    path = tiny_gemma4.write_model(tmp_path_factory.mktemp("model") / "model.gguf", "dense")
    runtime = Runtime(
        str(path), context=4096, threads=1, log=native_log, on_progress=lambda _: None
    )
    yield runtime
    runtime.close()


@pytest.mark.parametrize("turns", QUOTED)
def test_the_likeliest_answer_stays_the_same(runtime: Runtime, turns: Sequence[object]) -> None:
    alone = Writer(runtime).write(*turns)  # type: ignore[arg-type]
    length = runtime.length
    eager = Writer(runtime, Eager()).write(*turns)  # type: ignore[arg-type]
    assert (eager.text, eager.tokens) == (alone.text, alone.tokens)
    assert runtime.length == length
    assert eager.figures.accepted_tokens > 0
    assert eager.figures.drafted_tokens >= eager.figures.accepted_tokens


def test_the_same_seed_draws_the_same_answer(runtime: Runtime) -> None:
    """Where the model knows what it says: nearly equal chances may be tipped by the noise of
    floating-point numbers, which is another in larger batches."""
    accepted = 0
    answers = set()
    for seed in range(30):
        sampling = Sampling(1.0 + 0.4 * (seed % 2), top_k=0, top_p=1.0, seed=seed)
        alone = Writer(runtime).write(*QUOTED[seed % 3], sampling=sampling, max_tokens=60)
        eager = Writer(runtime, Eager()).write(*QUOTED[seed % 3], sampling=sampling, max_tokens=60)
        assert (eager.text, eager.tokens) == (alone.text, alone.tokens)
        accepted += eager.figures.accepted_tokens
        answers.add(alone.text)
    assert accepted > 30
    assert len(answers) > len(QUOTED)


def test_penalties_and_limits_work_as_ever(runtime: Runtime) -> None:
    for limit in range(1, 20, 3):
        sampling = Sampling(temperature=0, frequency_penalty=0.5, suppressed=ENDLESS)
        alone = Writer(runtime).write(*QUOTED[0], sampling=sampling, max_tokens=limit)
        length = runtime.length
        eager = Writer(runtime, Eager()).write(*QUOTED[0], sampling=sampling, max_tokens=limit)
        assert (eager.text, eager.outcome) == (alone.text, Outcome.LENGTH)
        assert (eager.tokens, runtime.length) == (alone.tokens, length)


@pytest.mark.parametrize("free", [1, 2, 9])
def test_to_the_last_place_of_the_context(runtime: Runtime, free: int) -> None:
    sampling = Sampling(temperature=0, suppressed=ENDLESS)
    written = Writer(runtime, Eager()).write(*QUOTED[0], sampling=sampling, free=free)
    assert (written.outcome, written.figures.answer_tokens) == (Outcome.CONTEXT, free)
    assert runtime.length == runtime.size - 1


def test_beyond_the_sliding_window(untrained: Runtime) -> None:
    """Where the window has slid many times over, wrong guesses still leave the cache whole."""
    dice = Random(1)
    phrases = [[110 + dice.randrange(80) for _ in range(12)] for _ in range(9)]
    text = [token for _ in range(300) for token in dice.choice(phrases)[: dice.randrange(4, 12)]]
    text = text[:1800]

    def logits(ahead: Ahead) -> list[np.ndarray]:
        untrained.clear()
        untrained.decode([2])
        found = []
        for token in text:
            index = ahead.append(token, 100)
            values = llama.llama_get_logits_ith(untrained.context_handle, index)
            found.append(np.ctypeslib.as_array(values, (untrained.vocabulary.size,)).copy())
        ahead.close()
        assert untrained.length == 1 + len(text)
        return found

    ahead = Ahead(untrained, Eager(), [2])
    guessing, alone = logits(ahead), logits(Ahead(untrained, None, [2]))
    assert ahead.accepted > 300
    assert ahead.drafted - ahead.accepted > 500, "much was taken back"
    differences = [abs(one - other).max() for one, other in zip(guessing, alone, strict=True)]
    assert max(differences) < 0.1


def test_the_cache_is_as_if_nothing_had_been_guessed(runtime: Runtime) -> None:
    sampling = Sampling(temperature=2.0, seed=3, suppressed=ENDLESS)
    logits = []
    for pace in (None, Eager()):
        writer = Writer(runtime, pace)
        written = writer.write(*QUOTED[0], sampling=sampling, max_tokens=150)
        assert runtime.length < runtime.size
        runtime.decode([written.tokens[-1]])
        logits.append(runtime.logits())
    difference = max(abs(a - b) for a, b in zip(*logits, strict=True))
    assert difference < 0.25


def test_stop_in_the_midst(runtime: Runtime) -> None:
    writer = Writer(runtime, Eager())
    decode, calls = runtime.decode, 0

    def stop_later(tokens: Sequence[int], **how: bool) -> None:
        nonlocal calls
        calls += 1
        if calls == 20:
            runtime.stop.set()
        decode(tokens, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "decode", stop_later)
        sampling = Sampling(temperature=0, suppressed=ENDLESS)
        with pytest.raises(Stopped):
            writer.write(*QUOTED[0], sampling=sampling)
    runtime.stop.clear()
    prompt = Writer(runtime)
    assert runtime.length > len(writer.evaluated) > 5
    assert prompt.write(user("Repeat: apple")).text == "apple"


def test_an_order_can_forbid_it(runtime: Runtime) -> None:
    written = Writer(runtime, Eager()).write(*QUOTED[0], drafting=False)
    assert written.text == "Hello! How can I help you?"
    assert written.figures.drafted_tokens == 0


def test_through_the_engine(talk: Talk) -> None:
    stats = talk.ask(*QUOTED[0]).stats
    assert 0 <= stats.accepted_tokens <= stats.drafted_tokens


# -- where the guesses come from --------------------------------------------------------------


def test_what_followed_before_is_guessed() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 6, 7, 8], 100)
    assert lookup.guess(3) == []
    for token, right in ((2, None), (3, None), (4, None), (5, True), (6, True)):
        assert lookup.add(token) is right
    assert (lookup.guess(3), lookup.run, lookup.available) == ([7, 8, 2], 2, 7)
    assert lookup.add(9) is False
    assert (lookup.guess(3), lookup.run, lookup.available) == ([], 0, 0)


def test_the_last_place_counts() -> None:
    lookup = Lookup([1, 2, 3, 4, 0, 1, 2, 3, 5, 0], 100)
    for token in (1, 2, 3):
        lookup.add(token)
    assert lookup.guess(1) == [5]


def test_media_are_never_guessed() -> None:
    items = [1, 2, 3, "a picture", 4, 5]
    lookup = Lookup(plain(items, 100), 100)
    for token in (1, 2, 3):
        lookup.add(token)
    assert lookup.guess(5) == []
    for token in (1, 2, 3):
        lookup.add(token)
    assert lookup.guess(1) == [1]


@given(
    st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), min_size=1, max_size=60)
)
def test_guesses_are_what_stands_there(prompt: list[int], answer: list[int]) -> None:
    lookup = Lookup(prompt, 5)
    text = list(prompt)
    guess: list[int] = []
    for token in answer:
        right = lookup.add(token)
        assert right is (guess[0] == token if guess else None)
        text.append(token)
        guess = lookup.guess(8)
        last = text[-3:]
        known = [i for i in range(len(text) - 3) if text[i : i + 3] == last]
        assert bool(guess) == (lookup.available > 0)
        if right is not True:
            assert guess == (text[known[-1] + 3 :][:8] if known else [])
        if guess:
            assert any(text[i : i + len(guess)] == guess for i in range(len(text)))


# -- whether it pays --------------------------------------------------------------------------


def taught(cost: float, chance: float, rounds: int = 60) -> Pace:
    """A pace that has seen batches of n tokens take 1 + cost · (n - 1), guesses right by
    ``chance``."""
    dice, pace = Random(1), Pace()
    run = 0
    for _ in range(rounds):
        pace.took(1, 1.0)
        right = dice.random() < chance
        pace.guessed(run, right)
        run = run + 1 if right else 0
        size = pace.choose(run, 100)
        if size:
            seconds = 1 + cost * size
            pace.took(size + 1, seconds)
            good = 0
            while good < size and dice.random() < chance:
                good += 1
                pace.guessed(run, True)
                run += 1
            pace.gained(good + 1, seconds)
    return pace


def test_free_batches_are_used_to_the_full() -> None:
    assert taught(0.02, 0.98).choose(10, 100) == SIZES[-1]


@pytest.mark.parametrize(("cost", "chance"), [(1.0, 0.9), (0.9, 0.95), (0.3, 0.1), (0.05, 0.01)])
def test_what_does_not_pay_is_left_alone(cost: float, chance: float) -> None:
    pace = taught(cost, chance, rounds=400)
    assert pace.choose(0, 100) == 0


def test_nothing_is_guessed_before_the_cost_is_known() -> None:
    assert Pace().choose(50, 100) == 0


def test_no_more_is_guessed_than_there_is() -> None:
    pace = taught(0.02, 0.98)
    assert [pace.choose(10, n) for n in (0, 1, 2, 3, 6, 7, 14, 15)] == [0, 0, 0, 3, 3, 7, 7, 15]


def test_a_lasting_loss_leads_to_a_rest_and_another_try() -> None:
    pace = taught(0.02, 0.98)
    while pace.choose(10, 100):
        pace.gained(1, LEAST_GAIN * 2)
    rest = 1
    while not pace.choose(10, 100):
        rest += 1
    assert 100 < rest < 300


def test_an_answer_without_repetition_is_not_slowed(untrained: Runtime) -> None:
    """Nearly nothing may be tried in a text that never repeats itself."""
    pace = Pace()
    writer = Writer(untrained, pace)
    writer.evaluate([2, 120, 130])
    sampling = Sampling(temperature=2.0, top_k=0, top_p=1.0, seed=1)
    written = writer.write_on(sampling=sampling, max_tokens=1500)
    assert written.figures.drafted_tokens < 15


def test_each_token_costs_the_same_however_long_the_text() -> None:
    """Counted in steps, not in time: nothing is searched through."""

    class Watched(list[int]):
        reads = 0

        def __getitem__(self, place):  # type: ignore[no-untyped-def]
            Watched.reads += 1
            return super().__getitem__(place)

    lookup = Lookup(range(50_000), 60_000)
    lookup._tokens = Watched(lookup._tokens)
    for token in [*range(2000), *range(2000)]:
        lookup.add(token)
    assert Watched.reads <= 4000
