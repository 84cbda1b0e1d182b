"""The places of the messages in the column, also of those whose widgets are not made yet."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Protocol, overload

from app.core.conversation import Message, Outcome, Role
from app.ui.theme.tokens import BETWEEN_MESSAGES
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.user_message import UserMessage

MessageWidget = UserMessage | AnswerMessage


class EntryLike(Protocol):
    """A message and its id, as storage keeps them."""

    @property
    def id(self) -> str: ...

    @property
    def message(self) -> Message: ...


class Slot:
    """A message's place. Its height is a guess until it is ``exact``: made and laid out."""

    def __init__(self, key: str, message: Message) -> None:
        self.key = key
        self.message = message
        self.widget: MessageWidget | None = None
        self.y = 0
        self.height = _guess(message)
        self.exact = False


class Slots:
    """All places, from top to bottom."""

    def __init__(self) -> None:
        self._all: list[Slot] = []
        self._by_key: dict[str, Slot] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._all)

    @overload
    def __getitem__(self, index: int) -> Slot: ...

    @overload
    def __getitem__(self, index: slice) -> list[Slot]: ...

    def __getitem__(self, index: int | slice) -> Slot | list[Slot]:
        return self._all[index]

    def get(self, key: str) -> Slot | None:
        """The slot of a message, None for an unknown one."""
        return self._by_key.get(key)

    def add(self, key: str, message: Message) -> Slot:
        """One more at the end."""
        slot = Slot(key, message)
        self._all.append(slot)
        self._by_key[key] = slot
        return slot

    def remove(self, slot: Slot) -> int:
        """Take one away; where it was."""
        index = self._all.index(slot)
        del self._all[index]
        del self._by_key[slot.key]
        return index

    def clear(self) -> None:
        """Take all away."""
        self._all.clear()
        self._by_key.clear()

    def index(self, slot: Slot) -> int:
        """Where a slot is. The last one, which is asked for most, is found at once."""
        return len(self._all) - 1 if self._all[-1] is slot else self._all.index(slot)

    @property
    def exact(self) -> bool:
        """Whether all are."""
        return all(slot.exact for slot in self._all)

    def place(self, first: int, top: int, px: Callable[[float], int]) -> int:
        """Set the y of the slots from ``first`` on; the first of all stands at ``top``. Returns the
        height of the column."""
        y = top
        if first > 0:
            before = self._all[first - 1]
            y = before.y + before.height + px(_gap_below(before))
        for slot in self._all[max(first, 0) :]:
            slot.y = y
            y += slot.height + px(_gap_below(slot))
        last = self._all[-1] if self._all else None
        return last.y + last.height if last is not None else 0

    def at(self, y: int) -> Slot | None:
        """The slot that ``y`` is in, or the one above."""
        index = bisect_right(self._all, y, key=lambda slot: slot.y) - 1
        return self._all[max(index, 0)] if self._all else None

    def nearest_inexact(self, top: int, bottom: int, reach: int | None) -> Slot | None:
        """The inexact slot nearest to the part from ``top`` to ``bottom``, the lower one of two;
        None if it is further away than ``reach``."""
        best: Slot | None = None
        best_distance = 0
        for slot in reversed(self._all):
            if slot.exact:
                continue
            distance = max(0, slot.y - bottom, top - slot.y - slot.height)
            if best is None or distance < best_distance:
                best, best_distance = slot, distance
        if best is None or (reach is not None and best_distance > reach):
            return None
        return best


def _gap_below(slot: Slot) -> int:
    """The space under a message, px at 100 %: less under an answer's row of small icons."""
    message = slot.message
    icons = message.role is Role.ASSISTANT and message.outcome is not Outcome.FAILED
    return BETWEEN_MESSAGES - 8 * icons


def _guess(message: Message) -> int:
    """A height to begin with."""
    lines = len(message.text) // 85 + message.text.count("\n") + 1
    return 44 + 24 * lines + 104 * bool(message.attachments)
