"""How fast memory is read: the measurement, and what is made of it."""

import pytest

from app.models.bandwidth import measure_bandwidth, slices

MS = 0.001


def reading(start: float, end: float, each: float) -> list[tuple[float, float]]:
    """A thread that reads a piece every ``each`` seconds."""
    count = round((end - start) / each)
    return [(start + each * index, start + each * (index + 1)) for index in range(count)]


def test_threads_add_up() -> None:
    alone = reading(0, 0.1, MS)
    assert slices([alone], 1000, 0.005) == ([pytest.approx(1e6)] * 20, [])
    assert slices([alone, alone, alone], 1000, 0.01) == ([pytest.approx(3e6)] * 10, [])


def test_slices_in_which_others_had_a_processor_are_told_apart() -> None:
    """The first thread waited at first and at last, and lost the processor once in between."""
    pause = [(0.02, 0.028)]
    first = [*reading(0.01, 0.02, MS), *pause, *reading(0.028, 0.05, MS)]
    quiet, disturbed = slices([first, reading(0, 0.1, MS)], 1000, 0.004)
    # The common time is 10 to 50 ms; the pause takes parts of three slices of 4 ms.
    assert quiet == [pytest.approx(2e6)] * 7
    assert len(disturbed) == 3
    assert max(disturbed) < 2e6


def test_threads_that_take_turns_have_no_quiet_slice() -> None:
    """Only one processor, in truth."""
    first = [(start, start + MS) for start in (0.0, 0.002, 0.004, 0.006, 0.008)]
    second = [(start, start + MS) for start in (0.001, 0.003, 0.005, 0.007, 0.009)]
    quiet, disturbed = slices([first, second], 1000, 0.002)
    assert quiet == []
    assert disturbed == [pytest.approx(1e6)] * 4


def test_threads_that_never_read_at_the_same_time() -> None:
    assert slices([reading(0, 1, 0.1), reading(2, 3, 0.1)], 1000, 0.002)[0] == []


def test_one_piece_that_took_longer_than_everything() -> None:
    assert slices([[(1.0, 1.5)]], 1000, 0.005) == ([], [pytest.approx(2000)] * 100)


def test_this_machine() -> None:
    one = measure_bandwidth(1, seconds=0.02)
    assert 10**8 < one < 10**12
    assert measure_bandwidth(64, 10**12, seconds=0.02) > 0  # 8 threads, and no more than 256 MiB
