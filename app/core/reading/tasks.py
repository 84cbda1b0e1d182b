"""What can be asked about a document with one click, and how the model is asked."""

from typing import Literal

import msgspec

TaskKind = Literal[
    "summarise", "points", "questions", "table", "translate", "compare", "explain", "transcribe",
    "ask",
]  # fmt: skip
Length = Literal["short", "standard", "detailed"]


class DocumentTask(msgspec.Struct, frozen=True):
    """A question about documents. ``language`` is the one to answer in, by its English name
    ("German"), the one to translate into if ``kind`` is "translate"; "" for that of the question,
    or else of the document. ``question`` is what was typed: all of it for "ask", and what is
    wanted besides for the others."""

    kind: TaskKind = "ask"
    length: Length = "standard"
    language: str = ""
    question: str = ""

    @property
    def needs_all(self) -> bool:
        """Whether every page has to be read, however long the document is."""
        return self.kind != "ask"


def words(task: DocumentTask) -> str:
    """The question as the model gets it, where the documents stand in the prompt before it."""
    raise NotImplementedError


def task_for(question: str) -> DocumentTask:
    """What somebody wants who types ``question``: "ask", or another task if that is what it says
    ("summarise this", "Wichtigste Punkte")."""
    return DocumentTask("ask", question=question)
