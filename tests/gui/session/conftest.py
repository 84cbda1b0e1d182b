"""An open office for each test, closed at its end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.engine.client import Engine
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import Office


@pytest.fixture
def reopen(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[], Office]]:
    """Opens the office of the test's folder, as a start of the app would; closes the one that
    was open."""
    opened: list[Office] = []

    def open_office() -> Office:
        if opened:
            opened[-1].close()
        opened.append(Office.open(tmp_path / "data", FakeEngine(), qtbot))
        return opened[-1]

    yield open_office
    if opened:
        opened[-1].close()


@pytest.fixture
def office(reopen: Callable[[], Office]) -> Office:
    """An office whose fake engine has a model loaded that sees and hears."""
    office = reopen()
    office.load_model()
    return office


@pytest.fixture
def open_real(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[], Office]]:
    """Opens an office with the real engine and the miniature model in the test's folder; closes
    the one that was open."""
    opened: list[Office] = []

    def open_office() -> Office:
        if opened:
            opened.pop().close()
        office = Office.open(tmp_path / "data", Engine(tmp_path / "engine.log"), qtbot)
        opened.append(office)
        office.preferences.change(picture_budget=70)  # what the miniature was trained for
        office.shelf.start()
        office.until(lambda: office.shelf.state == "ready")
        return office

    yield open_office
    if opened:
        opened[-1].close()


@pytest.fixture
def real_office(open_real: Callable[[], Office]) -> Office:
    """An office with the real engine and the miniature model."""
    return open_real()
