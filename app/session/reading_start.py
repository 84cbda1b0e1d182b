"""The way from a question about documents to its answer: model, documents, plan, run."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from app.core.conversation import Document, Message, Outcome
from app.core.errors import AppError
from app.core.reading.tasks import DocumentTask
from app.session.answering import Answer, Ending
from app.session.desk import Desk
from app.session.document_tasks import task_of
from app.session.planning import (
    Circumstances,
    Planned,
    SavedReading,
    documents_of,
    plan,
    resume,
)
from app.session.reading_run import ReadingRun
from app.session.sound_tasks import about_sound
from app.session.writing import Writer


class DocumentReading(QObject):
    """Has the documents of a chat read for one answer after the other, by its writer.

    It waits for the model, since everything depends on what that can take, has the documents
    fetched, and makes a plan; or goes on with a reading that was stopped. ``settled`` tells how the
    messages of the chat read from now on, ``asking`` that the chat's own question is due.
    """

    settled = Signal(object)  # tuple[Message, ...], without the answer
    asking = Signal()

    def __init__(self, desk: Desk, writer: Writer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._writer = writer
        self._planned: Planned | None = None
        self._pending: Answer | None = None  # its documents have not been planned yet
        self._waiting: Callable[[], None] | None = None  # for the model
        desk.shelf.state_changed.connect(self._look)
        writer.asking.connect(self._ask)

    def begin(self, answer: Answer, path: Sequence[Message], *, kept: bool) -> None:
        """Begin with ``answer``, to the question at the end of ``path``; ``kept`` is as in
        ``ReadingRun``."""
        if answer is not self._writer.answer:
            return  # abandoned meanwhile
        if answer.stopping:
            self._writer.end(Ending(Outcome.STOPPED))
            return
        self._pending = answer
        self._waiting = partial(self._fetch, answer, tuple(path), kept)
        self._look()

    def stop(self) -> None:
        """End an answer whose documents have not been planned yet: that may take until a model has
        been loaded."""
        pending, self._pending = self._pending, None
        if pending is not None and pending is self._writer.answer:
            self._waiting = None
            self._writer.end(Ending(Outcome.STOPPED))

    # -- inside -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """See whether there is a model by now, or won't be any."""
        shelf, go_on = self._desk.shelf, self._waiting
        if go_on is not None and not (shelf.info is None and shelf.state == "loading"):
            self._waiting = None
            go_on()

    def _fetch(self, answer: Answer, path: tuple[Message, ...], kept: bool) -> None:
        circumstances = circumstances_of(self._desk)
        if circumstances is None:
            failure = self._desk.shelf.failure
            error = AppError("No model is loaded.", "Choose a model, then retry.", code="no_model")
            if failure is not None:
                error = AppError(failure.what, failure.next_step, code=failure.code)
            self._fail(answer, error)
            return
        work = partial(_plan, self._desk, path, answer.stopped, circumstances)
        done = partial(self._begin, answer, kept)
        failed = partial(self._fail, answer)
        self._desk.documents.fetch(
            documents_of(path), lambda: self._desk.jobs.run(work, done, failed), failed
        )

    def _begin(self, answer: Answer, kept: bool, planned: Planned) -> None:
        if answer is not self._writer.answer:
            return  # abandoned meanwhile
        self._pending = None
        if answer.stopped:
            readings = self._desk.readings
            self._desk.jobs.run(partial(readings.move, answer.stopped, answer.entry.id))
        self._planned = planned
        self.settled.emit(planned.path)
        self._writer.read(ReadingRun(self._desk, answer.entry.id, planned.work, kept, self))

    def _fail(self, answer: Answer, error: Exception) -> None:
        if answer is not self._writer.answer or not isinstance(error, AppError):
            return
        self._pending = None
        self._writer.end(Ending(Outcome.FAILED, str(error), error.code))

    def _ask(self) -> None:
        assert self._planned is not None
        self.settled.emit(self._planned.asked)
        self.asking.emit()


def plan_ahead(
    desk: Desk,
    path: Sequence[Message],
    done: Callable[[Planned], None],
) -> None:
    """Plan what would be asked if ``path`` were sent, and call ``done`` with it. Nothing happens
    without a model, or if a document can't be had: sending will say so."""
    circumstances = circumstances_of(desk)
    if circumstances is not None:
        work = partial(_plan, desk, tuple(path), "", circumstances)
        desk.documents.fetch(
            documents_of(path), lambda: desk.jobs.run(work, done, _nobody_waits), _nobody_waits
        )


def circumstances_of(desk: Desk) -> Circumstances | None:
    """What a plan depends on now; None while no model is loaded."""
    info = desk.shelf.info
    if info is None:
        return None
    system = desk.preferences.settings.system_prompt
    return Circumstances(info.context, info.vision, info.audio, system)


def _plan(
    desk: Desk, path: tuple[Message, ...], stopped: str, circumstances: Circumstances
) -> Planned:
    """Runs in a lane."""
    saved = _saved(desk, stopped) if stopped else None
    work = resume(desk.documents, saved, circumstances) if saved is not None else None
    if work is not None:
        return Planned(path, work)
    return plan(desk.documents, path, _task(path), circumstances)


def _task(path: Sequence[Message]) -> DocumentTask:
    new = any(isinstance(part, Document) for part in path[-1].attachments)
    if about_sound(path[-1].attachments):
        return DocumentTask("ask", question=path[-1].text)  # it is not about the documents
    return task_of(path[-1].text, new=new)


def _saved(desk: Desk, answer: str) -> SavedReading | None:
    state = desk.readings.load(answer)
    try:
        return msgspec.json.decode(state, type=SavedReading) if state is not None else None
    except msgspec.DecodeError:
        return None  # of another version


def _nobody_waits(_error: Exception) -> None:
    """Sending will say it."""
