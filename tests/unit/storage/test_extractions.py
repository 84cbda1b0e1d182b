"""What has been read is kept by content, and can be lost at any time."""

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.document import Extract, Heading, Page
from app.core.errors import AppError
from app.storage.extractions import ExtractionStore

BLOB, OTHER = "a" * 64, "b" * 64
EXTRACT = Extract(
    "report.pdf",
    "pdf",
    "page",
    (
        Page(1, "Words, 中文 and 😀", label="iv"),
        Page(2, source="picture", read=False),
        Page(4, problem="Page 4 is damaged."),
    ),
    total=4,
    headings=(Heading("One", 1, 1),),
    missing=("Page 3 is missing.",),
    title="A report",
)


@pytest.fixture
def store(tmp_path: Path) -> ExtractionStore:
    return ExtractionStore(tmp_path / "extracts", 1)


def test_what_is_kept_comes_back(store: ExtractionStore) -> None:
    assert store.get(BLOB) is None
    store.put(BLOB, EXTRACT)
    assert store.get(BLOB) == EXTRACT
    assert store.get(OTHER) is None
    later = Extract("report.pdf", "pdf", "page", (), 0)
    store.put(BLOB, later)
    assert store.get(BLOB) == later


def test_another_reader_reads_anew(store: ExtractionStore) -> None:
    store.put(BLOB, EXTRACT)
    assert ExtractionStore(store.folder, 2).get(BLOB) is None


def test_text_takes_little_room(store: ExtractionStore) -> None:
    text = "The harbour master writes down both of them, as has been done. " * 200
    store.put(BLOB, Extract("a", "pdf", "page", tuple(Page(n, text) for n in range(1, 101)), 100))
    (path,) = store.folder.iterdir()
    assert path.stat().st_size < len(text) * 100 / 20


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-5],
        lambda data: data[:20] + bytes([data[20] ^ 0x55]) + data[21:],
        lambda data: b"",
        lambda data: zlib.compress(b"\x93\x01\x02\x03"),
        lambda data: zlib.compress(bytes(3_000_000)),
    ],
    ids=["cut", "flipped", "empty", "other", "bomb"],
)
def test_a_damaged_file_is_as_good_as_none(
    store: ExtractionStore, damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.extractions._LARGEST", 2_000_000)
    store.put(BLOB, EXTRACT)
    (path,) = store.folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(BLOB) is None
    store.put(BLOB, EXTRACT)
    assert store.get(BLOB) == EXTRACT


def test_garbage_is_what_nobody_has_used_for_a_day(store: ExtractionStore) -> None:
    store.collect_garbage({BLOB})  # there is no folder yet
    older = ExtractionStore(store.folder, 0)
    for keeper, blob in ((store, BLOB), (store, OTHER), (older, BLOB)):
        keeper.put(blob, EXTRACT)
    (store.folder / ".new-123").write_bytes(b"half")
    store.collect_garbage({BLOB})
    assert len(list(store.folder.iterdir())) == 4
    two_days_ago = time.time() - 2 * 24 * 3600
    for path in store.folder.iterdir():
        os.utime(path, (two_days_ago, two_days_ago))
    assert store.get(OTHER) == EXTRACT  # which counts as use
    store.collect_garbage({BLOB})
    assert {path.name for path in store.folder.iterdir()} == {f"{BLOB}.1", f"{OTHER}.1"}
    store.collect_garbage({BLOB}, grace_seconds=-1)
    assert {path.name for path in store.folder.iterdir()} == {f"{BLOB}.1"}


def test_a_name_is_a_hash(store: ExtractionStore) -> None:
    for name in ("../secret", "a" * 63, "A" * 64):
        with pytest.raises(ValueError, match="SHA-256"):
            store.put(name, EXTRACT)


def test_a_disk_that_refuses_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AppError, match="could not be kept"):
        ExtractionStore(tmp_path / "file" / "folder", 1).put(BLOB, EXTRACT)
