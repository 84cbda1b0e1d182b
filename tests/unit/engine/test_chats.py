"""Whatever a person does in a chat, the model reads exactly what a fresh evaluation would.

Chats of random length are driven through the real prompt cache: questions are prepared, asked,
edited and stopped, answers generated again, chats switched, left and taken up after a restart;
after each step the next-token distribution is compared with that of the same prompt evaluated from
nothing.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.prompt import Media, Prompt, Turn
from app.engine.answer import Answerer
from app.engine.messages import Done, Event, Generate, Prepare, Progress
from app.engine.native import NativeLog
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from app.engine.state_store import StateStore
from app.engine.states import States
from app.engine.template import ChatTemplate
from tests.data import MEDIA, MODEL, PROJECTOR
from tests.unit.engine.talk import LIKELIEST, model, picture, sound, system, user

NOISE = 0.25  # by which a logit differs when the same tokens go through other batches
CHATS = int(os.environ.get("FACET_CHATS", "12"))  # 2,000 were run by hand
MEMORY = 8 * 2**20  # of states; about two chats
MEDIA_OF = (
    (),
    (picture(MEDIA / "red-circle.png"),),
    (sound(MEDIA / "low-tone.ogg"),),
)
WORDS = ("window", "list", "file", "button", "page", "text", "picture", "city", "red", "open")


class Desk:
    """A model at work, and a second one that never remembers anything."""

    def __init__(self, native_log: NativeLog, folder: Path) -> None:
        self.stop_at: int | None = None
        self._log = native_log
        self._store = StateStore(folder, "miniature", 10**8)
        self.runtime, self.projector, self._template = self._load()
        self.fresh_runtime, fresh_projector, _ = self._load()
        self.fresh = Answerer(self.fresh_runtime, fresh_projector, self._template, lambda _: None)
        self._projectors = (self.projector, fresh_projector)
        self._states = States()
        self.restored: Counter[str] = Counter()
        self.begin()

    def _load(self) -> tuple[Runtime, Projector, ChatTemplate]:
        runtime = Runtime(
            str(MODEL), context=4096, threads=1, log=self._log, on_progress=lambda _: None
        )
        template = ChatTemplate(runtime.template_source, runtime.vocabulary.bos_text)
        return runtime, Projector(str(PROJECTOR), runtime, self._log), template

    def begin(self) -> None:
        """Begin with nothing in memory; what is on disk stays."""
        self._states.close()
        self.runtime.clear()
        self._states = States(MEMORY, self._store)
        self.answerer = Answerer(
            self.runtime, self.projector, self._template, self._watch, self._states
        )

    def restart(self) -> None:
        """The app is closed after a pause, and started again."""
        self.answerer.set_aside()
        self._states.rest()
        deadline = time.monotonic() + 30
        while not self._states.all_saved:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        self.begin()

    def close(self) -> None:
        """Give everything back."""
        self._states.close()
        for projector in self._projectors:
            projector.close()
        self.runtime.close()
        self.fresh_runtime.close()

    def _watch(self, event: Event) -> None:
        if isinstance(event, Progress) and self.stop_at is not None and event.done >= self.stop_at:
            self.runtime.stop.set()
        if isinstance(event, Done):
            self.restored[event.stats.restored] += 1

    def generate(self, turns: list[Turn], tokens: int, chat: str) -> None:
        """Answer with ``tokens`` tokens."""
        self.runtime.stop.clear()
        self.answerer.answer(Generate(1, Prompt(tuple(turns)), LIKELIEST, tokens, chat))

    def prepare(self, turns: list[Turn], give_way_after: int, chat: str) -> None:
        """Prepare a prompt, or the first ``give_way_after`` steps of it."""
        self.runtime.stop.clear()
        left = iter(range(give_way_after))
        prompt = Prompt(tuple(turns))
        self.answerer.prepare(Prepare(1, prompt, chat), lambda: next(left, None) is None)

    def check(self, turns: list[Turn], chat: str) -> None:
        """Compare the distribution of the first token after ``turns`` with a fresh one."""
        self.stop_at = None
        self.generate(turns, 1, chat)
        here = np.array(self.runtime.logits())
        self.fresh._cache.clear()
        self.fresh.answer(Generate(1, Prompt(tuple(turns)), LIKELIEST, 1))
        assert np.abs(here - np.array(self.fresh_runtime.logits())).max() < NOISE


@pytest.fixture(scope="module")
def desk(native_log: NativeLog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(native_log, tmp_path_factory.mktemp("states"))
    yield desk
    desk.close()


def text(count: int, seed: int) -> str:
    return " ".join(WORDS[(seed + index * (seed % 5 + 1)) % len(WORDS)] for index in range(count))


lengths = st.one_of(st.integers(1, 40), st.integers(300, 900))
steps = st.one_of(
    st.tuples(st.just("ask"), lengths, st.integers(0, 99), st.sampled_from(MEDIA_OF)),
    st.tuples(st.just("edit"), lengths, st.integers(0, 99), st.just(())),
    st.tuples(st.just("again"), st.integers(1, 60), st.just(0), st.just(())),
    st.tuples(st.just("stop"), st.integers(0, 900), st.integers(0, 99), st.just(())),
    st.tuples(st.just("prepare"), lengths, st.integers(0, 99), st.sampled_from(MEDIA_OF)),
    st.tuples(st.just("switch"), st.integers(0, 2), st.just(0), st.just(())),
    st.tuples(st.just("restart"), st.just(0), st.just(0), st.just(())),
)
Step = tuple[str, int, int, tuple[Media, ...]]


@settings(max_examples=CHATS, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=2, max_size=9), st.booleans())
def test_the_model_reads_what_a_fresh_evaluation_reads(
    desk: Desk, script: list[Step], briefed: bool
) -> None:
    drive(desk, script, briefed)


def test_a_chat_that_is_left_and_taken_up_again_reads_the_same(desk: Desk) -> None:
    desk.restored.clear()
    seen = MEDIA_OF[1]
    script: list[Step] = [
        ("ask", 600, 1, seen),
        ("switch", 2, 0, ()),
        ("ask", 500, 2, ()),
        ("switch", 1, 0, ()),
        ("again", 40, 0, ()),
        ("restart", 0, 0, ()),
        ("prepare", 30, 3, seen),
        ("edit", 400, 0, ()),
        ("restart", 0, 0, ()),
        ("switch", 2, 0, ()),
    ]
    drive(desk, script, briefed=True)
    assert desk.restored["memory"] >= 1
    assert desk.restored["disk"] >= 2


def drive(desk: Desk, script: list[Step], briefed: bool) -> None:
    """Carry out a script, checking what the model has read after each step."""
    start = [system("Be short.")] if briefed else []
    chats = {name: list(start) for name in ("", "one", "two")}
    name = "one"
    desk.begin()
    for step in script:
        action, count, seed, media = step
        chat = chats[name]
        if action == "switch":
            name = sorted(chats)[count]
            chat = chats[name]
        elif action == "restart":
            desk.restart()
        elif action == "prepare":
            question = [user(text(count, seed), *media)]
            desk.prepare([*chat, *question], count % 7, name)
            if seed % 2:  # it is asked with some more words, else nothing comes of it
                chat += [user(text(count, seed) + " and more", *media), model(text(5, seed))]
        elif action == "again" and chat[len(start) :]:
            desk.stop_at = None
            desk.generate(chat[:-1], count, name)
            chat[-1] = model(text(count, count))
        elif action == "edit" and chat[len(start) :]:
            exchanges = (len(chat) - len(start)) // 2
            kept = len(start) + 2 * (seed % exchanges)  # what follows an edited question goes
            chat[kept:] = [user(text(count, seed)), model(text(7, seed))]
        elif action == "stop":
            desk.stop_at = count
            chat += [user(text(600, seed)), model(text(3, seed))]
            desk.generate(chat[:-1], 20, name)
        elif action == "ask":
            chat += [user(text(count, seed), *media), model(text(count // 3 + 1, seed))]
        if chat[len(start) :]:
            desk.check(chat[:-1], name)
