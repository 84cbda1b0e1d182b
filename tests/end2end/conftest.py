"""One screen and one screen reader for the whole run; a program for each test, or one that several
tests talk to in turn, each in a chat of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.end2end.accessible import ScreenReader
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.screen import Screen, virtual_screen

SCREEN = (1440, 900)
WINDOW = (60, 40, 1280, 800)

_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures know whether their test failed."""
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        item.stash[_failed] = True
    return report


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    with virtual_screen(*SCREEN, bus=True) as screen:
        yield screen


@pytest.fixture(scope="session")
def reader(screen: Screen) -> Iterator[ScreenReader]:
    with closing(ScreenReader(screen.environment["DBUS_SESSION_BUS_ADDRESS"])) as reader:
        yield reader


@pytest.fixture
def facet(screen: Screen, reader: ScreenReader, tmp_path: Path, request: Any) -> Iterator[Facet]:
    """A program with a data folder of its own that has not been started yet. At the end nothing
    may be left of it, and it may have printed nothing but what it was asked to."""
    program = Facet(screen, reader, tmp_path / "data", TEST_ENVIRONMENT)
    try:
        yield program
        _keep_evidence(program, request.node)
    finally:
        program.close()
    _expect_silence(program)


@pytest.fixture(scope="module")
def shared_miniature(
    screen: Screen, reader: ScreenReader, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Facet]]:
    """Gives a program with the miniature that is running and well; a new one after a failure."""
    made: list[Facet] = []

    def current() -> Facet:
        if not made or not made[-1].running:
            folder = tmp_path_factory.mktemp("miniature") / "data"
            write_settings(folder, model=MINIATURE, picture_budget=70, window=WINDOW)
            made.append(Facet(screen, reader, folder, TEST_ENVIRONMENT))
            made[-1].start()
        return made[-1]

    try:
        yield current
    finally:
        for program in made:
            program.close()
    for program in made:
        _expect_silence(program)


@pytest.fixture
def miniature(shared_miniature: Callable[[], Facet], request: Any) -> Iterator[Facet]:
    """A running program with the miniature, in a new chat."""
    program = shared_miniature()
    program.new_chat()
    yield program
    if _keep_evidence(program, request.node):
        program.close()


def _expect_silence(program: Facet) -> None:
    complaints = "\n".join(program.complaints())
    assert not complaints, f"Facet complained:\n{complaints}"


def _keep_evidence(program: Facet, test: pytest.Item) -> bool:
    """After a failure: a picture of the screen, and what a screen reader would have read."""
    if not test.stash.get(_failed, False):
        return False
    picture = program.picture(f"failed-{test.name}")
    words = program.outline() if program.running else "It is not running."
    picture.with_suffix(".txt").write_text(f"{words}\n\nPrinted:\n{program.said()}")
    return True
