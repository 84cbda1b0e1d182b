"""A document, cut into pieces that the model reads one after the other.

A section begins where the document itself begins something: at a heading if one is near the place
where the section is full, else at a page, a paragraph, a sentence.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from itertools import accumulate

import msgspec

from app.core.document import Extract, Heading
from app.core.reading.pages import marked, numbers_in_words
from app.core.reading.sentences import END, finished
from app.core.reading.spans import Span
from app.core.reading.tokens import estimate

_LEAST = 40  # tokens; a mark and a few words have to fit
# How far before the best place a section may end to end well, as a share of its length, and where
# it may: first at headings of the levels 1, 2 and all others, then at pages that end with a
# sentence, at blank lines, ends of sentences, ends of lines, and between words.
_HEADINGS = ((1, 0.6), (2, 0.5), (9, 0.4))
_ENDS: tuple[tuple[float, re.Pattern[str] | None], ...] = (
    (0.35, None),  # a page that ends with a sentence
    (0.35, re.compile(r"\n[ \t]*\n\s*")),
    (0.6, END),
    (0.6, re.compile(r"\n")),
    (0.9, re.compile(r"\s+")),
)


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
    """The whole document in sections of at most ``limit`` tokens, page marks included, as
    ``tokens.estimate`` counts them: every page, and every character of it, in exactly one, in
    order. A single word may be longer than that."""
    return tuple(_Splitter(extract, max(limit, _LEAST)).sections())


def halves(extract: Extract, spans: tuple[Span, ...]) -> tuple[tuple[Span, ...], ...]:
    """``spans`` cut in two where it hurts least; as they are if they can't be."""
    texts = {page.number: page.text for page in extract.pages}
    pages = tuple(
        msgspec.structs.replace(page, text=texts[page.number][span.start : span.end])
        for span in spans
        for page in extract.pages
        if page.number == span.page
    )
    part = msgspec.structs.replace(extract, pages=pages, headings=())
    half = estimate(marked(part, [Span(page.number, 0, len(page.text)) for page in pages])) * 0.6
    offsets = {span.page: span.start for span in spans}
    return tuple(
        tuple(
            Span(span.page, span.start + offsets[span.page], span.end + offsets[span.page])
            for span in section.spans
        )
        for section in split(part, int(half))
    )


def only(extract: Extract, numbers: Collection[int]) -> Extract:
    """The document with these pages alone; ``missing`` says which were left out."""
    pages = tuple(page for page in extract.pages if page.number in numbers)
    left = [page.number for page in extract.pages if page.number not in numbers]
    if not left:
        return extract
    noun = "Pages" if len(left) > 1 else "Page"
    words = f"{noun} {numbers_in_words(left)}: not asked for."
    return msgspec.structs.replace(
        extract,
        pages=pages,
        missing=(*extract.missing, words),
        headings=tuple(one for one in extract.headings if one.page in numbers),
    )


