"""What is evaluated already, and how much of a new prompt that saves.

A prompt is a sequence of items: a token id, or the key of a picture or sound. The longest common
prefix with what the KV cache holds need not be evaluated again. Layers with a sliding window have
forgotten what left it, so going back far needs a checkpoint: a copy of what their window held at
an earlier place. Without one, everything is evaluated again, which is slower but never wrong.
Source: the algorithm is that of llama.cpp's server for such models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.fitting import Item, length
from app.engine.projector import Block
from app.engine.runtime import Runtime

CHECKPOINT_BYTES = 512 * 2**20  # of all checkpoints together; one is kept whatever its size


@dataclass(frozen=True)
class Checkpoint:
    """The window's content after the first ``items`` items, which end at ``position``."""

    items: int
    position: int
    window: Any  # an array of bytes


class PromptCache:
    """Knows what each position of the KV cache of ``runtime`` stands for."""

    def __init__(self, runtime: Runtime, checkpoint_bytes: int = CHECKPOINT_BYTES) -> None:
        self._runtime = runtime
        self._items: list[Item] = []
        self._checkpoints: list[Checkpoint] = []  # in the order of their places
        self._limit = checkpoint_bytes

    def reuse(self, items: Sequence[Item]) -> int:
        """Cut the cache back to the longest usable prefix of ``items`` and return how many of
        them need no evaluation. At least one item is always left to evaluate."""
        common = 0
        for old, new in zip(self._items, items[:-1], strict=False):
            if _key(old) != _key(new):
                break
            common += 1
        if common < len(self._items):
            common = self._go_back(common)
            del self._items[common:]
        return common

    def add(self, items: Sequence[Item]) -> None:
        """Note that ``items`` have been evaluated after all that was there."""
        self._items += items

    @property
    def last_checkpoint(self) -> int:
        """After how many items the last checkpoint was taken; 0 if there is none."""
        return self._checkpoints[-1].items if self._checkpoints else 0

    def checkpoint(self) -> None:
        """Make it possible to come back to this place."""
        # Models without sliding windows can go back anywhere.
        if not self._runtime.window or len(self._items) <= self.last_checkpoint:
            return
        window = self._runtime.save_window()
        self._checkpoints.append(Checkpoint(len(self._items), self._runtime.length, window))
        while len(self._checkpoints) > 1 and sum(map(_size, self._checkpoints)) > self._limit:
            del self._checkpoints[0]

    def clear(self) -> None:
        """Forget everything, in the KV cache too."""
        self._items.clear()
        self._checkpoints.clear()
        self._runtime.clear()

    def _go_back(self, common: int) -> int:
        """Cut the KV cache after ``common`` items, or after fewer; returns how many are left."""
        self._checkpoints = [place for place in self._checkpoints if place.items <= common]
        position = sum(map(length, self._items[:common]))
        if self._runtime.can_rewind(position):
            self._runtime.rewind(position)
            return common
        if self._checkpoints:
            place = self._checkpoints[-1]
            if self._runtime.restore_window(place.window, place.position):
                return place.items
        self._checkpoints.clear()
        self._runtime.clear()
        return 0


def _key(item: Item) -> int | str:
    return item.key if isinstance(item, Block) else item


def _size(place: Checkpoint) -> int:
    return len(place.window)
