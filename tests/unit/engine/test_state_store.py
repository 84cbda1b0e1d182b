"""Stored states come back exactly, or not at all."""

import os
import resource
import shutil
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import state_file, state_store
from app.engine.state_file import PIECE, Past, SavedState, SavedWindow
from app.engine.state_store import (
    ABANDONED,
    HEAD,
    SAMPLE,
    SAMPLES,
    StateStore,
    files_of,
    fingerprint,
)

LIMIT = 2**26
ODD = ("", "a", "A", "../../up", "/root", "CON", "a.b", "*", "[a]", "Ünï ☕", "\0", "x" * 9999)


def go_on() -> bool:
    return True


def values(size: int, seed: int = 0) -> bytes:
    """Bytes like those of a KV cache: numbers of 16 bits around 0."""
    numbers = np.random.default_rng(seed).normal(size=size // 2 + 1)
    return numbers.astype(np.float16).tobytes()[:size]


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that nothing compresses."""
    return np.random.default_rng(seed).bytes(size)


def state(chat: str = "chat", size: int = 4000, seed: int = 0, windows: int = 1) -> SavedState:
    past: list[Past] = [2, ("0f" * 32, 256), *range(100, 120)]
    saved = [SavedWindow(n, 255 + n, values(500 * n, seed + n)) for n in range(2, 2 + windows)]
    return SavedState(chat, past, values(size, seed), saved)


def assert_same(one: SavedState | None, other: SavedState) -> None:
    assert one is not None
    assert (one.chat, list(one.past)) == (other.chat, list(other.past))
    assert bytes(one.data) == bytes(other.data)
    assert [(w.items, w.position, bytes(w.data)) for w in one.windows] == [
        (w.items, w.position, bytes(w.data)) for w in other.windows
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "states"


@pytest.fixture
def store(folder: Path) -> StateStore:
    return StateStore(folder, "a model", LIMIT, spare=0)


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


# -- there and back --------------------------------------------------------------------------------

SIZES = st.sampled_from((0, 1, 2, 3, 1000, PIECE - 1, PIECE, PIECE + 1, PIECE + 2, 2 * PIECE + 6))
BUFFERS = st.builds(
    lambda make, size, seed: make(size, seed),
    st.sampled_from((values, noise, lambda size, _seed: bytes(size))),
    SIZES,
    st.integers(0, 9),
)
PASTS = st.lists(st.integers(0, 2**31) | st.tuples(st.text(), st.integers(0, 2000)))
WINDOWS = st.builds(SavedWindow, st.integers(0, 2**20), st.integers(0, 2**20), BUFFERS)
STATES = st.builds(SavedState, st.text(), PASTS, BUFFERS, st.lists(WINDOWS, max_size=3))


@given(saved=STATES)
def test_what_is_saved_comes_back(
    saved: SavedState, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("states")
    store = StateStore(folder, "a model", LIMIT, spare=0)
    assert store.save(saved, go_on)
    for reader in (store, StateStore(folder, "a model", LIMIT)):
        assert reader.past_of(saved.chat) == tuple(saved.past)
        assert reader.chats() == [saved.chat]
        assert_same(reader.load(saved.chat), saved)
    shutil.rmtree(folder)


def test_every_kind_of_buffer_is_taken(store: StateStore) -> None:
    data = values(1000)
    array = np.frombuffer(data, np.uint8)
    for buffer in (bytearray(data), memoryview(data), array, array.view(np.uint16)):
        saved = SavedState("chat", (1,), buffer)
        assert saved.bytes == 1000
        assert store.save(saved, go_on)
        loaded = store.load("chat")
        assert loaded is not None
        assert bytes(loaded.data) == data
        assert loaded.bytes == 1000


def test_a_loaded_buffer_can_be_written_to(store: StateStore) -> None:
    store.save(state(), go_on)
    loaded = store.load("chat")
    assert loaded is not None
    loaded.data[0] = 1
    loaded.windows[0].data[0] = 1


def test_numbers_of_16_bits_take_less_room(store: StateStore, folder: Path) -> None:
    size = 8 * PIECE
    store.save(state(size=size, windows=0), go_on)
    assert the_file(folder).stat().st_size < 0.9 * size


def test_noise_takes_hardly_more_room(store: StateStore, folder: Path) -> None:
    store.save(SavedState("chat", (1,), noise(8 * PIECE)), go_on)
    assert the_file(folder).stat().st_size < 8 * PIECE + 200


def test_a_state_is_held_once(store: StateStore) -> None:
    size = 32 * PIECE
    saved = SavedState("chat", (1,), values(size))
    tracemalloc.start()
    try:
        store.save(saved, go_on)
        _, for_saving = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        loaded = store.load("chat")
        _, for_loading = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert_same(loaded, saved)
    assert for_saving < 8 * PIECE
    assert for_loading < size + 8 * PIECE


def test_odd_chats_are_kept_apart(store: StateStore, folder: Path) -> None:
    for number, chat in enumerate(ODD):
        assert store.save(state(chat, seed=number), go_on)
    for number, chat in enumerate(ODD):
        assert_same(store.load(chat), state(chat, seed=number))
        assert files_of(folder, chat) == [
            path
            for path in folder.iterdir()
            if store.past_of(chat) and path in files_of(folder, chat)
        ]
    assert len(list(folder.iterdir())) == len(ODD)
    assert set(store.chats()) == set(ODD)


def test_a_newer_state_takes_the_place_of_an_older(store: StateStore, folder: Path) -> None:
    store.save(state(seed=1), go_on)
    assert store.past_of("chat")
    newer = SavedState("chat", (7, 8, 9), values(2000))
    store.save(newer, go_on)
    assert store.past_of("chat") == (7, 8, 9)
    assert_same(store.load("chat"), newer)
    assert len(list(folder.iterdir())) == 1


def test_what_was_never_saved_is_not_there(store: StateStore, folder: Path) -> None:
    assert store.past_of("chat") == ()
    assert store.load("chat") is None
    assert store.chats() == []
    store.forget("chat")
    store.tidy()
    assert not folder.exists()


def test_only_the_owner_can_read(store: StateStore, folder: Path) -> None:
    modes = []

    def look() -> bool:
        modes.extend(path.stat().st_mode & 0o777 for path in folder.iterdir())
        return True

    before = os.umask(0)
    try:
        store.save(state(), look)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [*modes, the_file(folder).stat().st_mode & 0o777] == [0o600] * (len(modes) + 1)
    assert modes


def test_the_past_is_read_once_and_without_the_data(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(state(size=4 * PIECE), go_on)
    with the_file(folder).open("r+b") as file:
        file.truncate(the_file(folder).stat().st_size - 1)
    opened = []
    opening = state_store._open_regular
    monkeypatch.setattr(
        state_store, "_open_regular", lambda path: (opened.append(path), opening(path))[1]
    )
    assert store.past_of("chat") == store.past_of("chat") == tuple(state().past)
    assert len(opened) == 1
    assert store.load("chat") is None
    assert store.past_of("chat") == ()


# -- damage ----------------------------------------------------------------------------------------


def refuses(store: StateStore, path: Path, content: bytes) -> bool:
    """Whether a file is neither used nor kept. The data of a file are not looked at by past_of."""
    path.write_bytes(content)
    return store.load("chat") is None and not path.exists() and store.chats() == []


def test_a_bit_that_flipped_anywhere_is_seen(store: StateStore, folder: Path) -> None:
    store.save(state(size=1000), go_on)
    path = the_file(folder)
    content = path.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        assert refuses(store, path, damaged), place


def test_a_file_cut_off_anywhere_is_seen(store: StateStore, folder: Path) -> None:
    store.save(state(size=1000), go_on)
    path = the_file(folder)
    content = path.read_bytes()
    for length in range(len(content)):
        assert refuses(store, path, content[:length]), length
    assert refuses(store, path, content + b"\0")


@given(data=st.data())
def test_damage_to_a_large_file_is_seen(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("states")
    store = StateStore(folder, "a model", LIMIT, spare=0)
    store.save(state(size=3 * PIECE + 10), go_on)
    path = the_file(folder)
    content = bytearray(path.read_bytes())
    places = st.integers(0, len(content) - 1)
    start, length = data.draw(places), data.draw(st.integers(1, 5000))
    piece = content[start : start + length]
    kind = data.draw(st.sampled_from(("zeros", "noise", "gone", "twice", "from elsewhere")))
    other = data.draw(places)
    content[start : start + length] = {
        "zeros": bytes(len(piece)),
        "noise": noise(len(piece), start),
        "gone": b"",
        "twice": piece * 2,
        "from elsewhere": content[other : other + len(piece)],
    }[kind]
    if content != path.read_bytes():
        assert refuses(store, path, bytes(content))
    shutil.rmtree(folder)


@given(content=st.binary(max_size=300), begun=st.booleans())
def test_any_other_file_is_refused(
    content: bytes, begun: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("states")
    store = StateStore(folder, "a model", LIMIT, spare=0)
    store.save(state(), go_on)
    assert refuses(store, the_file(folder), state_file.MAGIC * begun + content)
    shutil.rmtree(folder)


def test_the_state_of_another_model_is_not_there(store: StateStore, folder: Path) -> None:
    other = StateStore(folder, "another model", LIMIT, spare=0)
    other.save(state(), go_on)
    assert store.load("chat") is None
    assert store.past_of("chat") == ()
    assert store.chats() == []
    store.save(state(seed=5), go_on)
    assert_same(other.load("chat"), state())
    assert_same(store.load("chat"), state(seed=5))


def test_a_file_under_a_wrong_name_is_refused(store: StateStore, folder: Path) -> None:
    StateStore(folder, "another model", LIMIT, spare=0).save(state(), go_on)
    foreign = the_file(folder).read_bytes()
    shutil.rmtree(folder)
    store.save(state("another chat"), go_on)
    of_another_chat = the_file(folder).read_bytes()
    shutil.rmtree(folder)
    store.save(state(), go_on)
    path = the_file(folder)
    for content in (foreign, of_another_chat):
        path.write_bytes(content)
        assert store.past_of("chat") == ()
        assert not path.exists()
        assert refuses(store, path, content)


def test_another_version_is_refused(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(state(), go_on)
    monkeypatch.setattr(state_file, "MAGIC", b"FACETKV\xff")
    assert refuses(store, the_file(folder), the_file(folder).read_bytes())


def crafted(path: Path, header: object, *pieces: bytes) -> None:
    """Write a file whose checksums are right, whatever it says."""
    with path.open("wb", buffering=0) as file:
        writer = state_file.Writer(file)
        writer.header(header)  # type: ignore[arg-type]
        writer._put(*pieces)
        writer.finish()


def test_a_header_that_lies_costs_no_memory(store: StateStore, folder: Path) -> None:
    store.save(state(), go_on)
    path = the_file(folder)
    honest = ("a model", "chat", (1, 2), (1000,), ())
    crafted(path, honest, bytes(4), values(1000))
    assert_same(store.load("chat"), SavedState("chat", (1, 2), values(1000)))
    for header in (
        ("a model", "chat", (1, 2), (2**62,), ()),
        ("a model", "chat", (1, 2), (10**7,), ()),
        ("a model", "chat", (1, 2), (2**63, 2**63), ((1, 1),)),
        ("a model", "chat", (1, 2), (-1,), ()),
        ("a model", "chat", (1, 2), (2**40, -(2**40)), ((1, 1),)),
        ("a model", "chat", (1, 2), (), ()),
        ("a model", "chat", (1, 2), (500,), ((1, 1),)),
        ("a model", "chat", (1, 2), (500, 500), ()),
        ("a model", "chat", (1.5, 2), (1000,), ()),
        ("a model", "chat", (1, ("x", "y")), (1000,), ()),
        ("a model", "chat", (1, 2), (1000,), (), "more"),
        ("a model", "chat", (1, 2), (1000,)),
        ["a model"],
        {"chat": "chat"},
        None,
    ):
        crafted(path, header, bytes(4), values(1000))
        tracemalloc.start()
        assert store.load("chat") is None, header
        assert tracemalloc.get_traced_memory()[1] < 4 * PIECE, header
        tracemalloc.stop()
        assert not path.exists()


def test_a_piece_that_unpacks_to_too_much_or_too_little_is_refused(
    store: StateStore, folder: Path
) -> None:
    store.save(state(), go_on)
    path = the_file(folder)

    def packed(size: int) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(bytes(size)) + packer.flush()

    for size, upper in ((1000, packed(499)), (1001, packed(500)), (1000, b"\xff" * 9)):
        pieces = (len(upper).to_bytes(4, "little"), values(size // 2), upper)
        crafted(path, ("a model", "chat", (), (size,), ()), *pieces)
        assert store.load("chat") is None
        assert not path.exists()
    bomb = packed(10**8)
    pieces = (len(bomb).to_bytes(4, "little"), values(PIECE // 2), bomb)
    crafted(path, ("a model", "chat", (), (PIECE,), ()), *pieces)
    tracemalloc.start()
    store.load("chat")
    assert tracemalloc.get_traced_memory()[1] < 8 * PIECE
    tracemalloc.stop()


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_not_a_file_is_left_alone(kind: str, store: StateStore, folder: Path) -> None:
    store.save(state(), go_on)
    path = the_file(folder)
    elsewhere = path.replace(folder.parent / "elsewhere")
    if kind == "folder":
        path.mkdir()
        (path / "something").touch()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
    assert store.load("chat") is None
    assert store.past_of("chat") == ()
    assert store.chats() == []
    store.limit = 0
    store.tidy()
    assert os.path.lexists(path)
    store.limit = LIMIT
    assert store.save(state(seed=3), go_on) == (kind != "folder")
    assert list(folder.iterdir()) == [path]
    assert elsewhere.is_file()


def test_a_file_that_cannot_be_read_is_left_alone(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(state(), go_on)

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)  # root may read everything
        assert store.load("chat") is None
        assert StateStore(folder, "a model", LIMIT).past_of("chat") == ()
    assert_same(store.load("chat"), state())


# -- interrupted -----------------------------------------------------------------------------------


def test_breath_is_taken_between_small_pieces(store: StateStore) -> None:
    breaths = []
    saved = state(size=4 * 2**20)
    store.save(saved, lambda: breaths.append(1) is None)
    assert len(breaths) >= saved.bytes / 2**20


@pytest.mark.parametrize("at", [1, 2, 3])
def test_giving_up_leaves_the_old_state(at: int, store: StateStore, folder: Path) -> None:
    store.save(state(), go_on)
    for kind in ("give up", "raise"):
        breaths = iter(range(1, 10))

        def breathe(kind: str = kind, breaths: Iterator[int] = breaths) -> bool:
            if next(breaths) < at:
                return True
            if kind == "raise":
                raise KeyboardInterrupt
            return False

        newer = state(size=3 * PIECE, seed=7)
        if kind == "raise":
            with pytest.raises(KeyboardInterrupt):
                store.save(newer, breathe)
        else:
            assert not store.save(newer, breathe)
        assert len(list(folder.iterdir())) == 1
        assert_same(store.load("chat"), state())


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let the system refuse to write files of more than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_leaves_the_old_state(store: StateStore, folder: Path) -> None:
    store.save(state(), go_on)
    with files_end_at(PIECE):
        assert not store.save(state(size=3 * PIECE, seed=7), go_on)
    assert len(list(folder.iterdir())) == 1
    assert_same(store.load("chat"), state())


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = StateStore(tmp_path / "file" / "states", "a model", LIMIT, spare=0)
    assert not store.save(state(), go_on)
    assert store.load("chat") is None
    store.forget("chat")
    store.tidy()


def test_a_chat_deleted_while_it_is_written_stays_deleted(store: StateStore, folder: Path) -> None:
    store.save(state(), go_on)

    def delete() -> bool:
        for path in files_of(folder, "chat"):
            path.unlink()
        return True

    assert not store.save(state(size=3 * PIECE), delete)
    assert list(folder.iterdir()) == []


def test_left_overs_are_removed_when_nobody_writes_them(store: StateStore, folder: Path) -> None:
    left: list[Path] = []

    def crash() -> bool:
        (path,) = folder.glob("*.tmp")
        left.append(path.with_name(path.name[:-20] + "0" * 16 + ".tmp"))
        shutil.copy(path, left[0])
        return False

    store.save(state(), crash)
    other = folder / "somebody's.tmp"
    other.touch()
    store.tidy()
    assert left[0].exists()  # another process may be at it
    for path in (left[0], other):
        os.utime(path, (1, time.time() - ABANDONED - 1))
    store.tidy()
    assert list(folder.iterdir()) == [other]


# -- room ------------------------------------------------------------------------------------------


def stored(store: StateStore, chats: str) -> str:
    """Those of ``chats`` whose state is there."""
    return "".join(chat for chat in chats if store.past_of(chat))


def one_size(store: StateStore, folder: Path) -> int:
    """Size of the file of ``noisy``."""
    store.save(noisy("a"), go_on)
    return the_file(folder).stat().st_size


def noisy(chat: str, size: int = 10_000) -> SavedState:
    """A state that takes as much on disk, whatever it holds."""
    return SavedState(chat, (1,), noise(size))


def test_the_least_recently_used_goes_first(store: StateStore, folder: Path) -> None:
    store.limit = 4 * one_size(store, folder)
    for chat in "bcd":
        store.save(noisy(chat), go_on)
    assert stored(store, "abcd") == "abcd"
    assert store.chats() == ["d", "c", "b", "a"]
    store.load("a")
    assert store.chats() == ["a", "d", "c", "b"]
    store.save(noisy("c"), go_on)
    store.save(noisy("e"), go_on)
    assert stored(store, "abcde") == "acde"
    store.save(noisy("f"), go_on)
    assert stored(store, "abcdef") == "acef"


def test_no_more_is_removed_than_needed(store: StateStore, folder: Path) -> None:
    size = one_size(store, folder)
    for chat in "bcdefgh":
        store.save(noisy(chat), go_on)
    store.limit = 8 * size
    store.save(noisy("i"), go_on)
    assert stored(store, "abcdefghi") == "bcdefghi"
    store.save(noisy("j", 25_000), go_on)
    assert stored(store, "abcdefghij") == "efghij"


@given(saves=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9000)), max_size=15))
def test_all_files_together_stay_below_the_limit(
    saves: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("states")
    stores = [StateStore(folder, name, 20_000, spare=0) for name in ("one", "two")]
    for number, (chat, size) in enumerate(saves):
        store = stores[number % 2]
        assert store.save(noisy(chat, size), go_on)
        assert store.chats()[0] == chat
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 20_000
    shutil.rmtree(folder)


def test_too_large_a_state_is_not_written(store: StateStore, folder: Path) -> None:
    assert not store.takes(LIMIT // 2 + 1)
    assert not store.save(SavedState("chat", (1,), bytes(LIMIT // 2 + 1)), go_on)
    assert not folder.exists()
    assert store.takes(LIMIT // 2)
    assert store.save(SavedState("chat", (1,), bytes(LIMIT // 2)), go_on)


def test_a_smaller_limit_holds_from_the_next_start(store: StateStore, folder: Path) -> None:
    size = one_size(store, folder)
    for chat in "bcd":
        store.save(noisy(chat), go_on)
    StateStore(folder, "another model", 2 * size, spare=0).tidy()
    assert stored(store, "abcd") == "cd"


def test_a_file_of_somebody_else_is_not_removed(store: StateStore, folder: Path) -> None:
    folder.mkdir(parents=True)
    theirs = [folder / name for name in ("notes.state", "a.b.state", "photo.jpg")]
    for path in theirs:
        path.write_bytes(bytes(1000))
    store.limit = 0
    store.tidy()
    store.limit = LIMIT
    store.forget("notes")
    assert store.chats() == []
    assert set(folder.iterdir()) == set(theirs)


def test_some_of_the_disk_is_left_free(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = one_size(store, folder) * 4

    def usage(_path: Path) -> shutil._ntuple_diskusage:
        taken = sum(path.stat().st_size for path in folder.iterdir())
        return shutil._ntuple_diskusage(disk, taken, disk - taken)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    for chat in "bcde":  # the fifth in place of the first
        assert store.save(noisy(chat), go_on)
    assert stored(store, "abcde") == "bcde"
    greedy = StateStore(folder, "a model", LIMIT, spare=disk // 2)
    greedy.tidy()  # gives back
    assert stored(store, "bcde") == "de"
    assert greedy.save(noisy("f"), go_on)
    assert stored(store, "def") == "ef"
    assert not greedy.save(noisy("g", 25_000), go_on)  # no use in removing others for it
    assert stored(store, "efg") == "ef"
    assert not StateStore(folder, "a model", LIMIT).save(noisy("f"), go_on)


# -- forgetting, and sharing -----------------------------------------------------------------------


def test_a_chat_is_forgotten_with_all_its_files(store: StateStore, folder: Path) -> None:
    other = StateStore(folder, "another model", LIMIT, spare=0)
    for one in (store, other):
        one.save(state(), go_on)
        one.save(state("kept"), go_on)
    assert len(files_of(folder, "chat")) == 2
    store.forget("chat")
    assert files_of(folder, "chat") == []
    for one in (store, other):
        assert one.load("chat") is None
        assert one.past_of("chat") == ()
        assert one.chats() == ["kept"]


def test_what_another_process_writes_is_seen(store: StateStore, folder: Path) -> None:
    other = StateStore(folder, "a model", LIMIT, spare=0)
    store.save(state(), go_on)
    assert other.chats() == ["chat"]
    store.save(SavedState("chat", (9,), values(100)), go_on)
    assert other.past_of("chat") == (9,)
    store.forget("chat")
    assert other.past_of("chat") == ()
    assert other.chats() == []


def test_two_stores_at_work_on_one_folder_never_disturb_each_other(folder: Path) -> None:
    chats = "abc"
    states = [state(chat, PIECE + 100, seed) for seed, chat in enumerate(chats * 3)]
    allowed = {bytes(one.data): one for one in states}
    size = states[0].bytes
    errors: list[BaseException] = []
    loaded = []

    def work(seed: int) -> None:
        store = StateStore(folder, "a model", 3 * size, spare=0)
        random = np.random.default_rng(seed)
        tasks: list[Callable[[SavedState], object]] = [
            lambda one: store.save(one, go_on),
            lambda one: store.save(one, lambda: random.random() < 0.8),
            lambda one: loaded.append(store.load(one.chat)),
            lambda one: loaded.append(store.load(one.chat)),
            lambda one: [store.past_of(chat) for chat in store.chats()],
            lambda one: store.forget(one.chat),
            lambda one: store.tidy(),
        ]
        try:
            for _ in range(150):
                tasks[random.integers(len(tasks))](states[random.integers(len(states))])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = [one for one in loaded if one is not None]
    assert found
    for one in found:
        assert_same(one, allowed[bytes(one.data)])
    assert list(folder.glob("*.tmp")) == []


# -- identity of a model ---------------------------------------------------------------------------


def change(path: Path, place: int) -> None:
    """Another byte at ``place``; size and time stay."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"!")
    os.utime(path, (1, 1))


@pytest.fixture
def small_head(monkeypatch: pytest.MonkeyPatch) -> int:
    """How much of a file's beginning is read: less than in earnest, to save time."""
    monkeypatch.setattr(state_store, "HEAD", 4 * SAMPLE)
    return state_store.HEAD


def test_a_fingerprint_follows_files_and_settings(tmp_path: Path, small_head: int) -> None:
    model, projector = tmp_path / "model.gguf", tmp_path / "projector.gguf"
    size = small_head + 400 * SAMPLE + 1
    for path in (model, projector):
        with path.open("wb") as file:
            file.truncate(size)
        os.utime(path, (1, 1))
    seen = {fingerprint(model, projector, context=4096, device="CPU")}
    assert seen == {fingerprint(str(model), str(projector), device="CPU", context=4096)}

    def is_new(**settings: object) -> bool:
        known = len(seen)
        seen.add(fingerprint(model, projector, **{"context": 4096, "device": "CPU", **settings}))
        return len(seen) == known + 1

    assert is_new(context=8192)
    assert is_new(context="4096")
    assert is_new(flash_attention=True)
    seen.add(fingerprint(model, None, context=4096, device="CPU"))
    assert len(seen) == 5
    sampled = small_head + 10 * ((size - small_head) // SAMPLES)
    for path in (model, projector):
        for place in (0, small_head - 1, sampled, sampled + SAMPLE - 1, size - 1):
            change(path, place)
            assert is_new(), place
        os.utime(path, (1, 2))
        assert is_new()
        with path.open("ab") as file:
            file.write(b"\0")
        os.utime(path, (1, 2))
        assert is_new()


@pytest.mark.parametrize("blocks", [0, 1, 3, 4, 5, 20, 3 + SAMPLES])
@pytest.mark.parametrize("more", [0, 1, SAMPLE - 1])
def test_a_small_file_is_read_as_a_whole(
    blocks: int, more: int, tmp_path: Path, small_head: int
) -> None:
    path = tmp_path / "model.gguf"
    size = blocks * SAMPLE + more
    path.write_bytes(bytes(size))
    os.utime(path, (1, 1))
    places = {0, size // 2, small_head - 1, small_head, small_head + SAMPLE, size - 1}
    seen = {fingerprint(path)}
    for number, place in enumerate(sorted(places & set(range(size))), 2):
        change(path, place)
        seen.add(fingerprint(path))
        assert len(seen) == number, place


def test_all_that_a_model_file_says_of_itself_is_read() -> None:
    # The vocabulary of Gemma 4 and its merges take about 16 MB.
    assert HEAD >= 2**25


def test_a_model_that_is_gone_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fingerprint(tmp_path / "gone.gguf")


def test_headers_are_readable_by_older_and_newer_programs_or_refused() -> None:
    # A change of the layout needs another FORMAT: this is what files of this one look like.
    header = state_file.Header("f", "c", (1, ("k", 2)), (3, 4), ((5, 6),))
    assert msgspec.msgpack.encode(header).hex() == "95a166a163920192a16b0292030491920506"
