"""Models on this machine, in the real window: the chosen one is gone or broken; one of another
program is used where it lies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import MODEL, PROJECTOR
from tests.end2end.accessible import ScreenReader
from tests.end2end.conftest import WINDOW, _expect_silence
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.screen import Screen
from tests.end2end.waiting import wait_for
from tests.unit.models.layouts import blob, in_ollama


@pytest.fixture
def with_ollama(screen: Screen, reader: ScreenReader, tmp_path: Path) -> Iterator[Facet]:
    """A program on a machine where Ollama has a model, and Facet the miniature."""
    folder = tmp_path / "ollama"
    content = MODEL.read_bytes() + bytes(32)  # not the one that Facet has
    layers = (("model", content), ("projector", PROJECTOR.read_bytes()))
    in_ollama(folder, "library/tiny-gemma", "e2b", *layers)
    environment = {**TEST_ENVIRONMENT, "OLLAMA_MODELS": str(folder)}
    program = Facet(screen, reader, tmp_path / "data", environment)
    try:
        yield program
    finally:
        program.close()
    _expect_silence(program)


def test_a_chosen_model_that_is_gone_is_told_and_another_answers(
    facet: Facet, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.gguf"
    write_settings(facet.data_dir, model=str(gone), window=WINDOW)
    facet.start()
    facet.wait_for_text("gone.gguf is not there any more: its file was moved or deleted.")
    facet.picture("49-model-gone")
    facet.ask("Hello")
    assert facet.wait_for_any_answer("Hello").outcome in ("done", "stopped")
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0
    assert facet.settings()["model"] not in ("", str(gone))


def test_a_model_of_another_program_is_used_where_it_lies(
    with_ollama: Facet, tmp_path: Path
) -> None:
    facet = with_ollama
    write_settings(facet.data_dir, model=MINIATURE, picture_budget=70, window=WINDOW)
    facet.start()
    facet.focus()
    facet.screen.key("ctrl+m")
    facet.wait_for_text("Found on this machine", "tiny-gemma:e2b", "Ollama")
    facet.picture("50-models-found")
    path = blob(tmp_path / "ollama", MODEL.read_bytes() + bytes(32))
    facet.click("Use: tiny-gemma:e2b")
    wait_for(lambda: facet.settings().get("model") == str(path), "it is chosen")
    facet.new_chat()
    facet.ask("Hello")
    assert facet.wait_for_answer("Hello").model == "tiny-gemma:e2b"
    facet.picture("51-models-used")
    assert path.exists()
