"""What is marked on pages: the passage of a citation, words that were found, what is selected."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from app.documents.reader.places import Box
from app.session.preview import Find, Preview
from app.ui.preview.paper import FIND, HIGHLIGHT
from app.ui.preview.sheets import TimeLook
from app.ui.preview.strip_layout import Mark

SELECTED = "accent-soft"


@dataclass(frozen=True)
class Passage:
    """A passage on a page, by its words and by its place in the page's text."""

    page: int
    words: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Selected:
    """From a place on one page to a place on the same or a later one."""

    page: int
    place: int
    last_page: int
    last_place: int


class Marking:
    """Knows what is marked where. ``current`` is the find that one is at, by its index."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self.passage: Passage | None = None
        self.current = -1
        self.selected: Selected | None = None
        self.listens = False  # whether recordings can be heard
        self.lit = self.chosen = self.playing = 0  # pieces of a recording; 0 for none

    def clear(self) -> None:
        """Nothing is marked any more."""
        self.passage = None
        self.current = -1
        self.selected = None
        self.lit = self.chosen = self.playing = 0

    @property
    def current_find(self) -> Find | None:
        """The find that one is at."""
        finds = self._preview.finds
        return finds[self.current] if 0 <= self.current < len(finds) else None

    def on_text(self, page: int) -> Sequence[Mark]:
        """Marks in the text of a page."""
        marks = []
        passage = self.passage
        if passage is not None and passage.page == page and passage.end > passage.start:
            marks.append(Mark(passage.start, passage.end, HIGHLIGHT))
        current = self.current_find
        for find in self._finds_on(page):
            color = HIGHLIGHT if find is current else FIND
            marks.append(Mark(find.start, find.end, color))
        chosen = self.selected
        if chosen is not None and chosen.page <= page <= chosen.last_page:
            start = chosen.place if page == chosen.page else 0
            end = chosen.last_place if page == chosen.last_page else 1 << 30
            marks.append(Mark(start, end, SELECTED))
        return marks

    def on_picture(self, page: int) -> Sequence[tuple[QRectF, str]]:
        """Marks on the picture of a page."""
        preview = self._preview
        marks: list[tuple[QRectF, str]] = []
        passage = self.passage
        if passage is not None and passage.page == page:
            marks += [(rect, HIGHLIGHT) for rect in lines(preview.places(page, passage.words))]
        current = self.current_on(page)
        for number, boxes in enumerate(preview.found_places(page) or ()):
            color = HIGHLIGHT if number == current else FIND
            marks += [(rect, color) for rect in lines(boxes)]
        return marks

    def on_time(self, page: int) -> TimeLook:
        """How the time of a piece of a recording looks."""
        if not self.listens:
            return "plain"
        if page == self.playing:
            return "playing"
        return "lit" if page in (self.lit, self.chosen) else "waiting"

    def current_on(self, page: int) -> int:
        """Which of the finds on a page, counting from 0, is the one that one is at; -1 for none."""
        current = self.current_find
        if current is None or current.page != page:
            return -1
        return self.current - bisect_left(self._preview.finds, page, key=_page)

    def _finds_on(self, page: int) -> Sequence[Find]:
        finds = self._preview.finds
        first = bisect_left(finds, page, key=_page)
        last = bisect_left(finds, page + 1, key=_page)
        return finds[first:last]


def _page(find: Find) -> int:
    return find.page


def lines(boxes: Sequence[Box]) -> list[QRectF]:
    """``boxes`` as rectangles, those that touch in a line as one, so that none lies over another's
    edge."""
    made: list[QRectF] = []
    for box in boxes:
        rect = QRectF(box.x, box.y, box.width, box.height)
        if made and _in_line(made[-1], rect):
            made[-1] = made[-1].united(rect)
        else:
            made.append(rect)
    return made


def _in_line(one: QRectF, other: QRectF) -> bool:
    shared = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    near = other.left() - one.right() < 0.02 and one.left() - other.right() < 0.02
    return near and shared > 0.5 * min(one.height(), other.height())
