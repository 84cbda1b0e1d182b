"""What happens to models on the shelf: found elsewhere, unloaded, removed, forgotten, gone."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.settings import OpenedModel
from app.engine.messages import Cancel, Load, LoadFailed, Loading, Unload, Unloaded
from app.models.places import Place
from tests.data import MODEL, PROJECTOR
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import Office
from tests.unit.models.layouts import blob, in_ollama

Open = Callable[..., Office]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of Facet's own with two models; the first has a projector."""
    for name in ("a", "b"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        shutil.copy(MODEL, folder / f"{name}.gguf")
    shutil.copy(PROJECTOR, tmp_path / "models" / "a" / "mmproj-a.gguf")
    return tmp_path / "models"


@pytest.fixture
def start(tmp_path: Path, models: Path, qtbot: QtBot) -> Iterator[Open]:
    """Opens an office on ``models`` and starts its shelf; closes the one that was open."""
    opened: list[Office] = []

    def open_office(*places: Place, loaded: bool = True, **settings: object) -> Office:
        if opened:
            opened.pop().close()
        engine = FakeEngine()
        office = Office.open(tmp_path / "data", engine, qtbot, models, lambda: places)
        opened.append(office)
        office.preferences.change(**settings)
        if loaded:
            office.load_model()
        return office

    yield open_office
    if opened:
        opened[-1].close()


class NoBin:
    """A file on a system that has no bin for it."""

    def __init__(self, _path: str) -> None:
        pass

    def moveToTrash(self) -> bool:
        return False


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bin of the test's own."""
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "Trash" / "files"


def ids(office: Office) -> list[str]:
    return [model.id for model in office.shelf.models]


# -- found ----------------------------------------------------------------------------------------


def test_a_found_model_is_used_in_place_and_remembered(tmp_path: Path, start: Open) -> None:
    ollama = tmp_path / "ollama"
    eyes = ("projector", PROJECTOR.read_bytes())
    in_ollama(ollama, "library/gemma4", "e2b", ("model", MODEL.read_bytes() + b"\0"), eyes)
    place = Place("ollama", ollama, "ollama")
    office = start(place)
    assert office.shelf.found == (), "nobody looks elsewhere before it is asked for"
    office.shelf.rescan()
    office.until(lambda: office.shelf.found)
    (found,) = office.shelf.found
    assert (found.title, found.origin) == ("gemma4:e2b", "ollama")

    office.shelf.use(found)
    path = blob(ollama, MODEL.read_bytes() + b"\0")
    assert office.engine.loads[-1].model == str(path)
    assert office.engine.loads[-1].projector == str(found.projector)
    assert office.shelf.found == ()
    assert office.shelf.current is not None
    assert office.shelf.current.origin == "opened"
    assert office.shelf.models[-1] == office.shelf.current
    assert path.exists()

    office = start(place, loaded=False)
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    assert office.engine.loads[-1].model == str(path)
    assert office.shelf.models[-1].title == "gemma4:e2b", "its file's name would say nothing"
    office.shelf.rescan()
    office.settle()
    assert office.shelf.found == (), "it shows once"
    office.shelf.forget(str(path))
    office.engine.say(Unloaded())
    office.until(lambda: office.shelf.found)
    assert path.exists()


# -- unloading ------------------------------------------------------------------------------------


def test_unloading_stops_the_answer_and_keeps_the_choice(start: Open) -> None:
    office = start()
    office.send("Hello")
    turn = office.engine.questions[-1].turn
    office.shelf.unload()
    assert (office.shelf.state, office.shelf.info) == ("none", None)
    assert office.shelf.current is not None
    assert office.engine.sent[-2:] == [Cancel(turn), Unload()]
    office.engine.end()
    office.engine.say(Unloaded())
    office.until(lambda: not office.chat.busy)
    assert office.preferences.settings.model == ""
    office.shelf.unload()
    assert office.engine.of_kind(Unload) == [Unload()], "once is enough"

    office.preferences.change(read_ahead=False)
    office.chat.draft.text = "Hello?"
    assert office.chat.draft.sendable
    office.chat.send()
    assert office.shelf.state == "loading", "who asks gets an answer"
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions[-1].turn != turn)


