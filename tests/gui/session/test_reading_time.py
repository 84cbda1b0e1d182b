"""How long the reading of documents will still take, as it is told."""

from typing import cast

import pytest

from app.core.conversation import Role
from app.core.pace import Pace
from app.core.prompt import Turn
from app.core.reading.plan import Share
from app.core.reading.steps import Step
from app.session.paces import Paces
from app.session.reading_time import ReadingTime


class Measured:
    """What a model is known to do: 100 tokens a second read, 10 written, pictures in 20 s."""

    current = Pace(speeds=(100.0,), answers=(10.0, 10.0))

    def seconds(self, _tokens: int) -> float:
        return 20.0


class Unknown:
    current = Pace()

    def seconds(self, _tokens: int) -> None:
        return None


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def notes(number: int, total: int = 4) -> Step:
    return Step("notes", number, total, "", turns=(Turn(Role.USER, "word " * 1000),))


def made(paces: object) -> tuple[ReadingTime, Clock]:
    clock = Clock()
    return ReadingTime(cast(Paces, paces), clock), clock


def test_nothing_is_said_of_what_has_never_been_measured() -> None:
    time, clock = made(Unknown())
    time.begin()
    assert time.left(notes(1), ()) is None
    clock.now = 30.0
    time.ended("notes")
    time.begin()
    assert time.left(notes(2), ()) == pytest.approx(90.0), "three more, 30 s each"
    clock.now = 40.0
    assert time.left(notes(2), ()) == pytest.approx(80.0)
    clock.now = 90.0
    assert time.left(notes(2), ()) == pytest.approx(60.0), "this one takes longer than thought"


def test_the_pace_of_the_model_tells_before() -> None:
    time, _clock = made(Measured())
    time.begin()
    left = time.left(notes(1), ())
    assert left is not None
    assert 4 * 25 < left < 4 * 45, "about 10 s to read and 25 to write, four times"


def test_what_follows_the_last_look_counts() -> None:
    time, _clock = made(Measured())
    time.begin()
    look = Step("look", 1, 2, "", turns=(Turn(Role.USER, "Write down."),))
    alone = time.left(look, (Share("search", 9000, 300),))
    whole = time.left(look, (Share("whole", 9000, 9000),))
    sections = time.left(look, (Share("sections", 9000, 0),))
    assert alone is not None
    assert whole is not None
    assert sections is not None
    assert whole == pytest.approx(alone + 90.0)
    assert sections > whole + 100
