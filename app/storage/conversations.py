"""Conversations in the database: the list, the messages, the drafts, the search.

Every method is one transaction. Ids are made by the caller, so that a message has its identity
on the screen before it is on the disk.
"""

import os
import sqlite3
import time
import unicodedata
from collections.abc import Sequence, Set
from datetime import datetime, timezone

import msgspec

from app.core.conversation import Attached, Message, Outcome, Part, Role, Stats, blobs_of
from app.core.errors import AppError
from app.storage.database import Database

_parts = msgspec.json.Decoder(tuple[Part, ...])
_stats = msgspec.json.Decoder(Stats)


class ChatSummary(msgspec.Struct, frozen=True):
    """One row of the list. ``updated`` (in UTC) is when something was last asked."""

    id: str
    title: str
    updated: datetime


class Entry(msgspec.Struct, frozen=True):
    """A message and its identity."""

    id: str
    message: Message


class StoredConversation(msgspec.Struct, frozen=True):
    """``messages`` is the path that is shown, oldest first."""

    id: str
    title: str
    messages: tuple[Entry, ...]


class DraftContent(msgspec.Struct, frozen=True):
    """What is typed and attached but not yet sent. ``thinking`` None leaves it to the settings."""

    text: str = ""
    attachments: tuple[Attached, ...] = ()
    thinking: bool | None = None


