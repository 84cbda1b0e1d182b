"""How many threads compute: fewer while other programs hold the processor.

llama.cpp's threads wait for each other some hundred times a token. One that the system keeps from
running, since another program is at work on its core, keeps all the others waiting: on two busy
cores two threads can be fifty times as slow as one (docs/devices.md has figures). On quiet cores
they are nearly twice as fast. So it is looked at how much of the processor they got, and fewer are
tried when that was too little.
"""

from collections.abc import Callable

_WINDOW = 0.2  # seconds of work that are judged together; some systems count in steps of 16 ms
_MISSED = 0.35  # cores that threads may miss, as other programs need some now and then
_MISSED_MUCH = 0.6  # cores; then it is not waited for a second window
_FREE = 0.75  # of a core that has been idle, to count as one more that can be had
_BETTER = 0.95  # of the time for a token, or fewer threads were no help
_PAUSE = 1.0  # seconds without work, after which the processor may be free or not
_CALM = 3.0  # seconds; whoever is starved sooner after the last step up went up too early
_SHORTEST, _LONGEST = 0.5, 60.0  # seconds until a step is tried again that was no good
_UNSURE = 300.0  # seconds after which more threads are tried even if no core is said to be free


class Crew:
    """Chooses the number of ``threads`` to compute with now, ``most`` at most.

    Knows nothing but what it is told: moments (``now``) and the processor time that this process
    has used so far (``cpu``), both in seconds, and by ``idle`` the seconds that all cores together
    have been idle so far, None where the system doesn't say.
    """

    def __init__(self, most: int, idle: Callable[[], float | None]) -> None:
        self.most = most
        self.threads = most
        self._idle = idle
        self._began = self._cpu = 0.0  # the present piece of work
        self._ended = 0.0
        self._window = _Window()
        self._before: tuple[int, _Window] | None = None  # more threads, while fewer are on trial
        self._missing = False  # whether too little of the cores was ours in the last window
        self._down, self._up = _Patience(), _Patience()
        self._rose = -_CALM  # when it went up last
        self._idle_then: tuple[float, float] | None = None  # a moment, and ``idle`` at it

    def begin(self, now: float, cpu: float) -> None:
        """Some work begins. ``threads`` may have changed."""
        if self.threads < self.most and now - self._ended > _PAUSE:
            self._window, self._before = _Window(), None
            free = self._free_cores(now)
            if free is None or free > self.most - 1 + _FREE:
                self._go_up(self.most, now)
        self._began, self._cpu = now, cpu

    def end(self, tokens: int, now: float, cpu: float) -> None:
        """It has ended; ``tokens`` were evaluated at once. ``threads`` may have changed."""
        self._window.add(tokens, now - self._began, cpu - self._cpu)
        self._ended = now
        if self._window.seconds >= _WINDOW:
            window, self._window = self._window, _Window()
            self._judge(window, now)

    # -- inside -----------------------------------------------------------------------------------

    def _judge(self, window: "_Window", now: float) -> None:
        if self._before is not None:
            (more, then), self._before = self._before, None
            if window.is_like(then) and window.pace > _BETTER * then.pace:
                self.threads = more
                self._down.lose(now)
            else:
                self._down.regain()
                if now - self._rose > _CALM:
                    self._up.regain()
                self._up.lose(now)
        elif self._starved(window) and self._down.over(now):
            self._before = self.threads, window
            self.threads = max(1, min(self.threads - 1, round(window.cores)))
            self._free_cores(now)  # to be counted from here
        elif self.threads < self.most:
            self._look_up(now)

    def _starved(self, window: "_Window") -> bool:
        """Whether other programs hold cores that we want, and not just for a moment."""
        missed = self.threads - window.cores if self.threads > 1 else 0.0
        before, self._missing = self._missing, missed > _MISSED
        return missed > _MISSED_MUCH or (self._missing and before)

    def _look_up(self, now: float) -> None:
        """Take more threads if there are cores for them; in the long run without being sure."""
        free, more = self._free_cores(now), self.most - self.threads
        if free is not None and not self._up.over(now - _UNSURE):
            more = min(more, int(free + 1 - _FREE))
        if more and self._up.over(now):
            self._go_up(self.threads + more, now)

    def _go_up(self, threads: int, now: float) -> None:
        self.threads, self._rose = threads, now

    def _free_cores(self, now: float) -> float | None:
        """How many cores have been idle since this was asked last; 0 the first time, None where
        nobody knows."""
        idle, then = self._idle(), self._idle_then
        if idle is None:
            return None
        self._idle_then = now, idle
        return (idle - then[1]) / (now - then[0]) if then and now > then[0] else 0.0


class _Window:
    """Pieces of work that are judged together."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._cpu = 0.0
        self._tokens = 0
        self._sizes: set[int] = set()

    def add(self, tokens: int, seconds: float, cpu: float) -> None:
        self.seconds += seconds
        self._cpu += cpu
        self._tokens += tokens
        self._sizes.add(tokens)

    @property
    def cores(self) -> float:
        """How many cores were ours. Threads wait for each other busily, so each takes as much as
        it can get."""
        return self._cpu / self.seconds

    @property
    def pace(self) -> float:
        """Seconds for a token."""
        return self.seconds / self._tokens

    def is_like(self, other: "_Window") -> bool:
        """Whether the paces of both tell something about each other: tokens in a batch take less
        time than single ones."""
        return self._sizes == other._sizes and len(self._sizes) == 1


class _Patience:
    """When something may be tried again: each time it was no good, it takes twice as long."""

    def __init__(self) -> None:
        self._seconds = _SHORTEST
        self._until = 0.0

    def over(self, now: float) -> bool:
        return now >= self._until

    def lose(self, now: float) -> None:
        self._until = now + self._seconds
        self._seconds = min(2 * self._seconds, _LONGEST)

    def regain(self) -> None:
        self._seconds = _SHORTEST
