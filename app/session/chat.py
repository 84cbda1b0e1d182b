"""One conversation: what was said, the answer that is being written, the draft."""

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from app.core.conversation import Document, Message, Outcome, Role
from app.core.errors import AppError
from app.core.prompt import Prompt
from app.core.reading.tasks import DocumentTask
from app.core.thinking import ThoughtSwitch
from app.engine.messages import Generate
from app.session.answering import Answer, Ending
from app.session.asking import Shape, content_of, prompt_maker, question_of, settle_thinking
from app.session.chat_documents import ChatDocument
from app.session.citing import Checked, Citing
from app.session.desk import Desk
from app.session.document_tasks import presets, unsaid
from app.session.draft import Draft
from app.session.history import History
from app.session.planning import documents_of
from app.session.preparation import Preparation
from app.session.reading_run import ReadingStage
from app.session.reading_start import DocumentReading
from app.session.senses import check_question, unseen
from app.session.titles import clean_title, title_for
from app.session.writing import Writer
from app.storage.conversations import DraftContent, Entry, new_id

__all__ = ["ChatSession", "Entry"]


class ChatSession(QObject):
    """One conversation, whether it is shown or not: it goes on streaming and saving in the
    background.

    ``entry_added`` and ``entry_removed`` describe every change of ``entries``; words arrive by
    ``text_added`` and ``thought_added`` and are in ``entries`` as well, so a view may begin at
    any time. ``answer_finished`` is the end of every answer, however it ended.
    """

    entry_added = Signal(Entry)
    entry_removed = Signal(str)  # entry id
    progress = Signal(str, str, int, int)  # entry id, stage, done, total
    trimmed = Signal(str, int, int, int)  # entry id, dropped turns, needed and context in tokens
    unseen = Signal(str, str)  # entry id, what the model can't see or hear of the chat
    text_added = Signal(str, str)  # entry id, text
    thought_added = Signal(str, str)  # entry id, text
    answer_finished = Signal(str, Message)  # entry id
    title_changed = Signal(str)
    busy_changed = Signal(bool)
    context_changed = Signal(int, int)  # used, size, in tokens
    asked = Signal()  # something was sent, or is tried again
    reading_changed = Signal(str, ReadingStage)  # entry id; documents are being read for it
    documents_changed = Signal()
    checked = Signal(str)  # entry id, whose citations have been looked up
    problem = Signal(AppError)

    def __init__(
        self,
        desk: Desk,
        chat: str,
        title: str = "",
        entries: tuple[Entry, ...] = (),
        draft: DraftContent = DraftContent(),  # noqa: B008 (frozen)
        parent: QObject | None = None,
        *,
        kept: bool = True,
    ) -> None:
        """A chat that is not ``kept`` leaves no state with the engine; what else it leaves is up to
        its ``desk``. ``keep`` changes that."""
        super().__init__(parent)
        self.id = chat
        self.kept = kept
        self.title = title
        self.draft = Draft(desk, chat, draft, self)
        self.draft.problem.connect(self.problem)
        self._desk = desk
        self._history = History(desk, entries, self)
        self._history.added.connect(self.entry_added)
        self._history.removed.connect(self.entry_removed)
        self._history.documents_changed.connect(self.documents_changed)
        self._history.problem.connect(self.problem)
        self._listed = bool(title)  # also while it has no messages
        self._shapes: dict[str, Shape] = {}  # of what answers a question, by its id
        self._codes: dict[str, str] = {}  # of the answers that failed since the start
        self._thoughts = ThoughtSwitch()
        self._citing = Citing(desk, lambda: self.entries, self)
        self._citing.checked.connect(self.checked)
        self.preparation = Preparation(
            desk, self._name, self.draft, self._said, self._thoughts, self
        )
        self._writer = writer = Writer(desk, self)
        writer.progress.connect(self.progress)
        writer.trimmed.connect(self.trimmed)
        writer.text_added.connect(self.text_added)
        writer.thought_added.connect(self.thought_added)
        writer.reading_changed.connect(self.reading_changed)
        writer.problem.connect(self.problem)
        writer.ended.connect(self._finish)
        self._reading = DocumentReading(desk, writer, self)
        self._reading.settled.connect(self._history.rewrite)
        self._reading.asking.connect(self._ask_about_documents)

    # -- what is so -------------------------------------------------------------------------------

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The messages that are shown, oldest first, the unfinished one with its words so far."""
        answer = self._writer.answer
        if answer is None:
            return self._history.entries
        return (*self._history.entries[:-1], Entry(answer.entry.id, answer.so_far))

    @property
    def busy(self) -> bool:
        """Whether an answer is being written, or waits for its turn."""
        return self._writer.answer is not None

    @property
    def tasks(self) -> tuple[DocumentTask, ...]:
        """What can be asked with one click about the documents of the draft; () without."""
        attached = self.draft.content.attachments
        blobs = {part.blob for part in attached if isinstance(part, Document)}
        others = [one for one in self.documents if one.document.blob not in blobs]
        return presets(attached, len(others))

    @property
    def stored(self) -> bool:
        """Whether the chat is in the list; False for a new one."""
        return self._listed or bool(self._history.entries)

    @property
    def context(self) -> tuple[int, int]:
        """Tokens used after the last answer, less those of documents that were removed since, and
        the size of the context then; 0, 0 unknown."""
        return self._history.context

    @property
    def missed(self) -> str:
        """A sentence about what the model can't see or hear of this chat; "" for nothing."""
        return unseen(self._desk.shelf, self._history.messages)

    def failure_code(self, entry_id: str) -> str:
        """What kind of failure ended an answer ("too_long", "died"); "" for none, or for one that
        failed before this start."""
        return self._codes.get(entry_id, "")

    def check(self, entry_id: str) -> Checked:
        """The citations of an answer, in order, looked up in the documents. () while they have
        not been: that is begun then, and ``checked`` follows if there are any."""
        return self._citing.check(entry_id)

    @property
    def documents(self) -> tuple[ChatDocument, ...]:
        """The documents of the chat that have not been removed, those of the draft not among
        them."""
        return self._history.documents

    # -- orders -----------------------------------------------------------------------------------

    def send(
        self,
        shape: Shape = Shape(),  # noqa: B008 (frozen)
        task: DocumentTask | None = None,
    ) -> None:
        """Send the draft; the answer gets the ``shape``, also when it is written again. With a
        ``task`` that is the question, and what is typed is what is wanted besides. Nothing happens
        while an answer is being written, or if the draft isn't ready."""
        if self.busy or not self.draft.sendable:
            return
        content = self.draft.take()
        question = Entry(new_id(), question_of(content, task or unsaid(content)))
        self._shapes[question.id] = shape
        parent = self._history.entries[-1].id if self._history.entries else None
        if not self.title:
            self._set_title(title_for(question.message))
        self._history.add(question)
        answer = self._begin(sent=content)
        store, chat, title, entry = self._desk.conversations, self.id, self.title, answer.entry
        self._save_and_ask(answer, lambda: store.add_turn(chat, title, parent, question, entry))

    def retry(self, entry_id: str) -> None:
        """Write the answer ``entry_id`` again; it and what followed are shown no more, but kept in
        the database. An answer that is being written is stopped first. ``problem`` follows if the
        model can't see or hear what the question is about; the old answer stays then."""
        self._write_again(entry_id)

    def resume(self, entry_id: str) -> None:
        """Go on reading documents for an answer that was stopped (``Reading.paused``); like a
        ``retry`` that keeps what had been read. Without that it is one."""
        self._write_again(entry_id, entry_id)

    def _write_again(self, entry_id: str, stopped: str = "") -> None:
        self.abandon()
        place = self._history.answer_at(entry_id)
        if place == 0:
            return
        refusal = check_question(self._desk.shelf, self._history.entries[place - 1].message)
        if refusal is not None:
            self.problem.emit(refusal)
            return
        replaced = self._history.entries[place:]
        for entry in reversed(replaced):
            self._history.remove(entry)
            if entry.id != stopped:
                self._desk.jobs.run(partial(self._desk.readings.forget, entry.id))
        answer = self._begin(replaced=replaced, stopped=stopped)
        store, chat, entry = self._desk.conversations, self.id, answer.entry
        self._save_and_ask(answer, lambda: store.add_retry(chat, entry_id, entry))

    def remove_document(self, blob: str) -> None:
        """Leave a document out of what is asked from now on; a few words stand in its place."""
        self._history.remove_document(blob, writing=self.busy)
        self.context_changed.emit(*self.context)

    def edit(self, entry_id: str) -> None:
        """Take back the question that ``entry_id`` answers, into the draft. What followed it is
        shown no more, but kept in the database. Nothing happens while an answer is written."""
        place = self._history.answer_at(entry_id)
        if self.busy or place == 0:
            return
        question = self._history.entries[place - 1]
        self._listed = True  # it stays in the list, even if this was its first question
        for entry in reversed(self._history.entries[place - 1 :]):
            self._history.remove(entry)
        self.draft.give_back(content_of(question.message, self.draft.thinking))
        self.context_changed.emit(*self.context)
        store, chat = self._desk.conversations, self.id
        self._desk.jobs.run(
            lambda: store.go_back(chat, question.id), failed=self._history.refuse, lane="database"
        )

    def stop(self) -> None:
        """Stop the answer; its words so far stay."""
        self._writer.stop()
        self._reading.stop()

    def abandon(self) -> None:
        """Stop the answer and don't wait for the engine to agree: what it still says is
        dropped."""
        self._writer.abandon()

    def rename(self, title: str) -> None:
        """Give the chat another title; an empty one changes nothing."""
        title = clean_title(title)
        if not title or title == self.title:
            return
        self._set_title(title)
        if self.stored:
            store, chat = self._desk.conversations, self.id
            self._desk.jobs.run(lambda: store.rename(chat, title), lane="database")

    def keep(self, desk: Desk) -> None:
        """Have what is said from now on kept, at another ``desk``."""
        self.kept, self._desk = True, desk
        self._history.move(desk)
        self._writer.move(desk)
        self.draft.move(desk)
        self.preparation.move(desk, self._name)

    def close(self) -> None:
        """Stop the answer and save everything; jobs given now still run."""
        self.preparation.close()
        self.abandon()
        self.draft.close()

    # -- an answer's life -------------------------------------------------------------------------

    def _begin(
        self,
        sent: DraftContent | None = None,
        replaced: tuple[Entry, ...] = (),
        stopped: str = "",
    ) -> Answer:
        model = self._desk.shelf.current
        message = Message(
            Role.ASSISTANT, outcome=Outcome.WRITING, model=model.title if model else ""
        )
        answer = Answer(
            self._desk.engine.next_turn(),
            Entry(new_id(), message),
            self._history.entries[-1].message.attachments,
            replaced,
            sent,
            stopped,
        )
        self._writer.answer = answer
        self._desk.shelf.wake()
        self._history.add(answer.entry)
        if words := unseen(self._desk.shelf, self._history.messages[:-2]):
            self.unseen.emit(answer.entry.id, words)
        self.busy_changed.emit(True)
        self.asked.emit()
        return answer

    def _save_and_ask(self, answer: Answer, save: Callable[[], None]) -> None:
        path = self._history.messages[:-1]
        if documents_of(path):
            self._desk.jobs.run(
                save,
                lambda _none: self._reading.begin(answer, path, kept=self.kept),
                partial(self._not_saved, answer),
                lane="database",
            )
            return
        make = self._maker(path)

        def work() -> Prompt | AppError:
            save()
            return make()

        self._desk.jobs.run(
            work, partial(self._ask, answer), partial(self._not_saved, answer), lane="database"
        )

    def _maker(self, path: tuple[Message, ...]) -> Callable[[], Prompt | AppError]:
        read = self.preparation.tokens_read
        thinking = settle_thinking(
            self._desk, self._thoughts, path, self.draft.thinking, read, sending=True
        )
        make = prompt_maker(self._desk, path, thinking)

        def work() -> Prompt | AppError:
            try:
                return make()
            except AppError as error:  # the question is saved, it only can't be answered
                return error

        return work

    def _ask(self, answer: Answer, prompt: Prompt | AppError) -> None:
        if answer is not self._writer.answer:
            return  # abandoned meanwhile
        if isinstance(prompt, AppError):
            self._writer.end(Ending(Outcome.FAILED, f"{prompt.what} {prompt.next_step}"))
            return
        if answer.stopping:
            self._writer.end(Ending(Outcome.STOPPED))
            return
        shape = self._shapes.get(self._history.entries[-2].id, Shape())
        self._writer.ask(
            Generate(
                answer.turn,
                prompt,
                self._desk.shelf.sampling,
                chat=self._name,
                schema=shape.schema,
                grammar=shape.grammar,
            )
        )

    def _ask_about_documents(self) -> None:
        """They have been read as far as the question needs it."""
        answer = self._writer.answer
        assert answer is not None
        path = self._history.messages[:-1]
        self._desk.jobs.run(self._maker(path), partial(self._ask, answer))

    def _not_saved(self, answer: Answer, error: Exception) -> None:
        """What can't be kept is not asked: everything becomes as it was before."""
        if isinstance(error, AppError):
            self.problem.emit(error)
        if answer is not self._writer.answer:
            return  # abandoned meanwhile
        self._writer.answer = None
        self._history.remove(answer.entry)
        for entry in answer.replaced:
            self._history.add(entry)
        if answer.sent is not None:
            self._history.remove(self._history.entries[-1])
            if not self.stored:
                self._set_title("")
            self.draft.give_back(answer.sent)
        self.busy_changed.emit(False)
        self.preparation.resume()

    def _finish(self, ending: Ending) -> None:
        answer = self._writer.answer
        assert answer is not None
        self._writer.answer = None
        if ending.code:
            self._codes[answer.entry.id] = ending.code
        message = msgspec.structs.replace(
            answer.so_far, outcome=ending.outcome, error=ending.error, stats=ending.stats
        )
        entry = Entry(answer.entry.id, message)
        self._history.replace_last(entry)
        self.answer_finished.emit(entry.id, message)
        self._citing.check(entry.id)
        self.busy_changed.emit(False)
        self.preparation.resume()
        if ending.stats is not None and ending.stats.context_size:
            self.context_changed.emit(*self.context)

    # -- entries ----------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        """Under what the engine keeps the state of the chat; "" for not at all."""
        return self.id if self.kept else ""

    def _said(self) -> tuple[Message, ...] | None:
        """The messages before the draft; None while the last of them is being written."""
        return None if self.busy else self._history.messages

    def _set_title(self, title: str) -> None:
        self.title = title
        self.title_changed.emit(title)
