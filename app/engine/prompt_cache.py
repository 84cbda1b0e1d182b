"""What is evaluated already, and how much of a new prompt that saves.

A prompt is a sequence of items: a token id, or the key of a picture or sound. The longest common
prefix with what the KV cache holds need not be evaluated again, as long as the sliding-window
layers still have the positions before its end.
"""

from collections.abc import Sequence

from app.engine.projector import Block
from app.engine.runtime import Runtime

Item = int | Block


class PromptCache:
    """Knows what each position of the KV cache of ``runtime`` stands for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._items: list[Item] = []

    def reuse(self, items: Sequence[Item]) -> int:
        """Cut the cache back to the longest usable prefix of ``items`` and return how many of
        them need no evaluation. At least one item is always left to evaluate."""
        common = 0
        for old, new in zip(self._items, items[:-1], strict=False):
            if _key(old) != _key(new):
                break
            common += 1
        if common < len(self._items):
            position = sum(map(length, self._items[:common]))
            if self._runtime.can_rewind(position):
                self._runtime.rewind(position)
            else:
                common = 0
                self._runtime.clear()
            del self._items[common:]
        return common

    def add(self, items: Sequence[Item]) -> None:
        """Note that ``items`` have been evaluated after all that was there."""
        self._items += items

    def clear(self) -> None:
        """Forget everything, in the KV cache too."""
        self._items.clear()
        self._runtime.clear()


def length(item: Item) -> int:
    """How many positions an item takes."""
    return item.tokens if isinstance(item, Block) else 1


def _key(item: Item) -> int | str:
    return item.key if isinstance(item, Block) else item
