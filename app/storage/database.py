"""The SQLite file: opened, brought up to date, and put aside when it is damaged.

One connection, used from one thread at a time: at start-up the main thread, afterwards the
session's database lane.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import AppError
from app.storage.migrations import MIGRATIONS

Migration = tuple[str, Callable[[sqlite3.Connection], None]]

BUSY_SECONDS = 5.0
_KEPT_SIDE_FILES = ("", "-wal", "-shm")  # what belongs to one SQLite database


class Database:
    """An open database of the newest layout.

    ``put_aside`` is the file that a damaged database was moved to by ``open``, None if there was
    no damage. All errors of SQLite that a person can mend come out as AppError.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, put_aside: Path | None) -> None:
        self.path = path
        self.put_aside = put_aside
        self._connection = connection

    @classmethod
    def open(cls, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> "Database":
        """Open ``path``, creating it or bringing it up to date. A damaged file is renamed, with
        its bytes as they are, and a new one begun. AppError for a file of a newer Facet, and
        where the file can't be opened or written."""
        suspect = _suspect_mark(path)
        put_aside = None
        try:
            connection = _connect(path, migrations, thorough=suspect.exists())
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise _explain(error) from error
            put_aside = _move_aside(path)
            try:
                connection = _connect(path, migrations, thorough=False)
            except sqlite3.DatabaseError as again:
                raise _explain(again) from again
        suspect.unlink(missing_ok=True)
        return cls(path, connection, put_aside)

    @property
    def problem(self) -> AppError | None:
        """What to tell the person when a damaged file was put aside, else None."""
        if self.put_aside is None:
            return None
        return AppError(
            "The file with the conversations was damaged, so Facet began a new one. "
            f"The damaged file was kept as {self.put_aside.name}.",
            f"It is in {self.put_aside.parent}; a backup of facet.db can be put back there.",
            code="database-damaged",
        )

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a question."""
        with self._explained():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block's changes, or none."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself, for example on a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file. The write-ahead log is folded into it if nobody else has it open."""
        self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                _suspect_mark(self.path).touch()  # the next start looks at every page
            elif not isinstance(error, sqlite3.OperationalError):
                raise  # a broken rule of ours (constraint, wrong SQL) is a bug
            raise _explain(error) from error


def _connect(path: Path, migrations: Sequence[Migration], *, thorough: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL loses nothing when the process is killed, for what is written has
        # reached the kernel; a loss of power may cost the last moments, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        if thorough:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(f"database disk image is malformed: {verdict}")
        _migrate(connection, migrations)
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two programs starting at once take turns
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied INTEGER)"
        )
        applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
        if unknown := applied - {name for name, _ in migrations}:
            raise AppError(
                "The conversations were last opened by a newer version of Facet "
                f"({', '.join(sorted(unknown))}). They were left as they are.",
                "Install the newest Facet, or start this one with --data-dir and another folder.",
                code="database-newer",
            )
        for name, change in migrations:
            if name not in applied:
                change(connection)
                connection.execute(
                    "INSERT INTO migrations VALUES (?, ?)", (name, int(time.time() * 1000))
                )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _suspect_mark(path: Path) -> Path:
    """A file whose presence says that SQLite met damage while the app ran."""
    return path.with_name(path.name + ".suspect")


def _move_aside(path: Path) -> Path:
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}-damaged-{stamp}-{number}{path.suffix}")
    for ending in _KEPT_SIDE_FILES:
        side = path.with_name(path.name + ending)
        if side.exists():
            side.rename(aside.with_name(aside.name + ending))
    return aside


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # sqlite_errorcode exists from Python 3.11 on only, so the words decide.
    words = str(error)
    return "disk image is malformed" in words or "not a database" in words


def _explain(error: sqlite3.DatabaseError) -> AppError:
    words = str(error)
    if _is_damage(error):
        return AppError(
            "The file with the conversations is damaged.",
            "Close Facet and start it again: it keeps the damaged file and begins a new one.",
            code="database-damaged",
        )
    if "is full" in words:
        return AppError(
            "The conversation could not be saved because the disk is full.",
            "Free some space and try again.",
            code="disk",
        )
    if "readonly" in words or "unable to open" in words:
        return AppError(
            "The conversations can't be saved: Facet may not write to its folder.",
            "Check the folder's permissions, or start Facet with --data-dir and another folder.",
            code="disk",
        )
    if "locked" in words or "busy" in words:
        return AppError(
            "The conversations are in use by another program.",
            "Close the other Facet and try again.",
            code="database-locked",
        )
    return AppError(
        f"The conversations can't be read or saved. SQLite says: {words.rstrip('.')}.",
        "Check the disk, or start Facet with --data-dir and another folder.",
        code="disk",
    )
