"""The loop that takes the steps of reading documents through the engine, for commands."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from app.commands.documents import Documents, Opened
from app.commands.engine_loop import death, events, failure
from app.commands.options import Options
from app.commands.reading_outputs import Ending, ReadingOutput
from app.core.conversation import Outcome, Stats
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Sampling
from app.core.reading.sectioned import TOO_LONG
from app.core.reading.steps import Step
from app.core.reading.work import Work
from app.documents.search import Index
from app.engine.client import Engine
from app.engine.messages import Cancel, Delta, Died, Done, Failed, Generate

_LOOK_BUDGET = 1120  # image tokens: small print has to be read
_FATAL = ("died", "no_model")  # nothing more comes of the engine


class Driver:
    """Answers one question about ``opened`` documents, which are those of its ``Work``."""

    def __init__(
        self,
        engine: Engine,
        documents: Documents,
        opened: Sequence[Opened],
        folder: Path,
        options: Options,
        usual: Sampling,
        output: ReadingOutput,
        *,
        thinks: bool,
    ) -> None:
        """``folder`` is for passing pictures and sounds; ``usual`` is the model's sampling, and
        ``thinks`` whether it has a switch for thoughts."""
        self._engine = engine
        self._documents = documents
        self._opened = opened
        self._folder = folder
        self._options = options
        self._usual = usual
        self._output = output
        self._thinking = False if thinks else None
        self._turn = 0
        self._busy = False
        self._stopped = False
        self._stats: Stats | None = None
        self._thought: list[str] = []

    def run(self, work: Work, chat_prompt: Callable[[Work], Prompt]) -> Ending:
        """Take all steps. ``chat_prompt`` makes the prompt of an answer that is asked in the chat.
        Ctrl+C stops it and keeps what there is, a second one ends the program. After an AppError
        what there is has been written."""
        answer, outcome = "", Outcome.DONE
        try:
            with self._stopping():
                while not self._stopped and (step := work.step()) is not None:
                    self._output.begin(step)
                    if step.kind == "search":
                        look_up(work, step)
                    elif step.ready:
                        answer = step.ready
                        work.take(answer)
                    else:
                        answer, outcome = self._take(work, step, chat_prompt)
        except AppError:
            if work.notes:
                self._output.end(self._ending(work, "", Outcome.FAILED))
            raise
        if self._stopped:
            outcome = Outcome.STOPPED
        ending = self._ending(work, answer if work.done else "", outcome)
        self._output.end(ending)
        return ending

    def _ending(self, work: Work, answer: str, outcome: Outcome) -> Ending:
        extracts = dict(zip(work.numbers, work.extracts, strict=True))
        thought = "".join(self._thought)
        return Ending(answer, work.notes, outcome, work.coverage, extracts, self._stats, thought)

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        def stop(_signal: int, _frame: object) -> None:
            self._stopped = True
            if self._busy:
                self._engine.send(Cancel(self._turn))
            signal.signal(signal.SIGINT, previous)

        previous = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def _take(
        self, work: Work, step: Step, chat_prompt: Callable[[Work], Prompt]
    ) -> tuple[str, Outcome]:
        """Let the model do one step; its words, if they are the answer."""
        last = step.kind == "answer"
        prompt = Prompt(step.turns, self._thinking) if step.turns else chat_prompt(work)
        shown = None
        try:
            if step.kind in ("look", "hear"):
                shown = self._shown(step)
                prompt = _with(prompt, step, shown)
            words, done = self._ask(step, prompt)
        except AppError as error:
            if error.code in _FATAL or (last and error.code != TOO_LONG):
                raise
            work.failed(f"{error.what} {error.next_step}".strip(), error.code)
            return "", Outcome.FAILED
        finally:
            if shown is not None:
                shown.unlink(missing_ok=True)
        if done.outcome is Outcome.STOPPED and not (last and words.strip()):
            return "", Outcome.STOPPED
        work.take(words, done.outcome is Outcome.DONE)
        if step.kind in ("look", "hear"):
            opened = self._opened[step.document]
            self._documents.keep(opened, work.extracts[step.document])
        if last:
            self._stats = done.stats
        return (words, done.outcome) if last else ("", Outcome.DONE)

    def _shown(self, step: Step) -> Path:
        ending, data = self._documents.show(self._opened[step.document], step.page)
        path = self._folder / f"page.{ending}"
        path.write_bytes(data)
        return path

    def _ask(self, step: Step, prompt: Prompt) -> tuple[str, Done]:
        """The words that the model answers with. AppError if it fails."""
        self._turn += 1
        words: list[str] = []
        last = step.kind == "answer"
        self._engine.send(self._order(step, prompt))
        self._busy = True
        try:
            if self._stopped:  # between the order before and this one
                self._engine.send(Cancel(self._turn))
            for event in events(self._engine):
                match event:
                    case Delta(kind="text"):
                        words.append(event.text)
                        if not last:
                            self._output.note(event.text)
                    case Delta(kind="thought") if last:
                        self._thought.append(event.text)
                    case Done():
                        if last:
                            self._output.answer(event)
                        return "".join(words), event
                    case Failed():
                        raise failure(event)
                    case Died():
                        raise death(event)
                if last:
                    self._output.answer(event)
                elif not isinstance(event, Delta):
                    self._output.show(event)
        finally:
            self._busy = False
        raise AssertionError("events end with the engine")

    def _order(self, step: Step, prompt: Prompt) -> Generate:
        if step.kind == "answer":
            order = self._options.generate(self._turn, prompt, self._usual)
            limit = order.max_tokens or step.max_tokens
            return msgspec.structs.replace(order, max_tokens=limit)
        sampling = self._options.sampling(self._usual)
        if step.kind in ("look", "hear"):
            # What is written or said is no matter of chance.
            sampling = msgspec.structs.replace(sampling, temperature=0.0)
        limits = [limit for limit in (step.max_tokens, self._options.max_tokens) if limit]
        return Generate(self._turn, prompt, sampling, min(limits, default=0))


def look_up(work: Work, step: Step) -> None:
    """Take a step that searches."""
    with closing(Index()) as index:
        for document, extract in zip(work.documents, work.extracts, strict=True):
            if document.blob in step.blobs:
                index.add(document.blob, extract)
        work.found(index.search(step.question, step.blobs))


def next_asking(work: Work) -> Step:
    """The next step that asks the model, with the searching before it done."""
    step = work.step()
    while step is not None and step.kind == "search":
        look_up(work, step)
        step = work.step()
    assert step is not None
    return step


def _with(prompt: Prompt, step: Step, shown: Path) -> Prompt:
    """The prompt of a step with the picture or sound that it is about."""
    media = (
        Media("audio", str(shown))
        if step.kind == "hear"
        else Media("image", str(shown), _LOOK_BUDGET)
    )
    *before, turn = prompt.turns
    turns = (*before, msgspec.structs.replace(turn, media=(*turn.media, media)))
    return msgspec.structs.replace(prompt, turns=turns)
