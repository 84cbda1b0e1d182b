"""How fast main memory can be read. Each token reads the whole model, so that is its speed."""

import ctypes
import itertools
import mmap
import os
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence

SECONDS = 0.1
_PASSES = 2  # at most, where other programs leave no quiet moment
_MOST_THREADS = 8
_PIECE = 2**19  # bytes of each half that a thread compares before it looks at the clock: 0.1 ms
_SLICE = 0.002  # seconds; less than a scheduler gives another program at once
_ENOUGH = 10  # undisturbed slices
_CACHES = 4  # times the last-level caches: what is left in them of the round before counts little
_LEAST_BUFFER, _MOST_BUFFER = 64 * 2**20, 256 * 2**20
_UNKNOWN_CACHE = 32 * 2**20

Span = tuple[float, float]  # from when to when a piece was read, in seconds


def measure_bandwidth(cores: int, cache: int | None = None, *, seconds: float = SECONDS) -> float:
    """Bytes a second that ``cores`` cores read from main memory together, 8 at most. ``cache`` is
    the size of the last-level caches in bytes, None if unknown.

    libc's memcmp reads: it is fast on each system, lets other threads of Python run, and is there
    without numpy, which the window doesn't load. The usual one of many short slices counts, of
    those in which no other program had the processor of any thread. Takes ``seconds``, on a busy
    machine up to twice as long, and some time to fill its buffers. OSError if there is no
    room for them (four times the caches, 64 to 256 MiB).
    """
    threads = max(1, min(cores, _MOST_THREADS))
    wanted = min(max(_CACHES * (cache or _UNKNOWN_CACHE), _LEAST_BUFFER), _MOST_BUFFER)
    readers = [_Reader(wanted // threads) for _ in range(threads)]
    quiet: list[float] = []
    others: list[float] = []
    try:
        for _ in range(_PASSES):
            spans = _read(readers, seconds)
            more, disturbed = slices(spans, 2 * _PIECE, _SLICE)
            quiet += more
            others += disturbed
            if len(quiet) >= _ENOUGH:
                break
    finally:
        for reader in readers:
            reader.close()
    return sorted(quiet)[len(quiet) // 2] if quiet else max(others)


def _read(readers: "Sequence[_Reader]", seconds: float) -> list[list[Span]]:
    """Let all read at once; returns when each read which piece."""
    begin = threading.Barrier(len(readers))
    spans: list[list[Span]] = [[] for _ in readers]
    workers = [
        threading.Thread(target=reader.run, args=(begin, seconds, mine), daemon=True)
        for reader, mine in zip(readers, spans, strict=True)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return spans


class _Reader:
    """Compares the halves of a buffer of its own, over and over."""

    def __init__(self, size: int) -> None:
        self._half = max(_PIECE, size // 2 // _PIECE * _PIECE)
        self._buffer = mmap.mmap(-1, 2 * self._half)
        self._view: ctypes.c_char | None = ctypes.c_char.from_buffer(self._buffer)
        self._filled = False
        self._libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
        self._libc.memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)

    def run(self, begin: threading.Barrier, seconds: float, spans: list[Span]) -> None:
        """Read for ``seconds``, once all are ready to ``begin``."""
        assert self._view is not None
        left = ctypes.addressof(self._view)
        right = left + self._half
        if not self._filled:  # until then all of it is one page of zeros
            ctypes.memset(left, 1, 2 * self._half)
            self._filled = True
        compare, clock = self._libc.memcmp, time.perf_counter
        begin.wait()
        end = clock() + seconds
        for offset in itertools.cycle(range(0, self._half, _PIECE)):
            start = clock()
            if start >= end:
                break
            compare(left + offset, right + offset, _PIECE)
            spans.append((start, clock()))

    def close(self) -> None:
        """Give the memory back."""
        self._view = None  # or the buffer could not be closed
        self._buffer.close()


def slices(
    threads: Sequence[Sequence[Span]], piece: int, length: float
) -> tuple[list[float], list[float]]:
    """Bytes a second in slices of ``length`` seconds: in those that all threads read through, and
    in the others. For each thread, ``threads`` has the times in which it read ``piece`` bytes."""
    first = max(spans[0][0] for spans in threads)
    last = min(spans[-1][1] for spans in threads)
    length = min(length, last - first)
    if length <= 0:  # no two read at the same time
        return [], [sum(len(spans) * piece / (spans[-1][1] - spans[0][0]) for spans in threads)]
    clocks = [_Clock(spans) for spans in threads]
    quiet: list[float] = []
    disturbed: list[float] = []
    for number in range(max(1, int((last - first) / length))):
        start = first + number * length
        end = start + length
        rate = sum(clock.read(end) - clock.read(start) for clock in clocks) * piece / length
        undisturbed = all(clock.longest(start, end) <= length / 2 for clock in clocks)
        (quiet if undisturbed else disturbed).append(rate)
    return quiet, disturbed


class _Clock:
    """How far a thread has come at a time."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]
        self._steps = [*self._starts, spans[-1][1]]

    def read(self, moment: float) -> float:
        """Pieces that it has read, parts of one included."""
        done = bisect_right(self._starts, moment)
        if not done:
            return 0.0
        start, end = self._spans[done - 1]
        return done - 1 + min(1.0, (moment - start) / (end - start))

    def longest(self, start: float, end: float) -> float:
        """Seconds of the longest way from one piece to the next between two times, those that are
        under way then included."""
        before = max(0, bisect_right(self._steps, start) - 1)
        around = self._steps[before : bisect_right(self._steps, end) + 1]
        return max((later - earlier for earlier, later in itertools.pairwise(around)), default=0.0)
