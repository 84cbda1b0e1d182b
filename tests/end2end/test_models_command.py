"""`facet models` as a program of its own, with a hub on this machine."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import MODEL, PROJECTOR
from tests.end2end.command import Command
from tests.end2end.models import write_settings
from tests.end2end.waiting import wait_for
from tests.hub import LocalHub

REPOSITORY = "nobody/mini-gemma4"
SPEC = {
    "id": "mini",
    "title": "Mini Gemma",
    "architecture": "gemma4",
    "modalities": ["text", "image", "audio"],
    "context": 4096,
    "quantisation": "F32",
    "licence": "Apache-2.0",
    "sampling": {"temperature": 0.0},
    "source": {"kind": "huggingface", "repository": REPOSITORY},
    "files": [
        {"role": "model", "name": MODEL.name, "bytes": MODEL.stat().st_size},
        {"role": "projector", "name": PROJECTOR.name, "bytes": PROJECTOR.stat().st_size},
    ],
}
TOTAL = MODEL.stat().st_size + PROJECTOR.stat().st_size


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub({REPOSITORY: {MODEL.name: MODEL, PROJECTOR.name: PROJECTOR}}) as hub:
        yield hub


@pytest.fixture
def facet(tmp_path: Path, hub: LocalHub) -> Command:
    """Facet with the miniature in its catalogue, and none of the models of the tests."""
    command = Command(tmp_path / "data")
    command.environment |= {
        "HF_ENDPOINT": hub.url,
        "FACET_MODELS_DIR": "",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "home"),
    }
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.json").write_text(json.dumps({"models": [SPEC]}))
    return command


def test_download_then_ask_then_remove(facet: Command, tmp_path: Path) -> None:
    fetched = facet("models", "download", "mini")
    assert fetched.returncode == 0, fetched.stderr
    folder = tmp_path / "data" / "models" / "mini"
    assert fetched.stdout.splitlines() == [
        f"Mini Gemma is there: {folder / MODEL.name}",
        "To use it: facet chat --model mini",
    ]
    assert "100%" in fetched.stderr
    assert (folder / MODEL.name).read_bytes() == MODEL.read_bytes()
    assert (folder / PROJECTOR.name).read_bytes() == PROJECTOR.read_bytes()

    answer = facet("ask", "Repeat: banana")
    assert (answer.stdout, answer.stderr) == ("banana\n", "")

    again = facet("models", "download", "mini")
    assert "there already" in again.stdout
    assert facet("models", "remove", "mini", "--yes").returncode == 0
    assert not folder.exists()
    assert "  none" in facet("models").stdout


def test_ctrl_c_keeps_what_has_arrived(facet: Command, hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(times=-1, rate=1_000_000)
    pipe = subprocess.PIPE
    with facet.start("models", "download", "mini", stdout=pipe, stderr=pipe) as program:
        try:
            wait_for(lambda: hub.sent() > 300_000, "some of it to be fetched")
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=30)
        finally:
            program.kill()
    assert program.returncode == 130, err
    assert out == ""
    assert "kept; facet models download mini goes on from there." in err.splitlines()[-1]
    listed = json.loads(facet("models", "--json").stdout)["models"]
    (mini,) = (entry for entry in listed if entry["id"] == "mini")
    assert mini["state"] == "unfinished"
    assert 0 < mini["fetched"] < TOTAL

    hub.behave()
    before = hub.sent()
    resumed = facet("models", "download", "mini", "--json")
    events = [json.loads(line) for line in resumed.stdout.splitlines()]
    assert resumed.returncode == 0
    assert events[-1] == {
        "event": "done",
        "id": "mini",
        "path": str(tmp_path / "data" / "models" / "mini" / MODEL.name),
    }
    progress = [event for event in events if event["event"] == "progress"]
    assert progress[-1]["total"] == TOTAL
    assert hub.sent() - before <= TOTAL - mini["fetched"]


def test_a_file_that_the_hub_does_not_have(facet: Command, hub: LocalHub) -> None:
    hub.misbehave(times=-1, where="hub", heads=True, status=404)
    refused = facet("models", "download", "mini")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1].startswith("facet: ")


def test_this_machine_is_asked_for_what_fits(facet: Command) -> None:
    table = json.loads(facet("models", "fit", "--json").stdout)
    assert table["hardware"]["memory"] > 10**9
    by_id = {entry["id"]: entry["fit"] for entry in table["models"]}
    assert by_id["gemma-4-e2b-qat-q4_0"]["total"] > 10**9
    recommended = facet("models", "recommend")
    assert recommended.returncode == 0, recommended.stderr
    assert recommended.stdout.strip()


def test_asking_says_when_the_chosen_model_is_gone(facet: Command, tmp_path: Path) -> None:
    for path in (MODEL, PROJECTOR):
        folder = tmp_path / "data" / "models"
        folder.mkdir(exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    gone = str(tmp_path / "gone.gguf")
    write_settings(tmp_path / "data", model=gone)
    answer = facet("ask", "Repeat: banana")
    assert (answer.returncode, answer.stdout) == (0, "banana\n")
    assert answer.stderr.splitlines() == [
        "facet: gone.gguf is not there any more: its file was moved or deleted. "
        "Mini Gemma answers instead."
    ]
