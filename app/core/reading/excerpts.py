"""What a question is given of documents that are too long for it: the pages that a search has
found, with their neighbours; of a code base its map, and whole files."""

import re
from collections.abc import Iterator, Sequence

from app.core.document import Extract, Page
from app.core.reading.hits import Hit
from app.core.reading.pages import count, marked, rules
from app.core.reading.sentences import sentences
from app.core.reading.spans import Span
from app.core.reading.tokens import estimate

_NEIGHBOURED = 3  # so many of the best places get the pages before and behind them
_MAP = 0.25  # of the room, at most, for the outline or the list of files
_SURE = 4  # so many hits are taken in any case …
_NEAR = 0.4  # … others if they score this share of the best one
_LEAST_PART = 120  # tokens; less besides other pieces says nothing
_PART = 0.4  # of the room, at most, for one page; of a longer one a part is taken

# Which files tell most about a code base, the first first.
_TELLING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^[^/]*/?readme(\.\w+)?$",
        r"^(?:[^/]*/)?(?:pyproject\.toml|package\.json|cargo\.toml|go\.mod|pom\.xml|build\.gradle"
        r"(?:\.kts)?|cmakelists\.txt|makefile|setup\.py|gemfile|composer\.json|[^/]*\.csproj)$",
        r"(?:^|/)(?:architecture|overview|design|index)\.(?:md|rst|txt)$",
        r"(?:^|/)(?:__main__|main|app|cli|server|program|lib|mod)\.\w+$",
        r"(?:^|/)index\.(?:js|ts|jsx|tsx)$",
        r"(?:^|/)__init__\.py$",
    )
)
_ASIDE = re.compile(r"(?:^|/)(?:tests?|spec|examples?|vendor|third_party|dist|build)/|lock$", re.I)


def found_spans(extract: Extract, hits: Sequence[Hit], room: int) -> tuple[Span, ...]:
    """The pieces of a document for a question: what ``hits`` point to, best first, while there is
    room (in tokens); the beginning where nothing was found. In the document's order."""
    chosen = _Chosen(extract, room)
    if not hits:
        for page in extract.pages:
            if chosen.left < room // 2 or not chosen.add_page(page):
                break
    for rank, hit in enumerate(hits):
        index = chosen.index(hit.page)
        if index is None or (rank >= _SURE and hit.score < hits[0].score * _NEAR):
            continue
        page = extract.pages[index]
        if not chosen.add_page(page) and chosen.is_long(page):
            chosen.add_part(page, hit.start, hit.end)
        if rank < _NEIGHBOURED and extract.unit != "file":
            for neighbour in (index + 1, index - 1):
                if 0 <= neighbour < len(extract.pages):
                    chosen.add_page(extract.pages[neighbour], 0.3)
    return chosen.spans()


def telling_spans(extract: Extract, room: int) -> tuple[Span, ...]:
    """The files that say most about a code base, as far as there is room."""
    chosen = _Chosen(extract, room)
    ranked = sorted(extract.pages, key=_rank)
    for page in ranked:
        if not page.text.strip() or chosen.add_page(page):
            continue
        if chosen.is_long(page) and chosen.left > room // 3:
            chosen.add_part(page, 0, 1)
    return chosen.spans()


def excerpt_text(extract: Extract, spans: Sequence[Span], room: int, document: int = 1) -> str:
    """The pieces as they stand in the prompt, after the outline of the document."""
    head = f"Excerpts from the file {extract.name}, which has {count(extract)}:"
    overview = _overview(extract, int(room * _MAP))
    body = marked(extract, spans, document)
    parts = [head, "---", *([overview, "---"] if overview else []), body, "---"]
    rest = "What else is in it is not shown here."
    example = spans[0].page if spans else 1
    return "\n".join([*parts, f"{rest} {rules(extract, document, example)}"])