def test_unloading_breaks_a_load_off(start: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    office = start(loaded=False)
    killed: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, signal: killed.append(pid))
    office.engine.pid = os.getpid()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    office.engine.say(Loading(0.3))
    office.until(lambda: office.shelf.fraction == 0.3)
    office.shelf.unload()
    assert killed == [os.getpid()]
    office.engine.die(restarting=False)
    office.until(lambda: office.thread._turns.model == "none")
    office.settle()
    assert (office.shelf.state, office.shelf.failure) == ("none", None)
    assert office.problems == []


def test_choosing_another_model_breaks_a_load_off(
    start: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = start(loaded=False)
    killed: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, signal: killed.append(pid))
    office.engine.pid = os.getpid()
    office.shelf.start()
    office.until(lambda: office.engine.loads)
    office.engine.say(Loading(0.3))
    office.until(lambda: office.shelf.fraction == 0.3)
    office.shelf.select("b")
    assert killed == [os.getpid()]
    assert len(office.engine.loads) == 1, "the next process gets it"
    office.send("Which?", asked=False)
    office.engine.die(restarting=False)
    office.until(lambda: len(office.engine.loads) == 2)
    assert office.engine.loads[-1].model.endswith("b.gguf")
    assert office.shelf.state == "loading"
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)
    assert office.problems == []


# -- removing -------------------------------------------------------------------------------------


def test_removing_moves_to_the_bin(start: Open, models: Path, bin_folder: Path) -> None:
    office = start()
    assert ids(office) == ["a", "b"]
    office.preferences.change(model="b")  # for the next start
    office.shelf.remove("b")
    office.until(lambda: ids(office) == ["a"])
    assert not (models / "b").exists()
    assert [path.name for path in bin_folder.iterdir()] == ["b.gguf"]
    assert office.shelf.state == "ready", "it was not the loaded one"
    assert office.preferences.settings.model == ""
    office = start()
    office.settle()
    assert office.problems == [], "nobody need be told"


def test_removing_the_loaded_model_unloads_it_first(
    start: Open, models: Path, bin_folder: Path
) -> None:
    office = start()
    office.preferences.change(model="b")
    office.shelf.remove("a")
    assert office.shelf.state == "none"
    assert office.shelf.current is None
    office.settle()
    assert (models / "a" / "a.gguf").exists(), "it may be open still"
    office.engine.say(Unloaded())
    office.until(lambda: ids(office) == ["b"])
    assert {path.name for path in bin_folder.iterdir()} == {"a.gguf", "mmproj-a.gguf"}
    assert office.preferences.settings.model == "b", "that was for the next start"
    assert not office.chat.draft.sendable


def test_removing_the_loaded_model_and_choosing_another_at_once(
    start: Open, models: Path, bin_folder: Path
) -> None:
    office = start()
    office.shelf.remove("a")
    office.shelf.select("b")
    office.engine.say(Unloaded())
    office.until(lambda: ids(office) == ["b"])
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")


