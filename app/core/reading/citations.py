"""Where an answer says it has something from, and whether it is there.

Citations stand in brackets: "[p. 12]", "[pp. 3-5, 8]", "[slide 3]", "[2: p. 12]" for the second
document of the chat, "[src/app.py:10-20]" in code, "[12:30]" in a recording.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from app.core.document import Extract


class Citation(msgspec.Struct, frozen=True):
    """Characters ``start`` to ``end`` of an answer's Markdown, brackets included. ``document`` is
    its number in the chat, the first is 1. One of: ``pages``, numbers; ``path`` of a file in a
    folder, with ``lines`` from and to, 0 if none are named; ``seconds`` into a recording, from and
    to, empty if it is none. ``label`` is what it reads without brackets."""

    start: int
    end: int
    document: int
    label: str
    pages: tuple[int, ...] = ()
    path: str = ""
    lines: tuple[int, int] = (0, 0)
    seconds: tuple[float, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """Whether a citation holds. "found": what the answer says is on page ``page``; ``passage`` is
    that page's text that supports it, exactly as it stands there. "not_found": the page is there
    and doesn't say so. "no_page": there is no such page, file, or place. ``words`` is what the
    answer claims."""

    state: Literal["found", "not_found", "no_page"]
    words: str
    page: int = 0
    passage: str = ""


def find(text: str) -> tuple[Citation, ...]:
    """The citations in an answer, in order; none in code."""
    raise NotImplementedError


def check(text: str, citation: Citation, extracts: Mapping[int, Extract]) -> Verdict:
    """Look up what ``text`` says before ``citation`` in the document it names. ``extracts`` has
    the documents by their numbers."""
    raise NotImplementedError
