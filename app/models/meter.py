"""How fast something arrives and how long it still takes, without jumping about."""

import math

_SETTLED = 2.0  # seconds before anything is foretold
_RATE_OVER = 6.0  # seconds; the time constants of the two averages
_LEFT_OVER = 8.0
_STEP = 0.1  # seconds; more often there is nothing to be learnt


class Meter:
    """Fed with how much has arrived by when. ``rate`` is in units a second, ``left`` in seconds,
    None while it can't be foretold."""

    def __init__(self) -> None:
        self.rate = 0.0
        self.left: float | None = None
        self._fed = 0.0  # seconds that it has watched
        self._at: float | None = None
        self._done = 0

    def begin(self, done: int, now: float) -> None:
        """From here on it counts: ``done`` was there before. What was learnt of the rate stays."""
        self._at, self._done = now, done

    def note(self, done: int, total: int, now: float) -> None:
        """``done`` of ``total`` have arrived at ``now``, in seconds of any clock."""
        if self._at is None or done < self._done:
            self.begin(done, now)
            return
        step = now - self._at
        if step < _STEP:
            return
        self._fed += step
        seen = (done - self._done) / step
        # The first seconds are an average of all there is, not of nothing and a little.
        self.rate += (seen - self.rate) * max(1 - math.exp(-step / _RATE_OVER), step / self._fed)
        self._at, self._done = now, done
        if self.rate <= 0 or self._fed < _SETTLED:
            return
        guess = (total - done) / self.rate
        if self.left is None:
            self.left = guess
        else:
            counted_down = max(0.0, self.left - step)
            self.left = counted_down + (guess - counted_down) * (1 - math.exp(-step / _LEFT_OVER))
