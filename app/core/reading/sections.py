"""A document, cut into pieces that the model reads one after the other."""

import msgspec

from app.core.document import Extract
from app.core.reading.spans import Span


class Section(msgspec.Struct, frozen=True):
    """What the model is given at once. ``number`` counts from 1, ``first`` and ``last`` are page
    numbers. ``text`` is ``spans`` one after the other, exactly as in the pages; ``start`` and
    ``end`` are its place in the text of all pages one after the other."""

    number: int
    title: str
    first: int
    last: int
    text: str
    start: int
    end: int
    spans: tuple[Span, ...]


def split(extract: Extract, limit: int) -> tuple[Section, ...]:
    """The whole document in sections of at most ``limit`` tokens as ``tokens.estimate`` counts
    them: every page, and every character of it, in exactly one, in order."""
    raise NotImplementedError


def only(extract: Extract, numbers: frozenset[int]) -> Extract:
    """The document with these pages alone; ``missing`` says which were left out."""
    raise NotImplementedError