def _overview(extract: Extract, room: int) -> str:
    if extract.tree:
        return f"Its files:\n{_cut(extract.tree.splitlines(), room)}"
    if not extract.headings:
        return ""
    for level in (3, 2, 1):
        lines = [
            f"{'  ' * (heading.level - 1)}{' '.join(heading.title.split())}, {heading.page}"
            for heading in extract.headings
            if heading.level <= level
        ]
        if level == 1 or estimate("\n".join(lines)) <= room:
            return f"Its contents, with page numbers:\n{_cut(lines, room)}" if lines else ""
    return ""


def _cut(lines: Sequence[str], room: int) -> str:
    kept: list[str] = []
    left = room
    for line in lines:
        left -= estimate(line) + 1
        if left < 0:
            return "\n".join([*kept, f"(and {len(lines) - len(kept)} more)"])
        kept.append(line)
    return "\n".join(kept)


class _Chosen:
    """Pieces of a document that have room."""

    def __init__(self, extract: Extract, room: int) -> None:
        self._extract = extract
        self._indices = {page.number: index for index, page in enumerate(extract.pages)}
        self._room = room
        outline = estimate(_overview(extract, int(room * _MAP)))
        self.left = room - outline - estimate(rules(extract)) - 30
        self._pieces: dict[int, list[tuple[int, int]]] = {}

    def index(self, number: int) -> int | None:
        return self._indices.get(number)

    def add_page(self, page: Page, share: float = _PART) -> bool:
        """Take all of a page, if it takes no more than ``share`` of the room; False if not."""
        if self._pieces.get(page.number) == [(0, len(page.text))]:
            return True
        tokens = self._cost(page)
        if tokens > min(self.left, self._room * share):
            return False
        self.left -= tokens
        self._pieces[page.number] = [(0, len(page.text))]
        return True

    def is_long(self, page: Page) -> bool:
        """Whether a page is too long to be taken as a whole, however much room there is."""
        return self._cost(page) > self._room * _PART

    def _cost(self, page: Page) -> int:
        return estimate(marked(self._extract, [Span(page.number, 0, len(page.text))]))

    def add_part(self, page: Page, start: int, end: int) -> None:
        """Take sentences or lines around a place, as many as a part may have."""
        room = min(self.left, int(self._room * _PART))
        before = self._pieces.get(page.number, [])
        least = _LEAST_PART if self._pieces else 30
        if room < least or any(low <= start and end <= high for low, high in before):
            return
        places = list(sentences(page.text)) if page.first_line == 0 else list(_lines(page.text))
        inside = [i for i, (low, high) in enumerate(places) if high > start and low < end]
        if not inside:
            return
        low = high = inside[0]
        cost = estimate(page.text[places[low][0] : places[high][1]]) + 8
        if cost > room:
            return
        grows = True
        while grows:
            grows = False
            for first, last in ((low, high + 1), (low - 1, high)):
                if first < 0 or last >= len(places):
                    continue
                wider = estimate(page.text[places[first][0] : places[last][1]]) + 8
                if wider <= room:
                    low, high, cost, grows = first, last, wider, True
        self.left -= cost
        pieces = sorted([*before, (places[low][0], places[high][1])])
        self._pieces[page.number] = list(_joined(pieces))

    def spans(self) -> tuple[Span, ...]:
        order = sorted(self._pieces, key=lambda number: self._indices[number])
        return tuple(
            Span(number, start, end) for number in order for start, end in self._pieces[number]
        )


def _joined(pieces: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = pieces[0]
    for low, high in pieces[1:]:
        if low > end:
            yield start, end
            start, end = low, high
        else:
            end = max(end, high)
    yield start, end


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _rank(page: Page) -> tuple[int, int, int, str]:
    name = page.label
    telling = next((rank for rank, form in enumerate(_TELLING) if form.search(name)), len(_TELLING))
    aside = 1 if _ASIDE.search(name) else 0
    return (aside, telling, name.count("/"), name)
