"""All conversations: the list, and the one that is open."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.conversation import Image
from app.core.errors import AppError
from app.core.settings import Settings
from app.session.chat import ChatSession
from app.session.desk import Desk
from app.session.titles import clean_title
from app.storage.conversations import ChatSummary, DraftContent, StoredConversation, new_id

__all__ = ["ChatSession", "ChatSummary", "Chats"]

UNDO_MS = 8000
_TIDY_AFTER_MS = 20_000  # when the start is long over


class Chats(QObject):
    """The list (``summaries``, newest first) and the open chat (``current``).

    Chats that were opened stay in memory, so that one whose answer runs goes on when another is
    shown. There is at most one new chat without messages; it keeps its draft.
    """

    list_changed = Signal()
    current_changed = Signal(ChatSession)
    busy_changed = Signal()
    deleted = Signal(str, str)  # id, title; can be undone for UNDO_MS
    problem = Signal(AppError)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        """Reads the list here and now: this is start-up, and the database lane is still idle.
        AppError when the database can't be used."""
        super().__init__(parent)
        self._desk = desk
        self._sessions: dict[str, ChatSession] = {}
        self._doomed: dict[str, tuple[ChatSummary, QTimer]] = {}
        self._searches = 0
        # ``_wanted`` is the chat that was asked for last; it may still be on its way.
        desk.jobs.problem.connect(self.problem)
        self._model: Path | None = None  # that was loaded last
        desk.shelf.state_changed.connect(self._follow_model)
        desk.preferences.changed.connect(self._follow_settings)
        store = desk.conversations
        interrupted = store.recover()
        self.summaries: tuple[ChatSummary, ...] = store.summaries()
        self.current = self._first(interrupted)
        self.current.preparation.set_shown(True)
        self._wanted = self.current.id
        desk.jobs.run(store.purge_deleted, lane="database")
        QTimer.singleShot(_TIDY_AFTER_MS, self, self.tidy)

    @property
    def busy(self) -> bool:
        """Whether an answer is being written, in the open chat or another."""
        return any(session.busy for session in self._sessions.values())

    # -- orders -------------------------------------------------------------------------------

    def new_chat(self) -> None:
        """Open the chat that has no message yet."""
        unsent = next((one for one in self._sessions.values() if not one.stored), None)
        self._show(unsent or self._keep(ChatSession(self._desk, new_id(), parent=self)))

    def open(self, chat: str) -> None:
        """Open a chat of the list; ``current_changed`` follows when it has been read."""
        if chat in self._doomed:
            return
        self._wanted = chat
        if chat in self._sessions:
            self._show(self._sessions[chat])
            return
        store = self._desk.conversations

        def read() -> tuple[StoredConversation | None, DraftContent]:
            return store.load(chat), store.load_draft(chat)

        self._desk.jobs.run(read, lambda found: self._opened(chat, *found), lane="database")

    def adopt(self, session: ChatSession) -> None:
        """Take over a chat that was begun elsewhere, and is kept. It is listed once something has
        been asked in it."""
        session.setParent(self)
        self._keep(session)
        if session.entries:
            self._asked(session)

    def rename(self, chat: str, title: str) -> None:
        """Give a chat another title; an empty one changes nothing."""
        if chat in self._sessions:
            self._sessions[chat].rename(title)
            return
        title = clean_title(title)
        if title:
            self._retitled(chat, title)
            store = self._desk.conversations
            self._desk.jobs.run(lambda: store.rename(chat, title), lane="database")

    def delete(self, chat: str) -> None:
        """Take a chat out of the list, stopping its answer. It can be brought back by
        ``undo_delete`` for UNDO_MS, then it is gone for good."""
        summary = next((one for one in self.summaries if one.id == chat), None)
        if summary is None:
            return
        if chat in self._sessions:
            self._sessions[chat].close()
        store = self._desk.conversations
        self._desk.jobs.run(lambda: store.delete(chat), lane="database")
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(UNDO_MS)
        timer.timeout.connect(lambda: self._purge(chat))
        timer.start()
        self._doomed[chat] = summary, timer
        self.summaries = tuple(one for one in self.summaries if one.id != chat)
        if self.current.id == chat or self._wanted == chat:
            self.new_chat()
        self.list_changed.emit()
        self.deleted.emit(chat, summary.title)

    def undo_delete(self, chat: str) -> None:
        """Bring back a chat and open it. Too late, nothing happens."""
        if chat not in self._doomed:
            return
        summary, timer = self._doomed.pop(chat)
        timer.stop()
        timer.deleteLater()
        store = self._desk.conversations
        self._desk.jobs.run(lambda: store.restore(chat), lane="database")
        self._set_summaries((*self.summaries, summary))
        self.open(chat)

    def search(self, text: str, found: Callable[[tuple[ChatSummary, ...]], None]) -> None:
        """Call ``found`` with the chats that have all words of ``text`` in their title or their
        messages. A newer search makes this one be forgotten."""
        self._searches += 1
        number = self._searches
        store = self._desk.conversations

        def done(chats: tuple[ChatSummary, ...]) -> None:
            if number == self._searches:
                found(chats)

        self._desk.jobs.run(lambda: store.search(text), done, lane="database")

    def blob_path(self, blob: str) -> Path:
        """Where the bytes of an attachment lie. From any thread; touches no disk."""
        return self._desk.blobs.path_of(blob)

    def thumbnail(self, picture: Image, ready: Callable[[str], None]) -> None:
        """Call ``ready`` with the path of a small PNG of the picture: at once if there is one,
        later if it has to be made, never if the picture is gone."""
        self._desk.thumbnails.request(picture, ready)

    def tidy(self) -> None:
        """Delete the files that no conversation has any more."""
        jobs, blobs, thumbnails = self._desk.jobs, self._desk.blobs, self._desk.thumbnails
        states, documents = self._desk.states, self._desk.documents
        readings, store = self._desk.readings, self._desk.conversations

        def collect(in_use: frozenset[str]) -> None:
            jobs.run(lambda: blobs.collect_garbage(in_use))
            jobs.run(lambda: thumbnails.collect_garbage(in_use))
            jobs.run(lambda: documents.collect_garbage(in_use))

        def collect_states(stored: frozenset[str]) -> None:
            chats = stored | set(self._sessions)
            jobs.run(lambda: states.collect_garbage(chats))

        jobs.run(store.blobs_in_use, collect, lane="database")
        jobs.run(store.ids, collect_states, lane="database")
        jobs.run(lambda: readings.collect_garbage(store.unknown), lane="database")

    def close(self) -> None:
        """Stop what runs and save everything; the jobs for it have been given on return. Deleted
        chats can't come back any more."""
        for chat in tuple(self._doomed):
            self._purge(chat)
        for session in self._sessions.values():
            session.close()

    # -- inside -------------------------------------------------------------------------------

    def _first(self, interrupted: tuple[str, ...]) -> ChatSession:
        """The chat to begin with: the one whose answer the last run did not finish, else a new
        one, with what had been typed into it."""
        store = self._desk.conversations
        chat = store.unsent_chat() or new_id()
        draft = store.load_draft(chat)
        first = self._keep(ChatSession(self._desk, chat, draft=draft, parent=self))
        for chat in interrupted:
            if (found := store.load(chat)) is not None:
                return self._session(found, store.load_draft(chat))
        return first

    def _opened(self, chat: str, found: StoredConversation | None, draft: DraftContent) -> None:
        if chat != self._wanted or chat in self._sessions:
            return
        if found is None:
            self.problem.emit(
                AppError(
                    QCoreApplication.translate("Chats", "This chat is not there any more."),
                    QCoreApplication.translate("Chats", "Choose another one."),
                    code="chat-missing",
                )
            )
            return
        self._show(self._session(found, draft))

    def _session(self, found: StoredConversation, draft: DraftContent) -> ChatSession:
        return self._keep(
            ChatSession(self._desk, found.id, found.title, found.messages, draft, parent=self)
        )

    def _keep(self, session: ChatSession) -> ChatSession:
        self._sessions[session.id] = session
        session.problem.connect(self.problem)
        session.asked.connect(lambda: self._asked(session))
        session.busy_changed.connect(lambda _busy: self.busy_changed.emit())
        session.title_changed.connect(lambda title: self._retitled(session.id, title))
        session.entry_removed.connect(lambda _id: self._emptied(session))
        return session

    def _show(self, session: ChatSession) -> None:
        self._wanted = session.id
        if session is not self.current:
            self.current.preparation.set_shown(False)
            self.current = session
            session.preparation.set_shown(True)
            self.current_changed.emit(session)

    def _asked(self, session: ChatSession) -> None:
        others = tuple(one for one in self.summaries if one.id != session.id)
        now = datetime.now(timezone.utc)
        self._set_summaries((*others, ChatSummary(session.id, session.title, now)))

    def _retitled(self, chat: str, title: str) -> None:
        self._set_summaries(
            tuple(
                msgspec.structs.replace(one, title=title) if one.id == chat else one
                for one in self.summaries
            )
        )

    def _emptied(self, session: ChatSession) -> None:
        """A first question that could not be saved has been taken back."""
        if not session.stored:
            self._set_summaries(tuple(one for one in self.summaries if one.id != session.id))

    def _set_summaries(self, summaries: tuple[ChatSummary, ...]) -> None:
        ordered = tuple(sorted(summaries, key=lambda one: (-one.updated.timestamp(), one.id)))
        if ordered != self.summaries:
            self.summaries = ordered
            self.list_changed.emit()

    def _purge(self, chat: str) -> None:
        _summary, timer = self._doomed.pop(chat)
        timer.stop()
        timer.deleteLater()
        session = self._sessions.pop(chat, None)
        if session is not None:
            session.deleteLater()
        store, states = self._desk.conversations, self._desk.states
        self._desk.jobs.run(lambda: store.purge(chat), lane="database")
        self._desk.engine.forget(chat)
        self._desk.jobs.run(lambda: states.forget(chat))

    def _follow_model(self) -> None:
        """Say it in the open chat if another model has been chosen that can't see or hear what is
        in it. The answers say it once more, each in its place."""
        model = self._desk.shelf.current
        if self._desk.shelf.state != "ready" or model is None or model.path == self._model:
            return
        chosen, self._model = self._model is not None, model.path
        if chosen and (words := self.current.missed):
            told = QCoreApplication.translate("Chats", "It is only told that there is something.")
            self.problem.emit(AppError(words, told, code="unseen"))

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        """What was kept on disk goes when nothing is to be kept any more."""
        if before.kept_disk and not after.kept_disk:
            self._desk.jobs.run(self._desk.states.clear)
