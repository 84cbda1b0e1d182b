import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.core.errors import AppError
from app.models.catalogue import BUNDLED, HuggingFace, PythonPackage, load_catalogue

SCHEMA = json.loads((BUNDLED.parent / "resources" / "models.schema.json").read_text("utf-8"))


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": "mine",
        "title": "Mine",
        "architecture": "llama",
        "modalities": ["text"],
        "context": 2048,
        "quantisation": "Q8_0",
        "licence": "MIT",
        "source": {"kind": "huggingface", "repository": "me/mine"},
        "files": [{"role": "model", "name": "mine.gguf", "bytes": 10}],
        **changes,
    }


def written(folder: Path, *entries: dict[str, Any], **top: Any) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps({"models": entries, **top}), "utf-8")
    return path


def test_the_bundled_file_follows_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(BUNDLED.read_text("utf-8")), SCHEMA)


def test_all_five_gemmas_come_with_a_projector() -> None:
    gemmas = [spec for spec in load_catalogue().models if spec.architecture == "gemma4"]
    assert [spec.title.removeprefix("Gemma 4 ") for spec in gemmas] == [
        "E2B",
        "E4B",
        "12B",
        "26B A4B",
        "31B",
    ]
    for spec in gemmas:
        assert isinstance(spec.source, HuggingFace)
        assert spec.projector_file is not None
        assert "image" in spec.modalities
        assert all(len(file.sha256) == 64 for file in spec.files)


def test_names_and_checksums_are_given_once() -> None:
    models = load_catalogue().models
    files = [file for spec in models for file in spec.files]
    for values in (
        [spec.id for spec in models],
        [file.name for file in files],
        [file.sha256 for file in files],
    ):
        assert len(set(values)) == len(values)


def test_the_starter_comes_in_a_python_package() -> None:
    starter = load_catalogue().starter
    assert starter is not None
    assert isinstance(starter.source, PythonPackage)
    assert starter.source.member.endswith(starter.model_file.name)
    assert starter.modalities == ("text",)
    assert not starter.model_file.approximate


def test_an_own_file_adds_and_replaces(tmp_path: Path) -> None:
    own = written(tmp_path, entry(), entry(id="gemma-4-e2b-qat-q4_0", title="My E2B"))
    catalogue = load_catalogue([BUNDLED, own, tmp_path / "none.json"])
    assert len(catalogue.models) == len(load_catalogue().models) + 1
    assert catalogue.models[0].title == "My E2B"
    mine = catalogue.get("mine")
    assert mine is not None
    assert mine.bytes == 10
    assert mine.projector_file is None
    assert catalogue.get("no such") is None


def test_rough_sizes_are_met_roughly_and_exact_ones_exactly() -> None:
    e4b = load_catalogue().get("gemma-4-e4b-qat-q4_0")
    assert e4b is not None
    assert e4b.projector_file is not None
    assert e4b.model_file.fits(e4b.model_file.bytes)
    assert not e4b.model_file.fits(e4b.model_file.bytes - 1)
    assert e4b.projector_file.fits(991_551_000)
    assert not e4b.projector_file.fits(559_874_816)


MODEL = {"role": "model", "name": "mine.gguf", "bytes": 10}
WRONG = {
    "unknown field": entry(colour="red"),
    "unknown modality": entry(modalities=["smell"]),
    "unknown source": entry(source={"kind": "floppy"}),
    "unknown field of a source": entry(
        source={"kind": "huggingface", "repository": "a/b", "branch": "main"}
    ),
    "no model": entry(files=[]),
    "two models": entry(files=[MODEL, {**MODEL, "name": "other.gguf"}]),
    "a folder in a name": entry(files=[{**MODEL, "name": "../../mine.gguf"}]),
    "a folder in an id": entry(id="../mine"),
    "no id": entry(id=""),
    "a Windows folder in a name": entry(files=[{**MODEL, "name": "..\\mine.gguf"}]),
    "size as text": entry(files=[{**MODEL, "bytes": "10"}]),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_named(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = written(tmp_path, wrong)
    with pytest.raises(AppError) as caught:
        load_catalogue([path])
    assert str(path) in caught.value.what
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(path.read_text("utf-8")), SCHEMA)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text("models: []")
    with pytest.raises(AppError, match="catalogue"):
        load_catalogue([path])
    with pytest.raises(AppError, match="catalogue"):
        load_catalogue([tmp_path])
