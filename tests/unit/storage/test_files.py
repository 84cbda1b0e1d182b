"""Folders, blobs and the settings file, also when the disk refuses."""

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import AppError
from app.core.settings import OpenedModel, Settings
from app.core.state_names import state_name
from app.storage.blobs import BlobStore
from app.storage.disk import write_file
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile
from app.storage.states import StateFiles


def refuse(number: int):  # type: ignore[no-untyped-def]
    def fsync(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    return fsync


# -- folders --------------------------------------------------------------------------------------


def test_everything_lies_under_the_given_folder(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path / "deep" / "data")
    paths.create()
    paths.create()
    for path in (
        paths.database,
        paths.blobs,
        paths.thumbnails,
        paths.states,
        paths.settings,
        paths.engine_log,
        paths.models_dir,
        paths.captures,
    ):
        assert path.is_relative_to(tmp_path / "deep" / "data")
        assert path.parent.is_dir()


def test_relative_folders_do_not_move_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Paths.under(Path("data")).data_dir == tmp_path / "data"


def test_default_folders_are_named_after_the_program() -> None:
    paths = Paths.default()
    assert paths.data_dir.is_absolute()
    assert "facet" in paths.data_dir.parts
    assert "facet" in paths.cache_dir.parts


def test_captures_lie_in_memory_where_the_system_offers_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert Paths.default().captures == tmp_path / "facet" / "captures"
    for value in ("", "run", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        assert Paths.default().captures == Paths.default().cache_dir / "captures"


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AppError) as caught:
        Paths.under(tmp_path / "file" / "data").create()
    assert str(tmp_path / "file") in caught.value.what
    assert caught.value.next_step


if os.name == "posix":

    def test_folders_are_private(tmp_path: Path) -> None:
        paths = Paths.under(tmp_path / "a" / "b")
        paths.create()
        for folder in (tmp_path / "a", paths.data_dir, paths.blobs, paths.captures):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# -- blobs ----------------------------------------------------------------------------------------


def test_blobs_are_named_by_what_is_in_them(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    blob = store.put(b"hello")
    assert blob == hashlib.sha256(b"hello").hexdigest()
    assert store.path_of(blob).read_bytes() == b"hello"
    assert store.put(b"hello") == blob
    assert store.put(b"other") != blob
    assert len(list(tmp_path.glob("*/*"))) == 2
    assert store.require(blob, "a.txt") == store.path_of(blob)


def test_a_blob_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    path = store.path_of(store.put(b"hello"))
    path.write_bytes(b"hel")
    store.put(b"hello")
    assert path.read_bytes() == b"hello"


def test_a_blob_that_is_gone_is_named(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    blob = store.put(b"hello")
    store.path_of(blob).unlink()
    with pytest.raises(AppError) as caught:
        store.require(blob, "holiday.png")
    assert caught.value.what.startswith("holiday.png")


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63])
def test_only_hashes_are_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        BlobStore(tmp_path).path_of(name)


def test_garbage_is_collected_but_not_what_is_new_or_used(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    used, unused, fresh = (store.put(data) for data in (b"used", b"unused", b"fresh"))
    leftover = store.path_of(used).parent / ".new-crashed"
    leftover.write_bytes(b"half")
    long_ago = time.time() - 90_000
    for path in (store.path_of(used), store.path_of(unused), leftover):
        os.utime(path, (long_ago, long_ago))
    assert store.collect_garbage({used}) == 2
    assert store.path_of(used).exists()
    assert store.path_of(fresh).exists()
    assert not store.path_of(unused).exists()
    assert not leftover.exists()


def test_giving_the_same_bytes_again_makes_them_new(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    path = store.path_of(store.put(b"again"))
    long_ago = time.time() - 90_000
    os.utime(path, (long_ago, long_ago))
    store.put(b"again")
    assert store.collect_garbage(set()) == 0


def test_many_threads_putting_the_same_bytes(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    data = b"x" * 300_000
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(store.put(data))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert store.path_of(found[0]).read_bytes() == data
    assert len(list(tmp_path.glob("*/*"))) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EROFS, "can't be written"),
        (errno.EACCES, "doesn't allow"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_disk_that_refuses(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BlobStore(tmp_path)
    monkeypatch.setattr(os, "fsync", refuse(number))
    with pytest.raises(AppError) as caught:
        store.put(b"data")
    assert words in caught.value.what
    assert caught.value.next_step
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


if os.name == "posix":

    def test_a_limit_of_the_system_stops_a_real_write(tmp_path: Path) -> None:
        code = (
            "import resource, sys; from pathlib import Path; "
            "from app.storage.blobs import BlobStore; from app.core.errors import AppError\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "try: BlobStore(Path(sys.argv[1])).put(b'x' * 5000)\n"
            "except AppError as error: print(error.what)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
        )
        assert "The disk is full." in done.stdout
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_replacing_a_file_keeps_the_old_one_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_file(path, b"old")
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(OSError, match="space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# -- settings -------------------------------------------------------------------------------------

FILLED = Settings(
    theme="dark",
    model="gemma-4-e4b",
    opened_models=(OpenedModel("/a b/x.gguf", "/a b/mmproj-x.gguf"), OpenedModel("y.gguf")),
    context=16384,
    picture_budget=560,
    system_prompt="Kurz.\nAuf Deutsch – bitte.",
    thinking="on",
    sidebar_width=300,
    window=(10, -20, 1200, 800),
)


def test_settings_come_back(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    assert file.load() == Settings()
    file.save(FILLED)
    again = SettingsFile(tmp_path / "settings.json")
    assert again.load() == FILLED
    assert again.problem is None


def test_unknown_keys_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "light", "gesture": {"keys": ["Ctrl", "Space"]}, "_note": "mine"}')
    file = SettingsFile(path)
    assert file.load() == Settings(theme="light")
    file.save(Settings(theme="dark"))
    raw = json.loads(path.read_text("utf-8"))
    assert raw["gesture"] == {"keys": ["Ctrl", "Space"]}
    assert raw["_note"] == "mine"
    assert raw["theme"] == "dark"


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", "\0\0\0", "[" * 100_000])
def test_a_damaged_file_gives_the_defaults_and_is_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    file = SettingsFile(path)
    assert file.load() == Settings()
    assert file.problem is not None
    (kept,) = tmp_path.iterdir()
    assert kept.name in file.problem.what
    assert kept.read_text() == text
    file.save(FILLED)
    assert SettingsFile(path).load() == FILLED


def test_a_wrong_value_costs_that_setting_only(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "pink", "context": "many", "sidebar_width": 222, "window": [1]}')
    file = SettingsFile(path)
    assert file.load() == Settings(sidebar_width=222)
    assert file.problem is not None
    for name in ("theme", "context", "window"):
        assert name in file.problem.what


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
@settings(deadline=None)
def test_any_value_is_a_setting_or_its_default(value: object) -> None:
    names = [field for field in Settings.__struct_fields__ if field != "model"]
    file = SettingsFile(Path("unused"))
    found = file._convert(dict.fromkeys(names, value) | {"model": "kept"})
    assert found.model == "kept"


def test_settings_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    file.save(FILLED)
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(AppError) as caught:
        file.save(Settings())
    assert "The disk is full." in caught.value.what
    assert SettingsFile(tmp_path / "settings.json").load() == FILLED


def test_settings_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    file = SettingsFile(tmp_path / "settings.json")
    assert file.load() == Settings()
    assert file.problem is not None


# -- what the engine keeps ------------------------------------------------------------------------


def state_files(folder: Path) -> StateFiles:
    folder.mkdir()
    for chat in ("a1", "a2"):
        for ending in ("0123.state", "4567.state", "89.tmp"):
            (folder / f"{state_name(chat)}.{ending}").write_bytes(b"x")
    return StateFiles(folder)


def test_states_of_a_chat_are_deleted_with_it(tmp_path: Path) -> None:
    states = state_files(tmp_path / "states")
    states.forget("a1")
    states.forget("never there")
    left = {path.name.partition(".")[0] for path in states.folder.iterdir()}
    assert left == {state_name("a2")}


def test_states_of_chats_that_are_gone_are_collected(tmp_path: Path) -> None:
    states = state_files(tmp_path / "states")
    (states.folder / "from an older version").write_bytes(b"x")
    (states.folder / "a folder of somebody's").mkdir()
    states.collect_garbage({"a2", "another"})
    files = [path for path in states.folder.iterdir() if path.is_file()]
    assert {path.name.partition(".")[0] for path in files} == {state_name("a2")}
    assert len(files) == 3
    states.clear()
    assert [path.name for path in states.folder.iterdir()] == ["a folder of somebody's"]
