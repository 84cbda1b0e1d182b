"""How a question about documents is answered, by their size."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from app.core.document import Extract
from app.core.reading.tasks import DocumentTask

How = Literal["whole", "sections", "search"]


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


def choose(extracts: Sequence[Extract], context: int, task: DocumentTask, earlier: int = 0) -> Plan:
    """The plan for a model whose context has ``context`` tokens, of which the chat so far (with
    the system prompt, and other documents in it) takes ``earlier``. Pages that have still to be
    seen or heard count as if they were full of words."""
    raise NotImplementedError