class Conversations:
    """The conversations of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def summaries(self) -> tuple[ChatSummary, ...]:
        """All conversations that are not deleted, the newest first."""
        return tuple(
            _summary(row)
            for row in self._database.query(
                "SELECT id, title, updated FROM conversations WHERE deleted IS NULL"
                " ORDER BY updated DESC, id"
            )
        )

    def load(self, conversation: str) -> StoredConversation | None:
        """A conversation with the path that is shown; None if there is none of that id."""
        rows = self._database.query(
            "SELECT title, leaf FROM conversations WHERE id = ? AND deleted IS NULL",
            (conversation,),
        )
        if not rows:
            return None
        path = self._database.query(
            """WITH RECURSIVE path (depth, id) AS (
                SELECT 0, ?
                UNION ALL
                SELECT path.depth + 1, messages.parent FROM path
                JOIN messages ON messages.id = path.id WHERE messages.parent IS NOT NULL)
            SELECT messages.* FROM path JOIN messages ON messages.id = path.id
            ORDER BY depth DESC""",
            (rows[0]["leaf"],),
        )
        messages = tuple(Entry(row["id"], _message(row)) for row in path)
        return StoredConversation(conversation, rows[0]["title"], messages)

    def add_turn(
        self,
        conversation: str,
        title: str,
        parent: str | None,
        question: Entry,
        answer: Entry,
    ) -> None:
        """Add a question after ``parent`` and the answer that is about to be written. A
        conversation that does not exist yet begins with it, under ``title``; its draft is used
        up."""
        now = _now()
        with self._database.transaction() as change:
            change.execute(
                "INSERT INTO conversations (id, title, title_folded, created, updated)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated = excluded.updated",
                (conversation, title, fold(title), now, now),
            )
            _insert(change, conversation, parent, question, now)
            _insert(change, conversation, question.id, answer, now)
            change.execute(
                "UPDATE conversations SET leaf = ? WHERE id = ?", (answer.id, conversation)
            )
            change.execute("DELETE FROM drafts WHERE conversation = ?", (conversation,))

    def add_conversation(self, conversation: str, title: str, messages: Sequence[Entry]) -> None:
        """Add a conversation as it is: ``messages`` one after the other."""
        now = _now()
        with self._database.transaction() as change:
            change.execute(
                "INSERT INTO conversations (id, title, title_folded, created, updated)"
                " VALUES (?, ?, ?, ?, ?)",
                (conversation, title, fold(title), now, now),
            )
            parent = None
            for entry in messages:
                _insert(change, conversation, parent, entry, now)
                parent = entry.id
            change.execute("UPDATE conversations SET leaf = ? WHERE id = ?", (parent, conversation))

    def add_retry(self, conversation: str, replaced: str, answer: Entry) -> None:
        """Add ``answer`` as a sibling of the message ``replaced`` and show it instead, without
        whatever had followed. Nothing is deleted. AppError if there is no such message."""
        now = _now()
        with self._database.transaction() as change:
            row = change.execute(
                "SELECT parent FROM messages WHERE id = ? AND conversation = ?",
                (replaced, conversation),
            ).fetchone()
            if row is None:
                raise AppError(
                    "The answer to be replaced was never saved.",
                    "Ask again in a new chat.",
                    code="not-saved",
                )
            _insert(change, conversation, row["parent"], answer, now)
            change.execute(
                "UPDATE conversations SET leaf = ?, updated = ? WHERE id = ?",
                (answer.id, now, conversation),
            )

    def go_back(self, conversation: str, question: str) -> None:
        """Show the conversation as it was before ``question``. Nothing is deleted; without a
        message before it, the conversation is empty."""
        with self._database.transaction() as change:
            change.execute(
                "UPDATE conversations SET leaf = (SELECT parent FROM messages WHERE id = ?)"
                " WHERE id = ?",
                (question, conversation),
            )

    def write_answer(self, answer: Entry) -> None:
        """Save how far an answer has come, or how it ended; also a question that says something
        else now. Nothing happens if its conversation has been purged meanwhile."""
        with self._database.transaction() as change:
            change.execute(
                "UPDATE messages SET parts = ?, thought = ?, outcome = ?, error = ?, model = ?,"
                " stats = ?, words_folded = ? WHERE id = ?",
                (*_columns(answer.message), answer.id),
            )

    def rename(self, conversation: str, title: str) -> None:
        with self._database.transaction() as change:
            change.execute(
                "UPDATE conversations SET title = ?, title_folded = ? WHERE id = ?",
                (title, fold(title), conversation),
            )

    def delete(self, conversation: str) -> None:
        """Hide a conversation, until ``restore`` or ``purge``."""
        with self._database.transaction() as change:
            change.execute(
                "UPDATE conversations SET deleted = ? WHERE id = ?", (_now(), conversation)
            )

    def restore(self, conversation: str) -> None:
        with self._database.transaction() as change:
            change.execute("UPDATE conversations SET deleted = NULL WHERE id = ?", (conversation,))

    def purge(self, conversation: str) -> None:
        """Remove a deleted conversation for good; one that is not deleted stays."""
        self._purge("id = ?", (conversation,))

    def purge_deleted(self) -> None:
        """Remove all deleted conversations for good."""
        self._purge("1", ())

    def _purge(self, condition: str, values: tuple[str, ...]) -> None:
        doomed = f"SELECT id FROM conversations WHERE deleted IS NOT NULL AND {condition}"
        with self._database.transaction() as change:
            change.execute(f"DELETE FROM drafts WHERE conversation IN ({doomed})", values)
            change.execute(f"DELETE FROM conversations WHERE id IN ({doomed})", values)

    def recover(self) -> tuple[str, ...]:
        """Mark the answers that were being written when the app died as failed, keeping their
        words. The ids of their conversations, the newest first. To be called once at start."""
        rows = self._database.query(
            "SELECT messages.* FROM messages JOIN conversations"
            " ON conversations.id = messages.conversation"
            " WHERE outcome = ? ORDER BY conversations.updated DESC",
            (Outcome.WRITING.value,),
        )
        for row in rows:
            message = _message(row)
            ended = msgspec.structs.replace(
                message, outcome=Outcome.FAILED, error=_interrupted(message)
            )
            self.write_answer(Entry(row["id"], ended))
        return tuple(dict.fromkeys(row["conversation"] for row in rows))

    def search(self, text: str) -> tuple[ChatSummary, ...]:
        """The conversations that have every word of ``text`` in their title or in a message that
        is shown; upper and lower case are alike. All of them for an empty ``text``."""
        words = fold(text).split()
        if not words:
            return self.summaries()
        found = " AND ".join(
            "(instr(title_folded, ?) OR id IN (SELECT path.conversation FROM path"
            " JOIN messages ON messages.id = path.message WHERE instr(words_folded, ?)))"
            for _ in words
        )
        rows = self._database.query(
            f"""WITH RECURSIVE path (conversation, message) AS (
                SELECT id, leaf FROM conversations WHERE deleted IS NULL
                UNION ALL
                SELECT path.conversation, messages.parent FROM path
                JOIN messages ON messages.id = path.message WHERE messages.parent IS NOT NULL)
            SELECT id, title, updated FROM conversations
            WHERE deleted IS NULL AND {found} ORDER BY updated DESC, id""",
            [word for word in words for _ in range(2)],
        )
        return tuple(_summary(row) for row in rows)

    def save_draft(self, conversation: str, draft: DraftContent) -> None:
        """Keep a draft, also for a conversation that is not stored yet. An empty one is removed."""
        with self._database.transaction() as change:
            if draft == DraftContent():
                change.execute("DELETE FROM drafts WHERE conversation = ?", (conversation,))
            else:
                change.execute(
                    "INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)",
                    (conversation, _now(), msgspec.json.encode(draft).decode()),
                )

    def load_draft(self, conversation: str) -> DraftContent:
        """The draft of a conversation, an empty one if nothing was kept."""
        rows = self._database.query(
            "SELECT content FROM drafts WHERE conversation = ?", (conversation,)
        )
        if not rows:
            return DraftContent()
        return msgspec.json.decode(rows[0]["content"], type=DraftContent)

    def unsent_chat(self) -> str | None:
        """The id under which the newest draft of a chat without messages was kept, or None.
        Older ones of that kind are forgotten."""
        orphans = "conversation NOT IN (SELECT id FROM conversations)"
        rows = self._database.query(
            f"SELECT conversation FROM drafts WHERE {orphans} ORDER BY updated DESC, rowid DESC"
        )
        if not rows:
            return None
        newest: str = rows[0]["conversation"]
        with self._database.transaction() as change:
            change.execute(f"DELETE FROM drafts WHERE {orphans} AND conversation <> ?", (newest,))
        return newest

    def ids(self) -> frozenset[str]:
        """Every conversation there is, deleted ones that can still come back and those that are
        only a draft included."""
        rows = self._database.query(
            "SELECT id FROM conversations UNION SELECT conversation FROM drafts"
        )
        return frozenset(row["id"] for row in rows)

    def unknown(self, messages: Set[str]) -> frozenset[str]:
        """Those of ``messages``, by their ids, that no conversation has."""
        known = self._database.query(
            f"SELECT id FROM messages WHERE id IN ({', '.join('?' * len(messages))})",
            tuple(messages),
        )
        return frozenset(messages) - {row["id"] for row in known}

    def blobs_in_use(self) -> frozenset[str]:
        """The hashes of all blobs that a message (shown or not, deleted or not) or a draft has."""
        used = {row["blob"] for row in self._database.query("SELECT blob FROM message_blobs")}
        for row in self._database.query("SELECT content FROM drafts"):
            draft = msgspec.json.decode(row["content"], type=DraftContent)
            used.update(blob for part in draft.attachments for blob in blobs_of(part))
        return frozenset(used)


def new_id() -> str:
    """An identity that nothing else has: 128 random bits in hexadecimal."""
    return os.urandom(16).hex()  # what uuid4 does, without 14 ms of import at start-up


def fold(text: str) -> str:
    """``text`` without the differences of case and of how accents are coded."""
    return unicodedata.normalize("NFC", text.casefold())


def _now() -> int:
    return time.time_ns() // 1_000_000


def _summary(row: sqlite3.Row) -> ChatSummary:
    updated = datetime.fromtimestamp(row["updated"] / 1000, timezone.utc)
    return ChatSummary(row["id"], row["title"], updated)


def _insert(
    change: sqlite3.Connection,
    conversation: str,
    parent: str | None,
    stored: Entry,
    now: int,
) -> None:
    change.execute(
        "INSERT INTO messages (id, conversation, parent, created, role, parts, thought, outcome,"
        " error, model, stats, words_folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stored.id,
            conversation,
            parent,
            now,
            stored.message.role.value,
            *_columns(stored.message),
        ),
    )
    change.executemany(
        "INSERT OR IGNORE INTO message_blobs VALUES (?, ?)",
        [(stored.id, blob) for part in stored.message.attachments for blob in blobs_of(part)],
    )


def _columns(message: Message) -> tuple[str | None, ...]:
    names = [part.name for part in message.attachments]
    return (
        msgspec.json.encode(message.parts).decode(),
        message.thought,
        message.outcome.value,
        message.error,
        message.model,
        msgspec.json.encode(message.stats).decode() if message.stats else None,
        fold("\n".join([message.text, *names])),
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        role=Role(row["role"]),
        parts=_parts.decode(row["parts"]),
        thought=row["thought"],
        outcome=Outcome(row["outcome"]),
        error=row["error"],
        model=row["model"],
        stats=_stats.decode(row["stats"]) if row["stats"] else None,
    )


def _interrupted(message: Message) -> str:
    words = count_words(message)
    kept = f"The {words} words above were kept. " if words else ""
    return f"Facet ended while this answer was being written. {kept}Retry starts it again."


def count_words(message: Message) -> int:
    """How many words of the message are there to keep."""
    return len(message.text.split())
