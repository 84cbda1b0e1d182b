"""Where in long documents something stands: an index over their pages.

SQLite's FTS5 ranks the passages (BM25). Text in scripts without spaces is indexed by each two
neighbouring characters, since nothing else tells where its words begin.
"""

import re
import sqlite3
import threading
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import suppress
from pathlib import Path

from app.core.document import Extract, Heading
from app.core.reading.hits import Hit
from app.core.reading.languages import is_small
from app.documents.meaning import passages

_VERSION = 1
_SNIPPET = 160  # characters
_TERMS = 24  # words of a question that are looked up; of a longer one the longest
_SHORT_PAGE = 4000  # characters; of a page that is not longer the best place is enough
_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WIDE_RUN = re.compile(rf"[{_WIDE}]+")
_WORD = re.compile(rf"[{_WIDE}]+|[^\W_{_WIDE}]+(?:[_.\-'\u2019][^\W_{_WIDE}]+)*")
_ASKING = frozenset(
    word
    for words in (
        "what which who whom whose when where why how does did can could would should please tell",
        "me about wer wen wem wessen wann wo warum wieso wie welche welcher welches kann bitte",
        "quel quelle quels comment pourquoi quand qui quoi qué cuál cómo cuándo dónde por",
    )
    for word in words.split()
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    blob TEXT PRIMARY KEY, print INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS places (
    id INTEGER PRIMARY KEY, page INTEGER NOT NULL, length INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    title, text, content='', tokenize='porter unicode61 remove_diacritics 2');
"""


class Index:
    """All documents in one SQLite file, which can be deleted at any time. Safe to use from several
    threads, one at a time."""

    def __init__(self, path: Path | None = None) -> None:
        """``path`` of the file, None to keep it in memory. A damaged one is begun anew."""
        self._path = path
        self._lock = threading.Lock()
        self._connection = self._open()

    def add(self, blob: str, extract: Extract) -> None:
        """Take up a document, in place of what was known of it. Cheap if nothing has changed."""
        mark = _print(extract)
        with self._lock:
            try:
                if self._known(blob) != mark:
                    self._write(blob, extract, mark)
            except sqlite3.DatabaseError:
                self._begin_anew()
                self._write(blob, extract, mark)

    def search(self, question: str, blobs: Collection[str], limit: int = 12) -> tuple[Hit, ...]:
        """The best places in these documents, best first. Nothing for documents that were not
        added."""
        terms = _terms(question)
        if not terms:
            return ()
        found: list[Hit] = []
        with self._lock:
            try:
                for blob in dict.fromkeys(blobs):
                    found += self._find(blob, terms, limit)
            except sqlite3.DatabaseError:
                self._begin_anew()
                return ()
        return tuple(sorted(found, key=lambda hit: -hit.score)[:limit])

    def forget(self, blobs: Collection[str]) -> None:
        """Remove documents."""
        with self._lock:
            try:
                with self._connection:
                    for blob in blobs:
                        self._remove(blob)
            except sqlite3.DatabaseError:
                self._begin_anew()

    def keep(self, blobs: Set[str]) -> None:
        """Remove all documents but these."""
        with self._lock:
            try:
                known = {row[0] for row in self._connection.execute("SELECT blob FROM documents")}
            except sqlite3.DatabaseError:
                known = set()
        self.forget(known - blobs)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        target = str(self._path) if self._path is not None else ":memory:"
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(target, timeout=30, check_same_thread=False)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError(f"version {version}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # it can be made again
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("SELECT id, page, length, start, end, title FROM places LIMIT 1")
        except sqlite3.DatabaseError:
            connection.close()
            if self._path is None or not self._path.exists():
                raise
            self._unlink()
            return self._open()
        return connection

    def _begin_anew(self) -> None:
        """Throw the file away and begin an empty one."""
        self._connection.close()
        self._unlink()
        self._connection = self._open()

    def _unlink(self) -> None:
        if self._path is not None:
            for ending in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self._path.with_name(self._path.name + ending).unlink()

    def _known(self, blob: str) -> int | None:
        row = self._connection.execute(
            "SELECT print FROM documents WHERE blob = ?", (blob,)
        ).fetchone()
        return None if row is None else int(row[0])

    def _write(self, blob: str, extract: Extract, mark: int) -> None:
        lengths = {page.number: len(page.text) for page in extract.pages}
        titles = _Titles(extract)
        with self._connection:
            self._remove(blob)
            row = self._connection.execute("SELECT max(last) FROM documents").fetchone()
            first = 1 + (row[0] or 0)
            places = [
                (
                    first + one.number,
                    one.page,
                    lengths[one.page],
                    one.start,
                    one.end,
                    titles.of(one.page),
                    one.text,
                )
                for one in passages(extract)
            ]
            self._connection.executemany("INSERT INTO places VALUES (?,?,?,?,?,?,?)", places)
            self._connection.executemany(
                "INSERT INTO words(rowid, title, text) VALUES (?,?,?)",
                ((place[0], _spaced(place[5]), _spaced(place[6])) for place in places),
            )
            self._connection.execute(
                "INSERT INTO documents VALUES (?,?,?,?)",
                (blob, mark, first, first + len(places) - 1),
            )

    def _remove(self, blob: str) -> None:
        rows = self._range(blob)
        if rows is None:
            return
        old = self._connection.execute(
            "SELECT id, title, text FROM places WHERE id BETWEEN ? AND ?", rows
        ).fetchall()
        # The words table keeps no text, so that it has to be told what it forgets.
        self._connection.executemany(
            "INSERT INTO words(words, rowid, title, text) VALUES ('delete',?,?,?)",
            [(row, _spaced(title), _spaced(text)) for row, title, text in old],
        )
        self._connection.execute("DELETE FROM places WHERE id BETWEEN ? AND ?", rows)
        self._connection.execute("DELETE FROM documents WHERE blob = ?", (blob,))

    def _range(self, blob: str) -> tuple[int, int] | None:
        row = self._connection.execute(
            "SELECT first, last FROM documents WHERE blob = ?", (blob,)
        ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def _find(self, blob: str, terms: Sequence[str], limit: int) -> Iterator[Hit]:
        rows = self._range(blob)
        if rows is None:
            return
        query = " OR ".join(terms)
        # Ranked by itself first: reading the places of everything that matches would cost more.
        found = self._connection.execute(
            "SELECT rowid, bm25(words, 2.0, 1.0) AS rank FROM words WHERE words MATCH ?"
            " AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT ?",
            (query, *rows, 3 * limit),
        ).fetchall()
        taken: set[int] = set()
        for row, rank in found:
            page, length, start, end, text = self._connection.execute(
                "SELECT page, length, start, end, text FROM places WHERE id = ?", (row,)
            ).fetchone()
            if page not in taken:
                yield Hit(blob, page, start, end, _snippet(text, terms), -float(rank))
            if length <= _SHORT_PAGE:
                taken.add(page)


class _Titles:
    """What the place of a passage is called: the headings it is under, or its file."""

    def __init__(self, extract: Extract) -> None:
        self._headings: list[Heading] = sorted(extract.headings, key=lambda one: one.page)
        self._pages = [heading.page for heading in self._headings]
        self._labels = {page.number: page.label for page in extract.pages}

    def of(self, page: int) -> str:
        at = bisect_right(self._pages, page)
        titles: list[str] = []
        level = 99
        # Back from the last heading on this page, up through those it belongs to.
        for heading in reversed(self._headings[max(at - 40, 0) : at]):
            if heading.level < level or heading.page == page:
                titles.append(heading.title)
                level = min(level, heading.level)
        return " ".join([self._labels.get(page, ""), *titles]).strip()


def _print(extract: Extract) -> int:
    value = len(extract.headings)
    for page in extract.pages:
        value = zlib.crc32(page.text.encode("utf-8", "replace"), value)
    return value


def _spaced(text: str) -> str:
    """``text`` as it is indexed."""
    return _WIDE_RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(max(len(run) - 1, 1))]


def _terms(question: str) -> list[str]:
    """The words of a question as FTS5 is asked for them; of a run of characters without spaces
    each pair."""
    words = list(dict.fromkeys(_WORD.findall(question.casefold())))
    telling = [word for word in words if word not in _ASKING and not is_small(word)] or words
    telling = sorted(telling, key=len, reverse=True)[:_TERMS]
    terms: list[str] = []
    for word in telling:
        if _WIDE_RUN.fullmatch(word):
            # A single character may be the first of any pair.
            terms += [f'"{pair}"' if len(pair) > 1 else f'"{pair}"*' for pair in _pairs(word)]
            continue
        terms.append(f'"{word}"')
        if len(word) > 5 and word.isalpha():
            terms.append(f'"{word[: max(5, len(word) * 3 // 4)]}"*')  # other endings
    return list(dict.fromkeys(terms))


def _snippet(text: str, terms: Sequence[str]) -> str:
    """A line around the first word that was found."""
    line = " ".join(text.split())
    lower = line.casefold()
    places = [lower.find(term.strip('"*')) for term in terms]
    first = min((place for place in places if place >= 0), default=0)
    start = max(first - _SNIPPET // 4, 0)
    if start > 0:
        start = line.find(" ", start) + 1 or start
    piece = line[start : start + _SNIPPET]
    if start + _SNIPPET < len(line) and " " in piece:
        piece = piece[: piece.rindex(" ")]
    before, after = "\u2026" if start else "", "\u2026" if start + len(piece) < len(line) else ""
    return f"{before}{piece}{after}"
