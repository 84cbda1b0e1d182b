"""Long documents are found by what they mean, with a real model beside the one that answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.document import Extract, Page
from app.core.reading.work import Hit
from app.documents.meaning import Vectors
from app.session.meaning import Meaning
from tests.data.tiny_embedder import write_embedder
from tests.gui.session.office import Office

WORDS = Hit("b", 2, 0, 10, "by its words", 1.0)


@pytest.fixture
def embedder(tmp_path: Path) -> Path:
    return write_embedder(tmp_path / "embedder.gguf")


@pytest.fixture
def office_with(real_office: Office, tmp_path: Path) -> Iterator[Callable[[Path | None], Meaning]]:
    opened: list[Meaning] = []

    def open_one(model: Path | None) -> Meaning:
        opened.append(
            Meaning(
                real_office.thread,
                real_office.shelf,
                real_office.jobs,
                lambda: model,
                lambda: Vectors(tmp_path / "vectors.db"),
            )
        )
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def manual() -> Extract:
    pages = [f"Page {n} is about a {word}." for n, word in enumerate(["dog", "ship", "car"] * 8, 1)]
    every = tuple(Page(number, text) for number, text in enumerate(pages, 1))
    return Extract("manual.pdf", "pdf", "page", every, len(every))


def learnt(tmp_path: Path) -> int:
    vectors = Vectors(tmp_path / "vectors.db")
    count = vectors.count("b", "embedder.gguf")
    vectors.close()
    return count


def find(office: Office, meaning: Meaning, question: str) -> tuple[Hit, ...]:
    found: list[tuple[Hit, ...]] = []
    office.jobs.run(lambda: meaning.refine(question, {"b": manual()}, [WORDS], 4), found.append)
    office.until(lambda: bool(found))
    return found[0]


def test_a_document_is_learnt_and_found_in_other_words(
    real_office: Office,
    office_with: Callable[[Path | None], Meaning],
    embedder: Path,
    tmp_path: Path,
) -> None:
    meaning = office_with(embedder)
    assert find(real_office, meaning, "automobile") == (WORDS,), "nothing is learnt yet"
    real_office.until(lambda: learnt(tmp_path) == 24)
    pages = [hit.page for hit in find(real_office, meaning, "Where is the automobile?")]
    assert len(pages) == 4
    assert 2 in pages, "what has the words of the question stays"
    assert all(page % 3 == 0 for page in pages if page != 2), "and the pages about cars"


def test_an_answer_comes_first_and_learning_goes_on(
    real_office: Office,
    office_with: Callable[[Path | None], Meaning],
    embedder: Path,
    tmp_path: Path,
) -> None:
    meaning = office_with(embedder)
    meaning.learn("b", manual())
    real_office.chat.draft.text = "Hello"
    real_office.chat.send()
    real_office.until(lambda: not real_office.chat.busy)
    assert real_office.chat.entries[-1].message.text
    real_office.until(lambda: learnt(tmp_path) == 24)


@pytest.mark.parametrize("broken", [True, False])
def test_without_a_model_the_words_decide(
    real_office: Office, office_with: Callable[[Path | None], Meaning], tmp_path: Path, broken: bool
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF, but not really")
    meaning = office_with(path if broken else None)
    meaning.learn("b", manual())
    failed: list[object] = []
    real_office.thread.failed.connect(failed.append)
    if broken:
        real_office.until(lambda: bool(failed))
    assert find(real_office, meaning, "automobile") == (WORDS,)
