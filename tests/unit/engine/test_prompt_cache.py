"""What is evaluated already is used again, and exactly as if it had been evaluated anew."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.loading import BATCH
from app.engine.messages import Progress
from app.engine.native import NativeLog
from app.engine.prompt_cache import PromptCache
from app.engine.runtime import Runtime
from tests.data import MEDIA, MODEL, SEEN, pictures
from tests.unit.engine.talk import Answer, Talk, model, picture, user

NOISE = 0.25  # by which a logit differs when the same tokens go through other batches
SEE = "What do you see?"


@pytest.fixture(scope="module")
def other(native_log: NativeLog) -> Iterator[Runtime]:
    """A second context of the same model, which never reuses anything."""
    other = Runtime(str(MODEL), context=4096, threads=1, log=native_log, on_progress=lambda _: None)
    yield other
    other.close()


@pytest.fixture
def cache(runtime: Runtime) -> PromptCache:
    """An empty cache."""
    cache = PromptCache(runtime)
    cache.clear()
    return cache


def evaluate(cache: PromptCache, runtime: Runtime, tokens: list[int], step: int = 256) -> int:
    """Read a prompt as an answer does; how much of it was there already."""
    start = cache.reuse(tokens)
    assert runtime.length == start
    for index in range(start, len(tokens), step):
        part = tokens[index : index + step]
        runtime.decode(part)
        cache.add(part)
    return start


def fresh(runtime: Runtime, tokens: list[int], steps: list[int]) -> np.ndarray:
    """Logits after ``tokens``, read from nothing in batches that end at ``steps``."""
    runtime.clear()
    for begin, end in zip([0, *steps], [*steps, len(tokens)], strict=True):
        runtime.decode(tokens[begin:end])
    return np.array(runtime.logits())


def words(count: int, seed: int = 0) -> list[int]:
    """Some tokens of ordinary text."""
    return random.Random(seed).choices(range(200, 1500), k=count)


def test_a_common_beginning_is_kept(cache: PromptCache, runtime: Runtime) -> None:
    first, second = words(200), words(100, 1)
    assert evaluate(cache, runtime, first) == 0
    assert evaluate(cache, runtime, [*first, *second]) == 200
    assert evaluate(cache, runtime, [*first[:150], *second]) == 150
    assert evaluate(cache, runtime, [*first[:150], *second]) == 250, "its logits are at hand"
    assert evaluate(cache, runtime, second) == 0
    assert evaluate(cache, runtime, second[:40]) == 39
    cache.clear()
    assert evaluate(cache, runtime, second) == 0


def test_logits_are_those_of_a_fresh_evaluation(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    first = words(200)
    changed = [*first[:150], *words(60, 1)]
    evaluate(cache, runtime, first[:150])
    evaluate(cache, runtime, first)
    assert evaluate(cache, runtime, changed) == 150
    assert np.array_equal(runtime.logits(), fresh(other, changed, [150]))


def test_a_longer_context_keeps_its_logits(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    whole = words(2000)
    for end in (256, 512, 1024, 1500, 2000):
        evaluate(cache, runtime, whole[:end])
    steps = [256, 512, 768, 1024, 1280, 1500, 1756]
    assert np.array_equal(runtime.logits(), fresh(other, whole, steps))


def test_a_rewind_beyond_the_window_starts_anew(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    whole = words(3500)
    assert 0 < runtime.window < 1000
    for back in (20, 300, 1000, 1500, 2000, 3000, 3480):
        evaluate(cache, runtime, whole)
        changed = [*whole[: 3500 - back], *words(40, back)]
        possible = runtime.can_rewind(3500 - back)
        kept = evaluate(cache, runtime, changed)
        assert kept == (3500 - back if possible else 0)
        expected = fresh(other, changed, list(range(256, len(changed), 256)))
        assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE
    assert not possible


def test_without_the_check_the_text_would_be_wrong(runtime: Runtime, other: Runtime) -> None:
    """Nothing else warns: llama.cpp takes every rewind."""
    whole = words(3500)
    changed = [*whole[:1500], *words(40, 1)]
    fresh(runtime, whole, list(range(256, 3500, 256)))
    assert not runtime.can_rewind(1500)
    runtime.rewind(1500)
    runtime.decode(changed[1500:])
    expected = fresh(other, changed, list(range(256, 1540, 256)))
    assert np.abs(np.array(runtime.logits()) - expected).max() > 4 * NOISE


def test_the_furthest_rewind_that_is_allowed_is_exact(runtime: Runtime, other: Runtime) -> None:
    whole = words(3500)
    for step in (256, BATCH):
        steps = list(range(step, 3500, step))
        fresh(runtime, whole, steps)
        furthest = next(length for length in range(1, 3501) if runtime.can_rewind(length))
        assert furthest < 3500
        runtime.rewind(furthest)
        tail = words(30, 2)
        runtime.decode(tail)
        expected = fresh(other, [*whole[:furthest], *tail], [s for s in steps if s < furthest])
        assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE


def test_a_checkpoint_brings_back_what_the_window_forgot(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    whole = words(3500)
    evaluate(cache, runtime, whole[:1500])
    cache.checkpoint()
    evaluate(cache, runtime, whole)
    changed = [*whole[:1700], *words(40, 1)]
    assert not runtime.can_rewind(1700)

    assert evaluate(cache, runtime, changed) == 1500
    expected = fresh(other, changed, [*range(256, 1500, 256), 1500])
    # Not bit for bit: the window's cells lie in another order now, and so sums differ.
    assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE / 10


def test_a_checkpoint_serves_more_than_once(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    whole = words(3500)
    evaluate(cache, runtime, whole[:1500])
    cache.checkpoint()
    for seed in (1, 2, 3):
        changed = [*whole[:1500], *words(2000, seed)]
        assert evaluate(cache, runtime, changed) == 1500
    expected = fresh(other, changed, [*range(256, 1500, 256), *range(1500, 3500, 256)])
    assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE / 10


def test_a_checkpoint_of_another_branch_is_not_used(
    cache: PromptCache, runtime: Runtime, other: Runtime
) -> None:
    whole = words(3500)
    for end in (500, 1500):
        evaluate(cache, runtime, whole[:end])
        cache.checkpoint()
    evaluate(cache, runtime, [*whole[:1000], *words(2500, 1)])

    assert evaluate(cache, runtime, whole[:1600]) == 500
    expected = fresh(other, whole[:1600], [256, *range(500, 1600, 256)])
    assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE


def test_checkpoints_keep_to_their_memory(runtime: Runtime) -> None:
    runtime.clear()
    runtime.decode(words(700))
    size = len(runtime.save_window())
    cache = PromptCache(runtime, checkpoint_bytes=2 * size)
    cache.clear()
    whole = words(3500)
    for end in (1000, 1500, 2000):
        evaluate(cache, runtime, whole[:end])
        cache.checkpoint()
    evaluate(cache, runtime, whole)

    assert evaluate(cache, runtime, [*whole[:1600], 300]) == 1500
    evaluate(cache, runtime, whole)
    assert evaluate(cache, runtime, [*whole[:1100], 300]) == 0, "the oldest has gone"


def test_old_checkpoints_are_thinned_out_and_recent_ones_are_not(
    cache: PromptCache, runtime: Runtime
) -> None:
    whole = words(3500)
    for end in range(1000, 1100, 10):  # ten, all close together
        evaluate(cache, runtime, whole[:end])
        cache.checkpoint()
    for place, kept in ((1095, 1090), (1085, 1080), (1075, 1070), (1065, 1000), (1005, 1000)):
        state = runtime.save_state()  # after coming back only checkpoints help
        assert runtime.restore_state(state, runtime.length)
        assert evaluate(cache, runtime, [*whole[:place], 300]) == kept


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 700), st.integers(0, 9)), max_size=5))
def test_any_sequence_of_prompts(
    runtime: Runtime, other: Runtime, changes: list[tuple[float, int, int]]
) -> None:
    cache = PromptCache(runtime)
    cache.clear()
    prompt = words(50)
    evaluate(cache, runtime, prompt)
    for kept, added, seed in changes:
        prompt = [*prompt[: round(kept * len(prompt))], *words(added, seed)][-3900:]
        evaluate(cache, runtime, prompt)
        assert runtime.length == len(prompt)
    expected = fresh(other, prompt, list(range(256, len(prompt), 256)))
    assert np.abs(np.array(runtime.logits()) - expected).max() < NOISE


# -- through the whole engine ------------------------------------------------------------------


def stages(answer: Answer) -> set[str]:
    """What was done for the prompt."""
    return {event.stage for event in answer.events if isinstance(event, Progress)}


def test_the_next_turn_reads_only_what_is_new(talk: Talk) -> None:
    question = user(SEE, picture(MEDIA / "red-circle.png"))
    first = talk.ask(question)
    second = talk.ask(question, model(first.text), user("Hello"))
    assert second.stats.cached_tokens == first.stats.prompt_tokens + first.stats.answer_tokens
    assert stages(second) == {"prefill"}, "the picture is not looked at again"


def test_an_edited_question_reads_only_what_is_new(talk: Talk) -> None:
    history = (user("Repeat: apple"), model("apple"))
    talk.ask(*history, user("Repeat: bread"))
    edited = talk.ask(*history, user("Repeat: clock"))
    assert edited.text == "clock"
    assert edited.stats.cached_tokens >= edited.stats.prompt_tokens - 8


def test_an_edit_after_a_long_answer_reads_only_what_is_new(endless: Talk) -> None:
    history = (user("word " * 700), model("yes"))
    long = endless.ask(*history, user("word " * 300), max_tokens=2500)
    assert long.stats.answer_tokens == 2500
    edited = endless.ask(*history, user("another question"), max_tokens=1)
    assert edited.stats.cached_tokens > 600
    assert edited.stats.prompt_tokens - edited.stats.cached_tokens < 100


def test_a_short_question_is_read_in_one_step(talk: Talk) -> None:
    first = talk.ask(user("Repeat: apple"))
    second = talk.ask(user("Repeat: apple"), model(first.text), user("Repeat: bread"))
    assert second.text == "bread"
    assert len(second.progress) == 2, "before and after"


def test_the_same_again_reads_one_token(talk: Talk) -> None:
    first = talk.ask(user(SEE, picture(MEDIA / "cmyk.jpg")))
    again = talk.ask(user(SEE, picture(MEDIA / "cmyk.jpg")))
    assert again.stats.cached_tokens == again.stats.prompt_tokens - 1
    assert again.text == first.text == SEEN["cmyk.jpg"]


def test_another_picture_or_budget_is_looked_at(talk: Talk, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    pictures.draw("red", "circle", "at the top left").save(path)
    assert talk.ask(user(SEE, picture(path))).text == "a red circle at the top left"
    pictures.draw("blue", "square", "in the centre").save(path)
    changed = talk.ask(user(SEE, picture(path)))
    assert changed.text == "a blue square in the centre", "the content counts, not the name"
    smaller = talk.ask(user(SEE, picture(path, 40)))
    assert stages(smaller) == {"prefill", "image"}
    assert smaller.stats.prompt_tokens < changed.stats.prompt_tokens
