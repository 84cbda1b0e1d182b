"""Jobs and the engine's thread: order, threads, errors, batching, ends."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.core.conversation import Outcome, Stats
from app.core.errors import AppError
from app.core.settings import Settings
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Delta,
    Died,
    Done,
    Hello,
    Load,
    Loading,
)
from app.session.engine_thread import DeltaBatch, EngineThread
from app.session.jobs import Jobs
from app.session.preferences import Preferences
from app.storage.settings_file import SettingsFile
from tests.gui.session.fake_engine import FakeEngine, info


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


# -- jobs -----------------------------------------------------------------------------------------


def test_work_leaves_the_main_thread_and_its_result_comes_back(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[tuple[int, int]] = []
    jobs.run(threading.get_ident, lambda where: seen.append((where, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    ((worker, reported),) = seen
    assert worker != threading.get_ident()
    assert reported == threading.get_ident()


def test_a_lane_keeps_its_order_and_lanes_do_not_wait_for_each_other(
    jobs: Jobs, qtbot: QtBot
) -> None:
    order: list[int] = []
    gate = threading.Event()
    jobs.run(gate.wait, lane="files")
    for number in range(50):
        jobs.run(lambda number=number: number, order.append, lane="database")
    qtbot.waitUntil(lambda: len(order) == 50)
    assert order == list(range(50))
    gate.set()


def test_errors_for_people(jobs: Jobs, qtbot: QtBot) -> None:
    def refuse() -> None:
        raise AppError("No.", "Try again.")

    failed: list[Exception] = []
    problems: list[AppError] = []
    jobs.problem.connect(problems.append)
    jobs.run(refuse, failed=failed.append)
    jobs.run(refuse)
    qtbot.waitUntil(lambda: bool(failed) and bool(problems))
    assert isinstance(failed[0], AppError)
    assert problems[0].what == "No."


def test_bugs_reach_the_main_thread_and_the_lane_goes_on(jobs: Jobs, qtbot: QtBot) -> None:
    failed: list[Exception] = []
    later: list[int] = []
    with capture_exceptions() as caught:
        jobs.run(lambda: 1 // 0, failed=failed.append)
        jobs.run(lambda: 7, later.append)
        qtbot.waitUntil(lambda: bool(later))
    assert [kind for kind, *_ in caught] == [ZeroDivisionError]
    assert isinstance(failed[0], ZeroDivisionError)


def test_closing_does_what_was_given_and_reports_nothing(qtbot: QtBot) -> None:
    jobs = Jobs()
    done: list[int] = []
    reported: list[int] = []
    for number in range(20):
        jobs.run(lambda number=number: done.append(number), lambda _none: reported.append(1))
    jobs.close()
    jobs.run(lambda: done.append(99))
    jobs.close()
    assert done == list(range(20))
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
    assert reported == []
    assert not [t for t in threading.enumerate() if t.name.startswith("jobs") and t.is_alive()]


def test_closing_does_not_wait_for_ever(qtbot: QtBot) -> None:
    jobs = Jobs()
    gate = threading.Event()
    saved: list[int] = []
    jobs.run(gate.wait, lane="files")
    jobs.run(lambda: saved.append(1), lane="database")
    jobs.close(seconds=0.05)
    assert saved == [1]
    gate.set()


# -- preferences ----------------------------------------------------------------------------------


def test_closing_does_not_wait_for_a_search(qtbot: QtBot) -> None:
    jobs = Jobs()
    begun, over, saved = threading.Event(), threading.Event(), []
    jobs.run(lambda: (begun.set(), over.wait(30)), lane="search")
    jobs.run(lambda: saved.append(1), lane="files")
    assert begun.wait(20)
    jobs.close(seconds=1000)
    assert saved == [1]
    assert not over.is_set()
    over.set()
    jobs._threads["search"].join(20)


def test_settings_are_saved_soon_and_once(
    jobs: Jobs, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    saves: list[Settings] = []
    save = file.save
    monkeypatch.setattr(file, "save", lambda settings: (saves.append(settings), save(settings)))
    preferences = Preferences(file, jobs)
    changes: list[tuple[str, str]] = []
    preferences.changed.connect(lambda before, after: changes.append((before.theme, after.theme)))
    preferences.change(theme="dark")
    preferences.change(theme="dark")
    for width in range(200, 300):
        preferences.change(sidebar_width=width)
    qtbot.waitUntil(lambda: bool(saves))
    jobs.close()
    assert changes[0] == ("system", "dark")
    assert len(changes) == 101
    assert len(saves) == 1
    assert SettingsFile(file.path).load() == Settings(theme="dark", sidebar_width=299)
    with pytest.raises(TypeError):
        preferences.change(nonsense=1)


def test_settings_that_can_not_be_saved(jobs: Jobs, qtbot: QtBot, tmp_path: Path) -> None:
    preferences = Preferences(SettingsFile(tmp_path / "no folder" / "settings.json"), jobs)
    problems: list[AppError] = []
    preferences.problem.connect(problems.append)
    preferences.change(theme="dark")
    preferences.close()
    qtbot.waitUntil(lambda: bool(problems))
    assert preferences.settings.theme == "dark"


# -- the engine's thread --------------------------------------------------------------------------


class Clock:
    """Time as the test has it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_text_is_joined() -> None:
    clock, out = Clock(), []  # type: ignore[var-annotated]
    batch = DeltaBatch(out.append, clock)
    assert batch.patience(9.0) == 9.0
    for _ in range(1000):  # a thousand tokens in one second
        batch.take(Delta(1, "text", "x"))
        clock.now += 0.001
    assert 29 <= len(out) <= 31
    assert 0 < batch.patience(9.0) <= 1 / 30
    batch.take(None)
    clock.now += 1
    batch.take(None)
    assert "".join(delta.text for delta in out) == "x" * 1000
    assert batch.patience(9.0) == 9.0


