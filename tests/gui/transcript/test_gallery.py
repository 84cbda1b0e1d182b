"""Pictures of the transcript for a person to look at, in build/screens/."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.transcript.code_block import CodeBlock
from tests.gui.transcript.conftest import MakeStage
from tests.gui.transcript.scenes import SCENES
from tests.gui.transcript.stalls import long_answer, measure

SCREENS = Path(__file__).resolve().parents[3] / "build" / "screens"


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
@pytest.mark.parametrize("name", SCENES)
def test_picture(
    make_stage: MakeStage,
    theme: Theme,
    qtbot: QtBot,
    name: str,
    size: tuple[int, int],
    mode: str,
) -> None:
    theme.set_mode(mode)
    stage = make_stage(size)
    SCENES[name](stage)
    qtbot.waitUntil(lambda: stage.view.complete)
    for block in stage.findChildren(CodeBlock):
        qtbot.waitUntil(lambda block=block: block.settled)
    image = stage.grab().toImage()
    colors = {
        image.pixelColor(x, y).rgb()
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    }
    assert theme.color("canvas").rgb() in colors
    assert len(colors) > 30  # words, with their smooth edges
    SCREENS.mkdir(parents=True, exist_ok=True)
    assert image.save(str(SCREENS / f"transcript-{name}-{size[0]}-{mode}.png"))


def test_the_stall_meter_sees_every_batch(make_stage: MakeStage) -> None:
    text = long_answer(4000)
    stage = make_stage()
    stalls = measure(stage.view, text, per_batch=200, batches_per_second=100)
    assert len(stalls.batches) == 20
    assert list(stalls.batches) == sorted(stalls.batches)
    assert len(stalls.late) > 10
    answer = stage.view.answer("bench")
    assert answer is not None
    assert answer.text == text
