"""Texts become vectors beside the model that answers, and give way to it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.prompt import Prompt
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Cancel,
    Done,
    Embed,
    Embedded,
    Failed,
    Generate,
    Unload,
    Unloaded,
)
from tests.data import HEARD, MEDIA, MODEL
from tests.data.tiny_embedder import CONTEXT, LENGTH, write_embedder
from tests.unit.engine.talk import LIKELIEST, Answer, Talk, sound, user

MANY = tuple(f"the {word} number {n} " * 40 for n in range(4000) for word in ("car", "dog"))


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_embedder(tmp_path_factory.mktemp("embedder") / "embedder.gguf")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Talk]:
    """An engine without a model to answer."""
    with Engine(tmp_path / "engine.log") as engine:
        yield Talk(engine)


def order(talk: Talk, model: Path, *texts: str) -> int:
    turn = talk.next_turn()
    talk.engine.send(Embed(turn, str(model), texts))
    return turn


def ended(talk: Talk, turn: int) -> AnyEvent:
    return talk.until(lambda event: isinstance(event, Embedded | Failed) and event.turn == turn)[-1]


def vectors(talk: Talk, model: Path, *texts: str) -> np.ndarray:
    event = ended(talk, order(talk, model, *texts))
    assert isinstance(event, Embedded)
    assert event.complete
    assert event.length == LENGTH
    return np.frombuffer(event.vectors, "<f4").reshape(-1, LENGTH)


def test_what_means_the_same_lies_together(alone: Talk, embedder: Path) -> None:
    found = vectors(alone, embedder, "My automobile", "a car!", "the hound", "a Physician", "")
    assert np.allclose(np.linalg.norm(found[:4], axis=1), 1, atol=1e-5)
    near = found @ found.T
    assert near[0, 1] > 0.95
    assert near[0, 2] < 0.5
    assert near[0, 3] < 0.5


def test_vectors_come_in_order_however_many_there_are(alone: Talk, embedder: Path) -> None:
    texts = [f"{word} " * (1 + 9 * n % 50) for n, word in enumerate(["car", "dog", "rent"] * 20)]
    together = vectors(alone, embedder, *texts)
    assert len(together) == 60
    for n in (0, 1, 2, 31, 59):
        assert together[n] @ vectors(alone, embedder, texts[n])[0] > 0.999


def test_what_is_beyond_the_context_does_not_count(alone: Talk, embedder: Path) -> None:
    long = vectors(alone, embedder, "car " * (2 * CONTEXT) + "dog " * CONTEXT, "car")
    assert long[0] @ long[1] > 0.99


def test_a_question_is_answered_first(talk: Talk, embedder: Path) -> None:
    vectors(talk, embedder, "car")  # loaded
    turn = order(talk, embedder, *MANY)
    question = talk.next_turn()
    tone = sound(MEDIA / "low-tone.ogg")
    talk.engine.send(Generate(question, Prompt((user("What do you hear?", tone),)), LIKELIEST))
    events = talk.until(lambda event: isinstance(event, Done) and event.turn == question)
    gave_way = [event for event in events if isinstance(event, Embedded)]
    assert [(event.turn, event.complete) for event in gave_way] == [(turn, False)]
    assert HEARD["low-tone.ogg"] in Answer(events).text
    assert vectors(talk, embedder, "car").shape == (1, LENGTH)


def test_cancel_ends_it_and_the_next_one_works(alone: Talk, embedder: Path) -> None:
    vectors(alone, embedder, "car")
    turn = order(alone, embedder, *MANY)
    alone.engine.send(Cancel(turn))
    event = ended(alone, turn)
    assert isinstance(event, Embedded)
    assert not event.complete
    assert vectors(alone, embedder, "car").shape == (1, LENGTH)


@pytest.mark.parametrize(
    ("content", "code"), [(None, "load"), (b"GGUF, but not really", "load"), (MODEL, "embedding")]
)
def test_a_file_of_another_kind_is_said_to_be_one(
    alone: Talk, tmp_path: Path, content: bytes | Path | None, code: str
) -> None:
    path = tmp_path / "model.gguf"
    if isinstance(content, Path):
        path = content
    elif content is not None:
        path.write_bytes(content)
    event = ended(alone, order(alone, path, "car"))
    assert isinstance(event, Failed)
    assert event.code == code
    assert event.next_step


def test_unload_gives_it_back(alone: Talk, embedder: Path) -> None:
    vectors(alone, embedder, "car")
    alone.engine.send(Unload())
    alone.until(lambda event: isinstance(event, Unloaded))
    assert vectors(alone, embedder, "car").shape == (1, LENGTH), "and it is loaded anew"