class _Splitter:
    def __init__(self, extract: Extract, limit: int) -> None:
        self._extract = extract
        self._limit = limit
        self._text = "".join(page.text for page in extract.pages)
        self._starts = list(accumulate((len(page.text) for page in extract.pages), initial=0))
        self._costs = [
            estimate(marked(extract, [Span(page.number, 0, len(page.text))])) + 1
            for page in extract.pages
        ]
        self._sums = list(accumulate(self._costs, initial=0))
        self._numbers = [page.number for page in extract.pages]
        self._headings = sorted(
            ((self._place(heading), heading) for heading in extract.headings if heading.title),
            key=lambda one: one[0],
        )
        self._heading_places = [place for place, _ in self._headings]

    def sections(self) -> Iterator[Section]:
        """A place is (index of a page, offset in its text)."""
        at, number = (0, 0), 0
        pages = len(self._extract.pages)
        while at[0] < pages:
            number += 1
            end = self._end(at)
            yield self._section(number, at, end)
            at = end

    def _place(self, heading: Heading) -> tuple[int, int]:
        """Where a heading stands: in its page's text if it can be found, else at its top."""
        index = min(bisect_left(self._numbers, heading.page), len(self._numbers) - 1)
        if index < 0:
            return (0, 0)
        words = r"\s+".join(map(re.escape, heading.title.split()))
        found = re.search(rf"^[\s\d.#]*{words}", self._extract.pages[index].text, re.M | re.I)
        if found is None or not found.group().strip():
            return (index, 0)
        start = found.start() + len(found.group()) - len(found.group().lstrip())
        return (index, start if self._extract.pages[index].text[:start].strip() else 0)

    def _end(self, at: tuple[int, int]) -> tuple[int, int]:
        last = (len(self._extract.pages), 0)
        rest = self._cost(at, last)
        if rest <= self._limit:
            return last
        # Sections of about the same length, rather than a last one of a few lines.
        aim = rest / -(-rest // self._limit)
        far = self._reach(at, min(self._limit, aim * 1.15))
        while True:
            end = self._good_end(at, far, self._reach(at, aim))
            if self._cost(at, end) <= self._limit:
                return end
            nearer = self._between(at, end)
            if nearer in (at, end):
                return end  # a single word, or an empty page whose mark is too long
            far = nearer

    def _between(self, at: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
        """A place nine tenths of the way; before an empty page at the end, if there is one."""
        start, stop = self._offset(at), self._offset(end)
        page_before = end[0] - 1
        if end[1] == 0 and page_before > at[0] and not self._extract.pages[page_before].text:
            return (page_before, 0)
        if stop - start > 1:
            return self._at(max(start + 1, start + (stop - start) * 9 // 10), at)
        return (page_before, 0) if end[1] == 0 and page_before > at[0] else end

    def _good_end(
        self, at: tuple[int, int], far: tuple[int, int], aim: tuple[int, int]
    ) -> tuple[int, int]:
        """The best place for a section to end that begins at ``at``, not behind ``far``."""
        start, stop, best = self._offset(at), self._offset(far), self._offset(aim)
        length = stop - start
        for level, share in _HEADINGS:
            low = bisect_right(self._heading_places, at)
            places = [
                place
                for place, heading in self._headings[low : bisect_right(self._heading_places, far)]
                if heading.level <= level and self._offset(place) >= stop - length * share
            ]
            if places:
                return min(places, key=lambda place: abs(self._offset(place) - best))
        for share, pattern in _ENDS:
            nearest = max(stop - int(length * share), start + 1)
            if pattern is None:
                pages = self._finished_pages(at, far, nearest)
                if pages:
                    return pages[-1]
                continue
            window = self._text[nearest:stop]
            ends = [found.end() for found in pattern.finditer(window)]
            if ends:
                return min(self._at(nearest + ends[-1], at), far)
        return far

    def _finished_pages(
        self, at: tuple[int, int], far: tuple[int, int], nearest: int
    ) -> list[tuple[int, int]]:
        return [
            (index, 0)
            for index in range(at[0] + 1, far[0] + 1)
            if self._starts[index] >= nearest or not self._text[nearest : self._starts[index]]
            if self._finished(index)
        ]

    def _finished(self, index: int) -> bool:
        """Whether a sentence has ended before page ``index``."""
        return finished(self._extract.pages[index - 1].text)

    def _reach(self, at: tuple[int, int], tokens: float) -> tuple[int, int]:
        """About where ``tokens`` are used up that begin at ``at``; behind it by something."""
        page = at[0]
        text = self._extract.pages[page].text
        used = self._costs[page] * at[1] / max(len(text), 1)
        wanted = self._sums[page] + used + tokens
        index = min(bisect_right(self._sums, wanted) - 1, len(self._costs))
        if index >= len(self._costs):
            return (len(self._costs), 0)
        length = len(self._extract.pages[index].text)
        offset = int(length * (wanted - self._sums[index]) / self._costs[index])
        if (index, offset) <= at:
            return (index, offset + 1) if at[1] + 1 < length else (page + 1, 0)
        return (index, offset)

    def _cost(self, at: tuple[int, int], end: tuple[int, int]) -> int:
        whole = self._sums[end[0]] - self._sums[at[0]]
        if at[1] == 0 and end[1] == 0 and end[0] - at[0] > 1:
            return whole
        length = len(self._extract.pages[at[0]].text)
        about = whole - self._costs[at[0]] * at[1] // max(length, 1)
        if about > 4 * self._limit:
            return about  # it is too long in any case
        return estimate(marked(self._extract, self._spans(at, end)))

    def _offset(self, place: tuple[int, int]) -> int:
        return self._starts[place[0]] + place[1]

    def _at(self, offset: int, after: tuple[int, int]) -> tuple[int, int]:
        """The place of a character; what lies between two pages belongs to the second."""
        index = max(bisect_right(self._starts, offset) - 1, after[0])
        if index >= len(self._extract.pages):
            return (len(self._extract.pages), 0)
        return (index, offset - self._starts[index])

    def _spans(self, at: tuple[int, int], end: tuple[int, int]) -> tuple[Span, ...]:
        spans = []
        for index in range(at[0], min(end[0] + 1, len(self._extract.pages))):
            page = self._extract.pages[index]
            start = at[1] if index == at[0] else 0
            stop = end[1] if index == end[0] else len(page.text)
            if start < stop or (not page.text and index < end[0]):
                spans.append(Span(page.number, start, stop))
        return tuple(spans)

    def _section(self, number: int, at: tuple[int, int], end: tuple[int, int]) -> Section:
        spans = self._spans(at, end)
        start, stop = self._offset(at), self._offset(end)
        return Section(
            number,
            self._title(at, end),
            spans[0].page,
            spans[-1].page,
            self._text[start:stop],
            start,
            stop,
            spans,
        )

    def _title(self, at: tuple[int, int], end: tuple[int, int]) -> str:
        """The heading that the section begins with or is under, else the first one in it."""
        index = bisect_right(self._heading_places, at)
        if index == 0 and self._heading_places and self._heading_places[0] < end:
            return self._headings[0][1].title
        return self._headings[index - 1][1].title if index else ""
