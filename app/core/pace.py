"""How long it takes to look at a picture, predicted from what this machine has measured so far."""

import math
from collections.abc import Iterable

import msgspec

_KEPT = 12  # measurements of each kind
_ASKED = 5  # of those the most alike ones are asked
# Encoding n tokens costs n * (1 + n / _BEND) times a constant: attention grows with the square.
# From 70 to 560 tokens this is within 5 % of what was measured (docs/performance.md).
_BEND = 570.0
_LEAST = 32  # tokens; the time of fewer says nothing about the speed


class Pace(msgspec.Struct, frozen=True):
    """What one model's reading has cost on this machine, the newest last: ``pictures`` are tokens
    and milliseconds of encoding, ``speeds`` the tokens a second of what follows it."""

    pictures: tuple[tuple[int, float], ...] = ()
    speeds: tuple[float, ...] = ()

    def with_picture(self, tokens: int, milliseconds: float) -> "Pace":
        """The same, knowing one more encoded picture."""
        if tokens < 1 or milliseconds <= 0:
            return self
        pictures = (*self.pictures, (tokens, milliseconds))[-_KEPT:]
        return msgspec.structs.replace(self, pictures=pictures)

    def with_speed(self, tokens: int, per_second: float) -> "Pace":
        """The same, knowing that ``tokens`` more were read at this speed."""
        if tokens < _LEAST or per_second <= 0:
            return self
        speeds = (*self.speeds, per_second)[-_KEPT:]
        return msgspec.structs.replace(self, speeds=speeds)

    def seconds(self, tokens: int) -> float | None:
        """What a picture of ``tokens`` will take until it has been read; None before anything
        like it has been measured."""
        if not self.pictures or not self.speeds:
            return None
        newest_first = reversed(self.pictures)
        alike = sorted(newest_first, key=lambda one: abs(math.log2(one[0] / tokens)))[:_ASKED]
        unit = _median(milliseconds / _work(count) for count, milliseconds in alike)
        return unit * _work(tokens) / 1000 + tokens / _median(self.speeds[-_ASKED:])


def _median(values: Iterable[float]) -> float:
    # That of the standard library comes with 10 ms of imports, which every start would wait for.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-middle - 1]) / 2


def _work(tokens: int) -> float:
    return tokens * (1 + tokens / _BEND)
