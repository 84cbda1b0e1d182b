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


VARIANTS = ["E2B", "E4B", "12B", "26B A4B", "31B"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_gemma_comes_in_versions_googles_first(variant: str) -> None:
    versions = [spec for spec in load_catalogue().models if spec.variant == variant]
    assert [spec.quantisation for spec in versions][:2] == ["Q4_0", "UD-Q4_K_XL"]
    first, second, *larger = versions
    assert isinstance(first.source, HuggingFace)
    assert first.source.repository.startswith("google/")
    assert len(first.source.revision) == 40
    assert all(len(file.sha256) == 64 and not file.approximate for file in first.files)
    assert second.model_file.bytes < first.model_file.bytes
    assert all(spec.model_file.bytes > first.model_file.bytes for spec in larger)
    for spec in versions:
        assert (spec.title, spec.kind) == (f"Gemma 4 {variant}", "chat")
        assert spec.projector_file is not None
        assert "image" in spec.modalities
        assert ("audio" in spec.modalities) == (variant in VARIANTS[:3])
        assert spec.shape == first.shape
        assert spec.shape is not None
        assert not spec.shape.picture_units or spec.variant != "12B"


def test_drafters_are_not_fetched_with_a_model() -> None:
    spec = load_catalogue().get("gemma-4-e4b-qat-ud-q4_k_xl")
    assert spec is not None
    assert spec.projector_file is not None
    drafters = [file for file in spec.files if file.role == "drafter"]
    assert len(drafters) == 1
    assert spec.download_bytes == spec.model_file.bytes + spec.projector_file.bytes
    assert spec.bytes == spec.download_bytes + drafters[0].bytes


def test_what_finds_passages_does_not_chat() -> None:
    kinds = {spec.id: spec.kind for spec in load_catalogue().models if spec.kind != "chat"}
    assert kinds == {"embeddinggemma-300m-qat-q8_0": "embedding"}


def test_names_and_checksums_are_given_once() -> None:
    models = load_catalogue().models
    files = [file for spec in models for file in spec.files]
    for values in (
        [spec.id for spec in models],
        [spec.model_file.name for spec in models],  # the library knows them by it
        [file.sha256 for file in files if file.sha256],
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
    assert (mine.kind, mine.variant, mine.shape) == ("chat", "", None)
    assert catalogue.models[0].variant == ""
    assert catalogue.get("no such") is None


def test_rough_sizes_are_met_roughly_and_exact_ones_exactly() -> None:
    exact = load_catalogue().get("gemma-4-e4b-qat-q4_0")
    assert exact is not None
    assert exact.model_file.fits(exact.model_file.bytes)
    assert not exact.model_file.fits(exact.model_file.bytes - 1)
    rough = load_catalogue().get("gemma-4-31b-qat-ud-q4_k_xl")
    assert rough is not None
    assert rough.model_file.approximate
    assert rough.model_file.fits(17_300_000_000)
    assert not rough.model_file.fits(exact.model_file.bytes)


NUMBERS = ["layers", "embedding", "vocabulary", "feed_forward", "heads", "kv_heads", "head"]
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
    "unknown kind": entry(kind="painter"),
    "unknown variant": entry(variant="3B"),
    "unknown role": entry(files=[MODEL, {**MODEL, "role": "tail", "name": "tail.gguf"}]),
    "tables of an unknown type": entry(tables="Q9"),
    "a shape without layers": entry(shape={key: 1 for key in NUMBERS if key != "layers"}),
    "a shape with more than there is": entry(shape={**dict.fromkeys(NUMBERS, 1), "wheels": 4}),
    "a shape in words": entry(shape={**dict.fromkeys(NUMBERS, 1), "heads": "many"}),
    "a shape of nothing": entry(shape={**dict.fromkeys(NUMBERS, 1), "layers": 0}),
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


def test_an_own_model_may_say_how_it_is_built(tmp_path: Path) -> None:
    drafter = {**MODEL, "role": "drafter", "name": "drafter.gguf"}
    own = written(
        tmp_path,
        entry(
            kind="chat",
            variant="E2B",
            tables="F16",
            shape={**dict.fromkeys(NUMBERS, 2), "experts": 4},
            files=[MODEL, drafter],
        ),
    )
    jsonschema.validate(json.loads(own.read_text("utf-8")), SCHEMA)
    spec = load_catalogue([own]).models[0]
    assert spec.shape is not None
    assert (spec.shape.experts, spec.shape.period, spec.tables) == (4, 1, "F16")
    assert (spec.bytes, spec.download_bytes) == (20, 10)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text("models: []")
    with pytest.raises(AppError, match="catalogue"):
        load_catalogue([path])
    with pytest.raises(AppError, match="catalogue"):
        load_catalogue([tmp_path])
