"""What is evaluated already, and how much of a new prompt that saves.

A prompt is a sequence of items: a token id, or the key of a picture or sound. The longest common
prefix with what the KV cache holds need not be evaluated again. Layers with a sliding window have
forgotten what left it, so going back far needs a checkpoint: a copy of what their window held at
an earlier place. Without one, everything is evaluated again, which is slower but never wrong.
Source: the algorithm is that of llama.cpp's server for such models.

When another conversation takes its turn, the whole cache is set aside (``states``) and comes back
with the next prompt that begins like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.engine.fitting import Item
from app.engine.projector import Block
from app.engine.runtime import Runtime
from app.engine.state_file import Past
from app.engine.states import Snapshot, States, common_prefix, positions

CHECKPOINT_BYTES = 512 * 2**20  # of all checkpoints together; one is kept whatever its size
_WORTHWHILE = 64  # positions; fewer are evaluated sooner than a state is put back
_RECENT = 3  # checkpoints that may lie close together; older ones are thinned out


@dataclass(frozen=True)
class Checkpoint:
    """The window's content after the first ``items`` items, which end at ``position``."""

    items: int
    position: int
    window: np.ndarray  # of bytes


class PromptCache:
    """Knows what each position of the KV cache of ``runtime`` stands for, and whose it is."""

    def __init__(
        self,
        runtime: Runtime,
        states: States | None = None,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
    ) -> None:
        self._runtime = runtime
        self._states = states or States()
        self._chat = ""
        self._past: list[Past] = []
        self._checkpoints: list[Checkpoint] = []  # in the order of their places
        self._limit = checkpoint_bytes
        self._restored: Literal["none", "memory", "disk"] = "none"
        self.changed = False  # since the state of this conversation was set aside last

    def reuse(self, items: Sequence[Item], chat: str = "") -> int:
        """Make the KV cache hold the longest prefix of ``items`` that can be had, and return how
        many of them need no evaluation: all of them only if their logits are at hand, too.

        The prefix may come from the cache as it is, or from a state that was set aside. What the
        cache held for another conversation than ``chat`` is set aside before it is lost.
        """
        wanted = [_past(item) for item in items]
        common = common_prefix(self._past, wanted)
        usable = self._positions(self._reachable(common))
        found = self._states.find(wanted, usable + _WORTHWHILE, chat)
        if chat != self._chat:
            self.set_aside()
        if found is not None and self._restore(found):
            common = common_prefix(self._past, wanted)
        self._chat = chat
        whole = common == len(items) == len(self._past) and self._runtime.has_logits
        if not whole:
            common = min(common, len(items) - 1)
        if common < len(self._past):
            common = self._go_back(common)
            del self._past[common:]
            self.changed = True
        return common

    def take_restored(self) -> Literal["none", "memory", "disk"]:
        """Where the state came from that was put back since this was asked last."""
        restored, self._restored = self._restored, "none"
        return restored

    def add(self, items: Sequence[Item]) -> None:
        """Note that ``items`` have been evaluated after all that was there."""
        self._past += map(_past, items)
        self.changed = True

    @property
    def last_checkpoint(self) -> int:
        """After how many items the last checkpoint was taken; 0 if there is none."""
        return self._checkpoints[-1].items if self._checkpoints else 0

    def checkpoint(self) -> None:
        """Make it possible to come back to this place."""
        # Models without sliding windows can go back anywhere.
        if not self._runtime.window or len(self._past) <= self.last_checkpoint:
            return
        window = self._runtime.save_window()
        self._checkpoints.append(Checkpoint(len(self._past), self._runtime.length, window))
        self._thin_out()
        while len(self._checkpoints) > 1 and sum(map(_size, self._checkpoints)) > self._limit:
            del self._checkpoints[0]

    def _thin_out(self) -> None:
        """Drop the checkpoint that is no longer recent if there is one close before it."""
        if len(self._checkpoints) > _RECENT + 1:
            older, aged = self._checkpoints[-_RECENT - 2 : -_RECENT]
            if aged.position - older.position < _WORTHWHILE:
                self._checkpoints.remove(aged)

    def clear(self) -> None:
        """Forget everything, in the KV cache too; what was set aside stays."""
        self._past.clear()
        self._checkpoints.clear()
        self._runtime.clear()
        self.changed = False

    def set_aside(self) -> None:
        """Keep a copy of the conversation in the cache for coming back to it, unless there is one
        or it is not worth it."""
        if not self._chat or not self.changed or self._runtime.length < _WORTHWHILE:
            return
        size = self._runtime.state_bytes + sum(map(_size, self._checkpoints))
        if self._states.has_room(size):
            self._states.keep(self._snapshot())
            self.changed = False

    def forget(self, chat: str) -> None:
        """Remove all that is kept of a conversation."""
        self._states.forget(chat)
        if chat == self._chat:
            self.clear()

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            self._chat,
            tuple(self._past),
            self._runtime.length,
            self._runtime.save_state(),
            tuple((one.items, one.position, one.window) for one in self._checkpoints),
        )

    def _restore(self, snapshot: Snapshot) -> bool:
        if not self._runtime.restore_state(snapshot.state, snapshot.length):
            self._past.clear()
            self._checkpoints.clear()
            return False
        self._past = list(snapshot.past)
        self._checkpoints = [Checkpoint(*window) for window in snapshot.windows]
        self._restored = snapshot.source
        self.changed = False
        return True

    def _positions(self, items: int) -> int:
        return positions(self._past[:items])

    def _reachable(self, common: int) -> int:
        """How many of the first ``common`` items ``_go_back`` would leave."""
        if self._runtime.can_rewind(self._positions(common)):
            return common
        return max((one.items for one in self._checkpoints if one.items <= common), default=0)

    def _go_back(self, common: int) -> int:
        """Cut the KV cache after ``common`` items, or after fewer; returns how many are left."""
        self._checkpoints = [place for place in self._checkpoints if place.items <= common]
        position = self._positions(common)
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


def _past(item: Item) -> Past:
    return (item.key, item.tokens) if isinstance(item, Block) else item


def _size(place: Checkpoint) -> int:
    return len(place.window)
