"""What is known of an answer about documents on the way to it, for going on after a stop."""

import zlib
from collections.abc import Sequence

import msgspec

from app.core.conversation import Document
from app.core.document import Extract
from app.core.reading.hits import Hit
from app.core.reading.pieces import Gathered, Piece
from app.core.reading.plan import Plan
from app.core.reading.spans import Span
from app.core.reading.tasks import DocumentTask

VERSION = 1


class State(msgspec.Struct):
    """Everything but the extracts. ``lost`` says of a page ("0:12") why it could not be seen or
    heard; ``prints`` belong to the texts that ``pieces`` were cut from."""

    documents: tuple[Document, ...]
    numbers: tuple[int, ...]
    task: DocumentTask
    context: int
    earlier: int
    system: str
    plan: Plan
    looks: tuple[tuple[int, int], ...] = ()
    lost: dict[str, str] = {}
    prints: tuple[int, ...] = ()
    pieces: list[Piece] | None = None
    gathered: list[Gathered] | None = None
    merged: list[Gathered] = []
    hits: list[Hit] | None = None
    chosen: list[tuple[Span, ...]] | None = None
    scale: float = 1.0
    settled: bool = False
    answer: str = ""
    done: bool = False
    version: int = VERSION

    @property
    def room(self) -> int:
        """The context, in tokens as they are estimated."""
        return int(self.context / self.scale)


def prints_of(extracts: Sequence[Extract]) -> tuple[int, ...]:
    """Numbers that are others if the texts of the documents are."""
    prints = []
    for extract in extracts:
        value = 0
        for page in extract.pages:
            value = zlib.crc32(page.text.encode("utf-8", "replace"), value)
        prints.append(value)
    return tuple(prints)
