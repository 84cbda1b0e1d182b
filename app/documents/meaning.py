"""Where in long documents something is said in other words: vectors of their passages.

The vectors are made by an embedding model (see ``engine.embedding``); here they are kept and
compared. Prompts are those of EmbeddingGemma's model card.
"""

import re
import sqlite3
import threading
from collections.abc import Collection, Sequence, Set
from pathlib import Path

import msgspec
import numpy as np

from app.core.document import Extract
from app.core.reading.work import Hit

PASSAGE = 900  # characters: about 200 tokens, what the model tells apart best
_LEAST = 200  # a shorter end of a page goes with the passage before it
_BREAK = re.compile(r"\n\s*\n|(?<=[.!?。！？])\s+|\n")  # noqa: RUF001
_FUSE = 60  # ranks matter less the larger it is; the usual constant of reciprocal rank fusion
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    blob TEXT NOT NULL, model TEXT NOT NULL, number INTEGER NOT NULL,
    page INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (blob, model, number)) WITHOUT ROWID
"""


class Passage(msgspec.Struct, frozen=True):
    """Characters ``start`` to ``end`` of a page's text; ``number`` counts those of a document."""

    number: int
    page: int
    start: int
    end: int
    text: str


def passages(extract: Extract) -> tuple[Passage, ...]:
    """A document in pieces of about ``PASSAGE`` characters, none across two pages, in order."""
    found: list[Passage] = []
    for page in extract.pages:
        for start, end in _pieces(page.text):
            found.append(Passage(len(found), page.number, start, end, page.text[start:end]))
    return tuple(found)


def as_document(title: str, text: str) -> str:
    """How a passage is put to the model."""
    return f"title: {title or 'none'} | text: {text}"


def as_question(text: str) -> str:
    """How a question is put to the model."""
    return f"task: search result | query: {text}"


def fuse(by_words: Sequence[Hit], by_meaning: Sequence[Hit], limit: int) -> tuple[Hit, ...]:
    """Two rankings as one, by reciprocal ranks: what both have found comes first. Of places that
    overlap the one that was found by its words stays."""
    scores: dict[int, float] = {}
    hits: list[Hit] = []
    for ranking in (by_words, by_meaning):
        for rank, hit in enumerate(ranking):
            place = next((i for i, one in enumerate(hits) if _overlap(one, hit)), len(hits))
            if place == len(hits):
                hits.append(hit)
            scores[place] = scores.get(place, 0.0) + 1 / (_FUSE + rank)
    order = sorted(scores, key=lambda place: -scores[place])
    return tuple(msgspec.structs.replace(hits[i], score=scores[i]) for i in order[:limit])


class Vectors:
    """The vectors of all documents, in one SQLite file that can be deleted at any time. Safe to use
    from several threads. ``model`` names the embedding model: those of others don't compare."""

    def __init__(self, path: Path | None = None) -> None:
        """``path`` of the file, None to keep it in memory. A damaged one is begun anew."""
        self._lock = threading.Lock()
        self._cache: tuple[str, str, tuple[np.ndarray, np.ndarray]] | None = None
        self._connection = _open(path)

    def count(self, blob: str, model: str) -> int:
        """How many passages of a document have a vector: the first so many."""
        with self._lock:
            row = self._connection.execute(
                "SELECT count(*) FROM vectors WHERE blob = ? AND model = ?", (blob, model)
            ).fetchone()
        return int(row[0])

    def add(self, blob: str, model: str, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        """Keep vectors of length 1, of shape (passages, length)."""
        rows = [
            (blob, model, one.number, one.page, one.start, one.end, vector.tobytes())
            for one, vector in zip(passages, vectors.astype("<f2"), strict=True)
        ]
        with self._lock, self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?,?,?,?,?,?,?)", rows
            )
            self._cache = None

    def search(
        self, question: np.ndarray, extracts: dict[str, Extract], model: str, limit: int
    ) -> tuple[Hit, ...]:
        """The passages of documents, by blob, that are nearest to the vector of a question, the
        nearest first."""
        found: list[tuple[float, str, np.ndarray]] = []
        for blob in extracts:
            places, vectors = self._load(blob, model)
            if len(vectors):
                near = vectors @ question.astype(np.float32)
                for row in np.argsort(-near)[:limit]:
                    found.append((float(near[row]), blob, places[row]))
        found.sort(key=lambda one: -one[0])
        hits = []
        for score, blob, (page, start, end) in found[:limit]:
            text = next((one.text for one in extracts[blob].pages if one.number == page), "")
            line = " ".join(text[start:end].split())[:160]
            hits.append(Hit(blob, int(page), int(start), int(end), line, score))
        return tuple(hits)

    def forget(self, blobs: Collection[str]) -> None:
        """Remove documents."""
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM vectors WHERE blob = ?", [(blob,) for blob in blobs]
            )
            self._cache = None

    def keep(self, blobs: Set[str]) -> None:
        """Remove all documents but these."""
        with self._lock:
            rows = self._connection.execute("SELECT DISTINCT blob FROM vectors").fetchall()
        self.forget({row[0] for row in rows} - blobs)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _load(self, blob: str, model: str) -> tuple[np.ndarray, np.ndarray]:
        """Places (page, start, end) and vectors of a document; the last one's are at hand."""
        with self._lock:
            if self._cache is None or self._cache[:2] != (blob, model):
                rows = self._connection.execute(
                    "SELECT page, start, end, vector FROM vectors"
                    " WHERE blob = ? AND model = ? ORDER BY number",
                    (blob, model),
                ).fetchall()
                places = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
                data = b"".join(row[3] for row in rows)
                vectors = np.frombuffer(data, "<f2").astype(np.float32)
                self._cache = (blob, model, (places, vectors.reshape(len(rows), -1 if rows else 0)))
            return self._cache[2]


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where the passages of a page begin and end: at paragraphs, else sentences, else anywhere."""
    pieces: list[tuple[int, int]] = []
    start = 0
    while len(text) - start > PASSAGE + _LEAST:
        breaks = [one.end() for one in _BREAK.finditer(text, start + PASSAGE // 2, start + PASSAGE)]
        cut = breaks[-1] if breaks else start + PASSAGE
        pieces.append((start, cut))
        start = cut
    pieces.append((start, len(text)))
    return [(start, end) for start, end in pieces if text[start:end].strip()]


def _overlap(one: Hit, other: Hit) -> bool:
    same = (one.blob, one.page) == (other.blob, other.page)
    return same and one.start < other.end and other.start < one.end


def _open(path: Path | None) -> sqlite3.Connection:
    target = str(path) if path is not None else ":memory:"
    try:
        connection = sqlite3.connect(target, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_SCHEMA)
        connection.execute("SELECT blob, model, number, page, start, end FROM vectors LIMIT 1")
    except sqlite3.DatabaseError:
        if path is None or not path.exists():
            raise
        connection.close()
        path.unlink()
        return _open(path)
    return connection
