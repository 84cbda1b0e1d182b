"""What writes an answer: follows the engine, and saves what has come each second."""

from functools import partial

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.conversation import Outcome
from app.core.errors import AppError
from app.engine.messages import Done, Failed, Generate, Progress, Trimmed
from app.session.answering import Answer, Ending, died_words
from app.session.desk import Desk
from app.session.reading_run import TOO_LONG, ReadingRun, ReadingStage
from app.session.turns import DIED
from app.storage.conversations import Entry

CHECKPOINT_MS = 1000


class Writer(QObject):
    """Has one ``answer`` of a chat written at a time. Words and progress are told with the id of
    its entry; ``ended`` is the last that is heard of it."""

    progress = Signal(str, str, int, int)  # entry id, stage, done, total
    trimmed = Signal(str, int, int, int)  # entry id, dropped turns, needed and context in tokens
    text_added = Signal(str, str)  # entry id, text
    thought_added = Signal(str, str)  # entry id, text
    reading_changed = Signal(str, ReadingStage)  # entry id
    asking = Signal()  # the documents have been read as far as need be: ``ask`` what the chat asks
    ended = Signal(Ending)
    problem = Signal(AppError)  # what was written can't be saved

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.answer: Answer | None = None
        self._run: ReadingRun | None = None
        self._checkpoints = QTimer(self)
        self._checkpoints.setInterval(CHECKPOINT_MS)
        self._checkpoints.timeout.connect(self.checkpoint)
        engine = desk.engine
        engine.deltas.connect(self._take_delta)
        engine.progress.connect(self._take_progress)
        engine.trimmed.connect(self._take_trimmed)
        engine.done.connect(self._take_done)
        engine.failed.connect(self._take_failed)

    def ask(self, order: Generate) -> None:
        """Ask the engine for the answer."""
        assert self.answer is not None
        self.answer.asked = True
        self._checkpoints.start()
        self._desk.engine.generate(order)

    def read(self, run: ReadingRun) -> None:
        """Have documents read for the answer; it comes from that, or ``asking`` follows."""
        assert self.answer is not None
        self._run = run
        run.noted.connect(partial(self._add, "thought"))
        run.worded.connect(partial(self._add, "text"))
        run.stage_changed.connect(partial(self.reading_changed.emit, self.answer.entry.id))
        run.advanced.connect(self._advanced)
        run.asking.connect(self.asking)
        run.ended.connect(self.end)
        self._checkpoints.start()
        if notes := run.notes:  # it goes on after a stop
            self._add("thought", notes)
        self._advanced()
        run.go_on()

    def stop(self) -> None:
        """Stop the answer; ``ended`` follows when the engine has done so."""
        answer = self.answer
        if answer is None or answer.stopping:
            return
        answer.stopping = True
        if answer.asked:
            self._desk.engine.cancel(answer.turn)
        elif self._run is not None:
            self._run.stop()

    def abandon(self) -> None:
        """Stop the answer and end it here and now: what the engine still says is dropped."""
        answer = self.answer
        if answer is None:
            return
        run = self._run
        if run is not None:
            run.abandon()
        self.end(Ending(Outcome.STOPPED))
        if answer.asked:
            self._desk.engine.cancel(answer.turn)

    def end(self, ending: Ending) -> None:
        """The answer has ended."""
        self._checkpoints.stop()
        run, self._run = self._run, None
        if run is not None:
            self._end_reading(run, ending)
            run.deleteLater()
        self.ended.emit(ending)

    def checkpoint(self) -> None:
        """Save what has come, if something has since the last time."""
        answer = self.answer
        if answer is None or answer.saving or not answer.unsaved:
            return
        answer.saving, answer.unsaved = True, False
        entry = Entry(answer.entry.id, answer.so_far)
        store = self._desk.conversations

        def saved(_none: None) -> None:
            answer.saving = answer.save_failed = False

        def failed(error: Exception) -> None:
            answer.saving, answer.unsaved = False, True
            if not answer.save_failed:  # said once, tried again each second
                answer.save_failed = True
                if isinstance(error, AppError):
                    self.problem.emit(error)

        self._desk.jobs.run(lambda: store.write_answer(entry), saved, failed, lane="database")

    def move(self, desk: Desk) -> None:
        """Save at another ``desk`` from now on."""
        self._desk = desk

    # -- documents --------------------------------------------------------------------------------

    def _advanced(self) -> None:
        if self.answer is not None and self._run is not None:
            self.answer.reading = self._run.reading
            self.answer.unsaved = True

    def _end_reading(self, run: ReadingRun, ending: Ending) -> None:
        """What was read stays with the answer. If it was stopped before it was all, the notes are
        the answer; it can be gone on with."""
        answer = self.answer
        assert answer is not None
        if answer.asked:
            run.answered("".join(answer.text), ending.outcome)
        notes = run.notes
        if ending.outcome is Outcome.STOPPED and notes and not answer.text:
            answer.thought = []
            self._add("text", notes)
        elif notes and answer.thought and not answer.asked:
            answer.thought = [notes]
        reading = run.reading
        if answer.asked:
            # What can be resumed are steps before the chat's own question.
            reading = msgspec.structs.replace(reading, paused=False)
        answer.reading = reading if answer.text or reading.paused else None

    # -- what the engine says ---------------------------------------------------------------------

    def _take_delta(self, turn: int, kind: str, text: str) -> None:
        if self.answer is not None and self.answer.turn == turn:
            self._add(kind, text)

    def _add(self, kind: str, text: str) -> None:
        answer = self.answer
        assert answer is not None
        answer.unsaved = True
        if kind == "text":
            answer.text.append(text)
            self.text_added.emit(answer.entry.id, text)
        elif kind == "thought":
            answer.thought.append(text)
            self.thought_added.emit(answer.entry.id, text)

    def _take_progress(self, event: Progress) -> None:
        if self.answer is not None and self.answer.turn == event.turn:
            self.progress.emit(self.answer.entry.id, event.stage, event.done, event.total)

    def _take_trimmed(self, event: Trimmed) -> None:
        if self.answer is not None and self.answer.turn == event.turn:
            if self._run is not None and self._run.stands and self._read_less(""):
                self._desk.engine.cancel(event.turn)  # the document would be what is left out
                return
            entry = self.answer.entry.id
            self.trimmed.emit(entry, event.dropped, event.needed, event.context)

    def _take_done(self, event: Done) -> None:
        answer = self.answer
        if answer is None or answer.turn != event.turn:
            return
        stats = event.stats
        self._desk.paces.note(
            answer.attachments,
            stats.encode_ms,
            stats.encoded_tokens,
            stats.prompt_tokens - stats.cached_tokens,
            stats.prefill_tps,
        )
        self._desk.paces.note_answer(stats.answer_tokens, stats.decode_tps)
        self.end(Ending(event.outcome, stats=stats))

    def _take_failed(self, event: Failed) -> None:
        answer = self.answer
        if answer is None or answer.turn != event.turn:
            return
        if answer.stopping:
            # The engine was killed because it didn't stop, or died while it did.
            self.end(Ending(Outcome.STOPPED, code=event.code))
        elif event.code == TOO_LONG and self._read_less(f"{event.what} {event.next_step}"):
            pass
        elif event.code == DIED and answer.asked:
            self.end(Ending(Outcome.FAILED, died_words(answer.so_far, event), event.code))
        else:
            words = f"{event.what} {event.next_step}".strip()
            self.end(Ending(Outcome.FAILED, words, event.code))

    def _read_less(self, reason: str) -> bool:
        """The prompt was longer than thought: try with less of the documents in it. False if there
        is nothing to be left out."""
        run, answer = self._run, self.answer
        if run is None or answer is None or not run.too_long(reason):
            return False
        answer.turn, answer.asked = self._desk.engine.next_turn(), False
        run.go_on()
        return True
