"""Files that are no (whole, known) model are named, and the engine goes on."""

import os
from pathlib import Path

import pytest

from app.engine.client import Engine
from app.engine.messages import LoadFailed
from tests.data import MEDIA, MODEL, PROJECTOR, tiny_gemma4
from tests.data.gguf_file import write_gguf
from tests.unit.engine.talk import Talk, picture, sound, user


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """An engine for a whole module of failures, which it must survive."""
    with Engine(tmp_path_factory.mktemp("loader") / "engine.log") as engine:
        yield Talk(engine)


def refusal(loader: Talk, path: Path, projector: Path | None = None) -> LoadFailed:
    """Why the file was refused, by a child that is still the same."""
    pid = loader.engine.pid
    event = loader.try_load(path, projector)
    assert isinstance(event, LoadFailed), event
    assert loader.engine.pid == pid
    assert event.what.endswith(".")
    assert event.next_step.endswith(".")
    return event


def test_a_model_states_what_it_is(loader: Talk) -> None:
    info = loader.load(context=0)
    assert (info.name, info.architecture) == ("mini-gemma4", "gemma4")
    assert (info.vision, info.audio, info.thinking, info.template) == (True, True, True, True)
    assert (info.context, info.trained_context) == (8192, 131072)
    assert info.parameters > 1_000_000
    assert 2_000_000 < info.size < MODEL.stat().st_size


def test_what_is_no_model_file(loader: Talk, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("This is not a model.")
    (tmp_path / "empty.gguf").write_bytes(b"")
    assert refusal(loader, tmp_path / "text.gguf").what == "text.gguf is not a GGUF model file."
    assert refusal(loader, tmp_path / "empty.gguf").what == "empty.gguf is not a GGUF model file."
    none = refusal(loader, tmp_path / "none.gguf")
    assert none.what == "none.gguf can't be opened (No such file or directory)."
    assert refusal(loader, tmp_path).what == f"{tmp_path.name} is not a file."
    os.mkfifo(tmp_path / "pipe.gguf")
    assert refusal(loader, tmp_path / "pipe.gguf").what == "pipe.gguf is not a file."
    assert "can't be opened" in refusal(loader, Path("/tmp/a\0b.gguf")).what


# The header, the metadata, the vocabulary, the list of tensors, the first and the last weights.
@pytest.mark.parametrize("size", [4, 5, 20, 24, 100, 1500, 20_000, 100_000, 500_000, -1000])
def test_a_file_cut_short(loader: Talk, tmp_path: Path, size: int) -> None:
    path = tmp_path / "torn.gguf"
    path.write_bytes(MODEL.read_bytes()[:size])
    assert refusal(loader, path).what == "torn.gguf is cut short or damaged."


@pytest.mark.parametrize("size", [24, 1000, 500_000, -1000])
def test_a_projector_cut_short(loader: Talk, tmp_path: Path, size: int) -> None:
    path = tmp_path / "mmproj.gguf"
    path.write_bytes(PROJECTOR.read_bytes()[:size])
    failure = refusal(loader, MODEL, path)
    assert failure.what == "mmproj.gguf is cut short or damaged."
    assert failure.code == "projector"


def test_an_unknown_architecture(loader: Talk, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "new.gguf", {"general.architecture": "gemma9"})
    assert "“gemma9”" in refusal(loader, path).what


def test_damaged_insides(loader: Talk, tmp_path: Path) -> None:
    whole = bytearray(MODEL.read_bytes())
    whole[8:16] = (2**62).to_bytes(8, "little")  # the number of tensors
    (tmp_path / "count.gguf").write_bytes(whole)
    refusal(loader, tmp_path / "count.gguf")
    write_gguf(tmp_path / "bare.gguf", {"general.architecture": "gemma4"})
    refusal(loader, tmp_path / "bare.gguf")


def test_a_projector_is_no_model(loader: Talk) -> None:
    failure = refusal(loader, PROJECTOR)
    assert failure.what.startswith("mmproj-mini-gemma4.gguf is a projector")


def test_a_projector_of_another_model(loader: Talk, tmp_path: Path) -> None:
    other = tiny_gemma4.write_projector(tmp_path / "mmproj-other.gguf", "edge")
    failure = refusal(loader, MODEL, other)
    assert failure.code == "projector"
    assert failure.what.startswith("mmproj-other.gguf does not fit this model")


def test_a_projector_that_is_none(loader: Talk, tmp_path: Path) -> None:
    assert refusal(loader, MODEL, MODEL).code == "projector"
    assert "can't be opened" in refusal(loader, MODEL, tmp_path / "none.gguf").what


def test_a_model_that_reads_only(loader: Talk) -> None:
    info = loader.load(MODEL, None)
    assert (info.vision, info.audio) == (False, False)
    for medium in (picture(MEDIA / "red-circle.png"), sound(MEDIA / "seven.wav")):
        assert loader.ask(user("What is this?", medium)).failure.code == "modality"
    assert loader.ask(user("Hello")).text == "Hello! How can I help you?"


def test_no_model_at_all(loader: Talk, tmp_path: Path) -> None:
    refusal(loader, tmp_path / "none.gguf")
    assert loader.ask(user("Hello")).failure.code == "no_model"


def test_a_template_that_cannot_be_read(loader: Talk, tmp_path: Path) -> None:
    broken = {"tokenizer.chat_template": "{% for m in messages %}{{ m.content }"}
    path = tiny_gemma4.write_model(tmp_path / "broken.gguf", "dense", broken)
    failure = refusal(loader, path)
    assert failure.code == "template"
    assert "chat template" in failure.what


def test_a_template_that_always_refuses(loader: Talk, tmp_path: Path) -> None:
    refusing = {"tokenizer.chat_template": "{{ raise_exception('never') }}"}
    loader.load(tiny_gemma4.write_model(tmp_path / "refusing.gguf", "dense", refusing), None)
    assert loader.ask(user("the")).failure.code == "template"


def test_a_file_without_a_template(loader: Talk, tmp_path: Path) -> None:
    bare = {"tokenizer.chat_template": None}
    info = loader.load(tiny_gemma4.write_model(tmp_path / "base.gguf", "dense", bare), None)
    assert info.template is False
    assert loader.ask(user("the"), max_tokens=3).stats.answer_tokens == 3


def test_a_template_that_opens_a_thought(loader: Talk, tmp_path: Path) -> None:
    opening = {"tokenizer.chat_template": f"{tiny_gemma4.TEMPLATE}<|channel>thought\n"}
    loader.load(tiny_gemma4.write_model(tmp_path / "thinker.gguf", "dense", opening), None)
    answer = loader.ask(user("the"), max_tokens=20)
    assert (answer.text, len(answer.thought) > 0) == ("", True)
    closed = {"tokenizer.chat_template": f"{tiny_gemma4.TEMPLATE}<|channel>thought\n<channel|>"}
    loader.load(tiny_gemma4.write_model(tmp_path / "quick.gguf", "dense", closed), None)
    answer = loader.ask(user("the"), max_tokens=20)
    assert (len(answer.text) > 0, answer.thought) == (True, "")


def test_after_all_that_it_answers(loader: Talk) -> None:
    loader.load()
    assert loader.ask(user("Repeat: apple")).text == "apple"
