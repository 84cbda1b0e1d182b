"""An answer about documents that takes more than one question to the engine."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.conversation import Outcome, Reading
from app.core.document import Unit
from app.core.errors import AppError
from app.core.prompt import Media, Prompt
from app.core.reading.pages import mark
from app.core.reading.steps import Step
from app.engine.messages import Done, Failed, Generate, Progress
from app.session.answering import Ending
from app.session.desk import Desk
from app.session.planning import SavedReading, search
from app.session.reading_time import ReadingTime
from app.session.reading_words import label_of
from app.session.turns import DIED

if TYPE_CHECKING:
    from app.core.reading import Work

_log = logging.getLogger("log.reading")

TOO_LONG = "too_long"  # the code of Failed for a prompt that is longer than the context
StageKind = Literal["waiting", "look", "hear", "search", "notes", "merge", "answer"]
_LOOK_BUDGET = 1120  # image tokens: small print has to be read
_TELL_EVERY_MS = 1000
# What may well go better the next time: the engine has been started anew, or runs elsewhere now.
_AGAIN = (DIED, "device")


class ReadingStage(msgspec.Struct, frozen=True):
    """How far the reading of documents for one answer is: step ``number`` of ``total`` of its
    ``kind``, in the plain words of ``label`` ("Section 7 of 31 · pages 84–96").
    ``seconds_left`` is about what all of it will still take; None while that is unknown."""

    kind: StageKind
    number: int
    total: int
    label: str
    seconds_left: float | None = None


class ReadingRun(QObject):
    """Takes the steps of a ``Work`` through the engine, one after the other, and keeps after each
    what it has brought. ``ended`` is the last that is heard of it.

    What is written on the way are notes; the answer comes from the last step, or from the chat's
    own question: ``asking`` tells that it is due, and ``answered`` that it has been answered.
    """

    noted = Signal(str)
    worded = Signal(str)
    stage_changed = Signal(ReadingStage)
    advanced = Signal()  # ``reading`` and ``notes`` have come further
    asking = Signal()
    ended = Signal(Ending)

    def __init__(
        self, desk: Desk, answer: str, work: "Work", kept: bool, parent: QObject | None = None
    ) -> None:
        """``answer`` is its id; ``kept`` whether it may be gone on with after the end of the
        program."""
        super().__init__(parent)
        self.work = work
        self._desk = desk
        self._answer = answer
        self._kept = kept
        self._step: Step | None = None
        self._turn: int | None = None
        self._words: list[str] = []
        self._shown: Path | None = None  # the file that the model looks at
        self._again = False  # the step is tried for the second time
        self._look_back()
        self._noted = bool(self.notes)
        self._waits = False
        self._over = self._stopping = False
        self._time = ReadingTime(desk.paces)
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TELL_EVERY_MS)
        self._ticks.timeout.connect(self._tell)
        engine = desk.engine
        engine.deltas.connect(self._take_delta)
        engine.progress.connect(self._take_progress)
        engine.done.connect(self._take_done)
        engine.failed.connect(self._take_failed)

    @property
    def stands(self) -> bool:
        """Whether a document stands in the chat as a whole."""
        return any(share.how == "whole" for share in self.work.plan.shares)

    def go_on(self) -> None:
        """Take the next step."""
        self._think(lambda: None)

    def answered(self, words: str, outcome: Outcome) -> None:
        """The chat's own question has been answered."""
        if words.strip():
            self.work.take(words, outcome is Outcome.DONE)
            self._look_back()

    def too_long(self, reason: str) -> bool:
        """The chat's own question was longer than the context; True if it may be asked with less of
        the documents."""
        try:
            self.work.failed(reason, TOO_LONG)
        except AppError:
            return False
        return True

    def stop(self) -> None:
        """Stop; ``ended`` follows when the engine has done so, at once if it has nothing to do."""
        if self._over or self._stopping:
            return
        self._stopping = True
        if self._turn is None:
            self._end(Ending(Outcome.STOPPED))
        else:
            self._desk.engine.cancel(self._turn)

    def abandon(self) -> None:
        """Stop, and say nothing more."""
        if self._turn is not None:
            self._desk.engine.cancel(self._turn)
        self._close()

    # -- between steps ----------------------------------------------------------------------------

    def _think(self, take: Callable[[], None]) -> None:
        """Hand back what has come of the step and see what is next. Both take a moment where a
        document is long, and nothing else touches the work meanwhile."""

        def work() -> Step | None:
            take()
            search(self._desk.documents, self.work)
            step = self.work.step()
            self._look_back()
            return step

        def failed(error: Exception) -> None:
            if isinstance(error, AppError) and not self._over:
                self._end(Ending(Outcome.FAILED, str(error), error.code))

        self._desk.jobs.run(work, self._begin, failed)

    def _look_back(self) -> None:
        work = self.work
        self.reading = Reading(work.coverage, paused=not work.done)
        self.notes = work.notes

    def _begin(self, step: Step | None) -> None:
        if self._over:
            return
        self._step, self._words, self._waits = step, [], False
        self.advanced.emit()
        if self._stopping:  # the step before was done just then
            self._end(Ending(Outcome.STOPPED))
            return
        if step is None:
            self._end(Ending(Outcome.DONE))
            return
        self._time.begin()
        self._tell()
        if step.ready:
            self.worded.emit(step.ready)
            self._think(partial(self.work.take, step.ready))
        elif not step.turns:
            self.asking.emit()
        elif step.kind in ("look", "hear"):
            self._ticks.start()
            self._show(step)
        else:
            self._ticks.start()
            self._ask(step)

    # -- steps ------------------------------------------------------------------------------------

    def _show(self, step: Step) -> None:
        """Have the picture or sound of a page made for the model."""
        document = self.work.documents[step.document]
        documents = self._desk.documents

        def shown(path: Path) -> None:
            self._shown = path
            if self._over:
                self._put_away()
            else:
                self._ask(step)

        def failed(error: Exception) -> None:
            if isinstance(error, AppError) and not self._over:
                self._give_up(f"{error.what} {error.next_step}".strip(), error.code)

        self._desk.jobs.run(lambda: documents.show(document, step.page), shown, failed)

    def _ask(self, step: Step) -> None:
        if self._over:
            return
        shelf, engine = self._desk.shelf, self._desk.engine
        turns, sampling = step.turns, shelf.sampling
        if self._shown is not None:
            kind: Literal["image", "audio"] = "image" if step.kind == "look" else "audio"
            budget = _LOOK_BUDGET if kind == "image" else 0
            media = (*turns[-1].media, Media(kind, str(self._shown), budget))
            turns = (*turns[:-1], msgspec.structs.replace(turns[-1], media=media))
            # What is written or said is no matter of chance.
            sampling = msgspec.structs.replace(sampling, temperature=0.0)
        # A thought before each section would cost more than the section.
        thinking = False if shelf.info is None or shelf.info.thinking else None
        self._turn = engine.next_turn()
        engine.generate(
            Generate(self._turn, Prompt(turns, thinking), sampling, max_tokens=step.max_tokens)
        )

    def _take_delta(self, turn: int, kind: str, text: str) -> None:
        step = self._step
        if turn != self._turn or step is None or kind != "text":
            return
        if step.kind == "answer":
            self.worded.emit(text)
        else:
            if not self._words:
                space = "\n\n" if self._noted else ""
                self.noted.emit(f"{space}{self._heading(step)}")
                self._noted = True
            self.noted.emit(text)
        self._words.append(text)

    def _take_progress(self, event: Progress) -> None:
        if event.turn == self._turn:
            waits = event.stage == "waiting"
            if waits != self._waits:
                self._waits = waits
                self._tell()

    def _take_done(self, event: Done) -> None:
        step = self._step
        if event.turn != self._turn or step is None:
            return
        self._turn = None
        self._put_away()
        stats = event.stats
        if event.outcome is Outcome.STOPPED:  # by the person, or the model was unloaded
            self._end(Ending(Outcome.STOPPED))
            return
        self._desk.paces.note(
            (), 0.0, 0, stats.prompt_tokens - stats.cached_tokens, stats.prefill_tps
        )
        self._desk.paces.note_answer(stats.answer_tokens, stats.decode_tps)
        self._time.ended(step.kind)
        self._again = False
        words, complete = "".join(self._words), event.outcome is Outcome.DONE
        if step.kind != "answer":
            self._think(partial(self._take, step, words, complete))
            return
        self.work.take(words, complete)
        self._look_back()
        # What it took is no measure of the chat, which was not asked.
        spent = msgspec.structs.replace(stats, context_used=0, context_size=0)
        self._end(Ending(event.outcome, stats=spent))

    def _take_failed(self, event: Failed) -> None:
        step = self._step
        if event.turn != self._turn or step is None:
            return
        self._turn = None
        words = f"{event.what} {event.next_step}".strip()
        if self._stopping:
            self._end(Ending(Outcome.STOPPED))
        elif event.code in _AGAIN and not self._again:
            self._again = True
            self._words = []
            self._ask(step)
        elif event.code == "no_model" or (event.code == DIED and step.kind not in ("look", "hear")):
            self._end(Ending(Outcome.FAILED, words, event.code))
        else:
            self._put_away()
            self._give_up(words, event.code)

    def _give_up(self, reason: str, code: str) -> None:
        """The step can't be done; perhaps it can be done without."""
        self._again = False
        self._think(partial(self.work.failed, reason, code))

    # -- what stays -------------------------------------------------------------------------------

    def _take(self, step: Step, words: str, complete: bool) -> None:
        """Take what has come of the step, and keep it: the words of a page for ever, the rest until
        the answer is there. In a lane."""
        self.work.take(words, complete)
        documents, readings = self._desk.documents, self._desk.readings
        try:
            if step.kind in ("look", "hear"):
                blob = self.work.documents[step.document].blob
                documents.keep(blob, self.work.extracts[step.document])
            elif self._kept:
                saved = SavedReading(self.work.documents, self.work.state)
                readings.save(self._answer, msgspec.json.encode(saved))
        except (AppError, OSError) as error:
            # It costs time if it is wanted again, and nothing else.
            _log.warning("not kept: %s", error)

    def _put_away(self) -> None:
        if self._shown is not None:
            self._desk.documents.put_away(self._shown)
            self._shown = None

    def _end(self, ending: Ending) -> None:
        self._close()
        if self._kept and self.work.done:
            answer, readings = self._answer, self._desk.readings
            self._desk.jobs.run(lambda: readings.forget(answer))
        self.ended.emit(ending)

    def _close(self) -> None:
        self._over, self._turn = True, None
        self._ticks.stop()
        self._put_away()

    def _tell(self) -> None:
        step = self._step
        if step is None or self._over:
            return
        self.stage_changed.emit(
            ReadingStage(
                "waiting" if self._waits else step.kind,
                step.number,
                step.total,
                label_of(step, self._unit(step)),
                None if self._waits else self._time.left(step, self.work.plan.shares),
            )
        )

    def _heading(self, step: Step) -> str:
        """What stands above, or before, what a step writes."""
        if step.kind in ("notes", "merge"):
            return f"**{label_of(step, self._unit(step))}**\n\n"
        extract = self.work.extracts[step.document]
        pages = {page.number: page for page in extract.pages}
        return f"**{mark(extract.unit, pages[step.page])[1:-1]}** "

    def _unit(self, step: Step) -> Unit:
        return self.work.documents[step.document].unit
