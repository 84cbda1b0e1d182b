"""A child that dies costs the running answer only; one that can't live isn't started again."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.conversation import Outcome
from app.engine.client import Engine
from app.engine.messages import (
    Cancel,
    Delta,
    Died,
    Done,
    Failed,
    Hello,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Progress,
)
from tests.data import MODEL, tiny_gemma4
from tests.unit.engine.talk import PATIENCE, Talk, user


def died(event: object) -> bool:
    """The child has ended."""
    return isinstance(event, Died)


def loaded(event: object) -> bool:
    """A model is there."""
    return isinstance(event, ModelInfo)


def kill(talk: Talk, how: signal.Signals = signal.SIGKILL) -> None:
    """End the child as the system would."""
    assert talk.engine.pid
    os.kill(talk.engine.pid, how)


def wait_for(fact: Callable[[], bool]) -> None:
    """Poll until ``fact`` holds."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process lives (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV])
def test_killed_in_the_middle_of_an_answer(
    fresh: Talk, tmp_path: Path, how: signal.Signals
) -> None:
    fresh.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense"), None, context=8192)
    fresh.begin(user("the"))
    fresh.until(lambda event: isinstance(event, Delta))
    waiting = fresh.begin(user("the"))
    kill(fresh, how)
    end = fresh.until(died)
    assert end[-1] == Died(f"signal {how.name}", restarting=True)
    after = fresh.until(loaded)
    assert isinstance(after[0], Hello)
    assert not any(isinstance(event, Delta | Done | Failed) for event in after)
    again = fresh.ask(user("the"), max_tokens=3)
    assert (again.outcome, again.stats.cached_tokens) == (Outcome.LENGTH, 0)
    fresh.engine.send(Cancel(waiting))  # of a child that is gone: nothing to stop any more
    assert fresh.engine.receive(timeout=0.5) is None


def test_the_next_answer_is_right_and_so_are_those_after_more_deaths(fresh: Talk) -> None:
    fresh.load()
    for word in ("apple", "bread", "clock"):
        kill(fresh)
        fresh.until(loaded)
        assert fresh.ask(user(f"Repeat: {word}")).text == word


def test_killed_while_reading(fresh: Talk, tmp_path: Path) -> None:
    fresh.load(tiny_gemma4.write_model(tmp_path / "model.gguf", "dense"), None, context=8192)
    fresh.begin(user("the " * 7000))
    fresh.until(lambda event: isinstance(event, Progress))
    kill(fresh)
    fresh.until(loaded)
    assert fresh.ask(user("the"), max_tokens=1).outcome is Outcome.LENGTH


def test_killed_without_a_model(fresh: Talk) -> None:
    fresh.until(lambda event: isinstance(event, Hello))
    kill(fresh)
    assert fresh.until(died)[-1] == Died("signal SIGKILL", restarting=False)
    assert fresh.load().vision
    assert fresh.ask(user("Hello")).text == "Hello! How can I help you?"


def test_killed_while_it_loads(tmp_path: Path) -> None:
    """It is not tried again: what kills one child may kill the next."""
    # A child that dies in its first load, and another that waits. The real one loads too fast.
    program = textwrap.dedent(f"""
        import os, pathlib, sys, time
        from app.engine.messages import Hello, Loading, frame, read_command, write_frame
        starts = pathlib.Path({str(tmp_path / "starts")!r})
        first = not starts.exists()
        starts.open("a").write("x")
        write_frame(sys.stdout.buffer, frame(Hello("", "", ())))
        read_command(sys.stdin.buffer)
        write_frame(sys.stdout.buffer, frame(Loading(0.0)))
        os.abort() if first else time.sleep(60)
    """)
    with Engine(tmp_path / "engine.log", [sys.executable, "-c", program]) as engine:
        engine.send(Load(str(MODEL)))
        events = [engine.receive(timeout=PATIENCE) for _ in range(4)]
        assert events[1:3] == [Loading(0.0), Died("signal SIGABRT", restarting=False)]
        assert isinstance(events[3], Hello)
        assert engine.receive(timeout=0.5) is None, "the new child was given nothing to load"


def test_a_load_that_had_not_begun_is_made_up_for(fresh: Talk, tmp_path: Path) -> None:
    fresh.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense"), None)
    fresh.begin(user("the"))
    fresh.until(lambda event: isinstance(event, Delta))
    fresh.engine.send(Load(str(MODEL), threads=1))  # waits behind the answer
    kill(fresh)
    info = fresh.until(loaded)[-1]
    assert isinstance(info, ModelInfo)
    assert info.path == str(MODEL)


