"""How a question about documents is answered, by their size. See docs/documents.md."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from app.core.document import Extract, Page
from app.core.reading.pages import extract_text
from app.core.reading.tasks import DocumentTask
from app.core.reading.tokens import estimate

How = Literal["whole", "sections", "search"]

SEEN_PAGE = 700  # tokens: what a full page becomes once the model has written it down
HEARD_SECOND = 4  # tokens a second of speech, likewise
_FULL = 0.9  # of the context; the rest is for what estimates don't see
_TRANSLATED = 1500  # tokens; longer texts are translated piece by piece, or the end gets careless
_EXCERPTS = 4000  # tokens; more makes one wait, and small models lose the thread
_CODE_EXCERPTS = 8000  # files are read as wholes, so that they need more
_LEAST_EXCERPTS = 300


class Share(msgspec.Struct, frozen=True):
    """How one document is read, what the whole of it costs, and how much of the context it has in
    this chat; both in tokens."""

    how: How
    tokens: int
    share: int


class Plan(msgspec.Struct, frozen=True):
    """``how`` the question is answered: "whole" if every document stands in the prompt, "sections"
    if all are read piece by piece, "search" if at least one is only searched. ``shares`` has one
    for each document, in order."""

    how: How
    shares: tuple[Share, ...]


@lru_cache(maxsize=4)  # a chat is planned anew at every pause of typing
def cost(extract: Extract) -> int:
    """What a document costs to read as a whole, in tokens. Pages that have still to be seen or
    heard count as if they were full of words."""
    waiting = sum(_expected(page) for page in extract.pages if not page.read)
    return estimate(extract_text(extract)) + waiting


def answer_room(context: int) -> int:
    """The tokens of a context that are kept for an answer."""
    return min(max(context // 6, 256), 4096)


def choose(extracts: Sequence[Extract], context: int, task: DocumentTask, earlier: int = 0) -> Plan:
    """The plan for a model whose context has ``context`` tokens, of which the chat so far (with
    the system prompt, and other documents in it) takes ``earlier``."""
    costs = [cost(extract) for extract in extracts]
    question = estimate(task.question) + 150
    room = int(context * _FULL) - earlier - question - answer_room(context)
    fits = sum(costs) <= room and task.kind != "transcribe"
    if task.kind == "translate":
        fits = fits and sum(costs) <= min(_TRANSLATED, room // 2)
    if fits:
        return Plan("whole", tuple(Share("whole", tokens, tokens) for tokens in costs))
    folders = task.kind == "explain" and all(one.unit == "file" for one in extracts)
    if task.needs_all and not folders:
        return Plan("sections", tuple(Share("sections", tokens, 0) for tokens in costs))
    return Plan("search", _searched(extracts, costs, room))


def _searched(extracts: Sequence[Extract], costs: Sequence[int], room: int) -> tuple[Share, ...]:
    """Small documents as wholes while they leave half the room; what is found of the others
    shares the rest."""
    whole: set[int] = set()
    for index in sorted(range(len(costs)), key=lambda index: costs[index]):
        if sum(costs[one] for one in whole) + costs[index] <= room // 2:
            whole.add(index)
    left = room - sum(costs[one] for one in whole)
    searched = [index for index in range(len(costs)) if index not in whole]
    code = any(extracts[index].unit == "file" for index in searched)
    most = min(int(left * 0.8), _CODE_EXCERPTS if code else _EXCERPTS)
    each = max(most // max(len(searched), 1), _LEAST_EXCERPTS)
    return tuple(
        Share("whole", tokens, tokens) if index in whole else Share("search", tokens, each)
        for index, tokens in enumerate(costs)
    )


def _expected(page: Page) -> int:
    if page.source == "sound":
        return int((page.end - page.start) * HEARD_SECOND)
    return SEEN_PAGE
