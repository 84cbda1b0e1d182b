"""What Facet itself adds to the wait for the first word of a long chat: all that is done anew at
each question and is not llama.cpp's evaluation.

``parts``: milliseconds of each step for chats of several lengths, by the vocabulary of --model and
the chat template in its file, or that of --template. ``new`` is what a chat costs that was never
seen before; the others are medians of the times after that. ``whole``: from the question to the
first word through the engine's process, for a question that was prepared, so that nothing is left
to evaluate. Always the miniature. Prints one JSON object.
"""

import argparse
import ctypes
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import llama_cpp.llama_cpp as llama

from app.core.conversation import Role
from app.core.prompt import Prompt, Sampling, Turn
from app.engine.client import Engine
from app.engine.fitting import PromptReader
from app.engine.messages import (
    Delta,
    Died,
    Done,
    Event,
    Generate,
    Load,
    ModelInfo,
    Prepare,
    Prepared,
    frame,
    read_command,
)
from app.engine.native import NativeLog
from app.engine.template import ChatTemplate
from app.engine.vocabulary import Vocabulary
from tests.bench.figures import spread
from tests.data import MODEL

LENGTHS = (4096, 16384, 65536)  # tokens, with a little less in the whole
WHOLE = LENGTHS[:2]  # the miniature needs a minute to read the longest
GOAL = 30.0  # ms at 16,384 tokens: leaves something of the 50 that a prepared question may take
ROUNDS = 7
TEXT = Path(__file__).parents[2] / "docs" / "architecture.md"
NEVER_FULL = 2**20  # tokens


def main() -> int:
    """Measure the parts and the whole."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, default=MODEL, help="whose vocabulary to take")
    arguments.add_argument("--template", type=Path, help="a chat template, if the model has none")
    options = arguments.parse_args()
    log = NativeLog()
    parts = {length: measure_parts(options.model, options.template, length) for length in LENGTHS}
    del log
    whole = {length: measure_whole(length) for length in WHOLE}
    result = {
        "unit": "ms",
        "vocabulary": options.model.name,
        "parts": parts,
        "whole": whole,
        "goal": GOAL,
        "reached": whole[WHOLE[-1]]["median"] <= GOAL,
    }
    print(json.dumps(result))
    return 0


def measure_parts(path: Path, template: Path | None, length: int) -> dict[str, object]:
    """Milliseconds of each step for a chat of about ``length`` tokens."""
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(bytes(path), parameters)
    vocabulary = Vocabulary(model)
    if template is None:
        found = llama.llama_model_chat_template(model, None)
        source = ctypes.string_at(found).decode() if found else None
    else:
        source = template.read_text("utf-8")
    chat_template = ChatTemplate(source, vocabulary.bos_text, vocabulary.eos_text)
    prompt = chat(vocabulary, length)
    seen = Vocabulary(model)  # another one, which has read nothing yet
    new = {
        "template": timed(lambda: chat_template.render(prompt), 1),
        "tokens": timed(lambda: PromptReader(seen, None, chat_template).items(prompt), 1),
    }
    reader = PromptReader(vocabulary, None, chat_template)
    items, _ = reader.items(prompt)
    order = frame(Generate(1, prompt))
    with tempfile.TemporaryFile() as pipe:

        def through_pipe() -> None:
            pipe.seek(0)
            pipe.write(frame(Generate(1, prompt)))
            pipe.seek(0)
            read_command(pipe)

        told: dict[str, object] = {
            "turns": len(prompt.turns),
            "tokens": len(items),
            "bytes": len(order),
            "new": new,
            "pipe": timed(through_pipe),
            "template": timed(lambda: chat_template.render(prompt)),
            "template_and_tokens": timed(lambda: reader.items(prompt)),
            "fitting": timed(lambda: reader.fit(prompt, NEVER_FULL)),
        }
    llama.llama_model_free(model)
    return told


def measure_whole(length: int) -> dict[str, float]:
    """Milliseconds from a question that was prepared to its first word."""
    waits = []
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "engine.log") as engine:
        engine.send(Load(str(MODEL), context=length + length // 4 + 1024, threads=1))
        wait_for(engine, ModelInfo)
        parameters = llama.llama_model_default_params()
        parameters.vocab_only = True
        model = llama.llama_model_load_from_file(bytes(MODEL), parameters)
        prompt = chat(Vocabulary(model), length)
        llama.llama_model_free(model)
        for number in range(ROUNDS):
            engine.send(Prepare(2 * number, prompt, "chat"))
            wait_for(engine, Prepared)
            began = time.perf_counter()
            engine.send(Generate(2 * number + 1, prompt, Sampling(temperature=0), 1, chat="chat"))
            wait_for(engine, Delta)
            waits.append((time.perf_counter() - began) * 1000)
            wait_for(engine, Done)
    return spread(waits, 2)


def chat(vocabulary: Vocabulary, length: int) -> Prompt:
    """A chat of about ``length`` tokens: questions of a line, answers of some paragraphs."""
    paragraphs = TEXT.read_text("utf-8").split("\n\n")
    draw = random.Random(length)
    turns: list[Turn] = []
    tokens = 0
    while tokens < length:
        number = len(turns)
        answer = "\n\n".join([f"This is answer {number}.", *draw.choices(paragraphs, k=3)])
        for role, text in ((Role.USER, f"Question {number}?"), (Role.ASSISTANT, answer)):
            turns.append(Turn(role, text))
            tokens += len(vocabulary.tokenize([(text, False)]))
    return Prompt((*turns, Turn(Role.USER, "And what does that mean?")))


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of ``work``: the middle one of several rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return spread(times, 2)["median"]


def wait_for(engine: Engine, kind: type[Event]) -> None:
    """Take events until one of ``kind``."""
    while not isinstance(event := engine.receive(120), kind):
        assert event is not None, "the engine is silent"
        assert not isinstance(event, Died)


if __name__ == "__main__":
    sys.exit(main())
