"""How soon a stored conversation goes on, beside the time that reading it again would take.

For the miniature, and for the model given with --model: the state of a text of --tokens tokens is
saved, loaded and given back to llama.cpp, and one token is evaluated: that is what the first token
of an answer waits for, and its share of the time that reading takes has a goal. (Not with the
miniature, which reads everything in less than a second.) ``cold`` is the file from the disk instead
of the system's cache of it. ``largest_difference`` is that of a logit before and after: floating
point noise (about 0.25), as the cells of a sliding window may come back in another order. Prints
one JSON object; sizes in bytes, times in seconds.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from app.engine.loading import BATCH
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from app.engine.state_file import SavedState, SavedWindow
from app.engine.state_store import StateStore, files_of, fingerprint
from tests.bench.figures import spread
from tests.data import MODEL

GOAL = 0.01  # of the time that reading takes
ROUNDS = 7
TEXT = Path(__file__).parents[2] / "docs" / "architecture.md"
LIMIT = 2**40
CHAT = "chat"

Result = TypeVar("Result")


def main() -> int:
    """Measure one model or two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF file to measure too")
    parser.add_argument("--tokens", type=int, default=2048, help="length of the conversation")
    parser.add_argument("--threads", type=int, default=0, help="for --model; 0: one for each core")
    arguments = parser.parse_args()
    log = NativeLog()
    result: dict[str, object] = {"goal": GOAL, "rounds": ROUNDS}
    result["miniature"] = measure(MODEL, arguments.tokens, 1, log)
    if arguments.model:
        found = measure(arguments.model, arguments.tokens, arguments.threads, log)
        result["model"] = {**found, "within_goal": found["share_of_prefill"] <= GOAL}
    print(json.dumps(result))
    return 0


def measure(model: Path, tokens: int, threads: int, log: NativeLog) -> dict[str, Any]:
    """All figures of one model."""
    runtime = Runtime(
        str(model), context=tokens, threads=threads, log=log, on_progress=lambda _part: None
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            return store_and_reopen(runtime, model, min(tokens, runtime.size), Path(folder))
    finally:
        runtime.close()


def store_and_reopen(runtime: Runtime, model: Path, count: int, folder: Path) -> dict[str, Any]:
    """Read ``count`` tokens, then store and reopen them again and again."""
    tokens = text(runtime, count)
    prefill, _ = timed(lambda: read(runtime, tokens))
    identify, name = timed(lambda: fingerprint(model, context=count))
    store = StateStore(folder, name, LIMIT, spare=0)
    before = last_logits(runtime, tokens)
    copy, data = timed(runtime.save_state)
    windows = [SavedWindow(count, count, runtime.save_window())] if runtime.window else []
    saved = SavedState(CHAT, tokens, data, windows)
    times: dict[str, list[float]] = {
        "save": [],
        "load": [],
        "cold": [],
        "give_back": [],
        "first": [],
    }
    difference = 0.0
    for _ in range(ROUNDS):
        seconds, done = timed(lambda: store.save(saved, lambda: True))
        assert done, "the state was not written"
        times["save"].append(seconds)
        (file,) = files_of(folder, CHAT)
        for kind in ("cold", "load"):
            if kind == "cold":
                drop_from_cache(file)
            load, loaded = timed(lambda: store.load(CHAT))
            times[kind].append(load)
        assert loaded is not None, "the state is not there"
        runtime.clear()
        give_back, taken = timed(partial(runtime.restore_state, loaded.data, count))
        assert taken, "llama.cpp did not take the state"
        times["give_back"].append(give_back)
        first, after = timed(lambda: last_logits(runtime, tokens))
        times["first"].append(first)
        difference = max(difference, float(np.abs(before - after).max()))
    reopen = sum(statistics.median(times[step]) for step in ("load", "give_back", "first"))
    return {
        "tokens": count,
        "prefill": round(prefill, 3),
        "size": saved.bytes,
        "file_size": file.stat().st_size,
        "ratio": round(file.stat().st_size / saved.bytes, 3),
        "fingerprint": round(identify, 4),
        "copy": round(copy, 4),
        **{kind: spread(values, 4) for kind, values in times.items()},
        "share_of_prefill": round(reopen / prefill, 5),
        "largest_difference": round(difference, 4),
    }


def text(runtime: Runtime, count: int) -> list[int]:
    """The first ``count`` tokens of a text that goes on for ever."""
    once = runtime.vocabulary.tokenize([(TEXT.read_text("utf-8"), False)])
    return list(itertools.islice(itertools.cycle(once), count))


def read(runtime: Runtime, tokens: list[int]) -> None:
    """Evaluate ``tokens``."""
    for place in range(0, len(tokens), BATCH):
        runtime.decode(tokens[place : place + BATCH])


def last_logits(runtime: Runtime, tokens: list[int]) -> np.ndarray:
    """Evaluate the last token again. Sliding windows allow to go back by one token always."""
    runtime.rewind(len(tokens) - 1)
    runtime.decode(tokens[-1:])
    return np.array(runtime.logits())


def drop_from_cache(path: Path) -> None:
    """Let the system forget what it holds of a file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds that ``work`` takes, and what it returns."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    sys.exit(main())