def test_without_a_bin_it_is_deleted_only_when_that_is_wanted(
    start: Open, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = start()
    monkeypatch.setattr("app.session.holdings.QFile", NoBin)
    office.shelf.remove("b")
    office.until(lambda: office.problems)
    assert office.problems[0].code == "no-bin"
    assert "b.gguf" in office.problems[0].what
    assert (models / "b" / "b.gguf").exists()
    assert ids(office) == ["a", "b"]
    office.shelf.remove("b", forever=True)
    office.until(lambda: ids(office) == ["a"])
    assert not (models / "b").exists()


def test_what_is_not_facets_own_is_only_forgotten(tmp_path: Path, start: Open) -> None:
    file = tmp_path / "elsewhere" / "c.gguf"
    file.parent.mkdir()
    shutil.copy(MODEL, file)
    office = start()
    office.shelf.open_file(str(file))
    office.until(lambda: len(office.engine.loads) == 2)
    opened = office.shelf.models[-1]
    assert not office.shelf.can_remove(opened)
    assert office.shelf.can_remove(office.shelf.models[0])
    office.shelf.remove(opened.id, forever=True)
    assert office.problems[0].code == "not-ours"
    assert office.shelf.state == "loading"

    office.shelf.forget(opened.id)
    office.engine.say(Unloaded())
    office.until(lambda: ids(office) == ["a", "b"])
    assert file.exists()
    assert office.preferences.settings.opened_models == ()
    office.shelf.rescan()
    office.settle()
    assert ids(office) == ["a", "b"]
    office.shelf.forget("a")
    office.settle()
    assert ids(office) == ["a", "b"], "it was not opened by hand"


# -- gone -----------------------------------------------------------------------------------------


def test_a_chosen_model_that_is_gone_is_told_once(tmp_path: Path, start: Open) -> None:
    gone = str(tmp_path / "gone.gguf")
    office = start(loaded=False, model=gone, opened_models=(OpenedModel(gone),))
    office.shelf.start()
    office.until(lambda: office.problems)
    problem = office.problems[0]
    assert problem.what == "gone.gguf is not there any more: its file was moved or deleted."
    assert problem.next_step.startswith("mini-gemma4 answers instead. ")
    assert problem.code == "model-gone"
    assert office.shelf.state == "loading"
    assert office.preferences.settings.model == "a"
    office = start()
    office.settle()
    assert office.problems == []


def test_a_chosen_model_that_is_broken_is_told_with_what_is_wrong(
    models: Path, start: Open
) -> None:
    (models / "b" / "b.gguf").write_bytes(MODEL.read_bytes()[:-100])
    office = start(loaded=False, model="b")
    office.shelf.start()
    office.until(lambda: office.problems)
    assert "b.gguf is cut short" in office.problems[0].what
    assert office.problems[0].next_step == "mini-gemma4 answers instead. Download the file again."
    assert office.engine.loads[-1].model.endswith("a.gguf")


def test_a_chosen_model_is_gone_and_there_is_no_other(models: Path, start: Open) -> None:
    shutil.rmtree(models)
    office = start(loaded=False, model="b")
    office.shelf.start()
    office.until(lambda: office.problems)
    assert office.problems[0].next_step == "Put the file back, or open it where it is now."
    assert (office.shelf.state, office.preferences.settings.model) == ("none", "")


def test_the_loaded_models_file_vanishes(models: Path, start: Open) -> None:
    office = start()
    (models / "a" / "a.gguf").unlink()
    for _ in range(2):
        office.shelf.rescan()
        office.settle()
    (problem,) = office.problems
    assert problem.what.startswith("a is not there any more")
    assert "goes on answering" in problem.next_step
    assert office.shelf.state == "ready"
    assert ids(office) == ["b"]

    office.shelf.sleep()
    office.engine.say(Unloaded())
    office.shelf.wake()
    office.engine.say(LoadFailed("a.gguf can't be read.", "", "file"))
    office.until(lambda: len(office.problems) == 2)
    assert "answers instead" in office.problems[1].next_step
    assert office.engine.loads[-1].model.endswith("b.gguf")


def test_choosing_a_model_that_has_gone_meanwhile(models: Path, start: Open) -> None:
    office = start()
    office.shelf.select("b")
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")
    (models / "a" / "a.gguf").unlink()
    office.shelf.select("a")
    office.engine.say(LoadFailed("a.gguf can't be read.", "", "file"))
    office.until(lambda: office.problems)
    assert office.problems[0].what.startswith("a is not there any more")
    assert office.engine.loads[-1].model.endswith("b.gguf"), "the one that worked"
    assert office.preferences.settings.model == "b"


def test_files_that_come_and_go_are_noticed(models: Path, start: Open) -> None:
    office = start()
    changes: list[int] = []
    office.shelf.models_changed.connect(lambda: changes.append(1))
    (models / "b" / "b.gguf").rename(models / "b" / "c.gguf")
    office.shelf.rescan()
    office.until(lambda: ids(office) == ["a", "c"])
    office.settle()
    assert len(changes) == 1
    assert office.problems == []
    assert office.engine.of_kind(Load) == office.engine.loads[:1]
