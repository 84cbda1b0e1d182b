"""What has been said in a chat, and its way to the database."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QObject, Signal

from app.core.conversation import Message, Role
from app.core.errors import AppError
from app.session.chat_documents import chat_documents, without_document
from app.session.desk import Desk
from app.storage.conversations import Entry


class History(QObject):
    """The ``entries`` of one chat that are shown, oldest first, and their ``documents``."""

    added = Signal(Entry)
    removed = Signal(str)  # entry id
    documents_changed = Signal()
    problem = Signal(AppError)  # something can't be saved

    def __init__(
        self, desk: Desk, entries: tuple[Entry, ...], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._leaving: set[str] = set()  # documents that go once the answer has been written
        self._freed: dict[str, int] = {}  # tokens that have gone since an answer, by its entry
        self.entries = entries
        self.documents = chat_documents(self.messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages of all entries."""
        return tuple(entry.message for entry in self.entries)

    @property
    def context(self) -> tuple[int, int]:
        """Tokens used after the last answer, less those of documents that were removed since, and
        the size of the context then; 0, 0 unknown."""
        last = self._last_counted()
        for entry in self.entries:
            if entry.id == last and (stats := entry.message.stats) is not None:
                return max(0, stats.context_used - self._freed.get(last, 0)), stats.context_size
        return 0, 0

    def answer_at(self, entry_id: str) -> int:
        """The place of an answer that follows a question, 0 if it is none."""
        for place, (question, answer) in enumerate(pairwise(self.entries), start=1):
            if answer.id == entry_id and answer.message.role is Role.ASSISTANT:
                return place if question.message.role is Role.USER else 0
        return 0

    def add(self, entry: Entry) -> None:
        """Show another entry, the newest."""
        self._set((*self.entries, entry))
        self.added.emit(entry)

    def remove(self, entry: Entry) -> None:
        """Show it no more."""
        self._set(tuple(one for one in self.entries if one.id != entry.id))
        self.removed.emit(entry.id)

    def replace_last(self, entry: Entry) -> None:
        """The answer at the end has been written."""
        self._set((*self.entries[:-1], entry))
        self._write(entry)
        self._let_go()

    def rewrite(self, messages: Sequence[Message]) -> None:
        """The first entries say something else now, ``messages``: how their documents stand in the
        chat, or what a question was given of them."""
        entries = list(self.entries)
        for place, message in enumerate(messages):
            if message != entries[place].message:
                entries[place] = Entry(entries[place].id, message)
                self._write(entries[place])
        self._set(tuple(entries))

    def remove_document(self, blob: str, *, writing: bool) -> None:
        """Leave a document out; while an answer is ``writing``, its question keeps it."""
        self._leaving.add(blob)
        if writing:
            self._set(self.entries)
        else:
            self._let_go()

    def move(self, desk: Desk) -> None:
        """Save at another ``desk`` from now on."""
        self._desk = desk

    def refuse(self, error: Exception) -> None:
        """Something could not be saved."""
        if isinstance(error, AppError):
            self.problem.emit(error)

    def _set(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        found = chat_documents(self.messages)
        before = self.documents
        self.documents = tuple(one for one in found if one.document.blob not in self._leaving)
        if self.documents != before:
            self.documents_changed.emit()

    def _let_go(self) -> None:
        leaving, self._leaving = self._leaving, set()
        if leaving and (last := self._last_counted()):
            shares = [
                one.share for one in chat_documents(self.messages) if one.document.blob in leaving
            ]
            self._freed[last] = self._freed.get(last, 0) + sum(shares)
        for blob in leaving:
            self.rewrite(without_document(self.messages, blob))

    def _last_counted(self) -> str:
        """The entry of the last answer that says how much of the context is used; "" for none."""
        for entry in reversed(self.entries):
            if entry.message.stats is not None and entry.message.stats.context_size:
                return entry.id
        return ""

    def _write(self, entry: Entry) -> None:
        store = self._desk.conversations
        self._desk.jobs.run(partial(store.write_answer, entry), failed=self.refuse, lane="database")
