"""The shelf of models: finding, choosing, loading, failing; the memory in use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.settings import OpenedModel
from app.engine.messages import LoadFailed, Loading
from app.session.memory import measure, resident
from tests.data import MINIATURE, MODEL, PROJECTOR
from tests.gui.session.fake_engine import FakeEngine, info
from tests.gui.session.office import Office


def test_the_first_model_is_loaded_at_start(reopen: Callable[[], Office]) -> None:
    office = reopen()
    states: list[str] = []
    office.shelf.state_changed.connect(lambda: states.append(office.shelf.state))
    assert office.shelf.state == "none"
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    assert [model.id for model in office.shelf.models] == ["mini"]
    assert office.shelf.current is office.shelf.models[0]
    (order,) = office.engine.loads
    assert (order.model, order.projector, order.context) == (str(MODEL), str(PROJECTOR), 0)
    assert not office.shelf.can_see
    office.engine.say(Loading(0.4))
    office.until(lambda: office.shelf.fraction == 0.4)
    office.engine.finish_loading(audio=False)
    office.until(lambda: office.shelf.state == "ready")
    assert (office.shelf.can_see, office.shelf.can_hear) == (True, False)
    assert office.shelf.sampling.temperature == 0.0
    assert states == ["loading", "loading", "ready"]


def test_no_model_at_all(tmp_path: Path, qtbot: QtBot) -> None:
    empty = tmp_path / "models"
    empty.mkdir()
    office = Office.open(tmp_path / "data", FakeEngine(), qtbot, models=empty)
    office.shelf.start()
    office.settle()
    assert office.shelf.state == "none"
    assert office.engine.loads == []
    shutil.copy(MODEL, empty / "new.gguf")
    office.shelf.rescan()
    office.until(lambda: office.shelf.models)
    office.shelf.select(office.shelf.models[0].id)
    assert office.shelf.state == "loading"
    office.close()


def test_opening_a_file(office: Office, tmp_path: Path, reopen: Callable[[], Office]) -> None:
    file = tmp_path / "elsewhere" / "mine.gguf"
    file.parent.mkdir()
    shutil.copy(MODEL, file)
    office.shelf.open_file(str(file))
    office.until(lambda: len(office.engine.loads) == 2)
    order = office.engine.loads[-1]
    assert (order.model, order.projector) == (str(file), None)
    assert office.shelf.current is not None
    assert office.shelf.current.path == file
    assert len(office.shelf.models) == 2

    shutil.copy(PROJECTOR, file.parent / "mmproj-mine.gguf")
    office.shelf.open_file(str(file))
    office.until(lambda: len(office.engine.loads) == 3)
    assert office.engine.loads[-1].projector == str(file.parent / "mmproj-mine.gguf")
    assert len(office.shelf.models) == 2
    assert office.preferences.settings.opened_models == (
        OpenedModel(str(file), str(file.parent / "mmproj-mine.gguf")),
    )
    office.shelf.rescan()
    office.settle()
    assert len(office.shelf.models) == 2, "it stays in the list"

    office = reopen()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    assert office.engine.loads[-1].model == str(file), "and is the one for the next start"


def test_opening_what_is_no_model(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    office.shelf.open_file(str(file))
    office.until(lambda: office.problems)
    assert "broken.gguf" in office.problems[0].what
    office.shelf.open_file(str(PROJECTOR))
    office.until(lambda: len(office.problems) == 2)
    assert office.shelf.state == "ready", "the loaded model stays"
    assert len(office.engine.loads) == 1


def test_opening_the_model_that_is_loaded(office: Office) -> None:
    office.shelf.open_file(str(MODEL))
    office.settle()
    assert len(office.engine.loads) == 1
    assert [model.id for model in office.shelf.models] == ["mini"]


def test_a_model_that_can_not_be_loaded(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    office.send("Early", asked=False)
    office.settle()
    failure = LoadFailed("mini.gguf was cut short.", "Download it again.", "file")
    office.engine.say(failure)
    office.until(lambda: office.shelf.state == "failed")
    assert office.shelf.failure == failure
    office.until(lambda: not office.chat.busy)
    assert office.chat.entries[-1].message.error == "mini.gguf was cut short. Download it again."
    office.shelf.reload()
    assert office.shelf.state == "loading"
    assert office.shelf.failure is None
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")


def test_a_model_that_kills_the_engine(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    office.engine.die(restarting=False)
    office.until(lambda: office.shelf.state == "failed")
    assert office.shelf.failure is not None
    assert "Mini Gemma" in office.shelf.failure.what
    assert "SIGKILL" in office.shelf.failure.what


def test_a_crash_while_idle_brings_the_model_back(office: Office) -> None:
    office.engine.die()
    office.until(lambda: office.shelf.state == "loading")
    assert len(office.engine.loads) == 1, "the client loads it again by itself"
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")
    office.exchange("Hello", "again")


def test_another_context(office: Office, reopen: Callable[[], Office]) -> None:
    office.shelf.reload(16384)
    assert office.engine.loads[-1].context == 16384
    office = reopen()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    assert office.engine.loads[-1].context == 16384


def test_choosing_again_before_the_first_choice_is_loaded(office: Office, tmp_path: Path) -> None:
    shutil.copy(MODEL, tmp_path / "other.gguf")
    office.shelf.open_file(str(tmp_path / "other.gguf"))
    office.until(lambda: len(office.engine.loads) == 2)
    office.shelf.select("mini")
    assert len(office.engine.loads) == 3
    office.send("Which?", asked=False)
    office.engine.say(info(str(tmp_path / "other.gguf"), vision=False))
    office.settle()
    assert office.shelf.state == "loading"
    assert office.engine.questions == []
    office.engine.say(info(str(MODEL)))
    office.until(lambda: office.shelf.state == "ready")
    office.until(lambda: office.engine.questions)


def test_memory_is_watched_on_demand(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    office.shelf.memory_changed.connect(lambda: told.append(1))
    assert office.shelf.memory is None
    office.shelf.watch_memory(True)
    assert office.shelf.memory is not None
    assert 10e6 < office.shelf.memory.window < office.shelf.memory.total
    assert office.shelf.memory.engine == 0
    assert len(told) == 1
    office.until(lambda: len(told) >= 2)
    office.shelf.watch_memory(False)
    assert not office.shelf._memory_timer.isActive()


def test_memory_of_another_process() -> None:
    code = "x = bytearray(80_000_000); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        use = measure(child.pid)
        child.communicate("\n")
    assert use is not None
    assert 80e6 < use.engine < 200e6
    assert use.used == use.window + use.engine
    ended = measure(child.pid)
    assert ended is not None
    assert ended.engine == 0
    assert resident(os.getpid()) > 10e6


def test_the_folder_of_the_tests_has_one_model() -> None:
    assert sorted(path.name for path in MINIATURE.glob("*.gguf")) == [MODEL.name, PROJECTOR.name]
