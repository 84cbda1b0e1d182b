"""Where other programs keep their models: by system, by their settings, by the environment."""

import json
from pathlib import Path

import pytest

from app.models.found import found_files
from app.models.places import Place, usual_places


def folders(origin: str, places: tuple[Place, ...]) -> list[Path]:
    return [place.folder for place in places if place.origin == origin]


def test_linux(tmp_path: Path) -> None:
    places = usual_places({}, tmp_path, "linux")
    assert folders("lm-studio", places) == [
        tmp_path / ".lmstudio/models",
        tmp_path / ".cache/lm-studio/models",
    ]
    assert folders("huggingface", places) == [tmp_path / ".cache/huggingface/hub"]
    assert folders("ollama", places) == [
        tmp_path / ".ollama/models",
        Path("/usr/share/ollama/.ollama/models"),
        Path("/var/lib/ollama"),
    ]
    assert folders("jan", places) == [
        tmp_path / ".local/share/Jan/data/llamacpp/models",
        tmp_path / ".local/share/Jan/data/models",
        tmp_path / "jan/llamacpp/models",
        tmp_path / "jan/models",
    ]
    assert folders("gpt4all", places) == [tmp_path / ".local/share/nomic.ai/GPT4All"]
    assert set(folders("llama.cpp", places)) == {tmp_path / ".cache/llama.cpp"}
    assert folders("facet", places) == []


def test_macos(tmp_path: Path) -> None:
    places = usual_places({}, tmp_path, "darwin")
    support = tmp_path / "Library/Application Support"
    assert support / "Jan/data/llamacpp/models" in folders("jan", places)
    assert folders("gpt4all", places) == [support / "nomic.ai/GPT4All"]
    assert set(folders("llama.cpp", places)) == {tmp_path / "Library/Caches/llama.cpp"}
    assert folders("huggingface", places) == [tmp_path / ".cache/huggingface/hub"]
    assert folders("ollama", places) == [tmp_path / ".ollama/models"]


def test_windows(tmp_path: Path) -> None:
    environ = {"APPDATA": str(tmp_path / "R"), "LOCALAPPDATA": str(tmp_path / "L")}
    places = usual_places(environ, tmp_path, "win32")
    assert tmp_path / "R/Jan/data/llamacpp/models" in folders("jan", places)
    assert folders("gpt4all", places) == [tmp_path / "L/nomic.ai/GPT4All"]
    assert set(folders("llama.cpp", places)) == {tmp_path / "L/llama.cpp"}
    assert folders("ollama", places) == [tmp_path / ".ollama/models"]
    assert usual_places({}, tmp_path, "win32") != places


def test_the_environment_names_folders(tmp_path: Path) -> None:
    places = usual_places(
        {
            "HF_HOME": "/hf",
            "HF_HUB_CACHE": "/hub",
            "XDG_CACHE_HOME": "/cache",
            "XDG_DATA_HOME": "/data",
            "OLLAMA_MODELS": '"/ollama"',
            "OLLAMA_HOME": "/home-of-ollama",
            "LLAMA_CACHE": "/llama",
            "JAN_DATA_FOLDER": "/jan",
        },
        tmp_path,
        "linux",
    )
    assert folders("huggingface", places) == [
        Path("/hub"),
        Path("/hf/hub"),
        Path("/cache/huggingface/hub"),
        tmp_path / ".cache/huggingface/hub",
    ]
    assert folders("ollama", places)[:2] == [Path("/ollama"), Path("/home-of-ollama/models")]
    assert folders("llama.cpp", places) == [
        Path("/llama"),
        Path("/llama"),
        Path("/cache/llama.cpp"),
        Path("/cache/llama.cpp"),
    ]
    assert folders("jan", places)[0] == Path("/jan/llamacpp/models")
    assert folders("gpt4all", places) == [Path("/data/nomic.ai/GPT4All")]


def test_the_programs_settings_name_folders(tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{moved}\n")
    moved.mkdir()
    (moved / "settings.json").write_text(json.dumps({"downloadsFolder": "/big/models"}))
    jan = tmp_path / ".local/share/Jan"
    jan.mkdir(parents=True)
    (jan / "settings.json").write_text('\ufeff{"data_folder": "/big/jan"}', encoding="utf-8")
    nomic = tmp_path / ".config/nomic.ai"
    nomic.mkdir(parents=True)
    (nomic / "GPT4All.ini").write_text("[General]\nchatTheme=Dark\nmodelPath=/big/gpt\n")
    places = usual_places({}, tmp_path, "linux")
    assert folders("lm-studio", places)[:2] == [Path("/big/models"), moved / "models"]
    assert folders("jan", places)[0] == Path("/big/jan/llamacpp/models")
    assert folders("gpt4all", places)[0] == Path("/big/gpt")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"downloadsFolder": 7}', "[" * 100_000])
def test_settings_that_make_no_sense_are_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / ".lmstudio").mkdir()
    (tmp_path / ".lmstudio/settings.json").write_text(text)
    assert usual_places({}, tmp_path, "linux") == usual_places({}, tmp_path, "linux")
    assert folders("lm-studio", usual_places({}, tmp_path, "linux"))[0] == (
        tmp_path / ".lmstudio/models"
    )


def test_settings_in_a_folder_and_huge_ones_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".lmstudio/settings.json").mkdir(parents=True)
    with (tmp_path / ".lmstudio-home-pointer").open("wb") as file:
        file.truncate(2**40)
    assert folders("lm-studio", usual_places({}, tmp_path, "linux"))[0] == (
        tmp_path / ".lmstudio/models"
    )


@pytest.mark.parametrize("text", ["~nobody-of-this-name/models", "\0", "a" * 5000])
def test_what_is_no_folder_is_no_trouble(tmp_path: Path, text: str) -> None:
    (tmp_path / ".lmstudio").mkdir()
    (tmp_path / ".lmstudio/settings.json").write_text(json.dumps({"downloadsFolder": text}))
    (tmp_path / ".lmstudio-home-pointer").write_text(text)
    places = usual_places({"OLLAMA_MODELS": text, "HF_HOME": text}, tmp_path, "linux")
    assert tmp_path / ".ollama/models" in folders("ollama", places)
    assert [one for one in found_files(places) if one.path.is_relative_to(tmp_path)] == []
