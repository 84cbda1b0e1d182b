"""Everything goes into one file and comes back, or nothing changes."""

import hashlib
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.core.conversation import Image, Message, Role, Text
from app.core.errors import AppError
from app.core.settings import Settings
from app.storage.backup import Manifest, read_manifest, restore, write_backup
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations, Entry
from app.storage.database import Database
from app.storage.erasing import erase
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

PICTURE = b"not really a picture"


def lived_in(folder: Path, title: str = "Tides") -> Paths:
    """The folders of somebody who has used Facet."""
    paths = Paths.under(folder)
    paths.create()
    blob = BlobStore(paths.blobs).put(PICTURE)
    database = Database.open(paths.database)
    question = Message(Role.USER, (Image(blob, "moon.png", "image/png", 4, 3), Text("Why?")))
    answer = Message(Role.ASSISTANT, (Text("The Moon."),))
    Conversations(database).add_turn("c", title, None, Entry("q", question), Entry("a", answer))
    database.close()
    SettingsFile(paths.settings).save(Settings(theme="dark"))
    (paths.extracts / "ab.extract").write_bytes(b"what was read")
    return paths


def titles(paths: Paths) -> list[str]:
    database = Database.open(paths.database)
    found = [one.title for one in Conversations(database).summaries()]
    database.close()
    return found


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_all_of_it_comes_back_on_another_machine(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    old, new = lived_in(tmp_path / "old"), Paths.under(tmp_path / "new")
    new.create()
    target = tmp_path / "facet.zip"
    manifest = write_backup(old, target, lambda *count: told.append(count))
    assert (manifest.conversations, manifest.files) == (1, 4)
    assert told[-1] == (3, 3)
    assert read_manifest(target) == manifest
    assert restore(new, target) is None, "there was nothing before"
    assert titles(new) == ["Tides"]
    assert SettingsFile(new.settings).load().theme == "dark"
    blob = hashlib.sha256(PICTURE).hexdigest()
    assert BlobStore(new.blobs).path_of(blob).read_bytes() == PICTURE
    assert (new.extracts / "ab.extract").read_bytes() == b"what was read"
    assert not list(new.data_dir.glob(".restoring-*"))


def test_what_was_there_is_kept_aside(tmp_path: Path) -> None:
    old, new = lived_in(tmp_path / "old"), lived_in(tmp_path / "new", "Bikes")
    write_backup(old, tmp_path / "facet.zip")
    aside = restore(new, tmp_path / "facet.zip")
    assert titles(new) == ["Tides"]
    assert aside is not None
    database = Database.open(aside / "facet.db")
    assert [one.title for one in Conversations(database).summaries()] == ["Bikes"]
    database.close()


def test_it_is_whole_while_facet_writes(tmp_path: Path) -> None:
    paths = lived_in(tmp_path / "old")
    database = Database.open(paths.database)
    with database.transaction() as change:
        change.execute("UPDATE conversations SET title = 'half done'")
        write_backup(paths, tmp_path / "facet.zip")
    database.close()
    other = Paths.under(tmp_path / "new")
    other.create()
    restore(other, tmp_path / "facet.zip")
    assert titles(other) == ["Tides"]


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = data.index(PICTURE)
    data[place] ^= 1
    path.write_bytes(bytes(data))


def _remade(change: Callable[[dict[str, bytes]], None]) -> Callable[[Path], None]:
    def remake(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        change(files)
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)

    return remake


def _lose_database(files: dict[str, bytes]) -> None:
    del files["facet.db"]
    files["settings.json.old"] = b""


def _break_database(files: dict[str, bytes]) -> None:
    files["facet.db"] = files["facet.db"][:100] + bytes(8000)


def _lead_out(files: dict[str, bytes]) -> None:
    files["blobs/../../evil"] = files.pop("settings.json")


def _other_picture(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("blobs/"))
    files[name] = b"another picture"


def _newer(files: dict[str, bytes]) -> None:
    manifest = msgspec.json.decode(files["facet-backup.json"], type=Manifest)
    newer = msgspec.structs.replace(manifest, format=99)
    files["facet-backup.json"] = msgspec.json.encode(newer)


def _newer_database(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facet.db"
        path.write_bytes(files["facet.db"])
        connection = sqlite3.connect(path)
        connection.execute("INSERT INTO migrations VALUES ('from the future', 1)")
        connection.commit()
        connection.close()
        files["facet.db"] = path.read_bytes()


@pytest.mark.parametrize(
    "harm",
    [
        _cut,
        _flip,
        lambda path: path.write_text("no ZIP at all"),
        lambda path: path.unlink(),
        _remade(lambda files: files.pop("facet-backup.json")),
        _remade(_lose_database),
        _remade(_break_database),
        _remade(_lead_out),
        _remade(_other_picture),
        _remade(_newer),
        _remade(_newer_database),
    ],
)
def test_a_backup_that_is_none_changes_nothing(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    source, paths = tmp_path / "facet.zip", lived_in(tmp_path / "home", "Bikes")
    write_backup(lived_in(tmp_path / "old"), source)
    harm(source)
    before = snapshot(paths.data_dir)
    with pytest.raises(AppError) as refused:
        restore(paths, source)
    assert refused.value.next_step
    assert snapshot(paths.data_dir) == before
    assert titles(paths) == ["Bikes"]
    assert not (tmp_path / "evil").exists()


def test_a_full_disk_leaves_the_old_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, target = lived_in(tmp_path / "old"), tmp_path / "facet.zip"
    target.write_bytes(b"the old one")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(AppError, match="disk is full"):
        write_backup(paths, target)
    assert target.read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facet.zip", "old"]


def test_a_move_that_fails_half_way_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, paths = tmp_path / "facet.zip", lived_in(tmp_path / "home", "Bikes")
    write_backup(lived_in(tmp_path / "old"), source)
    move, moves = shutil.move, []

    def fail_once(before: Path, after: Path) -> object:
        moves.append(before)
        if len(moves) == 7:
            raise OSError(5, "Input/output error")
        return move(before, after)

    monkeypatch.setattr(shutil, "move", fail_once)
    with pytest.raises(AppError):
        restore(paths, source)
    assert titles(paths) == ["Bikes"]
    assert SettingsFile(paths.settings).load().theme == "dark"


def test_erasing_leaves_what_is_not_ours(tmp_path: Path) -> None:
    paths = lived_in(tmp_path / "shared")
    (paths.data_dir / "thesis.odt").write_text("years of work")
    (paths.models_dir / "model.gguf").write_text("weights")
    assert erase(paths) == ()
    assert [path.name for path in paths.data_dir.rglob("*")] == ["thesis.odt"]


def test_erasing_leaves_no_trace_in_the_systems_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    paths = Paths.default()
    paths.create()
    Database.open(paths.database).close()
    (paths.log_dir / "engine.log").write_text("words")
    assert erase(paths) == ()
    assert not [path for path in tmp_path.rglob("*") if "facet" in path.name]
