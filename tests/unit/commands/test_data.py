"""Backup, restore and erasing from a terminal: asked first, and never while Facet is open."""

from contextlib import closing
from pathlib import Path

import pytest

from app import cli
from app.desktop.folder_lock import FolderLock
from app.storage.paths import Paths
from tests.unit.storage.test_backup import lived_in, titles


def facet(folder: Path, *arguments: str) -> int:
    return cli.main(["--data-dir", str(folder), *arguments])


def test_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived_in(tmp_path / "old")
    lived_in(tmp_path / "new", "Bikes")
    file = tmp_path / "facet.zip"
    assert facet(tmp_path / "old", "backup", str(file)) == 0
    assert "1 chat with all that belongs to them" in capsys.readouterr().out
    assert facet(tmp_path / "new", "restore", str(file), "--yes") == 0
    assert titles(Paths.under(tmp_path / "new")) == ["Tides"]
    assert "before-restore-" in capsys.readouterr().out


def test_nothing_is_replaced_or_removed_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, file = lived_in(tmp_path / "old"), tmp_path / "facet.zip"
    file.write_text("mine")
    assert facet(tmp_path / "old", "backup", str(file)) == 1
    assert file.read_text() == "mine"
    assert facet(tmp_path / "old", "backup", str(file), "--yes") == 0
    assert facet(tmp_path / "old", "restore", str(file)) == 1
    assert facet(tmp_path / "old", "--erase-data") == 1
    assert "Say so with --yes" in capsys.readouterr().err
    assert titles(paths) == ["Tides"]


def test_an_open_facet_is_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths, file = lived_in(tmp_path / "old"), tmp_path / "facet.zip"
    with closing(FolderLock(paths.data_dir)):
        assert facet(tmp_path / "old", "backup", str(file)) == 0, "which may be made at any time"
        assert facet(tmp_path / "old", "restore", str(file), "--yes") == 1
        assert facet(tmp_path / "old", "--erase-data", "--yes") == 1
    assert capsys.readouterr().err.count("Facet is open. Quit it") == 2
    assert facet(tmp_path / "old", "--erase-data", "--yes") == 0
    assert not paths.database.exists()


def test_a_file_that_is_no_backup_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert facet(tmp_path / "new", "restore", str(tmp_path / "notes.txt"), "--yes") == 1
    assert "notes.txt is damaged" in capsys.readouterr().err
