from pathlib import Path

import pytest

from app.commands.model_choice import choose_model
from app.core.errors import AppError
from app.models.catalogue import Catalogue
from app.models.library import Library
from app.models.places import Place
from tests.unit.models.layouts import in_ollama

DATA = Path(__file__).parents[3] / "resources" / "miniature"


@pytest.fixture
def library() -> Library:
    return Library([DATA], Catalogue())


def test_without_a_name_the_usual_model_is_taken(library: Library) -> None:
    assert choose_model(library, None, None, "mini-gemma4").id == "mini-gemma4"


def test_a_usual_model_that_is_gone_gives_way_to_another(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose_model(library, None, None, "gone").id == "mini-gemma4"
    assert capsys.readouterr().err == (
        "facet: gone is not there any more: its file was moved or deleted. "
        "mini-gemma4 answers instead.\n"
    )


def test_a_model_of_another_program_can_be_named(tmp_path: Path) -> None:
    in_ollama(tmp_path, "library/mini", "1b", ("model", (DATA / "mini-gemma4.gguf").read_bytes()))
    library = Library([], Catalogue(), elsewhere=lambda: [Place("ollama", tmp_path, "ollama")])
    assert choose_model(library, "mini:1b", None, "").origin == "ollama"


def test_a_path_needs_no_installation_and_finds_its_projector(tmp_path: Path) -> None:
    model = choose_model(Library([tmp_path], Catalogue()), str(DATA / "mini-gemma4.gguf"), None, "")

    assert model.projector == DATA / "mmproj-mini-gemma4.gguf"
    assert model.modalities == ("text", "image", "audio")


def test_an_unknown_name_is_answered_with_those_that_are_known(library: Library) -> None:
    with pytest.raises(AppError) as caught:
        choose_model(library, "gemma-9", None, "")

    assert "gemma-9" in caught.value.what
    assert "mini-gemma4" in caught.value.next_step


def test_no_model_at_all_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="No model is installed"):
        choose_model(Library([tmp_path], Catalogue()), None, None, "")
