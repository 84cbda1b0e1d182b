"""The other members of the family: they load, state what they can do, and take their limits."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.conversation import Outcome
from app.engine import loading as loading_module
from app.engine import projector as projector_module
from app.engine import runtime as runtime_module
from app.engine.client import Engine
from app.engine.loading import BATCH
from app.engine.messages import Progress
from app.engine.native import NativeLog
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from tests.data import MEDIA, sounds, tiny_gemma4
from tests.unit.engine.talk import Talk, picture, sound, user


@pytest.fixture(scope="module", params=tiny_gemma4.STYLES)
def style(request: pytest.FixtureRequest) -> str:
    """The name of each style."""
    return str(request.param)


@pytest.fixture(scope="module")
def files(style: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Model and projector of the style."""
    folder = tmp_path_factory.mktemp(style)
    return (
        tiny_gemma4.write_model(folder / "model.gguf", style),
        tiny_gemma4.write_projector(folder / "projector.gguf", style),
    )


@pytest.fixture(scope="module")
def styled(files: tuple[Path, Path]) -> Iterator[Talk]:
    """An engine with them."""
    with Engine(files[0].parent / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(*files)
        yield talk


def test_what_it_says_of_itself(style: str, files: tuple[Path, Path], styled: Talk) -> None:
    info = styled.load(*files)
    assert (info.architecture, info.vision, info.audio) == ("gemma4", True, style == "edge")
    assert info.trained_context == 131072
    assert info.context == 4096
    assert styled.load(files[0], None).vision is False
    styled.load(*files)


def test_logits_are_numbers(files: tuple[Path, Path], native_log: NativeLog) -> None:
    runtime = Runtime(
        str(files[0]), context=512, threads=1, log=native_log, on_progress=lambda _: None
    )
    runtime.decode(runtime.vocabulary.tokenize([("<bos>the the the", True)]))
    logits = runtime.logits()
    assert len(logits) == runtime.vocabulary.size
    assert all(math.isfinite(logit) for logit in logits)
    assert max(logits) - min(logits) > 1
    runtime.close()


def test_the_largest_picture(styled: Talk) -> None:
    answer = styled.ask(user("the", picture(MEDIA / "screenshot.png", 1120)), max_tokens=2)
    assert answer.outcome is Outcome.LENGTH
    assert 1050 <= answer.stats.prompt_tokens <= 1150


def test_a_large_picture_is_seen_as_a_whole(
    tmp_path: Path, native_log: NativeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models that attend to a picture in both directions go wrong, silently, if it is split."""
    text = tiny_gemma4.write_model(tmp_path / "model.gguf", "dense")
    vision = tiny_gemma4.write_projector(tmp_path / "projector.gguf", "dense")

    def logits(batch: int) -> np.ndarray:
        monkeypatch.setattr(runtime_module, "BATCH", batch)
        monkeypatch.setattr(loading_module, "BATCH", batch)
        monkeypatch.setattr(projector_module, "BATCH", batch)
        runtime = Runtime(
            str(text), context=2048, threads=1, log=native_log, on_progress=lambda _: None
        )
        projector = Projector(str(vision), runtime, native_log)
        (block,) = projector.blocks(picture(MEDIA / "screenshot.png", 1120))
        assert block.tokens == 44 * 25
        runtime.decode([2, 105, *block.before])
        projector.evaluate(block)
        runtime.decode([*block.after, 107])
        found = np.array(runtime.logits())
        projector.close()
        runtime.close()
        return found

    assert np.abs(logits(BATCH) - logits(2048)).max() < 0.05


def test_a_long_sound_is_heard_in_clips(style: str, styled: Talk, tmp_path: Path) -> None:
    path = sounds.save(tmp_path / "long.wav", sounds.tone(300, seconds=70))
    answer = styled.ask(user("the", sound(path)), max_tokens=2)
    if style != "edge":
        assert answer.failure.code == "modality"
        return
    assert answer.outcome is Outcome.LENGTH
    # 25 tokens a second, two that enclose each clip, and the rest of the prompt.
    assert answer.stats.prompt_tokens == pytest.approx(70 * 25 + 3 * 2 + 15, abs=10)
    clips = [event for event in answer.events if isinstance(event, Progress)]
    assert [event.stage for event in clips].count("audio") == 3
