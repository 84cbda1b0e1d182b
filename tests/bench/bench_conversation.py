"""How long a person waits for the first word, beside llama-cpp-python's chat handler and
llama.cpp's own server.

All contestants get the same files, texts, pictures, context and threads, take the likeliest
token, and are timed from outside their processes. They take turns, scenario by scenario, another
one first in each run. Without options this takes the miniature and a minute; docs/performance.md
has the figures of a model of full size, and how to get them. Each sample is told on stderr as it
comes, and a run that is cut off prints what it has. Prints one JSON object.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.engine.native import physical_cores
from tests.bench.rivals.contestant import Answer, Contestant, Setup, Stateless
from tests.bench.rivals.facet import Facet
from tests.bench.rivals.high_level import HighLevel
from tests.bench.rivals.server import LlamaServer, XLlamaCpp
from tests.bench.rivals.summary import figures, goals
from tests.bench.rivals.texts import QUESTION, STORY, Texts, draw_pictures, further
from tests.data import MODEL, PROJECTOR

TURNS = 10  # of the chat that grows
READ_ON = 24  # tokens of an answer whose speed is measured beside its beginning
# Tokens of an answer whose beginning is what matters. Arbitrary weights write tokens that no text
# is made of: read again as a part of the chat, each of them becomes a dozen.
SHORT_SENSE, SHORT_NONSENSE = 12, 1
Ask = Callable[[Contestant], Answer]


class Bench:
    """Puts ``contestants`` through scenarios. ``samples`` (of a scenario, of a contestant) grow
    as it goes."""

    def __init__(
        self, contestants: Sequence[Contestant], options: argparse.Namespace, folder: Path
    ) -> None:
        self.samples: dict[str, dict[str, list[Answer]]] = defaultdict(dict)
        self.preparing: list[dict[str, Any]] = []
        self.right = {"first_turn": 0, "of": 0}  # answers that the miniature was trained to give
        self._contestants = list(contestants)
        self._options = options
        self._short = SHORT_SENSE if options.model == MODEL else SHORT_NONSENSE
        self._texts = Texts(options.model)
        self._drawn = draw_pictures(folder, options.picture_tokens)
        self._of_chat = {name: next(self._drawn)[0] for name in ("one", "two")}
        self._turns: dict[tuple[Contestant, str], int] = defaultdict(int)

    def scenarios(self) -> dict[str, Callable[[], None]]:
        """All of them, by the letter of --only."""
        return {
            "a": self.first_turn,
            "b": self.later_turns,
            "c": self.edit,
            "d": self.regenerate,
            "e": self.switch,
            "f": self.decode,
            "g": self.prepared,
            "h": self.reopened,
        }

    def first_turn(self) -> None:
        """A new picture and a question, in a chat of their own."""
        for run in range(self._options.runs):
            picture, expected = next(self._drawn)

            def ask(one: Contestant, run: int = run, picture: Path = picture) -> Answer:
                one.chat(f"first {run}")
                return one.say(QUESTION, picture, self._short)

            for answer in self._everyone("first_turn", run, ask):
                self.right["first_turn"] += answer.text == expected
                self.right["of"] += 1

    def later_turns(self) -> None:
        """The second and tenth turn of a chat that began with a picture and a long text."""
        for number, name in ((2, "second_turn"), (TURNS, "tenth_turn")):

            def ask(one: Contestant, number: int = number) -> Answer:
                one.chat("one")
                self._turns[one, "one"] += 1
                return one.say(further(number), None, self._short)

            for one in self._contestants:
                self._bring(one, "one", number - 1)
            self._everyone(name, 0, ask)

    def edit(self) -> None:
        """The last question of that chat put otherwise."""
        self._on_chat_one("edit", lambda one, run: one.edit_last(f"No: why ({run})?", self._short))

    def regenerate(self) -> None:
        """Its last question answered once more."""
        self._on_chat_one("regenerate", lambda one, run: one.regenerate(self._short))

    def switch(self) -> None:
        """A question to the one of two such chats that was not the last one."""
        for name in ("one", "two"):
            for one in self._contestants:
                self._bring(one, name, 2)
        for run in range(self._options.runs):
            for turn, name in enumerate(("one", "two")):

                def ask(one: Contestant, run: int = run, name: str = name) -> Answer:
                    one.chat(name)
                    return one.say(f"Back to you, number {run}.", None, self._short)

                self._everyone("switch", 2 * run + turn, ask)

    def decode(self) -> None:
        """A long answer."""
        for run in range(self._options.decode_runs):

            def ask(one: Contestant, run: int = run) -> Answer:
                one.chat(f"story {run}")
                return one.say(f"{STORY} Its number is {run}.", None, self._options.decode)

            self._everyone("decode", run, ask)

    def prepared(self) -> None:
        """A picture and a question that were read ahead while they were a draft: only ours."""
        for one in self._ours():
            for run in range(self._options.runs):
                picture, _ = next(self._drawn)
                one.chat(f"prepared {run}")
                began = time.perf_counter()
                done = one.prepare(QUESTION, picture)
                seconds = time.perf_counter() - began
                self.preparing.append({"s": round(seconds, 2), "complete": done["complete"]})

                def ask(one: Contestant, picture: Path = picture) -> Answer:
                    return one.say(QUESTION, picture, READ_ON)

                self._measure("prepared", one, ask)

    def reopened(self) -> None:
        """A long chat after a restart, its state on disk and not in memory: only ours."""
        for one in self._ours():
            text = self._texts.of(self._options.long, "long")

            def begin(one: Contestant, text: str = text) -> Answer:
                one.chat("long")
                return one.say(f"{text}\n\nWhat is this about?", None, self._short)

            def go_on(one: Contestant) -> Answer:
                one.chat("long")
                return one.say(further(2), None, self._short)

            self._measure("long_first_turn", one, begin)
            for _ in range(self._options.runs):
                one.settle()
                one.restart()
                _drop_from_memory(one.saved_states())
                self._measure("reopened", one, go_on)

    # -- inside ---------------------------------------------------------------------------------

    def _ours(self) -> list[Facet]:
        return [one for one in self._contestants if isinstance(one, Facet)]

    def _on_chat_one(self, name: str, ask: Callable[[Contestant, int], Answer]) -> None:
        for one in self._contestants:
            self._bring(one, "one", 2)
        for run in range(self._options.runs):

            def ask_one(one: Contestant, run: int = run) -> Answer:
                one.chat("one")
                return ask(one, run)

            self._everyone(name, run, ask_one)

    def _bring(self, one: Contestant, chat: str, turns: int) -> None:
        """Let a chat that begins with a picture and a long text have so many turns at least."""
        one.chat(chat)
        while self._turns[one, chat] < turns:
            self._turns[one, chat] += 1
            number = self._turns[one, chat]
            question, picture = further(number), None
            if number == 1:
                text = self._texts.of(self._options.history, chat)
                question, picture = f"{text}\n\n{QUESTION}", self._of_chat[chat]
            if isinstance(one, Stateless) and one.forgets:
                one.recall(question, "Nothing else.", picture)
            else:
                one.say(question, picture, self._short)

    def _everyone(self, name: str, run: int, ask: Ask) -> list[Answer]:
        """Ask all in turn. One that forgets takes as long each time, and long: once is enough."""
        shift = run % len(self._contestants)
        turns = [*self._contestants[shift:], *self._contestants[:shift]]
        return [self._measure(name, one, ask) for one in turns if run == 0 or not one.forgets]

    def _measure(self, name: str, one: Contestant, ask: Ask) -> Answer:
        for other in self._contestants:
            other.settle()
        answer = ask(one)
        self.samples[name].setdefault(one.name, []).append(answer)
        line = {"scenario": name, "contestant": one.name, **figures([answer])}
        print(json.dumps(line), file=sys.stderr, flush=True)
        return answer


def main() -> int:
    """Measure what the options say."""
    options = _options()
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        setup = Setup(
            options.model.absolute(),
            options.mmproj.absolute(),
            options.context,
            options.threads,
            options.picture_tokens,
            folder,
            options.pause,
        )
        contestants: list[Contestant] = []
        about: dict[str, Any] = {}
        for make in _makers(options, setup, missing):
            began = time.perf_counter()
            one = make()
            stack.callback(one.close)
            about[one.name] = {**one.describe(), "load_s": round(time.perf_counter() - began, 1)}
            contestants.append(one)
        bench = Bench(contestants, options, folder)
        complete = True
        began = time.perf_counter()
        try:
            for letter, scenario in bench.scenarios().items():
                if letter in options.only:
                    scenario()
        except KeyboardInterrupt:
            complete = False
        result = {
            "conditions": {
                "model": options.model.name,
                "context": options.context,
                "threads": options.threads,
                "history_tokens": options.history,
                "picture_tokens": options.picture_tokens,
                "long_tokens": options.long,
            },
            "contestants": about,
            "missing": missing,
            "scenarios": {
                name: {who: figures(answers) for who, answers in of.items()}
                for name, of in bench.samples.items()
            },
            "right": bench.right,
            "preparing": bench.preparing,
            "goals": goals(bench.samples),
            "complete": complete,
            "minutes": round((time.perf_counter() - began) / 60, 1),
            "load_average": os.getloadavg(),
        }
    print(json.dumps(result))
    return 0


def _makers(
    options: argparse.Namespace, setup: Setup, missing: dict[str, str]
) -> list[Callable[[], Contestant]]:
    """What starts each contestant that is wanted; those that can't be had go to ``missing``."""
    makers: list[Callable[[], Contestant]] = []
    if "facet" in options.contestants:
        makers.append(lambda: Facet(setup))
    if "high_level" in options.contestants:
        makers.append(lambda: HighLevel(setup))
    if "xllamacpp" in options.contestants:
        if XLlamaCpp.is_installed():
            makers.append(lambda: XLlamaCpp(setup))
        else:
            missing["xllamacpp"] = XLlamaCpp.install
            print(f"Without xllamacpp: {XLlamaCpp.install}", file=sys.stderr)
    if options.server:
        makers.append(lambda: LlamaServer(setup, options.server))
    return makers


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--model", type=Path, default=MODEL, help="a Gemma 4 model; the miniature if not given")
    add("--mmproj", type=Path, default=PROJECTOR, help="its projector")
    add("--contestants", default="facet,high_level,xllamacpp", help="whom to compare")
    add("--server", type=Path, help="a llama-server program that takes part, too")
    add("--context", type=int, default=8192)
    add("--threads", type=int, help="as many as cores; 1 for the miniature")
    add("--history", type=int, default=1500, help="tokens of the text that a chat begins with")
    add("--decode", type=int, default=1000, help="tokens of the long answer")
    add("--long", type=int, default=4096, help="tokens of the chat that is reopened")
    add("--runs", type=int, default=3, help="of all that is cheap")
    add("--decode-runs", type=int, default=1)
    # Conversations are saved when nobody has asked anything for 1.5 s, as no person would have.
    add("--pause", type=float, default=2.0, help="seconds of rest between two answers")
    add("--only", default="abcdefgh", help="letters of the scenarios")
    options = parser.parse_args()
    small = options.model == MODEL
    options.contestants = options.contestants.split(",")
    options.picture_tokens = 64 if small else 280
    options.threads = options.threads or (1 if small else physical_cores())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return options


def _drop_from_memory(paths: Sequence[Path]) -> None:
    """Let what the system remembers of files go, as a night does."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    sys.exit(main())
