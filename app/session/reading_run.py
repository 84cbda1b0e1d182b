"""An answer about documents that takes more than one question to the engine."""

import logging
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.conversation import Outcome, Reading
from app.core.document import Unit
from app.core.errors import AppError
from app.core.prompt import Media, Prompt
from app.core.reading.work import Step, Work
from app.engine.messages import Done, Failed, Generate, Progress
from app.session.answering import Ending
from app.session.desk import Desk
from app.session.planning import SavedReading, search
from app.session.reading_time import ReadingTime
from app.session.reading_words import label_of
from app.session.turns import DIED

_log = logging.getLogger("log.reading")

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
    advanced = Signal()  # ``reading`` and ``work`` have come further
    asking = Signal()
    ended = Signal(Ending)

    def __init__(
        self, desk: Desk, answer: str, work: Work, kept: bool, parent: QObject | None = None
    ) -> None:
        """``answer`` is its id; ``kept`` whether it may be gone on with after the end of the
        program."""
        super().__init__(parent)
        self.work = work
        self._desk = desk
        self._answer = answer
        self._kept = kept
        self._turn: int | None = None
        self._words: list[str] = []
        self._shown: Path | None = None  # the file that the model looks at
        self._again = False  # the step is tried for the second time
        self._noted = bool(work.notes)
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
    def reading(self) -> Reading:
        """What has been read by now, as of an answer that can be gone on with."""
        return Reading(self.work.coverage, paused=not self.work.done)

    def go_on(self) -> None:
        """Take the next step."""
        step = self.work.step()
        if step is None:
            self._end(Ending(Outcome.DONE))
        elif step.kind == "search":
            self._search()
        elif step.ready:
            self.worded.emit(step.ready)
            self.work.take(step.ready)
            self._end(Ending(Outcome.DONE))
        elif not step.turns:
            self._begin(step)
            self._ticks.stop()
            self.asking.emit()
        elif step.kind in ("look", "hear"):
            self._begin(step)
            self._show(step)
        else:
            self._begin(step)
            self._ask(step)

    def answered(self, words: str, outcome: Outcome) -> None:
        """The chat's own question has been answered."""
        if words.strip():
            self.work.take(words, outcome is Outcome.DONE)

    def too_long(self, reason: str) -> bool:
        """The chat's own question was longer than the context; True if it may be asked with less of
        the documents."""
        try:
            self.work.failed(reason, "too_long")
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

    # -- steps ------------------------------------------------------------------------------------

    def _begin(self, step: Step) -> None:
        self._words = []
        self._waits = False
        self._time.begin()
        self._ticks.start()
        self._tell()

    def _search(self) -> None:
        def searched(_none: None) -> None:
            if not self._over:
                self.go_on()

        def failed(error: Exception) -> None:
            if isinstance(error, AppError) and not self._over:
                self._end(Ending(Outcome.FAILED, f"{error.what} {error.next_step}".strip()))

        self._desk.jobs.run(partial(search, self._desk.documents, self.work), searched, failed)

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
        if turn != self._turn or kind != "text":
            return
        step = self.work.step()
        assert step is not None
        if step.kind == "answer":
            self.worded.emit(text)
        elif step.kind in ("notes", "merge"):
            if not self._words:
                space = "\n\n" if self._noted else ""
                self.noted.emit(f"{space}**{label_of(step, self._unit(step))}**\n\n")
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
        if event.turn != self._turn:
            return
        self._turn = None
        self._put_away()
        stats, step = event.stats, self.work.step()
        assert step is not None
        if event.outcome is Outcome.STOPPED:  # by the person, or the model was unloaded
            self._end(Ending(Outcome.STOPPED))
            return
        self._desk.paces.note(
            (), 0.0, 0, stats.prompt_tokens - stats.cached_tokens, stats.prefill_tps
        )
        self._desk.paces.note_answer(stats.answer_tokens, stats.decode_tps)
        self._time.ended(step.kind)
        self._again = False
        self.work.take("".join(self._words), event.outcome is Outcome.DONE)
        if step.kind == "answer":
            # What it took is no measure of the chat, which was not asked.
            spent = msgspec.structs.replace(stats, context_used=0, context_size=0)
            self._end(Ending(event.outcome, stats=spent))
            return
        self._keep(step)
        self.advanced.emit()
        self.go_on()

    def _take_failed(self, event: Failed) -> None:
        if event.turn != self._turn:
            return
        self._turn = None
        step = self.work.step()
        assert step is not None
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
        try:
            self.work.failed(reason, code)
        except AppError as error:
            self._end(Ending(Outcome.FAILED, f"{error.what} {error.next_step}".strip(), code))
            return
        self.advanced.emit()
        self.go_on()

    # -- what stays -------------------------------------------------------------------------------

    def _keep(self, step: Step) -> None:
        """Keep what the step has brought: the words of a page for ever, the rest until the answer
        is there."""
        documents, readings = self._desk.documents, self._desk.readings
        if step.kind in ("look", "hear"):
            blob = self.work.documents[step.document].blob
            extract = self.work.extracts[step.document]
            self._desk.jobs.run(lambda: documents.keep(blob, extract), failed=_not_kept)
        elif self._kept:
            answer, work = self._answer, SavedReading(self.work.documents, self.work.state)
            state = msgspec.json.encode(work)
            self._desk.jobs.run(lambda: readings.save(answer, state), failed=_not_kept)

    def _put_away(self) -> None:
        if self._shown is not None:
            self._desk.documents.put_away(self._shown)
            self._shown = None

    def _end(self, ending: Ending) -> None:
        self._close()
        if self._kept and self.work.done:
            answer, readings = self._answer, self._desk.readings
            self._desk.jobs.run(lambda: readings.forget(answer), failed=_not_kept)
        self.ended.emit(ending)

    def _close(self) -> None:
        self._over, self._turn = True, None
        self._ticks.stop()
        self._put_away()

    def _tell(self) -> None:
        step = self.work.step()
        if step is None or self._over:
            return
        shares = self.work.plan.shares
        self.stage_changed.emit(
            ReadingStage(
                "waiting" if self._waits else step.kind,
                step.number,
                step.total,
                label_of(step, self._unit(step)),
                None if self._waits else self._time.left(step, shares),
            )
        )

    def _unit(self, step: Step) -> Unit:
        return self.work.extracts[step.document].unit


def _not_kept(error: Exception) -> None:
    """It costs time if it is wanted again, and nothing else."""
    _log.warning("not kept: %s", error)
