"""The answering of one question about documents, as steps: what the model is asked, one thing after
the other. Does nothing by itself: a driver takes each ``step``, lets the engine answer it, and
hands the words back.

    work = Work.begin(...)
    while (step := work.step()) is not None:
        if step.kind == "search":
            work.found(index.search(step.question, blobs))
        elif step.ready:                  # the answer, without asking the model
            work.take(step.ready)
        else:                             # step.turns, and the picture or sound of step.page
            work.take(words) or work.failed(reason, code)

Stopped between two steps, it goes on later from ``state``.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from app.core.conversation import Document
from app.core.document import Coverage, Extract
from app.core.prompt import Turn
from app.core.reading.plan import Plan
from app.core.reading.tasks import DocumentTask


class Hit(msgspec.Struct, frozen=True):
    """A place that a search has found: characters ``start`` to ``end`` of a page's text. The higher
    the ``score``, the better. ``snippet`` is a line of it for people."""

    blob: str
    page: int
    start: int
    end: int
    snippet: str
    score: float


class Step(msgspec.Struct, frozen=True):
    """The next thing to do: step ``number`` of ``total`` of its kind.

    ``look`` and ``hear``: the model writes down page ``page`` of document number ``document``
    (an index into ``Work.documents``); the driver adds its picture or sound to the last of
    ``turns``. ``search``: ``question`` is to be looked up in the documents ``blobs``. ``notes``:
    the pages ``first`` to ``last``. ``merge``: notes become fewer. ``answer``: the end; with
    ``turns`` to be asked as they are; without, the question is asked in the chat, whose prompt has
    the documents or the ``excerpts``; unless ``ready`` is the answer already.

    ``max_tokens`` limits what the model writes, 0 sets no limit. ``label`` says it in English
    ("Section 7 of 31, pages 84-96").
    """

    kind: Literal["look", "hear", "search", "notes", "merge", "answer"]
    number: int
    total: int
    label: str
    document: int = 0
    page: int = 0
    first: int = 0
    last: int = 0
    turns: tuple[Turn, ...] = ()
    max_tokens: int = 0
    question: str = ""
    blobs: tuple[str, ...] = ()
    ready: str = ""


class Work:
    """See above. ``documents`` are what is read, ``numbers`` what each is called in citations."""

    documents: tuple[Document, ...]
    numbers: tuple[int, ...]
    task: DocumentTask
    plan: Plan

    @classmethod
    def begin(
        cls,
        documents: Sequence[tuple[Document, Extract]],
        task: DocumentTask,
        context: int,
        *,
        sees: bool = False,
        hears: bool = False,
        earlier: int = 0,
        system: str = "",
        numbers: Sequence[int] = (),
    ) -> "Work":
        """``context`` is the model's, in tokens, of which the chat so far takes ``earlier``;
        ``sees`` and ``hears`` say what the model can do. ``system`` is the person's system prompt,
        for the answer. ``numbers`` are the documents' in this chat (default 1, 2, 3 …)."""
        raise NotImplementedError

    @classmethod
    def resume(
        cls,
        state: bytes,
        extracts: Sequence[Extract],
        context: int,
        *,
        sees: bool = False,
        hears: bool = False,
    ) -> "Work":
        """Go on where ``state`` was taken, perhaps with another model. ``extracts`` belong to the
        documents in order, with all that had been seen and heard of them. Raises ValueError for a
        state that can't be read (of another version)."""
        raise NotImplementedError

    @property
    def state(self) -> bytes:
        """All that is needed to go on later, but for the extracts."""
        raise NotImplementedError

    def step(self) -> Step | None:
        """What to do next, None at the end. The same until something is handed back."""
        raise NotImplementedError

    def take(self, words: str, complete: bool = True) -> None:
        """The model's answer to the step; not ``complete`` when it was cut at ``max_tokens``."""
        raise NotImplementedError

    def found(self, hits: Sequence[Hit]) -> None:
        """What the search has found, best first."""
        raise NotImplementedError

    def failed(self, reason: str, code: str = "") -> None:
        """The step can't be done: ``reason`` is a sentence, ``code`` the engine's. A section that
        was "too_long" is cut in two, a page or section that can't be read is left out. AppError
        where there is nothing to go on with (the answer itself has failed)."""
        raise NotImplementedError

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """The documents, with what has been seen and heard of them by now."""
        raise NotImplementedError

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What the model has been given by now, one for each document; after the last step, what
        the answer rests on."""
        raise NotImplementedError

    @property
    def notes(self) -> str:
        """What has been found out by now, as Markdown."""
        raise NotImplementedError

    @property
    def excerpts(self) -> str:
        """What the question is given of documents that are not in the prompt as a whole."""
        raise NotImplementedError

    @property
    def done(self) -> bool:
        """Whether the answer has been taken."""
        raise NotImplementedError
