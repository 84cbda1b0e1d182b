"""How fast it goes and how long it takes, told calmly."""

import itertools
import random

import pytest

from app.models.meter import Meter

TOTAL = 10**9


def run(meter: Meter, rates: list[float], *, start: int = 0, now: float = 0.0) -> list[float]:
    """Feed ten seconds' worth of tenths for each rate; the seconds left, as told."""
    told = []
    done = float(start)
    meter.begin(start, now)
    for rate in rates:
        for _ in range(100):
            now += 0.1
            done += rate * 0.1
            meter.note(int(done), TOTAL, now)
            if meter.left is not None:
                told.append(meter.left)
    return told


def test_tells_a_steady_rate_exactly() -> None:
    meter = Meter()
    told = run(meter, [10e6])
    assert meter.rate == pytest.approx(10e6, rel=0.01)
    assert told[0] == pytest.approx(98, abs=1)
    assert told[-1] == pytest.approx(90, abs=1)


def test_foretells_nothing_from_the_first_moments() -> None:
    meter = Meter()
    meter.begin(0, 0.0)
    meter.note(10**6, TOTAL, 0.5)
    assert meter.rate == pytest.approx(2e6)
    assert meter.left is None


def test_does_not_jump_while_the_network_does() -> None:
    dice = random.Random(1)
    told: list[float] = []
    meter = Meter()
    done, now = 0.0, 0.0
    meter.begin(0, 0.0)
    for _ in range(600):
        now += 0.1
        done += dice.choice([0.0, 0.2e6, 2e6])  # of a tenth of a second; 7.3 MB a second
        meter.note(int(done), TOTAL, now)
        if meter.left is not None and now > 10:
            told.append(meter.left)
    steps = [abs(after - before) for before, after in itertools.pairwise(told)]
    assert max(steps) < 3
    assert told[-1] == pytest.approx((TOTAL - done) / 7.3e6, rel=0.35)


def test_follows_a_network_that_has_become_slower() -> None:
    meter = Meter()
    run(meter, [10e6, 2e6, 2e6, 2e6])
    assert meter.rate == pytest.approx(2e6, rel=0.05)


def test_a_new_connection_is_no_new_beginning() -> None:
    meter = Meter()
    run(meter, [10e6])
    meter.begin(100_000_000, 60.0)
    meter.note(100_000_000, TOTAL, 60.1)
    assert meter.rate == pytest.approx(10e6, rel=0.05)
    assert meter.left == pytest.approx(90, abs=1)


def test_what_was_there_before_does_not_count() -> None:
    meter = Meter()
    run(meter, [1e6], start=TOTAL // 2)
    assert meter.rate == pytest.approx(1e6, rel=0.01)


def test_a_file_that_starts_over_is_no_negative_rate() -> None:
    meter = Meter()
    run(meter, [1e6])
    meter.note(0, TOTAL, 10.2)
    meter.note(200_000, TOTAL, 10.4)
    assert 0 < meter.rate <= 1.01e6
