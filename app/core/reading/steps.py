"""What is to be done next for an answer about documents."""

from typing import Literal

import msgspec

from app.core.prompt import Turn


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


def answer_step(turns: tuple[Turn, ...] = (), limit: int = 0, ready: str = "") -> Step:
    """The last step."""
    return Step("answer", 1, 1, "Writing the answer", turns=turns, max_tokens=limit, ready=ready)