def test_a_child_that_cannot_start_is_not_started_for_ever(tmp_path: Path) -> None:
    count = tmp_path / "starts"
    program = f"import pathlib, sys; pathlib.Path({str(count)!r}).open('a').write('x'); sys.exit(3)"
    with Engine(tmp_path / "engine.log", [sys.executable, "-c", program]) as engine:
        assert engine.receive(timeout=PATIENCE) == Died("exit code 3", restarting=False)
        assert engine.receive(timeout=0.5) is None
        assert engine.pid is None
        assert count.read_text() == "x"
        engine.send(Load(str(MODEL)))  # somebody tries again
        assert engine.receive(timeout=PATIENCE) == Died("exit code 3", restarting=False)
        assert count.read_text() == "xx"


def test_packages_in_the_working_folder_are_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("app", "app/engine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(9)")
    (tmp_path / "queue.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    with Engine(tmp_path / "engine.log") as engine:
        assert isinstance(engine.receive(timeout=PATIENCE), Hello)


def test_a_child_that_talks_nonsense_is_replaced(tmp_path: Path) -> None:
    program = "import sys, time; sys.stdout.buffer.write(bytes(range(255, 0, -1))); \
sys.stdout.flush(); time.sleep(60)"
    with Engine(tmp_path / "engine.log", [sys.executable, "-c", program]) as engine:
        event = engine.receive(timeout=PATIENCE)
        assert isinstance(event, Died)
        assert not event.restarting


def test_a_broken_command_ends_the_child(fresh: Talk) -> None:
    fresh.until(lambda event: isinstance(event, Hello))
    fresh.engine._outgoing.put(b"\xff\xff\xff\xff nonsense")
    assert fresh.until(died)[-1] == Died("exit code 1", restarting=False)
    assert "ValueError" in fresh.engine._log_file.read_text()


def test_ctrl_c_is_left_to_the_app(fresh: Talk) -> None:
    fresh.load()
    kill(fresh, signal.SIGINT)
    assert fresh.ask(user("Repeat: apple")).text == "apple"


def test_a_cancel_from_a_signal_handler(fresh: Talk, tmp_path: Path) -> None:
    """Ctrl+C strikes wherever the program is, even while it holds the engine's lock."""
    fresh.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense"), None, context=8192)
    turn = fresh.begin(user("the"))
    fresh.until(lambda event: isinstance(event, Delta))
    previous = signal.signal(signal.SIGINT, lambda *_: fresh.engine.send(Cancel(turn)))
    try:
        with fresh.engine._lock:
            signal.raise_signal(signal.SIGINT)
        assert fresh.finish(turn).outcome is Outcome.STOPPED
    finally:
        signal.signal(signal.SIGINT, previous)


def test_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    engine = Engine(tmp_path / "engine.log")
    engine.start()
    talk = Talk(engine)
    talk.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense"), None)
    kill(talk)
    talk.until(loaded)
    talk.begin(user("the"))
    talk.until(lambda event: isinstance(event, Delta))
    pid = engine.pid
    assert pid
    engine.close()
    engine.close()
    assert engine.pid is None
    assert not is_running(pid)
    assert set(threading.enumerate()) == before
    assert engine.receive() is None, "and nobody waits for more"
    engine.send(Cancel(1))
    engine.start()
    assert engine.pid is None


def test_closing_a_child_that_hangs(fresh: Talk) -> None:
    fresh.load()
    kill(fresh, signal.SIGSTOP)
    pid = fresh.engine.pid
    assert pid
    fresh.engine.close()
    assert not is_running(pid)


def test_a_child_does_not_outlive_the_app(tmp_path: Path) -> None:
    model = tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense")
    program = textwrap.dedent(f"""
        import pathlib, time
        from app.core.conversation import Role
        from app.core.prompt import Prompt, Turn
        from app.engine.client import Engine
        from app.engine.messages import Delta, Generate, Load
        engine = Engine(pathlib.Path({str(tmp_path / "engine.log")!r}))
        engine.send(Load({str(model)!r}, context=8192))
        engine.send(Generate(1, Prompt((Turn(Role.USER, "the"),))))
        while not isinstance(engine.receive(), Delta):
            pass
        print(engine.pid, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as app:
        assert app.stdout
        pid = int(app.stdout.readline())
        assert is_running(pid)
        app.kill()
        app.wait()
        wait_for(lambda: not is_running(pid))


def test_the_log_is_about_the_engine_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "engine.log"
    with Engine(log) as engine:
        talk = Talk(engine)
        talk.load()
        talk.ask(user("Repeat: banana"))
    assert b"gemma4" in log.read_bytes()
    assert b"banana" not in log.read_bytes(), "what is said stays out of the log"
    log.write_bytes(b"x" * (2**20 + 1))
    with Engine(log) as engine:
        assert isinstance(engine.receive(timeout=PATIENCE), Hello)
    assert b"xxx" not in log.read_bytes()


def test_load_failures_are_no_deaths(fresh: Talk, tmp_path: Path) -> None:
    fresh.load()
    pid = fresh.engine.pid
    assert isinstance(fresh.try_load(tmp_path / "none.gguf"), LoadFailed)
    assert fresh.ask(user("Hello")).failure.code == "no_model"
    assert fresh.load().vision
    assert fresh.engine.pid == pid
