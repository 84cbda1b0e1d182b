from pathlib import Path

import pytest

from app.core.pace import Pace
from app.storage.pace_file import PaceFile


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    file = PaceFile(tmp_path / "paces.json")
    assert file.load() == {}
    paces = {"mini.gguf, CPU": Pace(((70, 120.5),), (900.0,)), "other": Pace()}
    file.save(paces)
    assert file.load() == paces


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 3}', b"\xff"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "paces.json"
    path.write_bytes(content)
    assert PaceFile(path).load() == {}


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = PaceFile(tmp_path / "paces.json")
    file.save({f"model {number}": Pace() for number in range(80)})
    assert list(file.load())[-1] == "model 79"
    assert len(file.load()) == 50
