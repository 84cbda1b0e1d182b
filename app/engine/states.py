"""Conversations that were set aside: whole KV caches in memory, and on disk for other days."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from app.core.machine import Memory, memory
from app.engine.native import give_memory_back
from app.engine.state_file import Past, SavedState, SavedWindow
from app.engine.state_store import StateStore

_SHARE = 4  # of the free memory, one part in so many may be taken
_SPARE = 512 * 10**6  # bytes that are left to others
_SPARE_PART = 20  # of a small machine's memory: one part in so many
_FROM_DISK = 256  # positions that must be gained before another conversation's file is looked at


@dataclass(frozen=True)
class Snapshot:
    """The KV cache of one conversation: ``past`` says what its ``length`` positions stand for,
    ``state`` and ``windows`` (items, position, content) are arrays of bytes for llama.cpp."""

    chat: str
    past: tuple[Past, ...]
    length: int
    state: np.ndarray
    windows: tuple[tuple[int, int, np.ndarray], ...]
    source: Literal["memory", "disk"] = "memory"

    @property
    def bytes(self) -> int:
        """What it takes in memory, the tokens not counted."""
        return len(self.state) + sum(len(window) for _, _, window in self.windows)

    def usable(self, wanted: Sequence[Past]) -> int:
        """How many positions of a prompt it spares for sure: up to where they differ, or to the
        checkpoint before."""
        common = common_prefix(self.past, wanted)
        if common < len(self.past):
            common = max((items for items, _, _ in self.windows if items <= common), default=0)
        return positions(self.past[:common])


class States:
    """Keeps snapshots: ``limit`` bytes of them in RAM, more in ``store``. What was used longest
    ago goes first.

    Of the memory that is free at the beginning no more than a quarter is taken, and when the
    machine runs short of it, snapshots are dropped; ``machine`` tells how much there is.

    Files are written by a thread of its own, and only while ``rest`` has been called last: between
    two orders the processor is free, during one it belongs to the model.
    """

    def __init__(
        self,
        limit: int = 0,
        store: StateStore | None = None,
        machine: Callable[[], Memory] = memory,
    ) -> None:
        self._machine = machine
        free = machine().available
        self._limit = limit if free is None else min(limit, free // _SHARE)
        self._store = store
        self._lock = threading.Lock()  # for the next two
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()
        self._unsaved: OrderedDict[str, Snapshot] = OrderedDict()
        self._resting = threading.Event()
        self._work = threading.Event()  # there is something unsaved, or the end
        self._closed = False
        self._writer: threading.Thread | None = None

    def has_room(self, size: int) -> bool:
        """Whether a snapshot of so many bytes could be kept at all."""
        return size <= self._limit or (self._store is not None and self._store.takes(size))

    def keep(self, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` in place of what there is of its conversation."""
        with self._lock:
            self._remember(snapshot)
            if self._store is not None and self._store.takes(snapshot.bytes):
                self._unsaved.pop(snapshot.chat, None)
                self._unsaved[snapshot.chat] = snapshot
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write, name="states", daemon=True)
                    self._writer.start()
                self._work.set()
        self.relieve()

    def find(self, wanted: Sequence[Past], more_than: int, chat: str = "") -> Snapshot | None:
        """The snapshot that spares most of a prompt, if it spares more than so many positions. On
        disk that of ``chat`` is looked at first."""
        with self._lock:
            best = max(
                (*self._kept.values(), *self._unsaved.values()),
                key=lambda one: one.usable(wanted),
                default=None,
            )
            if best is not None and best.usable(wanted) > more_than:
                if best.chat in self._kept:
                    self._kept.move_to_end(best.chat)
                more_than = best.usable(wanted)
            else:
                best = None
        return self._find_on_disk(wanted, more_than, chat) or best

    def relieve(self) -> None:
        """Drop what the machine runs short of memory for. What is not on disk yet, but is to be,
        stays until it is. Costs a fraction of a millisecond."""
        shortage = _shortage(self._machine()) if self._kept else 0
        if not shortage:
            return
        with self._lock:
            for chat, snapshot in list(self._kept.items()):
                if shortage > 0 and self._unsaved.get(chat) is not snapshot:
                    del self._kept[chat]
                    shortage -= snapshot.bytes
        give_memory_back()

    @property
    def in_memory(self) -> bool:
        """Whether there is any snapshot in memory."""
        return bool(self._kept)

    def forget(self, chat: str) -> None:
        """Remove everything of a conversation."""
        with self._lock:
            self._kept.pop(chat, None)
            self._unsaved.pop(chat, None)
            if self._store is not None:
                self._store.forget(chat)

    def rest(self) -> None:
        """Nothing is being computed: files may be written."""
        self._resting.set()

    def wake(self) -> None:
        """The model is at work from now on."""
        self._resting.clear()

    @property
    def all_saved(self) -> bool:
        """Whether all that belongs on disk is there."""
        with self._lock:
            return not self._unsaved

    def close(self) -> None:
        """Drop what is in memory; what is not saved by now is lost."""
        self._closed = True
        self._work.set()
        self._resting.set()
        if self._writer is not None:
            self._writer.join()
        self._kept.clear()
        self._unsaved.clear()

    # -- inside -----------------------------------------------------------------------------------

    def _remember(self, snapshot: Snapshot) -> None:
        self._kept.pop(snapshot.chat, None)
        if snapshot.bytes > self._limit:
            return
        self._kept[snapshot.chat] = snapshot
        while sum(one.bytes for one in self._kept.values()) > self._limit:
            self._kept.popitem(last=False)

    def _find_on_disk(self, wanted: Sequence[Past], more_than: int, chat: str) -> Snapshot | None:
        if self._store is None:
            return None
        others = [one for one in self._store.chats() if one != chat]
        for name in [chat, *others] if chat else others:
            gain = positions(wanted[: common_prefix(self._store.past_of(name), wanted)])
            if gain <= more_than + (0 if name == chat else _FROM_DISK):
                continue
            saved = self._store.load(name)
            if saved is None:
                continue
            found = _from_saved(saved)
            if found.usable(wanted) > more_than:
                with self._lock:
                    if found.chat not in self._unsaved:
                        self._remember(replace(found, source="memory"))
                return found
        return None

    def _write(self) -> None:
        assert self._store is not None
        while True:
            self._work.wait()
            if self._closed:
                return
            with self._lock:
                if not self._unsaved:
                    self._work.clear()
                    continue
                chat, snapshot = next(iter(self._unsaved.items()))
            self._store.save(_to_saved(snapshot), partial(self._may_go_on, snapshot))
            with self._lock:
                newest = self._unsaved.get(chat)
                if newest is snapshot:  # written, or given up for good
                    del self._unsaved[chat]
                elif newest is None:  # the conversation was deleted meanwhile
                    self._store.forget(chat)

    def _may_go_on(self, snapshot: Snapshot) -> bool:
        """Wait for a pause. False if the file is of no use any more."""
        self._resting.wait()
        with self._lock:
            return not self._closed and self._unsaved.get(snapshot.chat) is snapshot


def _shortage(machine: Memory) -> int:
    """How many bytes ought to be free besides: 0 while 512 MB are, or 5 % of all where that is
    less, and where nobody knows. Below that programs are ended, or everything crawls."""
    if machine.total is None or machine.available is None:
        return 0
    return max(0, min(_SPARE, machine.total // _SPARE_PART) - machine.available)


def common_prefix(old: Sequence[Past], new: Sequence[Past]) -> int:
    """How many items both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def positions(past: Sequence[Past]) -> int:
    """How many positions of the KV cache so many items take."""
    return sum(1 if isinstance(one, int) else one[1] for one in past)


def _to_saved(snapshot: Snapshot) -> SavedState:
    windows = [SavedWindow(*window) for window in snapshot.windows]
    return SavedState(snapshot.chat, snapshot.past, snapshot.state, windows)


def _from_saved(saved: SavedState) -> Snapshot:
    def array(data: object) -> np.ndarray:
        return np.frombuffer(data, np.uint8)  # type: ignore[call-overload,no-any-return]

    past = tuple(saved.past)
    windows = tuple((one.items, one.position, array(one.data)) for one in saved.windows)
    return Snapshot(saved.chat, past, positions(past), array(saved.data), windows, "disk")
