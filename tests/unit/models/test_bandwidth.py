"""How fast memory is read: the measurement, and what is made of it."""

import pytest

from app.models.bandwidth import good_slice, measure_bandwidth

MS = 0.001


def reading(start: float, end: float, each: float) -> list[tuple[float, float]]:
    """A thread that reads a piece every ``each`` seconds."""
    count = round((end - start) / each)
    return [(start + each * index, start + each * (index + 1)) for index in range(count)]


def test_threads_add_up() -> None:
    alone = reading(0, 0.1, MS)
    assert good_slice([alone], 1000, 0.005) == pytest.approx(1e6)
    assert good_slice([alone, alone, alone], 1000, 0.005) == pytest.approx(3e6)


def test_slices_in_which_others_had_the_processor_do_not_count() -> None:
    disturbed = [(0.0, 0.04), *reading(0.04, 0.06, MS), (0.06, 0.1)]
    assert good_slice([disturbed, reading(0, 0.1, MS)], 1000, 0.005) == pytest.approx(2e6)


def test_one_slice_that_is_too_good_does_not_count() -> None:
    lucky = [*reading(0, 0.05, MS), *reading(0.05, 0.054, MS / 10), *reading(0.054, 0.1, MS)]
    assert good_slice([lucky], 1000, 0.002) == pytest.approx(1e6)


def test_threads_that_take_turns_count_once() -> None:
    """Only one processor, in truth."""
    first = [(start, start + MS) for start in (0.0, 0.002, 0.004, 0.006, 0.008)]
    second = [(start, start + MS) for start in (0.001, 0.003, 0.005, 0.007, 0.009)]
    assert good_slice([first, second], 1000, 0.004) == pytest.approx(1e6)


def test_one_piece_that_took_longer_than_everything() -> None:
    assert good_slice([[(1.0, 1.5)]], 1000, 0.005) == pytest.approx(2000)


def test_this_machine() -> None:
    one = measure_bandwidth(1, seconds=0.02)
    assert 10**8 < one < 10**12
    assert measure_bandwidth(64, 10**12, seconds=0.02) > 0  # 8 threads, and no more than 256 MiB
