"""How a command shows the reading of documents: as words in a terminal, or as JSON lines."""

import sys
from collections.abc import Sequence
from typing import Any, Protocol, TextIO

import msgspec

from app.commands.coverage_words import (
    citations_json,
    citations_sentence,
    coverage_json,
    coverage_sentences,
)
from app.commands.outputs import JsonOutput, PlainOutput
from app.core.conversation import Outcome, Stats
from app.core.document import Coverage, Extract
from app.core.reading.steps import Step
from app.engine.messages import AnyEvent, Delta, Done, Progress


class Ending(msgspec.Struct, frozen=True):
    """How an answer about documents has ended: its words, or the ``notes`` where it was stopped
    before; what it rests on; and the documents by their numbers, for its citations."""

    answer: str
    notes: str
    outcome: Outcome
    coverage: tuple[Coverage, ...]
    extracts: dict[int, Extract]
    stats: Stats | None = None
    thought: str = ""


class ReadingOutput(Protocol):
    """What is told on the way."""

    def show(self, event: AnyEvent) -> None:
        """Something of the engine that is no answer to a step on the way."""

    def begin(self, step: Step) -> None:
        """A step begins."""

    def note(self, text: str) -> None:
        """Words of notes, or of a page that is written down."""

    def answer(self, event: AnyEvent) -> None:
        """Words of the answer itself, or how far its prompt has been read."""

    def end(self, ending: Ending) -> None:
        """It is over."""


class PlainReading(PlainOutput):
    """The answer on ``out``, everything else on ``err``."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        super().__init__(out, err)
        self._file = err
        self._label = ""
        self._written = ""

    def begin(self, step: Step) -> None:
        self._label = step.label
        if self._live:
            self.status(step.label)
        elif step.kind not in ("answer", "search"):
            print(step.label, file=self._file, flush=True)

    def note(self, text: str) -> None:
        """Not shown: they are made for the model."""

    def show(self, event: AnyEvent) -> None:
        if isinstance(event, Progress) and self._label:
            self.status(f"{self._label}: reading {event.done:,} of {event.total:,} tokens")
            return
        super().show(event)

    def answer(self, event: AnyEvent) -> None:
        if isinstance(event, Delta) and event.kind == "text":
            self._written += event.text
        self.show(event)

    def end(self, ending: Ending) -> None:
        self.status("")
        words = ending.answer or ending.notes
        if words != self._written:
            if self._written and not self._ends_with_newline:
                self._write("\n\n")
            self._write(words)
        if words and not self._ends_with_newline:
            self._write("\n")
        for coverage in ending.coverage:
            for sentence in coverage_sentences(coverage):
                print(f"{coverage.name}: {sentence}", file=self._file)
        said = citations_sentence(citations_json(ending.answer, ending.extracts))
        if said:
            print(said, file=self._file)
        self._file.flush()


class JsonReading(JsonOutput):
    """One JSON object a line. The last one is ``done``, with coverage and citations."""

    def begin(self, step: Step) -> None:
        names = ("kind", "number", "total", "label", "document", "first", "last")
        self.line("step", **{name: getattr(step, name) for name in names})

    def note(self, text: str) -> None:
        self.line("notes", text=text)

    def answer(self, event: AnyEvent) -> None:
        if not isinstance(event, Done):  # that is told by ``end``, with more to it
            self.show(event)

    def end(self, ending: Ending) -> None:
        stats: dict[str, Any] = msgspec.to_builtins(ending.stats) if ending.stats else {}
        self.line(
            "done",
            text=ending.answer,
            thought=ending.thought,
            notes=ending.notes,
            outcome=ending.outcome.value,
            coverage=[coverage_json(one) for one in ending.coverage],
            citations=citations_json(ending.answer, ending.extracts),
            **stats,
        )

    def documents(self, extracts: Sequence[Extract]) -> None:
        """What is going to be read."""
        for one in extracts:
            self.line(
                "document",
                name=one.name,
                kind=one.kind,
                unit=one.unit,
                total=one.total,
                pages=[page.number for page in one.pages],
                unread=list(one.unread),
            )


def reading_output(*, json: bool) -> PlainReading | JsonReading:
    """What a command writes to its stdout and stderr."""
    return JsonReading(sys.stdout) if json else PlainReading(sys.stdout, sys.stderr)
