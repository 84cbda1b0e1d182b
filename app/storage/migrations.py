"""The layout of the database, as the named steps that led to it.

Append only: a step that has been released is never changed, for databases of that age exist.
Each step runs inside a transaction.
"""

import sqlite3


def _conversations(connection: sqlite3.Connection) -> None:
    """Conversations are trees: a retried answer is a sibling of the one before it, ``leaf`` names
    the end of the path that is shown. Times are milliseconds since 1970 in UTC.

    ``parent`` doesn't cascade: SQLite follows cascades at most 1,000 levels deep, and a long
    conversation is deeper. The ``folded`` columns are what the search looks through."""
    for statement in (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            title_folded TEXT NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            deleted INTEGER,
            leaf TEXT
        )""",
        """CREATE TABLE messages (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent TEXT REFERENCES messages (id),
            created INTEGER NOT NULL,
            role TEXT NOT NULL,
            parts TEXT NOT NULL,
            thought TEXT NOT NULL,
            outcome TEXT NOT NULL,
            error TEXT NOT NULL,
            model TEXT NOT NULL,
            stats TEXT,
            words_folded TEXT NOT NULL
        )""",
        """CREATE TABLE message_blobs (
            message TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            blob TEXT NOT NULL,
            PRIMARY KEY (message, blob)
        ) WITHOUT ROWID""",
        """CREATE TABLE drafts (
            conversation TEXT PRIMARY KEY,
            updated INTEGER NOT NULL,
            content TEXT NOT NULL
        )""",
        "CREATE INDEX conversations_by_time ON conversations (updated)",
        "CREATE INDEX messages_by_conversation ON messages (conversation)",
        "CREATE INDEX messages_by_parent ON messages (parent)",
        "CREATE INDEX messages_by_outcome ON messages (outcome)",
    ):
        connection.execute(statement)


MIGRATIONS = (("0001-conversations", _conversations),)
