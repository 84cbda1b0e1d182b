"""What Markdown says, as frozen values: a flat sequence of blocks made of spans.

They hold nothing but text and each other, so the garbage collector need not look at them.
"""

from collections.abc import Sequence

import msgspec

Alignment = str  # "left", "center", "right", or "" where the text does not say


class Span(msgspec.Struct, frozen=True, gc=False):
    """A run of text in one style. A line break is "\\n" in ``text``.

    ``link`` is where it leads, "" for nowhere. An ``image`` span is a picture's description.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    image: bool = False
    link: str = ""


Spans = tuple[Span, ...]


class Paragraph(msgspec.Struct, frozen=True, gc=False):
    """Words. With a ``marker`` it begins a list item (and may then be empty)."""

    spans: Spans
    nesting: str = ""
    marker: str = ""
    spaced: bool = False


class Heading(msgspec.Struct, frozen=True, gc=False):
    """A heading of ``level`` 1 to 6."""

    level: int
    spans: Spans
    nesting: str = ""
    marker: str = ""
    spaced: bool = False


class Code(msgspec.Struct, frozen=True, gc=False):
    """A code block; ``text`` has no newline at its end."""

    text: str
    language: str = ""
    nesting: str = ""


class Table(msgspec.Struct, frozen=True, gc=False):
    """A table: each cell is spans, each row as long as ``alignments``."""

    head: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    alignments: tuple[Alignment, ...]
    nesting: str = ""


class Rule(msgspec.Struct, frozen=True, gc=False):
    """A line across."""

    nesting: str = ""


Block = Paragraph | Heading | Code | Table | Rule


def plain_text(spans: Sequence[Span]) -> str:
    """The words of ``spans`` without their style."""
    return "".join(span.text for span in spans)
