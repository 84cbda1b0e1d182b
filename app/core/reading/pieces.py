"""What has come of the sections of documents by now, and what is made of it."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from app.core.document import Extract
from app.core.reading.pages import range_mark
from app.core.reading.prompts import NOTHING
from app.core.reading.spans import Span
from app.core.reading.tokens import estimate

_REPEATED = 3  # times the same line may follow itself before it is taken for a stuck model
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


class Piece(msgspec.Struct, frozen=True):
    """A section of document number ``document`` (an index), without its text. ``words`` is what
    the model wrote about it once it is "read"; one that could not be read is "left" out, for the
    ``reason``. ``cut``: the model wrote more than it was allowed to."""

    document: int
    title: str
    first: int
    last: int
    spans: tuple[Span, ...]
    state: Literal["waiting", "read", "left"] = "waiting"
    words: str = ""
    reason: str = ""
    cut: bool = False


class Gathered(msgspec.Struct, frozen=True):
    """Notes on one document that go into the next step."""

    document: int
    words: str


def tidy(words: str, complete: bool) -> str:
    """Notes as they are kept: without the line that was cut, and without those of a model that
    repeated itself."""
    lines = words.strip().splitlines()
    if not complete and len(lines) > 1:
        lines.pop()
    kept: list[str] = []
    for line in lines:
        if len(kept) >= _REPEATED and all(line == one for one in kept[-_REPEATED:]) and line:
            continue
        kept.append(line)
    return "\n".join(kept).strip()


def unfenced(words: str) -> str:
    """An answer without the code fence that some models put around what they write down."""
    found = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", words, re.DOTALL)
    return (found[1] if found else words).strip()


def notes_text(pieces: Sequence[Piece], extracts: Sequence[Extract], numbers: Sequence[int]) -> str:
    """The notes by now as Markdown, each after its title and the mark of its pages."""
    blocks = []
    for piece in pieces:
        if piece.state == "read" and piece.words.strip():
            place = range_mark(
                extracts[piece.document], piece.first, piece.last, numbers[piece.document]
            )
            title = " ".join(piece.title.split()).replace("*", "")
            head = f"**{title}** {place}" if title else f"**{place}**"
            blocks.append(f"{head}\n\n{piece.words.strip()}")
    return "\n\n".join(blocks)


def groups(gathered: Sequence[Gathered], limit: int) -> Iterator[list[Gathered]]:
    """Neighbouring notes on the same document that have room for one step."""
    group: list[Gathered] = []
    used = 0
    for one in gathered:
        tokens = estimate(one.words)
        other = group and group[-1].document != one.document
        if group and (other or used + tokens > limit):
            yield group
            group, used = [], 0
        group.append(one)
        used += tokens
    if group:
        yield group


def one_table(pieces: Sequence[Piece]) -> str:
    """The tables of all sections as one; another one begins where the columns are others."""
    rows: list[str] = []
    columns = 0
    for piece in pieces:
        lines = table_lines(piece.words)
        if not lines:
            continue
        width = _cells(lines[0])
        if width != columns:
            rows += ["", lines[0], "|" + " --- |" * width] if rows else [
                lines[0], "|" + " --- |" * width
            ]  # fmt: skip
            columns = width
        head = lines[0].casefold().split()
        rows += [line for line in lines[1:] if line.casefold().split() != head]
    return "\n".join(rows)


def table_lines(words: str) -> list[str]:
    """The lines of a Markdown table, its header first, without the rule under it; empty for no
    table."""
    lines = [line.strip() for line in unfenced(words).splitlines() if line.strip().startswith("|")]
    if words.strip().casefold().rstrip(".") == NOTHING or len(lines) < 2:
        return []
    return [line if line.endswith("|") else f"{line} |" for line in lines if not _RULE.match(line)]


def one_text(pieces: Sequence[Piece], extracts: Sequence[Extract], numbers: Sequence[int]) -> str:
    """A translation: what came of each section, with the mark of its pages behind it."""
    blocks = []
    for piece in pieces:
        if piece.state == "read" and piece.words.strip():
            extract, number = extracts[piece.document], numbers[piece.document]
            place = range_mark(extract, piece.first, piece.last, number)
            blocks.append(f"{piece.words.strip()}\n\n{place}")
    return "\n\n".join(blocks)


def _cells(line: str) -> int:
    return line.strip().strip("|").count("|") + 1
