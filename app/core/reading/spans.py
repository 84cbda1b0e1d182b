"""Places in the text of a document."""

from collections.abc import Iterable

import msgspec

from app.core.document import Extract


class Span(msgspec.Struct, frozen=True):
    """A piece of a page: its number, and from where to where in the page's text."""

    page: int
    start: int
    end: int


def whole_pages(extract: Extract, numbers: Iterable[int]) -> tuple[Span, ...]:
    """These pages from beginning to end, in the document's order."""
    wanted = set(numbers)
    return tuple(
        Span(page.number, 0, len(page.text)) for page in extract.pages if page.number in wanted
    )
