"""How tokens are drawn: every option does what it says, and nonsense is noticed."""

import ctypes
from pathlib import Path

import llama_cpp.llama_cpp as llama
import msgspec
import pytest

from app.core.conversation import Outcome
from app.core.errors import AppError
from app.core.prompt import Sampling
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from app.engine.sampling import NonsenseError, Sampler
from tests.unit.engine.talk import LIKELIEST, Talk, user
from tests.unit.engine.writing import Writer, ruined_model

WILD = Sampling(temperature=3.0, top_k=0, top_p=1.0, seed=1)


@pytest.fixture
def writer(runtime: Runtime) -> Writer:
    return Writer(runtime)


def changed(sampling: Sampling, **options: object) -> Sampling:
    return msgspec.structs.replace(sampling, **options)


def test_the_order_is_llama_cpps_own(runtime: Runtime) -> None:
    everything = Sampling(temperature=0.8, min_p=0.1, repeat_penalty=1.1, suppressed=("<pad>",))
    sampler = Sampler(runtime, everything)
    chain = sampler._chain
    links = [
        llama.llama_sampler_name(llama.llama_sampler_chain_get(chain, index)).decode()
        for index in range(llama.llama_sampler_chain_n(chain))
    ]
    sampler.close()
    assert links == ["logit-bias", "penalties", "top-k", "top-p", "min-p", "temp", "dist"]


@pytest.mark.parametrize("narrow", [{"top_k": 1}, {"top_p": 0.0}, {"min_p": 1.0}])
def test_the_narrowest_choice_is_the_likeliest(writer: Writer, narrow: dict[str, float]) -> None:
    drawn = writer.write(user("Hello"), sampling=changed(WILD, **narrow))
    assert drawn.text == "Hello! How can I help you?"


def test_a_presence_penalty_forbids_repetition(writer: Writer) -> None:
    sampling = changed(WILD, presence_penalty=1000.0)
    written = writer.write(user("Hello"), sampling=sampling, max_tokens=60)
    assert len(written.tokens) == len(set(written.tokens)) > 20
    without = writer.write(user("Hello"), sampling=WILD, max_tokens=60)
    assert len(without.tokens) > len(set(without.tokens))


def test_penalties_see_the_answer_only(writer: Writer) -> None:
    for penalty in ("presence_penalty", "frequency_penalty"):
        sampling = changed(LIKELIEST, **{penalty: 30.0})
        assert writer.write(user("Repeat: banana"), sampling=sampling).text == "banana"


def test_a_repeat_penalty_breaks_a_loop(writer: Writer) -> None:
    endless = changed(LIKELIEST, suppressed=("<eos>", "<turn|>", "<|tool_response>"))
    plain = writer.write(user("Hello"), sampling=endless, max_tokens=100)
    options = changed(endless, repeat_penalty=5.0)
    varied = writer.write(user("Hello"), sampling=options, max_tokens=100)
    assert plain.outcome is varied.outcome is Outcome.LENGTH
    assert len(set(varied.tokens)) > 2 * len(set(plain.tokens))


def test_suppressed_texts_are_not_drawn(writer: Writer) -> None:
    first = writer.write(user("Hello")).tokens[0]
    text = writer.runtime.vocabulary.piece(first).decode()
    sampling = changed(LIKELIEST, suppressed=(text, "no token of this model at all"))
    written = writer.write(user("Hello"), sampling=sampling, max_tokens=50)
    assert first not in written.tokens


@pytest.mark.parametrize("seed", [0, -1, 2**32 - 1, 2**40])
def test_every_seed_can_be_repeated(writer: Writer, seed: int) -> None:
    sampling = changed(WILD, seed=seed)
    first = writer.write(user("Hello"), sampling=sampling, max_tokens=12)
    assert writer.write(user("Hello"), sampling=sampling, max_tokens=12).tokens == first.tokens


def test_without_a_seed_each_answer_is_another(writer: Writer) -> None:
    sampling = changed(WILD, seed=None)
    answers = [writer.write(user("Hello"), sampling=sampling, max_tokens=12) for _ in range(3)]
    assert len({tuple(answer.tokens) for answer in answers}) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": float("nan")},
        {"top_p": float("inf")},
        {"repeat_penalty": 0.0},
        {"repeat_penalty": -1.0},
        {"frequency_penalty": float("nan")},
    ],
)
def test_options_without_sense(writer: Writer, options: dict[str, float]) -> None:
    with pytest.raises(AppError, match=next(iter(options))) as caught:
        writer.write(user("Hello"), sampling=changed(WILD, **options))
    assert caught.value.code == "sampling"


@pytest.mark.parametrize("free", [1, 2, 3])
def test_a_context_that_is_nearly_full(writer: Writer, free: int) -> None:
    written = writer.write(user("Hello"), sampling=WILD, free=free)
    assert written.outcome is Outcome.CONTEXT
    assert written.figures.answer_tokens == free
    assert writer.runtime.length < writer.runtime.size
    assert writer.write(user("Repeat: apple")).text == "apple"


def test_a_context_without_any_place(runtime: Runtime) -> None:
    writer = Writer(runtime)
    runtime.clear()
    while runtime.length < runtime.size:
        runtime.decode([108] * min(256, runtime.size - runtime.length))
    written = writer.write_on(sampling=WILD)
    assert (written.outcome, written.figures.answer_tokens) == (Outcome.CONTEXT, 1)


def test_nonsense_is_told_and_forgotten(fresh: Talk, tmp_path: Path) -> None:
    fresh.load(ruined_model(tmp_path / "ruined.gguf"), None)
    for _ in range(2):
        failure = fresh.ask(user("Hello")).failure
        assert failure.code == "nan"
        assert failure.next_step.startswith("Load it again")
    fresh.load()
    assert fresh.ask(user("Repeat: apple")).text == "apple"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nonsense_in_the_midst_of_an_answer(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    decode = runtime.decode
    logits_of = llama.llama_get_logits_ith

    def spoil(tokens: list[int], **how: bool) -> None:
        decode(tokens, **how)
        logits = logits_of(runtime.context_handle, -1)
        ctypes.memset(logits, 0, 4 * runtime.vocabulary.size)
        for token in range(runtime.vocabulary.size):
            logits[token] = value

    writer = Writer(runtime)
    writer.write(user("Hello"))
    writer.evaluate([2, 105])
    monkeypatch.setattr(runtime, "decode", spoil)
    with pytest.raises(NonsenseError):
        writer.write_on(sampling=WILD)


def test_nonsense_in_a_ruined_model_in_this_process(native_log: NativeLog, tmp_path: Path) -> None:
    runtime = Runtime(
        str(ruined_model(tmp_path / "ruined.gguf")),
        context=512,
        threads=1,
        log=native_log,
        on_progress=lambda _: None,
    )
    for sampling in (LIKELIEST, WILD, Sampling(seed=1)):
        with pytest.raises(NonsenseError):
            Writer(runtime).write(user("Hello"), sampling=sampling, grammar='root ::= "a"')
    runtime.close()
