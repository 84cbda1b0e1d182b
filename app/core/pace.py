"""How fast a model reads, looks at pictures and writes, from what this machine has measured so
far."""

import math
from collections.abc import Iterable

import msgspec

_KEPT = 12  # measurements of each kind
_ASKED = 5  # of those the most alike ones are asked
# Encoding n tokens costs n * (1 + n / _BEND) times a constant: attention grows with the square.
# From 70 to 560 tokens this is within 5 % of what was measured (docs/performance.md).
_BEND = 570.0
_LEAST = 32  # tokens; the time of fewer says nothing about the speed
_ANSWERS = 2  # of enough tokens, before their speed is taken for the model's


class Pace(msgspec.Struct, frozen=True):
    """What one model's work has cost on this machine, the newest last: ``pictures`` are tokens
    and milliseconds of encoding, ``speeds`` the tokens a second of what is read after it,
    ``answers`` those of what is written."""

    pictures: tuple[tuple[int, float], ...] = ()
    speeds: tuple[float, ...] = ()
    answers: tuple[float, ...] = ()

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

    def with_answer(self, tokens: int, per_second: float) -> "Pace":
        """The same, knowing that an answer of ``tokens`` was written at this speed."""
        if tokens < _LEAST or per_second <= 0:
            return self
        answers = (*self.answers, per_second)[-_KEPT:]
        return msgspec.structs.replace(self, answers=answers)

    @property
    def reading(self) -> float | None:
        """Tokens a second, None before anything has been measured."""
        return _median(self.speeds[-_ASKED:]) if self.speeds else None

    @property
    def writing(self) -> float | None:
        """Tokens a second, None before enough answers have been measured."""
        return _median(self.answers[-_ASKED:]) if len(self.answers) >= _ANSWERS else None

    def seconds(self, tokens: int) -> float | None:
        """What a picture of ``tokens`` will take until it has been read; None before anything
        like it has been measured."""
        reading = self.reading
        if not self.pictures or reading is None:
            return None
        newest_first = reversed(self.pictures)
        alike = sorted(newest_first, key=lambda one: abs(math.log2(one[0] / tokens)))[:_ASKED]
        unit = _median(milliseconds / _work(count) for count, milliseconds in alike)
        return unit * _work(tokens) / 1000 + tokens / reading


def _median(values: Iterable[float]) -> float:
    # That of the standard library comes with 10 ms of imports, which every start would wait for.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-middle - 1]) / 2


def _work(tokens: int) -> float:
    return tokens * (1 + tokens / _BEND)
