"""What guessing ahead gains, and what it costs where there is nothing to guess.

Three parts, each on the same model:
``batches``  what decoding 2, 4, 8 or 16 tokens at once costs in single ones, and how often a guess
             must be right for a gain of a tenth;
``texts``    two texts decoded token by token as an answer would be, with and without guessing, in
             turns: one repeats the prompt with small changes, as an edited text or a summary does,
             the other has nothing from it. The tokens are given, so that this says something of
             models whose answers are nonsense;
``answers``  the same with answers that the model draws (``--answers``): asked to repeat, and free.
Prints one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from app.core.conversation import Role
from app.core.prompt import Prompt, Sampling, Turn
from app.engine.client import Engine
from app.engine.drafting import LEAST_GAIN, SIZES, Ahead, Pace
from app.engine.messages import Died, Done, Failed, Generate, Load, ModelInfo
from app.engine.native import NativeLog, physical_cores
from app.engine.runtime import Runtime
from tests.bench.figures import spread
from tests.data import MODEL

_Wanted = TypeVar("_Wanted")

CONTEXT = 4096
PASSAGE = (
    "The harbour office opens at seven. Boats longer than twelve metres report by radio before "
    "they enter, all others tie up at the east pier and sign the book. The fee is due on the "
    "first day; water and electricity are read off at the end. Between October and March the "
    "crane works on weekdays only, and the slipway is closed when the wind is above six."
)
STORY = "Write a long story about a lighthouse, a dog and the sea."


def main() -> int:
    """Measure one model."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, default=MODEL)
    arguments.add_argument("--threads", type=int, default=physical_cores())
    arguments.add_argument("--pairs", type=int, default=7)
    arguments.add_argument("--tokens", type=int, default=300, help="in each text")
    arguments.add_argument("--answers", action="store_true", help="draw answers, too")
    options = arguments.parse_args()
    log = NativeLog()
    runtime = Runtime(
        str(options.model),
        context=CONTEXT,
        threads=options.threads,
        log=log,
        on_progress=lambda _: None,
    )
    result: dict[str, object] = {"model": options.model.name, "threads": options.threads}
    result["batches"] = batches(runtime, options.pairs)
    result["texts"] = texts(runtime, options.tokens, options.pairs)
    runtime.close()
    if options.answers:
        result["answers"] = answers(options.model, options.threads, options.pairs)
    print(json.dumps(result))
    return 0


def batches(runtime: Runtime, rounds: int) -> dict[str, object]:
    """Milliseconds for each number of tokens, and what follows from them."""
    tokens = runtime.vocabulary.tokenize([(PASSAGE, False)])
    runtime.clear()
    runtime.decode(tokens)
    length = runtime.length
    seconds: dict[int, list[float]] = {1 + size: [] for size in (0, *SIZES)}
    for round_ in range(rounds + 1):
        for number, measured in seconds.items():
            for repeat in range(2):  # the first one builds the graph
                began = time.perf_counter()
                runtime.decode(tokens[:number], every=number > 1)
                if round_ and repeat:
                    measured.append(time.perf_counter() - began)
                runtime.rewind(length)
    single = statistics.median(seconds[1])
    found: dict[str, object] = {}
    for number, measured in seconds.items():
        cost = statistics.median(measured) / single
        found[str(number)] = {
            "ms": spread([value * 1000 for value in measured], 2),
            "cost": round(cost, 2),
            "needed": needed(number - 1, cost),
        }
    return found


def needed(guesses: int, cost: float) -> float | None:
    """How often each guess must be right for the least gain; None if always is not enough."""
    for percent in range(101):
        chance = percent / 100
        if sum(chance**index for index in range(guesses + 1)) >= LEAST_GAIN * cost:
            return chance
    return None


