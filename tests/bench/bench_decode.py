"""How fast the engine decodes, end to end, beside a bare loop over llama.cpp's functions.

Both take the same model, prompt, sampler, seed and threads, in turns: each pair of runs gives one
ratio, so that other work on the machine meets both alike; the runs are short and many, so that a
burst of it meets few. More figures: how soon Stop acts, what the size of a prefill step does to
the speed of reading, and how fast the engine is while other programs are busy, beside loops with as
many threads and with one. Prints one JSON object.
"""

import argparse
import ctypes
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import llama_cpp.llama_cpp as llama
import msgspec

from app.core.conversation import Role
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.engine.client import Engine
from app.engine.loading import BATCH
from app.engine.messages import (
    Cancel,
    Delta,
    Died,
    Done,
    Event,
    Generate,
    Load,
    ModelInfo,
    Progress,
)
from app.engine.native import NativeLog, physical_cores
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate, TemplateText
from tests.bench.figures import spread
from tests.data import MODEL, STARTER

GOAL = 0.97  # of the bare loop's speed
CONTEXT = 4096
FEWEST = 60  # tokens in an answer that is measured
STEPS = (64, 128, 256, 512, BATCH)
PATIENCE = 4.0  # seconds for an answer of a loop while other programs are busy
STORY = "Write a long story about a lighthouse, a dog and the sea."
LONG = "the quick brown fox jumps over the lazy dog " * 350


class Bare:
    """A model, and nothing between it and the loop."""

    def __init__(self, path: Path, threads: int) -> None:
        self._model = llama.llama_model_load_from_file(
            bytes(path), llama.llama_model_default_params()
        )
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = CONTEXT
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.swa_full = False
        parameters.no_perf = True
        self._context = llama.llama_init_from_model(self._model, parameters)

    def answer(
        self, prompt: Sequence[int], sampling: Sampling, limit: int, patience: float = 1e9
    ) -> tuple[int, float]:
        """Tokens of an answer, cut off after ``patience`` seconds, and the seconds between the end
        of the prompt and theirs."""
        vocabulary = llama.llama_model_get_vocab(self._model)
        chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        if sampling.top_k:
            llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_top_p(sampling.top_p, 1))
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_temp(sampling.temperature))
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(sampling.seed))
        llama.llama_memory_clear(llama.llama_get_memory(self._context), True)
        tokens = (llama.llama_token * len(prompt))(*prompt)
        llama.llama_decode(self._context, llama.llama_batch_get_one(tokens, len(prompt)))
        one, text, count = (llama.llama_token * 1)(), bytearray(), 0
        piece = ctypes.create_string_buffer(64)
        began = time.perf_counter()
        while True:
            one[0] = llama.llama_sampler_sample(chain, self._context, -1)
            if llama.llama_vocab_is_eog(vocabulary, one[0]):
                break
            length = llama.llama_token_to_piece(vocabulary, one[0], piece, 64, 0, False)
            text += piece.raw[:length]
            count += 1
            if count >= limit or time.perf_counter() - began > patience:
                break
            llama.llama_decode(self._context, llama.llama_batch_get_one(one, 1))
        seconds = time.perf_counter() - began
        llama.llama_sampler_free(chain)
        return count, seconds


class Whole:
    """The engine as the app uses it."""

    def __init__(self, engine: Engine, path: Path, threads: int) -> None:
        self._engine = engine
        self._turn = 0
        engine.send(Load(str(path), context=CONTEXT, threads=threads))
        self._until(ModelInfo)

    def answer(self, text: str, sampling: Sampling, limit: int) -> tuple[int, float]:
        """The same as Bare.answer, as the app sees it."""
        self._begin(text, sampling, limit)
        began = 0.0
        for event in self._events():
            if isinstance(event, Progress) and event.done == event.total:
                began = time.perf_counter()
            if isinstance(event, Done):
                return event.stats.answer_tokens, time.perf_counter() - began
        raise AssertionError("an answer ends")

    def stop(self, text: str, moment: type[Event]) -> float:
        """Milliseconds from Cancel to the end of an answer, cancelled in the midst of ``moment``
        (Progress: reading, Delta: answering)."""
        # A number in front: the prompt of the turn before must not be in the cache.
        turn = self._begin(f"{self._turn} {text}", Sampling(temperature=0), 0)
        seen = 0
        for event in self._events():
            assert not isinstance(event, Done), "it was over too soon"
            seen += isinstance(event, moment)
            if seen == 3:
                break
        began = time.perf_counter()
        self._engine.send(Cancel(turn))
        self._until(Done)
        return (time.perf_counter() - began) * 1000

    def _begin(self, text: str, sampling: Sampling, limit: int) -> int:
        self._turn += 1
        prompt = Prompt((Turn(Role.USER, text),))
        self._engine.send(Generate(self._turn, prompt, sampling, limit))
        return self._turn

    def _until(self, kind: type[Event]) -> None:
        next(event for event in self._events() if isinstance(event, kind))

    def _events(self) -> Iterator[Event]:
        while True:
            event = self._engine.receive(60)
            assert event is not None, "the engine is silent"
            assert not isinstance(event, Died)
            yield event


