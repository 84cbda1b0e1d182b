"""Threads step aside when other programs hold the processor, and come back when they can."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Role
from app.core.prompt import Prompt, Sampling, Turn
from app.engine.answer import Answerer
from app.engine.crew import Crew
from app.engine.messages import Generate
from app.engine.native import NativeLog, idle_seconds
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate
from tests.data import MODEL

PATIENCE = 60.0  # seconds

# Recorded with the starter on two cores: seconds for a token and cores that we got, by programs
# that were busy besides, and threads.
RECORDED = {
    (0, 2): (0.0057, 1.95),
    (0, 1): (0.0066, 0.97),
    (1, 2): (0.27, 1.31),
    (1, 1): (0.0084, 0.72),
    (2, 2): (0.61, 0.94),
    (2, 1): (0.0096, 0.60),
}


class World:
    """Two cores (or as many as there are), time that passes as it was recorded, and a crew."""

    def __init__(
        self,
        most: int = 2,
        *,
        cores: int = 2,
        recorded: dict[tuple[int, int], tuple[float, float]] | None = None,
        tells_idle: bool = True,
    ) -> None:
        self.now = 1000.0
        self.cpu = self.idle = 0.0
        self.asked = 0
        self.busy = 0
        self.cores = cores
        self._recorded = recorded or RECORDED
        self._tells_idle = tells_idle
        self.crew = Crew(most, self._idle_seconds)
        self.chosen: list[tuple[float, int]] = []  # moments and what was chosen then

    def _idle_seconds(self) -> float | None:
        self.asked += 1
        return self.idle if self._tells_idle else None

    def work(self, seconds: float, tokens: int = 1) -> None:
        """Evaluate pieces of so many tokens for so long."""
        end = self.now + seconds
        while self.now < end:
            self.crew.begin(self.now, self.cpu)
            self._note()
            took, cores = self._recorded[self.busy, self.crew.threads]
            self._pass(took * tokens, cores)
            self.crew.end(tokens, self.now, self.cpu)
            self._note()

    def rest(self, seconds: float) -> None:
        """Do nothing for so long."""
        self._pass(seconds, 0)

    @property
    def changes(self) -> int:
        """How often another number was chosen."""
        return len(self.chosen) - 1

    def _pass(self, seconds: float, ours: float) -> None:
        self.now += seconds
        self.cpu += ours * seconds
        self.idle += max(0.0, self.cores - ours - self.busy) * seconds

    def _note(self) -> None:
        if not self.chosen or self.chosen[-1][1] != self.crew.threads:
            self.chosen.append((self.now, self.crew.threads))


def test_on_a_quiet_machine_all_threads_work_and_nothing_is_asked() -> None:
    world = World()
    for _ in range(10):
        world.work(10)
        world.rest(30)
    assert (world.changes, world.crew.threads, world.asked) == (0, 2, 0)


@pytest.mark.parametrize("busy", [1, 2])
@pytest.mark.parametrize("tokens", [1, 16])
def test_starved_threads_step_aside_and_stay_there(busy: int, tokens: int) -> None:
    world = World()
    world.busy = busy
    began = world.now
    world.work(200, tokens)
    assert world.chosen[-1][1] == 1
    assert world.chosen[-1][0] - began <= RECORDED[busy, 2][0] * tokens + 0.2
    assert world.changes == 1, "there is never a free core"


def test_a_moment_of_other_work_changes_nothing() -> None:
    """As when a window is painted."""
    recorded = {**RECORDED, (1, 2): (0.0095, 1.55)}
    world = World(recorded=recorded)
    for _ in range(100):
        world.busy = 1
        world.work(0.1)
        world.busy = 0
        world.work(2)
    assert (world.changes, world.asked) == (0, 0)
    world.busy = 1
    world.work(1)
    assert world.crew.threads == 1, "but it does when it lasts"


def test_they_come_back_when_the_cores_are_free() -> None:
    world = World()
    world.busy = 2
    world.work(20)
    world.busy = 0
    free = world.now
    world.work(60)
    assert world.chosen[-1][1] == 2
    assert world.chosen[-1][0] - free < 0.5
    assert world.changes == 2


def test_programs_that_come_and_go_are_followed_without_haste() -> None:
    world = World()
    for _ in range(60):  # two minutes
        for busy in (2, 0):
            world.busy = busy
            world.work(1)
    assert world.changes < 40, "each time it was too early it is waited for longer"


def test_where_nobody_knows_of_free_cores_they_try_less_and_less_often() -> None:
    world = World(tells_idle=False)
    world.busy = 2
    world.work(600)
    tries = [moment for moment, threads in world.chosen if threads == 2][1:]
    assert 5 <= len(tries) <= 18
    waits = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert waits == sorted(waits)
    world.busy = 0
    world.work(70)
    assert world.crew.threads == 2


def test_a_core_that_seems_never_free_is_tried_after_minutes() -> None:
    """A program that gives way to all others, for example."""
    world = World()
    world.busy = 2
    world.work(10)
    world.busy, world.cores = 0, 0
    world.work(320)
    assert world.crew.threads == 2


def test_fewer_threads_that_are_no_faster_are_tried_seldom() -> None:
    slower = {(1, 2): (0.02, 1.4), (1, 1): (0.021, 0.9)}
    world = World(recorded=slower)
    world.busy = 1
    world.work(600)
    tries = [moment for moment, threads in world.chosen if threads == 1]
    assert world.crew.threads == 2
    assert 2 <= len(tries) <= 18


def test_a_pause_tells_whether_the_machine_is_quiet() -> None:
    world = World()
    for busy, threads in ((0, 2), (1, 1), (2, 1), (0, 2)):
        world.busy = 2
        world.work(5)
        assert world.crew.threads == 1
        world.busy = busy
        world.rest(30)
        world.crew.begin(world.now, world.cpu)
        assert world.crew.threads == threads, "from the first token on"


def test_after_a_pause_without_knowing_all_threads_work() -> None:
    world = World(tells_idle=False)
    world.busy = 2
    world.work(5)
    world.rest(30)
    world.crew.begin(world.now, world.cpu)
    assert world.crew.threads == 2


def test_one_of_eight_cores_is_left_to_another_program() -> None:
    recorded = {(1, threads): (0.02 if threads == 8 else 0.011, threads - 0.5 * (threads == 8))
                for threads in range(1, 9)}  # fmt: skip
    world = World(8, cores=8, recorded=recorded)
    world.busy = 1
    world.work(30)
    assert world.crew.threads == 7


@given(
    st.lists(
        st.tuples(
            st.integers(1, 1280),
            st.floats(1e-4, 30, allow_nan=False),
            st.floats(0, 4.1),
            st.floats(0, 100),
        ),
        max_size=80,
    ),
    st.integers(2, 4),
)
def test_there_is_always_a_thread_and_never_too_many(
    pieces: list[tuple[int, float, float, float]], most: int
) -> None:
    now = cpu = 5.0
    crew = Crew(most, lambda: now if len(pieces) % 2 else None)
    for tokens, seconds, cores, pause in pieces:
        now += pause
        crew.begin(now, cpu)
        now, cpu = now + seconds, cpu + seconds * cores
        crew.end(tokens, now, cpu)
        assert 1 <= crew.threads <= most


# -- at work --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(native_log: NativeLog) -> Iterator[Runtime]:
    """The miniature with two threads."""
    runtime = Runtime(
        str(MODEL), context=2048, threads=2, log=native_log, on_progress=lambda _: None
    )
    yield runtime
    runtime.close()


class Fickle(Crew):
    """One that changes its mind with each token."""

    def begin(self, now: float, cpu: float) -> None:
        self.threads = 3 - self.threads

    def end(self, tokens: int, now: float, cpu: float) -> None:
        pass


def logits_of(runtime: Runtime) -> tuple[np.ndarray, set[int]]:
    """Those of tokens at places 251 to 260, and how many threads computed them."""
    runtime.clear()
    runtime.decode([108 + token % 200 for token in range(251)])
    found, threads = [], set()
    for token in range(10):
        runtime.decode([110 + token])
        threads.add(runtime.threads_at_work)
        found.append(runtime.logits())
    return np.array(found), threads


def test_the_number_of_threads_changes_no_logit_where_the_same_are_wanted(
    two: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two, "_crew", None)
    expected, threads = logits_of(two)
    assert threads == {2}
    monkeypatch.setattr(two, "_crew", Fickle(2, lambda: None))
    monkeypatch.setattr(two, "steady", True)
    found, threads = logits_of(two)
    assert threads == {1, 2}
    assert np.array_equal(found, expected)
    monkeypatch.setattr(two, "steady", False)
    found, _ = logits_of(two)
    assert np.array_equal(found[:5], expected[:5])
    assert np.abs(found - expected).max() < 0.3, "rounding"


if sys.platform == "linux":

    def test_cores_that_are_held_by_others_are_left_to_them(two: Runtime) -> None:
        usable = os.sched_getaffinity(0)
        os.sched_setaffinity(0, sorted(usable)[:2])
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(6)]
        try:
            decode_until(two, lambda: two.threads_at_work == 1)
        finally:
            for other in others:
                other.kill()
                other.wait()
            os.sched_setaffinity(0, usable)

    def test_idle_cores_are_counted() -> None:
        before = idle_seconds()
        began = time.monotonic()
        assert before is not None
        time.sleep(0.05)
        after = idle_seconds()
        assert after is not None
        cores = len(os.sched_getaffinity(0))
        assert 0 <= after - before <= (time.monotonic() - began + 0.02) * cores


def decode_until(runtime: Runtime, fact: Callable[[], bool]) -> None:
    """Decode single tokens until ``fact`` holds."""
    deadline = time.monotonic() + PATIENCE
    runtime.clear()
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        if runtime.length == runtime.size:
            runtime.clear()
        runtime.decode([108])


@pytest.mark.parametrize(("seed", "threads"), [(7, {2}), (None, {1, 2})])
def test_an_answer_with_a_seed_keeps_its_threads(
    two: Runtime, monkeypatch: pytest.MonkeyPatch, seed: int | None, threads: set[int]
) -> None:
    monkeypatch.setattr(two, "_crew", Fickle(2, lambda: None))
    decode, found = two.decode, set()

    def note(tokens: Sequence[int], **how: bool) -> None:
        decode(tokens, **how)
        if len(tokens) == 1:
            found.add(two.threads_at_work)

    monkeypatch.setattr(two, "decode", note)
    template = ChatTemplate(two.template_source, two.vocabulary.bos_text)
    long = Turn(Role.USER, "the window shows a list of files " * 50)
    ends = tuple(text for text, one in two.vocabulary.controls.items() if two.vocabulary.ends(one))
    drawn = Sampling(temperature=3.0, top_k=0, top_p=1.0, seed=seed, suppressed=ends)
    order = Generate(1, Prompt((long,)), drawn, max_tokens=6, drafting=False)
    Answerer(two, None, template, lambda _: None).answer(order)
    assert found == threads
