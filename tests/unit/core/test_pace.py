import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.pace import Pace

# What docs/performance.md has of E2B on two cores: tokens and seconds of encoding.
MEASURED = ((70, 1.7), (140, 3.6), (280, 9.0), (560, 24.0))


def known(*pictures: tuple[int, float], speed: float = 50.0) -> Pace:
    pace = Pace()
    for tokens, seconds in pictures:
        pace = pace.with_picture(tokens, 1000 * seconds)
    return pace.with_speed(100, speed)


def test_what_was_never_measured_is_not_known() -> None:
    assert Pace().seconds(280) is None
    assert Pace().with_picture(280, 9000).seconds(280) is None
    assert Pace().with_speed(100, 50).seconds(280) is None


@pytest.mark.parametrize("learnt", MEASURED)
@pytest.mark.parametrize("asked", MEASURED)
def test_one_size_foretells_the_others(learnt: tuple[int, float], asked: tuple[int, float]) -> None:
    seconds = known(learnt).seconds(asked[0])
    assert seconds == pytest.approx(asked[1] + asked[0] / 50, rel=0.12)


def test_one_odd_measurement_changes_little() -> None:
    usual = [(280, 9.0), (280, 9.2), (280, 8.8), (280, 9.1)]
    before = known(*usual).seconds(280)
    after = known(*usual, (280, 90.0)).seconds(280)
    assert before is not None
    assert after == pytest.approx(before, rel=0.05)


def test_a_machine_that_has_become_faster_is_believed_soon() -> None:
    pace = known(*[(280, 9.0)] * 12)
    for _ in range(3):
        pace = pace.with_picture(280, 900).with_speed(100, 500)
    seconds = pace.seconds(280)
    assert seconds is not None
    assert seconds < 3


def test_the_same_size_knows_best() -> None:
    pictures = [(70, 1.0)] * 3 + [(1120, 109.0)] * 5
    assert known(*pictures).seconds(1120) == pytest.approx(109 + 1120 / 50)


def test_nonsense_is_not_learnt() -> None:
    pace = known((280, 9.0))
    assert pace.with_picture(0, 5) == pace.with_picture(280, 0) == pace
    assert pace.with_speed(3, 9999) == pace.with_speed(100, 0) == pace


@given(st.lists(st.tuples(st.integers(1, 1200), st.floats(0.001, 1e6)), min_size=1, max_size=40))
def test_more_tokens_never_cost_less(measured: list[tuple[int, float]]) -> None:
    pace = known(*measured)
    assert len(pace.pictures) <= 12
    one = pace.seconds(280)
    assert one is not None
    assert one > 0


def test_the_speeds_of_reading_and_writing_are_medians_of_the_last() -> None:
    pace = Pace()
    assert pace.reading is None
    for speed in (900.0, 50.0, 60.0, 4.0, 55.0, 52.0):
        pace = pace.with_speed(100, speed)
    assert pace.reading == 52.0


def test_one_answer_is_not_enough_to_know_the_writing() -> None:
    pace = Pace().with_answer(100, 9.0)
    assert pace.writing is None
    assert pace.with_answer(5, 7.0) == pace.with_answer(100, 0.0) == pace
    assert pace.with_answer(40, 7.0).writing == 8.0
    for _ in range(5):
        pace = pace.with_answer(100, 3.0)
    assert pace.writing == 3.0
