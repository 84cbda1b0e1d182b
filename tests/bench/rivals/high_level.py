"""llama-cpp-python as its users have it: ``create_chat_completion`` with a chat handler.

Run as a program, this is the process that holds the model; imported, it is the contestant.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import llama_cpp
from llama_cpp.llama_chat_format import Gemma4ChatHandler

from tests.bench.rivals.contestant import Answer, Setup, Stateless, Watch
from tests.bench.rivals.lines import Lines


class HighLevel(Stateless):
    """Defaults throughout, but for flash attention, which all contestants use."""

    name = "high_level"
    forgets = True

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        arguments = [setup.model, setup.projector, setup.context, setup.threads]
        self._lines = Lines(
            [sys.executable, "-m", "tests.bench.rivals.high_level", *map(str, arguments)],
            setup.folder / "high_level.log",
        )
        self._about = self._lines.wait_for("ready")

    def describe(self) -> dict[str, Any]:
        return {key: value for key, value in self._about.items() if key != "event"}

    def _answer(self, messages: Sequence[dict[str, Any]], max_tokens: int) -> Answer:
        watch = Watch()
        self._lines.send({"messages": messages, "max_tokens": max_tokens})
        while True:
            at, value = self._lines.receive()
            if value["event"] == "text":
                watch.heard(value["text"], at)
            elif value["event"] == "done":
                return watch.answer(
                    value["tokens"], prompt_tokens=value["prompt_tokens"], reused_tokens=None
                )

    def close(self) -> None:
        self._lines.close()


def main(model: str, projector: str, context: str, threads: str) -> None:
    """Answer requests from stdin until it is closed."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints

    def tell(event: str, **values: Any) -> None:
        out.write(json.dumps({"event": event, **values}) + "\n")
        out.flush()

    llm = llama_cpp.Llama(
        model,
        chat_handler=Gemma4ChatHandler(clip_model_path=projector, verbose=False),
        n_ctx=int(context),
        n_threads=int(threads),
        n_threads_batch=int(threads),
        flash_attn=True,
        verbose=False,
    )
    tell(
        "ready",
        version=f"llama-cpp-python {llama_cpp.__version__}",
        system=llama_cpp.llama_print_system_info().decode(),
        batch=[llm.n_batch, llm.context_params.n_ubatch],
    )
    for line in sys.stdin:
        request = json.loads(line)
        chunks = llm.create_chat_completion(
            messages=request["messages"],
            max_tokens=request["max_tokens"],
            temperature=0.0,
            repeat_penalty=1.0,
            stream=True,
        )
        count, evaluated = 0, 0
        for chunk in chunks:
            assert not isinstance(chunk, str)
            choice = chunk["choices"][0]
            evaluated = count - (choice["finish_reason"] == "length")
            text = choice["delta"].get("content")
            if text:
                count += 1
                tell("text", text=text)
        tell("done", tokens=count, prompt_tokens=llm.n_tokens - evaluated)


if __name__ == "__main__":
    main(*sys.argv[1:])
