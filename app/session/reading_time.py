"""How long the reading of documents will still take."""

import time
from collections.abc import Callable, Sequence

from app.core.reading.plan import Share
from app.core.reading.steps import Step
from app.core.reading.tokens import estimate
from app.session.paces import Paces

_WRITTEN = 250  # tokens that a step is likely to write
_LOOK_TOKENS = 1120
_SECTION = 1500  # tokens, about what is read at once


class ReadingTime:
    """Tells the seconds left, from how long the steps before have taken, and from the paces of the
    model before there are any."""

    def __init__(self, paces: Paces, clock: Callable[[], float] = time.monotonic) -> None:
        self._paces = paces
        self._clock = clock
        self._taken: dict[str, list[float]] = {}
        self._began = clock()

    def begin(self) -> None:
        """A step has begun."""
        self._began = self._clock()

    def ended(self, kind: str) -> None:
        """The step is done."""
        self._taken.setdefault(kind, []).append(self._clock() - self._began)

    def left(self, step: Step, shares: Sequence[Share]) -> float | None:
        """The seconds until the answer begins; None while that is unknown. ``shares`` are those of
        the documents that are read."""
        each = self._each(step)
        if each is None:
            return None
        now = max(0.0, each - (self._clock() - self._began))
        return now + each * (step.total - step.number) + self._later(step, shares)

    def _each(self, step: Step) -> float | None:
        """What a step of this kind takes."""
        taken = self._taken.get(step.kind)
        if taken:
            return sum(taken) / len(taken)
        pace = self._paces.current
        if pace.reading is None or pace.writing is None:
            return None
        seconds = sum(estimate(turn.text) for turn in step.turns) / pace.reading
        if step.kind == "look":
            looking = self._paces.seconds(_LOOK_TOKENS)
            if looking is None:
                return None
            seconds += looking
        return seconds + min(_WRITTEN, step.max_tokens or _WRITTEN) / pace.writing

    def _later(self, step: Step, shares: Sequence[Share]) -> float:
        """What follows once all pages have been seen or heard."""
        pace = self._paces.current
        if step.kind not in ("look", "hear") or pace.reading is None or pace.writing is None:
            return 0.0
        seconds = 0.0
        for share in shares:
            if share.how != "search":
                seconds += share.tokens / pace.reading
            if share.how == "sections":
                seconds += share.tokens / _SECTION * _WRITTEN / pace.writing
        return seconds
