"""What a search in documents finds."""

import msgspec


class Hit(msgspec.Struct, frozen=True):
    """A place that a search has found: characters ``start`` to ``end`` of a page's text. The higher
    the ``score``, the better. ``snippet`` is a line of it for people."""

    blob: str
    page: int
    start: int
    end: int
    snippet: str
    score: float
