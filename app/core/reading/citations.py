"""Where an answer says it has something from, and whether it is there.

Citations stand in brackets: "[p. 12]", "[pp. 3-5, 8]", "[slide 3]", "[2: p. 12]" for the second
document of the chat, "[src/app.py:10-20]" in code, "[12:30]" in a recording.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from app.core.document import Extract, Page
from app.core.reading.claims import claim_before
from app.core.reading.evidence import Evidence

_WORDS = re.compile(r"\w|\n")
_MOST_PAGES = 200  # of one citation; a longer range is only its ends
_MARGIN = 5  # lines around those that are cited in which something may stand, too

_DOCUMENT = r"\[\s*(?:(?P<document>\d{1,3})\s*:\s*)?"
_UNIT = (
    r"(?:pp?\.?|pages?|ss?\.|seiten?|slides?|folien?|sheets?|blatt|sections?|abschnitte?|págs?\.?"
    r"|第)"
)
_RANGE = r"\d{1,6}(?:\s*[-\u2010-\u2014]\s*\d{1,6})?"
_PAGES = re.compile(
    rf"{_DOCUMENT}{_UNIT}\s*(?P<pages>{_RANGE}(?:\s*(?:[,;&]|and|und|et|y)\s*(?:{_UNIT}\s*)?"
    rf"{_RANGE})*)\s*(?:页|頁|ページ)?\s*\](?!\()",
    re.IGNORECASE,
)
_TIME = r"\d{1,3}:\d{2}(?::\d{2})?"
_TIMES = re.compile(
    rf"\[\s*(?:(?P<document>\d{{1,3}})\s*:\s+)?(?P<start>{_TIME})"
    rf"(?:\s*[-\u2010-\u2014]\s*(?P<end>{_TIME}))?\s*\](?!\()"
)
_FILE = re.compile(
    r"\[\s*(?:(?P<document>\d{1,3})\s*:\s+)?"
    r"(?P<path>(?:[^\[\]\n:*<>|\"]*/)?(?:[^\[\]\n:*<>|\"/]*[^\[\]\n:*<>|\"/\s.]\.\w{1,12}"
    r"|(?:Make|Docker|Gem|Rake|Proc)file|README|LICENSE|[^\[\]\n:*<>|\"/\s]+(?=:\d)"
    r"|(?<=/)[^\[\]\n:*<>|\"/\s]+))"
    r"(?:(?::|,?\s+lines?\s+|#L)(?P<from>\d{1,7})(?:\s*[-\u2010-\u2014]\s*L?(?P<to>\d{1,7}))?)?"
    r"\s*\](?!\()"
)
_ONE_RANGE = re.compile(r"(\d{1,6})(?:\s*[-\u2010-\u2014]\s*(\d{1,6}))?")
_FENCED = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n.*?(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)", re.DOTALL
)


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
    """Whether a citation holds. ``words`` is what the answer claims.

    "found": what can be checked of it is there: its numbers and quotes, and enough of its words
    where they are of the same language. ``passage`` is the text of page ``page`` that supports it
    best, exactly as it stands there; "" where nothing can be pointed to. "not_found": ``page`` is
    there and doesn't say so. "no_page": there is no such page, file, or place.
    """

    state: Literal["found", "not_found", "no_page"]
    words: str
    page: int = 0
    passage: str = ""


def find(text: str) -> tuple[Citation, ...]:
    """The citations in an answer, in order; none in code."""
    hidden = text
    for form in (_FENCED, _INLINE):
        hidden = form.sub(lambda found: " " * len(found.group()), hidden)
    citations = [*_pages(hidden), *_times(hidden)]
    taken = {citation.start for citation in citations}
    citations += [one for one in _files(hidden) if one.start not in taken]
    return tuple(sorted(citations, key=lambda citation: citation.start))


def check(text: str, citation: Citation, extracts: Mapping[int, Extract]) -> Verdict:
    """Look up what ``text`` says before ``citation`` in the document it names. ``extracts`` has
    the documents by their numbers. Of several citations that stand together each need hold but a
    part, as long as all of it is held by them together."""
    every = find(text)
    words = claim_before(text, citation.start, citation.end, every)
    places = _named(citation, extracts)
    if not places:
        return Verdict("no_page", words)
    evidence = Evidence(words, _texts(places))
    if not evidence.supported:
        others = [
            place
            for one in _beside(text, citation, every)
            for place in _named(one, extracts)
            if place not in places
        ]
        shared = others and evidence.adds_to(_texts(others))
        if not shared or not Evidence(words, _texts([*places, *others])).supported:
            return Verdict("not_found", words, places[0][0].number)
    index, start, end = evidence.passage
    page, offset, _ = places[index]
    return Verdict("found", words, page.number, page.text[offset + start : offset + end])


def _named(citation: Citation, extracts: Mapping[int, Extract]) -> list[tuple[Page, int, int]]:
    extract = extracts.get(citation.document)
    return _places(citation, extract) if extract is not None else []


def _texts(places: Sequence[tuple[Page, int, int]]) -> list[str]:
    return [page.text[start:end] for page, start, end in places]


def _beside(text: str, citation: Citation, every: Sequence[Citation]) -> list[Citation]:
    """The citations that stand together with this one, itself included: no words between them."""
    place = next((i for i, one in enumerate(every) if one.start == citation.start), None)
    if place is None:
        return [citation]
    joined = [not _WORDS.search(text[a.end : b.start]) for a, b in pairwise(every)]
    first = last = place
    while first and joined[first - 1]:
        first -= 1
    while last < len(joined) and joined[last]:
        last += 1
    return list(every[first : last + 1])


def _pages(text: str) -> Iterator[Citation]:
    for found in _PAGES.finditer(text):
        numbers: list[int] = []
        for first, last in _ONE_RANGE.findall(found["pages"]):
            low, high = int(first), int(last or first)
            if low <= high < low + _MOST_PAGES:
                numbers += range(low, high + 1)
            else:
                numbers += [low, high]
        yield _citation(found, pages=tuple(dict.fromkeys(numbers)))


def _times(text: str) -> Iterator[Citation]:
    for found in _TIMES.finditer(text):
        ends = [_seconds(found[name]) for name in ("start", "end") if found[name]]
        yield _citation(found, seconds=tuple(ends))


def _files(text: str) -> Iterator[Citation]:
    for found in _FILE.finditer(text):
        first = int(found["from"] or 0)
        lines = (first, max(int(found["to"] or first), first))
        yield _citation(found, path=found["path"].strip(), lines=lines)


def _citation(
    found: re.Match[str],
    pages: tuple[int, ...] = (),
    path: str = "",
    lines: tuple[int, int] = (0, 0),
    seconds: tuple[float, ...] = (),
) -> Citation:
    label = " ".join(found.group()[1:-1].split())
    document = int(found["document"] or 1)
    return Citation(found.start(), found.end(), document, label, pages, path, lines, seconds)


def _seconds(time: str) -> float:
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def _places(citation: Citation, extract: Extract) -> list[tuple[Page, int, int]]:
    """The pieces of pages that a citation names, the first as it names them; all of them if any is
    there at all."""
    if citation.path:
        return list(_lines_of(citation, extract.pages))
    if citation.seconds:
        if extract.unit != "time":
            return []
        return [(page, 0, len(page.text)) for page in _heard(citation.seconds, extract.pages)]
    if extract.unit in ("file", "time"):
        return []
    wanted = {page.number: page for page in extract.pages if page.number in citation.pages}
    return [
        (wanted[number], 0, len(wanted[number].text))
        for number in citation.pages
        if number in wanted
    ]


def _heard(seconds: tuple[float, ...], pages: Sequence[Page]) -> list[Page]:
    """The pieces of a recording from a time to another. Marks name whole seconds, so that
    a piece from 750.4 s on is the one at 12:30, and not the one that ends there."""
    first, last = int(seconds[0]), int(seconds[-1])
    found = []
    for page in pages:
        start = int(page.start)
        end = max(int(page.end), start + 1) + (page is pages[-1])
        if (start < last or start == first) and end > first:
            found.append(page)
    return found


def _lines_of(citation: Citation, pages: Sequence[Page]) -> Iterator[tuple[Page, int, int]]:
    path = citation.path.replace("\\", "/").removeprefix("./")
    for page in pages:
        label = page.label
        if not label or not (
            label == path or label.endswith(f"/{path}") or path.endswith(f"/{label}")
        ):
            continue
        first, last = citation.lines
        if not first:
            yield page, 0, len(page.text)
            continue
        rows = page.text.splitlines(keepends=True)
        low, high = first - max(page.first_line, 1), last - max(page.first_line, 1)
        if low < len(rows) and high >= 0:
            start = sum(map(len, rows[: max(low - _MARGIN, 0)]))
            yield page, start, sum(map(len, rows[: high + 1 + _MARGIN]))
