"""`facet models`, without an engine and without a network: what is printed, what is asked, and what
becomes of the files."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.desktop.folder_lock import FolderLock
from app.models.part_file import Notes, part_of, write_notes
from tests.data import MODEL, PROJECTOR
from tests.unit.models.gguf_bytes import model
from tests.unit.models.layouts import blob, in_ollama, write

MACHINES = Path(__file__).parents[2] / "data" / "machines"
SPEC = {
    "id": "tiny",
    "title": "Tiny",
    "architecture": "llama",
    "modalities": ["text"],
    "context": 4096,
    "quantisation": "Q4_0",
    "licence": "MIT",
    "source": {"kind": "huggingface", "repository": "nobody/tiny"},
    "files": [{"role": "model", "name": "tiny.gguf", "bytes": len(model("Tiny"))}],
}


class Terminal:
    """Runs commands on a data folder of the test's own, with a home of the test's own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = folder / "data"
        self.models = self.data / "models"
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        try:
            code = main(["--data-dir", str(self.data), "models", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *arguments: str | Path) -> Any:
        code, out, _ = self(*arguments, "--json")
        assert code == 0
        return json.loads(out)

    @property
    def settings(self) -> dict[str, Any]:
        path = self.data / "settings.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def add_to_catalogue(self) -> None:
        write(self.data / "models.json", json.dumps({"models": [SPEC]}).encode())

    def begin_download(self) -> Path:
        """What a download of "tiny" leaves that was broken off."""
        part = write(part_of(self.models / "tiny" / "tiny.gguf"), b"x" * 100)
        write_notes(part.parent, Notes())
        return part


@pytest.fixture
def facet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("FACET_MODELS_DIR", "HF_HOME", "OLLAMA_MODELS", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return Terminal(tmp_path, capsys)


def by_id(document: Any) -> dict[str, Any]:
    return {entry["id"]: entry for entry in document["models"]}


def test_the_list_of_a_new_machine(facet: Terminal) -> None:
    code, out, err = facet()
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == ["Installed", "  none"]
    assert "Found with other programs" not in out
    assert "gemma-4-e2b-qat-q4_0" in out
    assert "embeddinggemma" not in out, "nobody can talk to it"
    listed = by_id(facet.json("list"))
    assert listed["gemma-4-e2b-qat-q4_0"]["state"] == "available"
    assert listed["gemma-4-e2b-qat-q4_0"]["bytes"] > 3e9
    assert facet.json("list") == json.loads(facet("--json")[1]), "list is what is done unasked"


def test_the_list_tells_installed_found_and_unfinished_ones(
    facet: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facet.add_to_catalogue()
    write(facet.models / "mine.gguf", model("Mine"))
    facet.begin_download()
    write(facet.data / "settings.json", json.dumps({"model": "mine"}).encode())
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    in_ollama(tmp_path / "ollama", "library/smol", "1b", ("model", model("Smol")))
    listed = by_id(facet.json("list"))
    assert (listed["mine"]["state"], listed["mine"]["chosen"]) == ("installed", True)
    assert (listed["tiny"]["state"], listed["tiny"]["fetched"]) == ("unfinished", 100)
    found = listed[str(blob(tmp_path / "ollama", model("Smol")))]
    assert (found["state"], found["title"], found["origin"]) == ("found", "smol:1b", "ollama")
    _, out, _ = facet("list")
    assert "*  mine " in out
    assert "smol:1b" in out
    assert "Ollama" in out
    assert "0 MB are here" in out


def test_a_listed_model_that_is_here_is_not_offered_again(facet: Terminal) -> None:
    facet.add_to_catalogue()
    write(facet.models / "tiny" / "tiny.gguf", model("Tiny"))
    entries = [entry for entry in facet.json("list")["models"] if entry["id"] == "tiny"]
    assert [entry["state"] for entry in entries] == ["installed"]


# -- another machine ------------------------------------------------------------------------------


def test_fit_on_other_machines(facet: Terminal) -> None:
    small = facet.json("fit", "--hardware", MACHINES / "laptop-8gb.json")
    large = facet.json("fit", "--hardware", MACHINES / "m3-128gb.json", "--context", "32768")
    assert by_id(small)["gemma-4-31b-qat-q4_0"]["fit"]["verdict"] == "no"
    there = by_id(large)["gemma-4-31b-qat-q4_0"]["fit"]
    assert there["verdict"] == "comfortable"
    assert there["context"] == 32768
    assert there["total"] > 15e9
    assert large["hardware"]["system"] == "macos"
    code, out, err = facet("fit", "--hardware", MACHINES / "laptop-8gb.json")
    assert (code, err) == (0, "")
    heads, *rows = out.splitlines()
    assert heads.split() == [
        "ID",
        "CONTEXT",
        "MEMORY",
        "GRAPHICS",
        "LARGEST",
        "READS",
        "WRITES",
    ]
    assert any(row.startswith("gemma-4-31b-qat-q4_0") and row.endswith("  no") for row in rows)


def test_the_recommendation_has_a_reason(facet: Terminal) -> None:
    advice = facet.json("recommend", "--hardware", MACHINES / "rtx3090-24gb.json")
    assert advice["best"]["id"].startswith("gemma-4-")
    assert advice["best"]["fit"]["verdict"] == "comfortable"
    code, out, _ = facet("recommend", "--hardware", MACHINES / "rtx3090-24gb.json")
    assert code == 0
    assert out.splitlines()[0] == advice["why"]
    assert "models download" not in out, "it is for another machine"


def test_a_file_that_describes_no_machine(facet: Terminal, tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", write(tmp_path / "wrong.json", b'{"system": "toaster"}')):
        code, out, err = facet("fit", "--hardware", path)
        assert (code, out) == (1, "")
        assert path.name in err
        assert err.count("\n") == 1


# -- download, without a network ------------------------------------------------------------------


def test_an_unknown_model_can_not_be_fetched(facet: Terminal) -> None:
    code, out, err = facet("download", "gemma-9")
    assert (code, out) == (1, "")
    assert "gemma-9" in err
    assert "gemma-4-e2b-qat-q4_0" in err


def test_what_is_there_already_is_not_fetched_again(facet: Terminal) -> None:
    facet.add_to_catalogue()
    path = write(facet.models / "tiny" / "tiny.gguf", model("Tiny"))
    code, out, _ = facet("download", "tiny")
    assert code == 0
    assert str(path) in out
    assert facet.json("download", "tiny") == {"event": "done", "id": "tiny", "path": str(path)}


# -- add ------------------------------------------------------------------------------------------


def test_a_file_is_added_where_it_lies_and_forgotten(facet: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for path in (MODEL, PROJECTOR):
        shutil.copy(path, folder)
    code, out, _ = facet("add", folder / MODEL.name)
    assert code == 0
    assert "text, image, audio" in out
    (opened,) = facet.settings["opened_models"]
    assert opened["path"] == str(folder / MODEL.name)
    assert opened["projector"] == str(folder / PROJECTOR.name)
    assert "mini-gemma4" in facet("list")[1]
    facet("add", folder / MODEL.name)
    assert len(facet.settings["opened_models"]) == 1, "once is enough"

    code, out, _ = facet("remove", "mini-gemma4")
    assert code == 0
    assert "forgotten" in out
    assert facet.settings["opened_models"] == []
    assert (folder / MODEL.name).exists()


def test_a_blob_is_added_as_its_program_knows_it(
    facet: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama = tmp_path / "ollama"
    monkeypatch.setenv("OLLAMA_MODELS", str(ollama))
    layers = (("model", MODEL.read_bytes()), ("projector", PROJECTOR.read_bytes()))
    in_ollama(ollama, "library/mini", "latest", *layers)
    path = blob(ollama, MODEL.read_bytes())
    for name in (path, "mini:latest"):
        assert facet.json("add", name)["modalities"] == ["text", "image", "audio"]
        assert facet.json("remove", "mini:latest")["id"] == str(path)
    facet("add", path)
    assert facet.settings["opened_models"] == [
        {
            "path": str(path),
            "projector": str(blob(ollama, PROJECTOR.read_bytes())),
            "title": "mini:latest",
        }
    ]


def test_what_is_no_model_is_not_added(facet: Terminal, tmp_path: Path) -> None:
    for arguments, said in (
        ((tmp_path / "gone.gguf",), "gone.gguf can't be read"),
        ((PROJECTOR,), "is a projector"),
        ((MODEL, "--mmproj", MODEL), "not a projector"),
    ):
        code, out, err = facet("add", *arguments)
        assert (code, out) == (1, "")
        assert said in err
    assert facet.settings == {}


def test_settings_are_left_to_a_window_that_is_open(facet: Terminal) -> None:
    facet.data.mkdir()
    window = FolderLock(facet.data)
    code, _, err = facet("add", MODEL)
    window.close()
    assert code == 1
    assert "window is open" in err
    assert facet.settings == {}


# -- remove ---------------------------------------------------------------------------------------


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    stdin = io.StringIO(text)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", stdin)


def test_removing_asks_first(facet: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(facet.models / "one" / "one.gguf", model("One"))
    answer(monkeypatch, "n\n")
    code, out, err = facet("remove", "one")
    assert (code, out) == (1, "")
    assert str(path) in err
    assert "Nothing was deleted" in err
    assert path.exists()
    answer(monkeypatch, "y\n")
    code, out, _ = facet("remove", "one")
    assert code == 0
    assert "removed" in out
    assert not path.parent.exists()


def test_where_nobody_can_be_asked_it_has_to_be_said(facet: Terminal) -> None:
    path = write(facet.models / "one.gguf", model("One"))
    code, _, err = facet("remove", "one")
    assert code == 2
    assert "--yes" in err
    assert path.exists()
    assert facet.json("remove", "one", "--yes") == {"event": "removed", "id": "one"}
    assert not path.exists()


def test_what_came_of_a_download_is_removed(facet: Terminal) -> None:
    facet.add_to_catalogue()
    part = facet.begin_download()
    code, out, _ = facet("remove", "tiny", "--yes")
    assert code == 0
    assert "Tiny are removed" in out
    assert not part.parent.exists()


def test_what_is_not_there_can_not_be_removed(facet: Terminal) -> None:
    code, out, err = facet("remove", "gemma-4-e2b-qat-q4_0", "--yes")
    assert (code, out) == (1, "")
    assert "Installed: none" in err


@pytest.mark.parametrize(
    "arguments", [["wrong"], ["download"], ["add"], ["remove"], ["fit", "--context", "-1"]]
)
def test_wrong_usage(facet: Terminal, arguments: list[str]) -> None:
    code, out, err = facet(*arguments)
    assert code == 2
    assert out == ""
    assert "usage" in err


def test_errors_are_events_for_programs(facet: Terminal) -> None:
    code, out, err = facet("download", "gemma-9", "--json")
    assert code == 1
    assert json.loads(out)["event"] == "error"
    assert err.startswith("facet: ")
