"""Random downloads: whatever goes wrong in whatever order, in the end every byte is right.

FACET_DOWNLOADS=500 runs as many of them.
"""

import hashlib
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.core.errors import AppError
from app.models.catalogue import Catalogue, ModelSpec
from app.models.download import Paused, discard, download, unfinished
from app.models.hub import Hub
from tests.hub import LocalHub
from tests.hub.shelf import MODEL, PROJECTOR, REPOSITORY, SWIFT, some_bytes, spec_of

WALKS = int(os.environ.get("FACET_DOWNLOADS", "6"))
SIZES = {MODEL: 500_000, PROJECTOR: 150_000}
# Long silences would only make it slow; they have tests of their own.
HASTY = msgspec.structs.replace(SWIFT, stall=0.05, give_up=0.2, pause=0.002, longest_pause=0.01)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


class Walk:
    """One download with its troubles, drawn by ``dice``."""

    def __init__(self, dice: random.Random, folder: Path) -> None:
        self.dice = dice
        self.folder = folder
        self.files = {name: some_bytes(size, dice.randrange(99)) for name, size in SIZES.items()}
        self.known = dice.random() < 0.5  # whether the catalogue knows the checksums
        self.hub = LocalHub({REPOSITORY: dict(self.files)}, elsewhere=dice.random() < 0.7)

    @property
    def spec(self) -> ModelSpec:
        checksums = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        return spec_of(self.files, checksums=checksums if self.known else None)

    def trouble(self) -> None:
        """One of all that can go wrong."""
        dice = self.dice
        name = dice.choice(list(SIZES))
        place = dice.randrange(SIZES[name])
        where = "bytes" if self.hub.elsewhere else "hub"
        dice.choice(
            [
                lambda: self.hub.misbehave(where=where, file=name, cut_after=place),
                lambda: self.hub.misbehave(where=where, file=name, stall_after=place),
                lambda: self.hub.misbehave(where=where, file=name, flip_at=place),
                lambda: self.hub.misbehave(where=where, file=name, ignore_range=True),
                lambda: self.hub.misbehave(where=where, refuse=True, times=dice.randrange(4)),
                lambda: self.hub.misbehave(where="hub", status=503, heads=True),
                lambda: self.hub.misbehave(where="hub", status=404),
                lambda: self.hub.misbehave(where="hub", status=416),
                lambda: self.damage(name, place),
                lambda: self.publish(name),
                lambda: discard(self.spec, self.folder),
            ]
        )()

    def damage(self, name: str, place: int) -> None:
        """The disk has lost something."""
        path = self.folder / "tiny" / f"{name}.part"
        if path.exists():
            data = path.read_bytes()
            path.write_bytes(data[:place] + bytes(len(data[place : place + 999])))

    def publish(self, name: str) -> None:
        """The hub has another file from now on, and so has the catalogue."""
        self.files[name] = some_bytes(SIZES[name], self.dice.randrange(99))
        self.hub.change(REPOSITORY, name, self.files[name])

    def stopping(self) -> Callable[[], bool]:
        """Stops at some look or other, or never."""
        looks = self.dice.choice([self.dice.randrange(40), 10**9])

        def stopped() -> bool:
            nonlocal looks
            looks -= 1
            return looks < 0

        return stopped

    def try_it(self) -> bool:
        try:
            download(
                self.spec,
                self.folder,
                Hub(self.hub.url, patience=HASTY),
                stopped=self.stopping(),
            )
        except (Paused, AppError):
            return False
        return True


@pytest.mark.parametrize("seed", range(WALKS))
def test_in_the_end_every_byte_is_right(seed: int, tmp_path: Path) -> None:
    walk = Walk(random.Random(seed), tmp_path)
    with walk.hub:
        for _ in range(6):
            for _ in range(walk.dice.randrange(4)):
                walk.trouble()
            if walk.try_it():
                assert_right(walk)
        walk.hub.behave()
        download(walk.spec, tmp_path, Hub(walk.hub.url, patience=SWIFT))
        assert_right(walk)
    assert not [t for t in threading.enumerate() if t.name.startswith("download")]


def assert_right(walk: Walk) -> None:
    there = {path.name: path.read_bytes() for path in (walk.folder / "tiny").iterdir()}
    assert there == walk.files
    assert unfinished(Catalogue((walk.spec,)), walk.folder) == ()