def test_the_first_words_do_not_wait() -> None:
    clock, out = Clock(), []  # type: ignore[var-annotated]
    DeltaBatch(out.append, clock).take(Delta(1, "text", "Hello"))
    assert out == [Delta(1, "text", "Hello")]


events = st.one_of(
    st.builds(Delta, st.integers(1, 2), st.sampled_from(["text", "thought"]), st.text(max_size=3)),
    st.builds(lambda turn: Done(turn, Outcome.DONE, Stats()), st.integers(1, 2)),
    st.none(),
)


@given(st.lists(st.tuples(events, st.floats(0, 0.1)), max_size=60))
def test_joining_changes_neither_text_nor_order(
    source: list[tuple[AnyEvent | None, float]],
) -> None:
    clock = Clock()
    out: list[AnyEvent] = []
    batch = DeltaBatch(out.append, clock)
    for event, pause in source:
        batch.take(event)
        clock.now += pause
    clock.now += 1
    batch.take(None)

    def flat(told: list[AnyEvent]) -> list[object]:
        """The same story told letter by letter."""
        return [
            piece
            for event in told
            for piece in (
                [(event.turn, event.kind, letter) for letter in event.text]
                if isinstance(event, Delta)
                else [event]
            )
        ]

    assert flat(out) == flat([event for event, _ in source if event is not None])


def test_signals_arrive_on_the_main_thread_in_order(qtbot: QtBot) -> None:
    engine = FakeEngine()
    thread = EngineThread(engine)  # type: ignore[arg-type]
    told: list[tuple[str, object, int]] = []

    def write(name: str) -> object:
        return lambda *values: told.append((name, values[-1], threading.get_ident()))

    for name in ("hello", "loading", "loaded", "deltas", "done", "died"):
        getattr(thread, name).connect(write(name))
    thread.start()
    thread.load(Load("m"))
    engine.say(Hello("b", "s", ()), Loading(0.5), info("m"))
    engine.say(Delta(1, "text", "a"), Delta(1, "text", "b"), Done(1, Outcome.DONE, Stats()))
    qtbot.waitUntil(lambda: bool(told) and told[-1][0] == "done")
    assert [name for name, *_ in told if name != "deltas"] == ["hello", "loading", "loaded", "done"]
    assert "".join(str(text) for name, text, _ in told if name == "deltas") == "ab"
    assert {where for *_, where in told} == {threading.get_ident()}
    engine.say(Died("late", True))
    thread.shut_down()
    assert engine.closed
    assert not thread.isRunning()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
    assert told[-1][0] == "done", "silent once it is shut down"


def test_an_engine_that_can_not_be_started(qtbot: QtBot, tmp_path: Path) -> None:
    thread = EngineThread(Engine(tmp_path / "log", command=[str(tmp_path / "no such program")]))
    died: list[Died] = []
    thread.died.connect(died.append)
    thread.start()
    qtbot.waitUntil(lambda: bool(died))
    assert not died[0].restarting
    thread.shut_down()
