"""A theme, and a transcript in a window like the real one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.transcript import body
from tests.gui.transcript.scenes import Stage, draw_chart

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
MakeStage = Callable[..., Stage]


@pytest.fixture(autouse=True)
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is just now, text that is added is drawn without a pause."""
    monkeypatch.setattr(body, "SLOW_MS", float("inf"))


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield made
    made.deleteLater()


@pytest.fixture(scope="session")
def chart(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture to attach."""
    path = tmp_path_factory.mktemp("pictures") / "chart.png"
    draw_chart(path)
    return path


@pytest.fixture
def make_stage(theme: Theme, qtbot: QtBot, chart: Path) -> Iterator[MakeStage]:
    """Opens windows, active and painted."""
    stages: list[Stage] = []

    def make(size: tuple[int, int] = (1280, 800)) -> Stage:
        stage = Stage(theme, size, chart)
        stages.append(stage)
        stage.show()
        qtbot.waitExposed(stage)
        stage.activateWindow()
        qtbot.waitUntil(stage.isActiveWindow)
        return stage

    yield make
    for stage in stages:
        stage.close()
        stage.deleteLater()


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()
