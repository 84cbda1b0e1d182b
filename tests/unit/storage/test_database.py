"""The database file: new, old, newer, damaged, full, locked, killed."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.storage.database import Database
from app.storage.migrations import MIGRATIONS

# What a database of each age looked like, with a row or two in it. A new migration adds the text
# of the one before it here, so that every upgrade a person may make is made by a test.
AGES = {
    "0001-conversations": """
        CREATE TABLE migrations (name TEXT PRIMARY KEY, applied INTEGER);
        INSERT INTO migrations VALUES ('0001-conversations', 1790000000000);
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, title_folded TEXT NOT NULL,
            created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER, leaf TEXT);
        CREATE TABLE messages (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent TEXT REFERENCES messages (id), created INTEGER NOT NULL, role TEXT NOT NULL,
            parts TEXT NOT NULL, thought TEXT NOT NULL, outcome TEXT NOT NULL,
            error TEXT NOT NULL, model TEXT NOT NULL, stats TEXT, words_folded TEXT NOT NULL);
        CREATE TABLE message_blobs (
            message TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            blob TEXT NOT NULL, PRIMARY KEY (message, blob)) WITHOUT ROWID;
        CREATE TABLE drafts (
            conversation TEXT PRIMARY KEY, updated INTEGER NOT NULL, content TEXT NOT NULL);
        CREATE INDEX conversations_by_time ON conversations (updated);
        CREATE INDEX messages_by_conversation ON messages (conversation);
        CREATE INDEX messages_by_parent ON messages (parent);
        CREATE INDEX messages_by_outcome ON messages (outcome);
        INSERT INTO conversations VALUES
            ('c1', 'Tides', 'tides', 1790000000000, 1790000001000, NULL, 'm2');
        INSERT INTO messages VALUES ('m1', 'c1', NULL, 1790000000000, 'user',
            '[{"type":"image","blob":"00ff","name":"a.png","mime":"image/png","width":4,'
            || '"height":3,"budget":0},{"type":"text","text":"Why two tides?"}]',
            '', 'done', '', '', NULL, 'why two tides?' || char(10) || 'a.png');
        INSERT INTO messages VALUES ('m2', 'c1', 'm1', 1790000000000, 'assistant',
            '[{"type":"text","text":"The Moon pulls."}]', 'hm', 'done', '', 'mini',
            '{"prompt_tokens":12,"answer_tokens":4}', 'the moon pulls.' || char(10));
        INSERT INTO message_blobs VALUES ('m1', '00ff');
        INSERT INTO drafts VALUES ('c1', 1790000001000, '{"text":"And the Sun?"}');
    """,
}


def layout(database: Database) -> list[tuple[str, str]]:
    rows = database.query("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [(row["name"], "".join(row["sql"].split())) for row in rows]


def test_every_age_is_covered() -> None:
    assert list(AGES) == [name for name, _ in MIGRATIONS]


@pytest.mark.parametrize("age", AGES)
def test_old_databases_are_brought_up_to_date(age: str, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.executescript(AGES[age])
    connection.close()
    old = Database.open(tmp_path / "old.db")
    new = Database.open(tmp_path / "new.db")
    assert [dict(row)["title"] for row in old.query("SELECT title FROM conversations")] == ["Tides"]
    assert layout(old) == layout(new)
    assert old.problem is None
    old.close()
    new.close()


def test_a_step_is_made_once_and_in_order(tmp_path: Path) -> None:
    made: list[str] = []
    first = ("0001-a", lambda connection: made.append("a"))
    second = ("0002-b", lambda connection: made.append("b"))
    Database.open(tmp_path / "x.db", [first]).close()
    Database.open(tmp_path / "x.db", [first, second]).close()
    Database.open(tmp_path / "x.db", [first, second]).close()
    assert made == ["a", "b"]


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x)")
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        Database.open(tmp_path / "x.db", [("0001-broken", broken)])
    database = Database.open(tmp_path / "x.db", [])
    assert [name for name, _ in layout(database)] == ["migrations"]
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    later = (*MIGRATIONS, ("9999-later", lambda connection: None))
    Database.open(tmp_path / "x.db", later).close()
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(AppError) as caught:
        Database.open(tmp_path / "x.db")
    assert caught.value.code == "database-newer"
    assert "9999-later" in caught.value.what
    assert (tmp_path / "x.db").read_bytes() == before


@pytest.mark.parametrize("damage", ["no database", "cut", "overwritten"])
def test_a_damaged_file_is_kept_aside(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "facet.db"
    database = Database.open(path)
    with database.transaction() as change:
        change.executemany(
            "INSERT INTO drafts VALUES (?, 0, ?)", [(str(i), "x" * 500) for i in range(200)]
        )
    database.close()
    data = path.read_bytes()
    damaged = {
        "no database": b"This is not a database, but it has words in it. " * 100,
        "cut": data[: len(data) // 2],
        "overwritten": data[:100] + b"\xaa" * 4000 + data[4100:],
    }[damage]
    path.write_bytes(damaged)

    database = Database.open(path)
    problem = database.problem
    assert problem is not None
    assert problem.code == "database-damaged"
    assert database.put_aside is not None
    assert database.put_aside.name in problem.what
    assert database.put_aside.read_bytes() == damaged
    assert database.query("SELECT * FROM drafts") == []
    database.close()


def test_damage_found_while_running_is_mended_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "facet.db"
    database = Database.open(path)
    with database.transaction() as change:
        change.executemany(
            "INSERT INTO drafts VALUES (?, 0, ?)", [(f"{i:06}", "x" * 900) for i in range(500)]
        )
    database.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xaa" * (len(data) - len(data) // 2)  # far from what start-up reads
    path.write_bytes(data)

    database = Database.open(path)
    assert database.problem is None
    with pytest.raises(AppError) as caught:
        database.query("SELECT * FROM drafts ORDER BY content")
    assert caught.value.code == "database-damaged"
    database.close()

    database = Database.open(path)
    assert database.put_aside is not None
    assert database.put_aside.read_bytes() == bytes(data)
    database.close()
    database = Database.open(path)
    assert database.problem is None
    database.close()


def test_a_full_disk_is_named_and_nothing_half_written(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "facet.db")
    rows = [(str(i), "x" * 1000) for i in range(100)]
    pages = database.query("PRAGMA page_count")[0][0]
    database.query(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(AppError) as caught, database.transaction() as change:
        change.executemany("INSERT INTO drafts VALUES (?, 0, ?)", rows)
    assert "disk is full" in caught.value.what
    assert caught.value.next_step
    assert database.query("SELECT * FROM drafts") == []
    with database.transaction() as change:
        change.execute("INSERT INTO drafts VALUES ('a', 0, 'small')")
    database.close()


def test_read_only(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "facet.db")
    database.query("PRAGMA query_only = ON")
    with pytest.raises(AppError) as caught, database.transaction() as change:
        change.execute("INSERT INTO drafts VALUES ('a', 0, 'x')")
    assert "may not write" in caught.value.what
    database.close()


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "facet.db").mkdir()
    with pytest.raises(AppError) as caught:
        Database.open(tmp_path / "facet.db")
    assert caught.value.code == "disk"


def test_in_use_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.database.BUSY_SECONDS", 0.01)
    database = Database.open(tmp_path / "facet.db")
    other = sqlite3.connect(tmp_path / "facet.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(AppError) as caught, database.transaction():
        raise AssertionError("the lock is taken")
    assert caught.value.code == "database-locked"
    other.close()
    database.close()


def test_mistakes_of_ours_are_no_errors_for_people(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "facet.db")
    with database.transaction() as change:
        change.execute("INSERT INTO drafts VALUES ('a', 0, 'x')")
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as change:
        change.executemany("INSERT INTO drafts VALUES (?, 0, 'y')", [("b",), ("a",)])
    assert [row["conversation"] for row in database.query("SELECT * FROM drafts")] == ["a"]
    database.close()


WRITER = """
import sys
from pathlib import Path
from app.storage.database import Database
database = Database.open(Path(sys.argv[1]))
number = 0
while True:
    with database.transaction() as change:
        change.execute("INSERT INTO drafts VALUES (?, 0, ?)", (str(number), "x" * 2000))
        change.execute("INSERT INTO drafts VALUES (?, 0, 'second')", (f"{number}b",))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 7, 300])
def test_what_was_saved_survives_kill_9(after: int, tmp_path: Path) -> None:
    path = tmp_path / "facet.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        said = -1
        for line in writer.stdout:
            said = int(line)
            if said >= after:
                break
        writer.kill()
        said = max([said, *(int(line) for line in writer.stdout.read().split())])
    if os.name == "posix":
        assert writer.returncode == -signal.SIGKILL
    database = Database.open(path)
    assert database.problem is None
    kept = {row["conversation"] for row in database.query("SELECT conversation FROM drafts")}
    assert {str(number) for number in range(said + 1)} <= kept
    assert all(f"{name}b" in kept for name in kept if not name.endswith("b"))
    database.close()


if os.name == "posix":

    def test_the_file_is_private(tmp_path: Path) -> None:
        Database.open(tmp_path / "facet.db").close()
        assert stat.S_IMODE((tmp_path / "facet.db").stat().st_mode) == 0o600
