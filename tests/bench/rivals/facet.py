"""Facet as scripts have it: ``facet chat --json`` in a process of its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import llama_cpp

from app.core.budget import BUDGETS
from tests.bench.rivals.contestant import Answer, Contestant, Setup, Watch
from tests.bench.rivals.lines import Lines
from tests.bench.rivals.processes import wait_until_idle

_LIKELIEST = {"temperature": 0, "thinking": False}


class Facet(Contestant):
    """Us. No guessing ahead: what comes out of arbitrary weights repeats itself too readily."""

    name = "facet"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._data = setup.folder / "facet"
        self._start()

    def _start(self) -> None:
        setup = self._setup
        self._lines = Lines(
            [
                *(sys.executable, "-m", "app", "--data-dir", str(self._data), "chat", "--json"),
                "--keep",
                *("--model", str(setup.model), "--mmproj", str(setup.projector)),
                *("--context", str(setup.context), "--threads", str(setup.threads)),
                "--no-drafting",
            ],
            setup.folder / "facet.log",
        )
        self._about = self._lines.wait_for("model")

    def describe(self) -> dict[str, Any]:
        return {
            "version": f"llama-cpp-python {llama_cpp.__version__}",
            "system": llama_cpp.llama_print_system_info().decode(),
            "device": self._about["device"],
        }

    def chat(self, name: str) -> None:
        self._lines.send({"chat": name})

    def say(self, text: str, picture: Path | None, max_tokens: int) -> Answer:
        return self._ask({"say": text, "max_tokens": max_tokens, **self._with(picture)})

    def edit_last(self, text: str, max_tokens: int) -> Answer:
        return self._ask({"edit_last": text, "max_tokens": max_tokens})

    def regenerate(self, max_tokens: int) -> Answer:
        return self._ask({"regenerate": True, "max_tokens": max_tokens})

    def prepare(self, text: str, picture: Path | None) -> dict[str, Any]:
        """Have a draft read ahead, and wait for that; what came of it."""
        draft = {"say": text, **_LIKELIEST, **self._with(picture)}
        self._lines.send({"prepare": draft})
        return self._lines.wait_for("prepared")

    def restart(self) -> None:
        """End the process in an orderly way, and start another on the same data."""
        self._lines.close()
        self._start()

    def settle(self) -> None:
        wait_until_idle(self._lines.pid, self._setup.pause)

    def saved_states(self) -> list[Path]:
        """The files of conversations that were set aside."""
        return list(self._data.rglob("*.state"))

    def close(self) -> None:
        self._lines.close()

    def _with(self, picture: Path | None) -> dict[str, Any]:
        if picture is None:
            return {}
        budget = next(one for one in BUDGETS if one >= self._setup.picture_tokens)
        return {"images": [os.fspath(picture)], "budget": budget}

    def _ask(self, request: Mapping[str, Any]) -> Answer:
        watch = Watch()
        self._lines.send({**request, **_LIKELIEST})
        while True:
            at, value = self._lines.receive()
            match value["event"]:
                case "text" | "thought":
                    watch.heard(value["text"], at)
                case "error":
                    raise RuntimeError(str(value))
                case "done":
                    return watch.answer(
                        value["answer_tokens"],
                        prompt_tokens=value["prompt_tokens"],
                        reused_tokens=value["cached_tokens"],
                        restored=value["restored"],
                    )
