"""What an answer rests on, in words for a terminal and as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.core.document import Coverage, Extract
from app.core.reading.citations import check, find
from app.core.reading.pages import numbers_in_words

_NOUNS = {"time": "piece"}
_MANY = 40  # characters of page numbers that a sentence may name


def coverage_sentences(coverage: Coverage) -> list[str]:
    """What was read of a document, and what not: "Read all 37 pages (3 from pictures)."."""
    noun = _NOUNS.get(coverage.unit, coverage.unit)
    nouns = noun if coverage.total == 1 else f"{noun}s"
    seen = [
        f"{len(numbers)} {words}"
        for numbers, words in ((coverage.pictures, "from pictures"), (coverage.sounds, "heard"))
        if numbers
    ]
    besides = f" ({', '.join(seen)})" if seen else ""
    if len(coverage.read) == coverage.total:
        everything = "all of it" if coverage.total == 1 else f"all {coverage.total:,} {nouns}"
        first = f"Read {everything}{besides}."
    else:
        first = f"Read {len(coverage.read):,} of {coverage.total:,} {nouns}{besides}"
        numbers = numbers_in_words(coverage.read)
        named = coverage.how == "search" and coverage.unit not in ("file", "time")
        first += f": {numbers}." if named and 0 < len(numbers) <= _MANY else "."
    return [first, *coverage.left_out]


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """A coverage with ``complete`` said."""
    values: dict[str, Any] = msgspec.to_builtins(coverage)
    return {**values, "complete": coverage.complete}


def citations_json(answer: str, extracts: Mapping[int, Extract]) -> list[dict[str, Any]]:
    """The citations of an answer, each with what the documents say of it."""
    found = []
    for citation in find(answer):
        verdict = check(answer, citation, extracts)
        found.append({**msgspec.to_builtins(citation), **msgspec.to_builtins(verdict)})
    return found


def citations_sentence(citations: Sequence[Mapping[str, Any]]) -> str:
    """ "6 of 7 citations were found on their pages."; "" for none."""
    if not citations:
        return ""
    good = sum(one["state"] == "found" for one in citations)
    if good == len(citations) == 1:
        return "The citation was found on its page."
    return f"{good} of {len(citations)} citations were found on their pages."
