from pathlib import Path

import msgspec
import pytest

from app.core.errors import AppError
from app.models.catalogue import Catalogue
from app.models.library import InstalledModel, Library
from app.models.removal import check_removable, delete, files_of, may_remove, tidy
from tests.unit.models.gguf_bytes import model, projector
from tests.unit.models.layouts import write


def scan(folder: Path) -> tuple[InstalledModel, ...]:
    return Library([folder], Catalogue()).scan()


def test_the_projector_goes_with_the_last_model_that_uses_it(tmp_path: Path) -> None:
    for name in ("gemma-Q4.gguf", "gemma-Q8.gguf"):
        write(tmp_path / "gemma" / name, model(name))
    eyes = write(tmp_path / "gemma" / "mmproj-gemma.gguf", projector())
    one, other = models = scan(tmp_path)
    assert one.projector == other.projector == eyes
    assert files_of(one, models) == (one.path,)
    delete(files_of(one, models))
    tidy(one, [tmp_path])
    (other,) = models = scan(tmp_path)
    assert files_of(other, models) == (other.path, eyes)
    delete(files_of(other, models))
    tidy(other, [tmp_path])
    assert not (tmp_path / "gemma").exists()
    tidy(other, [tmp_path])
    assert tmp_path.is_dir()


def test_what_else_lies_in_the_folder_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "gemma" / "g.gguf", model())
    notes = write(tmp_path / "gemma" / "notes.txt", b"mine")
    (one,) = scan(tmp_path)
    delete(files_of(one, [one]))
    tidy(one, [tmp_path])
    assert not path.exists()
    assert notes.exists()


def test_facets_own_folder_stays_when_it_is_empty(tmp_path: Path) -> None:
    write(tmp_path / "g.gguf", model())
    (one,) = scan(tmp_path)
    delete(files_of(one, [one]))
    tidy(one, [tmp_path])
    assert tmp_path.is_dir()


def test_all_parts_go(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write(tmp_path / f"big-0000{number}-of-00003.gguf", model("Big"))
    (one,) = scan(tmp_path)
    assert len(files_of(one, [one])) == 3


def test_only_what_lies_in_facets_own_folders_may_be_removed(tmp_path: Path) -> None:
    own, others = tmp_path / "own", tmp_path / "others"
    write(own / "a.gguf", model("A"))
    write(others / "b.gguf", model("B"))
    (own / "link").symlink_to(others, target_is_directory=True)
    mine, linked = scan(own)
    (theirs,) = scan(others)
    assert linked.path == own / "link" / "b.gguf"
    assert may_remove(mine, [own])
    for one in (linked, theirs, msgspec.structs.replace(mine, origin="opened")):
        assert not may_remove(one, [own])
        with pytest.raises(AppError) as caught:
            check_removable(one, [own])
        assert caught.value.code == "not-ours"
        assert str(one.path) in caught.value.next_step


def test_a_link_in_the_own_folder_goes_and_not_what_it_leads_to(tmp_path: Path) -> None:
    kept = write(tmp_path / "others" / "b.gguf", model("B"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "b.gguf").symlink_to(kept)
    (one,) = scan(tmp_path / "own")
    delete(files_of(one, [one]))
    assert scan(tmp_path / "own") == ()
    assert kept.exists()


def test_what_can_not_be_deleted_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(AppError) as caught:
        delete([folder])
    assert caught.value.what.startswith("folder can't be deleted")
    delete([tmp_path / "gone"])