def texts(runtime: Runtime, count: int, pairs: int) -> dict[str, object]:
    """Both texts, with and without guessing. What was learned in one run serves the next, as it
    does from answer to answer."""
    dice = Random(1)
    plain = runtime.vocabulary.tokenize([(PASSAGE, False)])
    prompt = (plain * 20)[:count] if len(plain) < count // 4 else plain
    anywhere = range(runtime.vocabulary.size // 4, runtime.vocabulary.size * 3 // 4)
    edited = [dice.choice(anywhere) if dice.random() < 0.05 else token for token in prompt]
    edited = (edited * (1 + count // len(edited)))[:count]
    other = [dice.choice(anywhere) for _ in range(count)]
    found: dict[str, object] = {}
    for name, text in (("edited", edited), ("other", other)):
        pace = Pace()
        last: Ahead | None = None

        def guessing(text: Sequence[int] = text, pace: Pace = pace) -> float:
            nonlocal last
            last = Ahead(runtime, pace, plain)
            return written(runtime, last, plain, text)

        def alone(text: Sequence[int] = text) -> float:
            return written(runtime, Ahead(runtime, None, ()), plain, text)

        found[name] = compared(guessing, alone, pairs)
        if last:
            found[f"{name} guesses"] = {"drafted": last.drafted, "accepted": last.accepted}
    return found


def written(runtime: Runtime, ahead: Ahead, prompt: Sequence[int], text: Sequence[int]) -> float:
    """Tokens a second."""
    runtime.clear()
    runtime.decode(prompt)
    began = time.perf_counter()
    for index, token in enumerate(text):
        ahead.append(token, len(text) - index - 1)
    ahead.close()
    return len(text) / (time.perf_counter() - began)


def answers(path: Path, threads: int, pairs: int) -> dict[str, object]:
    """Answers that the model draws, through the whole engine."""
    questions = {
        "repeated": (
            Turn(Role.USER, f"Repeat: {PASSAGE}"),
            Turn(Role.ASSISTANT, PASSAGE),
            Turn(Role.USER, f"Repeat: {PASSAGE}"),
        ),
        "free": (Turn(Role.USER, STORY),),
    }
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "engine.log") as engine:
        engine.send(Load(str(path), context=CONTEXT, threads=threads))
        _until(engine, ModelInfo)
        for name, turns in questions.items():
            order = Generate(1, Prompt(turns), Sampling(seed=1), 200)
            done: list[Done] = []

            def speed(drafting: bool, order: Generate = order, done: list[Done] = done) -> float:
                engine.send(
                    Generate(1, order.prompt, order.sampling, order.max_tokens, drafting=drafting)
                )
                done.append(_until(engine, Done))
                return done[-1].stats.decode_tps

            found[name] = compared(lambda: speed(True), lambda: speed(False), pairs)
            stats = max((one.stats for one in done), key=lambda stats: stats.drafted_tokens)
            found[f"{name} guesses"] = {
                "drafted": stats.drafted_tokens,
                "accepted": stats.accepted_tokens,
                "tokens": stats.answer_tokens,
            }
    return found


def compared(
    guessing: Callable[[], float], alone: Callable[[], float], pairs: int
) -> dict[str, object]:
    """Speeds of both in turns, and the median of the ratios; the first pair warms up."""
    runs = {"guessing": guessing, "alone": alone}
    speeds: dict[str, list[float]] = {"guessing": [], "alone": []}
    for pair in range(pairs + 1):
        for name in sorted(runs, reverse=bool(pair % 2)):
            speeds[name].append(runs[name]())
    ratios = [a / b for a, b in zip(speeds["guessing"][1:], speeds["alone"][1:], strict=True)]
    return {
        "unit": "tokens/s",
        **{name: spread(values[1:]) for name, values in speeds.items()},
        "gain": round(statistics.median(ratios), 3),
        "gain_range": [round(min(ratios), 3), round(max(ratios), 3)],
    }


def _until(engine: Engine, kind: type[_Wanted]) -> _Wanted:
    while True:
        event = engine.receive(120)
        assert event is not None, "the engine is silent"
        assert not isinstance(event, Died | Failed), event
        if isinstance(event, kind):
            return event


if __name__ == "__main__":
    sys.exit(main())
