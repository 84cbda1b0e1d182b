"""Whatever a person does in a chat, the model reads exactly what a fresh evaluation would.

Chats of random length are driven through the real prompt cache: questions are asked, edited and
stopped, answers generated again, chats switched; after each step the next-token distribution is
compared with that of the same prompt evaluated from nothing.
"""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.prompt import Media, Prompt, Turn
from app.engine.answer import Answerer
from app.engine.messages import Event, Generate, Progress
from app.engine.native import NativeLog
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate
from tests.data import MEDIA, MODEL, PROJECTOR
from tests.unit.engine.talk import LIKELIEST, model, picture, sound, system, user

NOISE = 0.25  # by which a logit differs when the same tokens go through other batches
CHATS = int(os.environ.get("FACET_CHATS", "12"))  # 2,000 were run by hand
MEDIA_OF = (
    (),
    (picture(MEDIA / "red-circle.png"),),
    (sound(MEDIA / "low-tone.ogg"),),
)
WORDS = ("window", "list", "file", "button", "page", "text", "picture", "city", "red", "open")


class Desk:
    """A model at work, and a second one that never remembers anything."""

    def __init__(self, native_log: NativeLog) -> None:
        self.stop_at: int | None = None
        self.reused = 0
        self.runtime, self.answerer = self._worker(native_log, self._watch)
        self.fresh_runtime, self.fresh = self._worker(native_log, lambda _event: None)

    def _worker(self, log: NativeLog, emit):  # type: ignore[no-untyped-def]
        runtime = Runtime(str(MODEL), context=4096, threads=1, log=log, on_progress=lambda _: None)
        projector = Projector(str(PROJECTOR), runtime, log)
        source = ChatTemplate(runtime.template_source, runtime.vocabulary.bos_text)
        return runtime, Answerer(runtime, projector, source, emit)

    def _watch(self, event: Event) -> None:
        if isinstance(event, Progress) and self.stop_at is not None and event.done >= self.stop_at:
            self.runtime.stop.set()

    def generate(self, turns: list[Turn], tokens: int) -> None:
        """Answer with ``tokens`` tokens."""
        self.runtime.stop.clear()
        self.answerer.answer(Generate(1, Prompt(tuple(turns)), LIKELIEST, tokens))

    def check(self, turns: list[Turn]) -> None:
        """Compare the distribution of the first token after ``turns`` with a fresh one."""
        self.stop_at = None
        self.generate(turns, 1)
        here = np.array(self.runtime.logits())
        self.fresh._cache.clear()
        self.fresh.answer(Generate(1, Prompt(tuple(turns)), LIKELIEST, 1))
        assert np.abs(here - np.array(self.fresh_runtime.logits())).max() < NOISE


@pytest.fixture(scope="module")
def desk(native_log: NativeLog) -> Iterator[Desk]:
    desk = Desk(native_log)
    yield desk
    for worker in (desk.answerer, desk.fresh):
        assert worker._projector is not None
        worker._projector.close()
        worker._runtime.close()


def text(count: int, seed: int) -> str:
    return " ".join(WORDS[(seed + index * (seed % 5 + 1)) % len(WORDS)] for index in range(count))


lengths = st.one_of(st.integers(1, 40), st.integers(300, 900))
steps = st.one_of(
    st.tuples(st.just("ask"), lengths, st.integers(0, 99), st.sampled_from(MEDIA_OF)),
    st.tuples(st.just("edit"), lengths, st.integers(0, 99), st.just(())),
    st.tuples(st.just("again"), st.integers(1, 60), st.just(0), st.just(())),
    st.tuples(st.just("stop"), st.integers(0, 900), st.integers(0, 99), st.just(())),
    st.tuples(st.just("switch"), st.just(0), st.just(0), st.just(())),
)


@settings(max_examples=CHATS, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=2, max_size=9), st.booleans())
def test_the_model_reads_what_a_fresh_evaluation_reads(
    desk: Desk, script: list[tuple[str, int, int, tuple[Media, ...]]], briefed: bool
) -> None:
    start = [system("Be short.")] if briefed else []
    chat, other = list(start), list(start)
    for action, count, seed, media in script:
        if action == "switch":
            chat, other = other, chat
        elif action == "again" and chat[len(start) :]:
            desk.stop_at = None
            desk.generate(chat[:-1], count)
            chat[-1] = model(text(count, count))
        elif action == "edit" and chat[len(start) :]:
            exchanges = (len(chat) - len(start)) // 2
            kept = len(start) + 2 * (seed % exchanges)  # what follows an edited question goes
            chat[kept:] = [user(text(count, seed)), model(text(7, seed))]
        elif action == "stop":
            desk.stop_at = count
            chat += [user(text(600, seed)), model(text(3, seed))]
            desk.generate(chat[:-1], 20)
        else:
            chat += [user(text(count, seed), *media), model(text(count // 3 + 1, seed))]
        if chat[len(start) :]:
            desk.check(chat[:-1])
