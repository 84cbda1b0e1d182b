"""Passages by their meaning: cut, kept, compared, and joined with what a search for words finds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Extract, Page
from app.core.reading.work import Hit
from app.documents.meaning import PASSAGE, Passage, Vectors, fuse, passages


def extract(*pages: str) -> Extract:
    return Extract(
        "manual.pdf",
        "pdf",
        "page",
        tuple(Page(number, text) for number, text in enumerate(pages, 1)),
        len(pages),
    )


def axis(number: int) -> np.ndarray:
    return np.eye(8, dtype=np.float32)[number]


def hit(page: int, start: int = 0, end: int = 10, score: float = 1.0) -> Hit:
    return Hit("b", page, start, end, "", score)


@given(st.lists(st.text("ab .\n日。", max_size=4000), min_size=1, max_size=4))
def test_every_word_is_in_one_passage_in_order(pages: list[str]) -> None:
    found = passages(extract(*pages))
    assert [one.number for one in found] == list(range(len(found)))
    for number, text in enumerate(pages, 1):
        of_page = [one for one in found if one.page == number]
        assert all(one.text == text[one.start : one.end] for one in of_page)
        assert all(len(one.text) <= PASSAGE + 200 for one in of_page)
        assert all(a <= b for a, b in _gaps(of_page, len(text)))
        assert not any(text[a:b].strip() for a, b in _gaps(of_page, len(text)))


def _gaps(of_page: list[Passage], length: int) -> list[tuple[int, int]]:
    ends = [0, *(one.end for one in of_page)]
    starts = [*(one.start for one in of_page), length]
    return list(zip(ends, starts, strict=True))


def test_a_passage_ends_with_a_sentence() -> None:
    found = passages(extract("This is a sentence of some length. " * 100))
    assert len(found) > 3
    assert all(one.text.rstrip().endswith(".") for one in found)


@pytest.fixture
def vectors(tmp_path: Path) -> Vectors:
    return Vectors(tmp_path / "vectors.db")


def test_the_nearest_come_first_and_each_model_has_its_own(vectors: Vectors) -> None:
    one = extract("first", "second", "third")
    places = passages(one)
    vectors.add("b", "m", places[:2], np.stack([axis(0), axis(1)]))
    assert vectors.count("b", "m") == 2
    vectors.add("b", "m", places[2:], (axis(0) * 0.8 + axis(2) * 0.6)[None])
    found = vectors.search(axis(0), {"b": one, "other": one}, "m", 2)
    assert [(one.page, round(one.score, 2), one.snippet) for one in found] == [
        (1, 1.0, "first"),
        (3, 0.8, "third"),
    ]
    assert vectors.search(axis(0), {"b": one}, "another model", 2) == ()
    vectors.keep({"b", "other"})
    assert vectors.count("b", "m") == 3
    vectors.keep({"other"})
    assert vectors.count("b", "m") == 0
    assert vectors.search(axis(0), {"b": one}, "m", 2) == ()


def test_they_outlive_the_program_and_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    first = Vectors(path)
    first.add("b", "m", passages(extract("words")), axis(0)[None])
    first.close()
    again = Vectors(path)
    assert again.count("b", "m") == 1
    again.close()
    path.write_bytes(b"this is no database at all" * 100)
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    anew = Vectors(path)
    assert anew.count("b", "m") == 0
    anew.close()


def test_what_words_and_meaning_agree_on_comes_first() -> None:
    by_words = [hit(1), hit(2, 0, 100), hit(3)]
    by_meaning = [hit(4), hit(2, 50, 150), hit(5)]
    found = fuse(by_words, by_meaning, 4)
    assert [one.page for one in found] == [2, 1, 4, 3]
    assert (found[0].start, found[0].end) == (0, 100), "the place of the words"
    assert fuse(by_words, (), 2) == fuse(by_words[:2], (), 2)
    assert fuse((), (), 3) == ()