def main() -> int:
    """Measure both models."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, default=STARTER, help="instead of the starter")
    arguments.add_argument("--pairs", type=int, default=30)
    arguments.add_argument("--rounds", type=int, default=3, help="while programs are busy")
    arguments.add_argument("--threads", type=int, default=physical_cores())
    options = arguments.parse_args()
    log = NativeLog()
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "engine.log") as engine:
        threads = options.threads
        whole = Whole(engine, options.model, threads)
        result: dict[str, object] = {"goal": GOAL, "threads": threads}
        tale = Sampling(temperature=0.7, seed=1)
        bare = Bare(options.model, threads)
        result["starter"] = compare(whole, bare, log, options.model, STORY, tale, 80, options.pairs)
        if threads > 1:
            prompt = tokens_of(options.model, STORY, log)
            result["busy"] = busy(whole, bare, Bare(options.model, 1), prompt, options.rounds)
        result["stop_ms"] = {
            "answering": spread([whole.stop(STORY, Delta) for _ in range(20)]),
            "reading": spread([whole.stop(LONG, Progress) for _ in range(10)]),
        }
        result["prefill_tokens_per_second_by_step"] = prefill(options.model, threads, log)
        # The miniature soon ends a sensible answer; when it draws nearly at random it goes on.
        wild = Sampling(temperature=3.0, top_k=0, top_p=1.0, seed=3)
        small = Whole(engine, MODEL, 1)
        result["miniature"] = compare(
            small, Bare(MODEL, 1), log, MODEL, "Hello", wild, 1000, options.pairs
        )
    print(json.dumps(result))
    return 0


def compare(
    whole: Whole,
    bare: Bare,
    log: NativeLog,
    path: Path,
    question: str,
    sampling: Sampling,
    limit: int,
    pairs: int,
) -> dict[str, object]:
    """Speeds in tokens a second, and the ratio of each pair of runs."""
    prompt = tokens_of(path, question, log)
    speeds: dict[str, list[float]] = {"engine": [], "bare": []}
    ratios: list[float] = []
    lengths: list[int] = []
    runs = {
        "engine": lambda drawn: whole.answer(question, drawn, limit),
        "bare": lambda drawn: bare.answer(prompt, drawn, limit),
    }
    # Each seed is another text. Some end too soon to be measured; the first pair warms up.
    for seed in itertools.count(sampling.seed or 0):
        drawn = msgspec.structs.replace(sampling, seed=seed)
        counted = {name: runs[name](drawn) for name in sorted(runs, reverse=bool(seed % 2))}
        count = counted["bare"][0]
        assert counted["engine"][0] == count, "both wrote the same answer"
        if count < FEWEST:
            continue
        lengths.append(count)
        speed = {name: count / seconds for name, (_, seconds) in counted.items()}
        for name, value in speed.items():
            speeds[name].append(value)
        ratios.append(speed["engine"] / speed["bare"])
        if len(ratios) > pairs:
            break
    del ratios[0], lengths[0], speeds["engine"][0], speeds["bare"][0]
    quarters = statistics.quantiles(ratios, n=4)
    return {
        "unit": "tokens/s",
        "engine": spread(speeds["engine"]),
        "bare": spread(speeds["bare"]),
        "ratio": round(statistics.median(ratios), 4),
        "noise": round((quarters[2] - quarters[0]) / 2, 4),  # half the middle half of the ratios
        "answer_tokens": [min(lengths), max(lengths)],
        "reached": statistics.median(ratios) >= GOAL,
    }


def busy(
    whole: Whole, bare: Bare, single: Bare, prompt: Sequence[int], rounds: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Tokens a second of 80, by the number of programs that do nothing but compute."""
    runs: dict[str, Callable[[Sampling], tuple[int, float]]] = {
        "engine": lambda drawn: whole.answer(STORY, drawn, 80),
        "all threads": lambda drawn: bare.answer(prompt, drawn, 80, PATIENCE),
        "one thread": lambda drawn: single.answer(prompt, drawn, 80, PATIENCE),
    }
    found = {}
    for programs in (0, 1, 2):
        speeds: dict[str, list[float]] = {name: [] for name in runs}
        with busy_programs(programs):
            for seed in range(rounds):
                for name, run in runs.items():
                    count, seconds = run(Sampling(temperature=0.7, seed=seed))
                    speeds[name].append(count / seconds)
        found[str(programs)] = {name: spread(values) for name, values in speeds.items()}
    return found


@contextmanager
def busy_programs(count: int) -> Iterator[None]:
    """Meanwhile so many other programs compute."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def prefill(path: Path, threads: int, log: NativeLog) -> dict[str, dict[str, float]]:
    """Tokens a second of reading 1,280 tokens, for each size of step."""
    runtime = Runtime(
        str(path), context=CONTEXT, threads=threads, log=log, on_progress=lambda _: None
    )
    tokens = runtime.vocabulary.tokenize([(LONG, False)])[:BATCH]
    speeds: dict[int, list[float]] = {step: [] for step in STEPS}
    for _ in range(3):
        for step in STEPS:
            runtime.clear()
            began = time.perf_counter()
            for index in range(0, len(tokens), step):
                runtime.decode(tokens[index : index + step])
            speeds[step].append(len(tokens) / (time.perf_counter() - began))
    runtime.close()
    return {str(step): spread(values) for step, values in speeds.items()}


def tokens_of(path: Path, question: str, log: NativeLog) -> list[int]:
    """The prompt as the engine tokenises it."""
    runtime = Runtime(str(path), context=256, threads=1, log=log, on_progress=lambda _: None)
    vocabulary = runtime.vocabulary
    template = ChatTemplate(runtime.template_source, vocabulary.bos_text, vocabulary.eos_text)
    segments = template.render(Prompt((Turn(Role.USER, question),)))
    runs = [
        (segment.text, isinstance(segment, TemplateText))
        for segment in segments
        if not isinstance(segment, Media)
    ]
    tokens = vocabulary.begin(vocabulary.tokenize(runs))
    runtime.close()
    return tokens


if __name__ == "__main__":
    sys.exit(main())
