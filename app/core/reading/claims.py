"""What an answer says at a citation."""

import re
from collections.abc import Sequence
from typing import Protocol

from app.core.reading.sentences import sentences

_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])\s|[ \t]*[#|>])")
_MARKER = re.compile(r"^\s*(?:>\s*)*(?:(?:[-*+\u2022]|\d{1,3}[.)])\s+|#{1,6}\s+)?")
_WORD = re.compile(r"\w")
_HEADING = re.compile(r"[ \t]*\*\*[ \t]*\[[^\[\]\n]*\][ \t]*\*\*[ \t]*")  # as notes have it


class Place(Protocol):
    """Something in a text: where it begins, and where it ends."""

    @property
    def start(self) -> int:
        """The place of its first character."""

    @property
    def end(self) -> int:
        """The place behind its last one."""


def claim_before(text: str, start: int, end: int, citations: Sequence[Place]) -> str:
    """What the citation at ``start`` to ``end`` is about: the sentence it ends, from the citation
    before it on if that ends a part of the sentence; the row of a table; the words after it where
    there are none before it. A citation in bold on a line of its own is the heading of what
    follows. Without Markdown's marks."""
    low, high = _block(text, start)
    line = text[text.rfind("\n", 0, start) + 1 :].split("\n", 1)[0]
    if line.lstrip().startswith("|"):
        begin = text.rfind("\n", 0, start) + 1
        return _plain(_without(text, begin, begin + len(line), citations).replace("|", " "))
    if _HEADING.fullmatch(line):
        below = _without(text, end, _next_heading(text, end), citations)
        said = (below[first:last] for first, last in sentences(below))
        if first_said := next((one for one in said if _WORD.search(one)), ""):
            return _plain(first_said)
    before = _without(text, _after_last(text, low, start, citations), start, citations)
    if not _WORD.search(_MARKER.sub("", before)):
        following = [one.start for one in citations if one.start >= end]
        after = text[end : min([*following, high])]
        if _WORD.search(after):
            before = after[: next(sentences(after))[1]]
        else:
            before = _without(text, 0, low, citations)
    parts = [before[first:last] for first, last in sentences(before)]
    words = [part for part in parts if _WORD.search(part)]
    return _plain(words[-1] if words else before)


def _block(text: str, at: int) -> tuple[int, int]:
    """The paragraph, list item or row around a place."""
    low = max((found.end() for found in _BLOCK.finditer(text, 0, at)), default=0)
    after = _BLOCK.search(text, at)
    return low, after.start() if after else len(text)


def _next_heading(text: str, at: int) -> int:
    """Where the next line begins that is a bold citation only; the end of the text without one."""
    place = text.find("\n", at) + 1
    while place:
        if _HEADING.fullmatch(text[place:].split("\n", 1)[0]):
            return place
        place = text.find("\n", place) + 1
    return len(text)


def _after_last(text: str, low: int, start: int, citations: Sequence[Place]) -> int:
    """Behind the last citation that has words between it and ``start``."""
    place = low
    for index, one in enumerate(citations):
        if one.end > start or one.start < low:
            continue
        following = [other.start for other in citations[index + 1 :] if other.start < start]
        ends = following[0] if following else start
        if _WORD.search(text[one.end : ends]):
            place = one.end
    return place


def _without(text: str, low: int, high: int, citations: Sequence[Place]) -> str:
    """A piece of the text without the citations in it."""
    pieces, place = [], low
    for one in citations:
        if low <= one.start and one.end <= high:
            pieces.append(text[place : one.start])
            place = one.end
    return "".join([*pieces, text[place:high]])


def _plain(words: str) -> str:
    words = _MARKER.sub("", words)
    words = re.sub(r"(\*\*|__|\*|`)", "", words)
    return " ".join(words.split()).strip(" ,;:(-\u2013\u2014")
