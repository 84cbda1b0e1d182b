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
_MOST_THREADS = 8
_PIECE = 2**20  # bytes that a thread reads before it looks at the clock: 0.1 ms
_SLICE = 0.002  # seconds; less than a scheduler gives a program at once
_FASTER = 0.9  # part of the slices that the result is not slower than
_CACHES = 4  # times the last-level caches: what is left in them of the round before counts little
_LEAST_BUFFER, _MOST_BUFFER = 64 * 2**20, 256 * 2**20
_UNKNOWN_CACHE = 32 * 2**20

Span = tuple[float, float]  # from when to when a piece was read, in seconds


def measure_bandwidth(cores: int, cache: int | None = None, *, seconds: float = SECONDS) -> float:
    """Bytes a second that ``cores`` cores read from main memory together, 8 at most. ``cache`` is
    the size of the last-level caches in bytes, None if unknown.

    libc's memcmp reads: it is fast on each system, lets other threads of Python run, and is there
    without numpy, which the window doesn't load. A good one of many short slices counts: in the
    others, other programs may have had the processor. OSError if there is no room for the buffers
    (four times the caches, 64 to 256 MiB).
    """
    threads = max(1, min(cores, _MOST_THREADS))
    wanted = min(max(_CACHES * (cache or _UNKNOWN_CACHE), _LEAST_BUFFER), _MOST_BUFFER)
    readers = [_Reader(wanted // threads) for _ in range(threads)]
    begin = threading.Barrier(threads)
    workers = [
        threading.Thread(target=reader.run, args=(begin, seconds), name="bandwidth", daemon=True)
        for reader in readers
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return good_slice([reader.spans for reader in readers], 2 * _PIECE, _SLICE)


class _Reader:
    """Compares the halves of a buffer of its own, over and over."""

    def __init__(self, size: int) -> None:
        self._half = max(_PIECE, size // 2 // _PIECE * _PIECE)
        self._buffer = mmap.mmap(-1, 2 * self._half)
        self.spans: list[Span] = []

    def run(self, begin: threading.Barrier, seconds: float) -> None:
        libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
        libc.memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        with self._buffer:
            view = ctypes.c_char.from_buffer(self._buffer)
            left = ctypes.addressof(view)
            right = left + self._half
            ctypes.memset(left, 1, 2 * self._half)  # before that, all of it is one page of zeros
            begin.wait()
            end = time.perf_counter() + seconds
            for offset in itertools.cycle(range(0, self._half, _PIECE)):
                start = time.perf_counter()
                if start >= end:
                    break
                libc.memcmp(left + offset, right + offset, _PIECE)
                self.spans.append((start, time.perf_counter()))
            del view  # or the buffer could not be closed


def good_slice(threads: Sequence[Sequence[Span]], piece: int, length: float) -> float:
    """Bytes a second in a slice of ``length`` seconds that is better than nearly all. For each
    thread, ``threads`` has the times in which it read ``piece`` bytes."""
    first = max(spans[0][0] for spans in threads)
    last = min(spans[-1][1] for spans in threads)
    length = min(length, last - first)
    clocks = [_Clock(spans) for spans in threads]
    slices = max(1, int((last - first) / length * 2) - 1)  # each begins in the middle of the last
    rates = []
    for number in range(slices):
        start = first + number * length / 2
        pieces = sum(clock.read(start + length) - clock.read(start) for clock in clocks)
        rates.append(pieces * piece / length)
    return sorted(rates)[int(_FASTER * len(rates))]


class _Clock:
    """How many pieces a thread has read at a time, parts of one included."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]

    def read(self, moment: float) -> float:
        done = bisect_right(self._starts, moment)
        if not done:
            return 0.0
        start, end = self._spans[done - 1]
        return done - 1 + min(1.0, (moment - start) / (end - start))
