"""Markdown as it arrives, piece by piece, and all at once."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.markdown.blocks import Block, Code
from app.core.markdown.parser import Parser, Resume, Unit, language

EAGER = 4_000  # characters of live tail that are parsed at every piece; longer tails more rarely


def parse(text: str) -> tuple[Block, ...]:
    """All blocks of a whole text. Never raises, whatever the text."""
    parser = Parser()
    units = parser.units(_normal(text), {}, None)
    return tuple(block for unit in units for block in unit.blocks)


class MarkdownStream:
    """Markdown that arrives in pieces.

    ``finished`` only ever grows until ``close``, which may replace blocks in it whose link
    references were defined further down. ``tail`` is what the rest would be if it ended here; a
    very long tail lags a little behind, and a line that may close a code block waits.
    """

    def __init__(self) -> None:
        self.finished: list[Block] = []
        self.tail: tuple[Block, ...] = ()
        self.closed = False
        self._parser = Parser()
        self._references: dict[str, Any] = {}
        self._pending = ""
        self._parsed_length = 0
        self._resume: Resume | None = None
        self._fence: _Fence | None = None
        self._held = ""  # a "\r" whose "\n" may be in the next piece
        self._sources: list[_Source] = []

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Everything so far."""
        return (*self.finished, *self.tail)

    def feed(self, piece: str) -> None:
        """Take the next piece. Raises ValueError after ``close``."""
        if self.closed:
            raise ValueError("the text has ended")
        piece = self._held + piece
        self._held = "\r" if piece.endswith("\r") else ""
        self._take(_normal(piece.removesuffix("\r")), last=False)

    def close(self) -> None:
        """The text has ended: finish everything."""
        if self.closed:
            return
        self._take("\n" if self._held else "", last=True)
        self._held = ""
        self.closed = True
        self._resolve_late()

    def _take(self, piece: str, last: bool) -> None:
        while True:
            if self._fence is not None:
                rest = self._fence.take(piece, last)
                if rest is None:
                    self.tail = (self._fence.growing_block(),)
                    if last:
                        self._finish_fence()
                    return
                self._finish_fence()
                piece = rest
            self._pending += piece
            if self._resume is None:
                self._pending = _BLANK_LINES.sub("", self._pending)
            opened = None if last else _OPEN_FENCE.match(self._pending)
            if opened is None:
                break
            self._fence = _Fence(opened[1] or opened[3], opened[2] or opened[4] or "")
            piece, self._pending = self._pending[opened.end() :], ""
        self._parse_pending(last)

    def _finish_fence(self) -> None:
        assert self._fence is not None
        self.finished.append(self._fence.block())
        self._fence, self.tail, self._parsed_length = None, (), 0
        self._resume = None

    def _parse_pending(self, last: bool) -> None:
        length = len(self._pending)
        grown = length - self._parsed_length
        # Parsing a long tail at every piece would cost the square of its length.
        wait = 0 if length <= EAGER else length // 16 if length <= 16 * EAGER else length // 2
        if not last and 0 <= grown < wait:
            return
        references = dict(self._references)
        units = self._parser.units(self._pending, references, self._resume)
        done = len(units) if last else _count_finished(units, self._pending.count("\n"))
        if done:
            self._finish(units, done, references)
        self.tail = tuple(block for unit in units[done:] for block in unit.blocks)
        self._parsed_length = len(self._pending)
        if last:
            self._pending, self._references = "", references

    def _finish(self, units: list[Unit], done: int, references: Mapping[str, Any]) -> None:
        last = units[done - 1]
        follower = units[done] if done < len(units) else None
        same_list = follower is not None and follower.list_key == last.list_key != 0
        split = follower.start if follower is not None and same_list else last.end
        lines = self._pending.split("\n")
        for unit in units[:done]:
            source = "\n".join(lines[unit.start : unit.end])
            if "[" in source:
                known = _destinations(references)
                self._sources.append(_Source(len(self.finished), source, unit.resume, known))
            self.finished.extend(unit.blocks)
        above = 0 if self._resume is None else 1  # the line that stood for the list above
        for label, reference in references.items():
            if label not in self._references and reference["map"][0] - above < split:
                self._references[label] = reference
        self._resume = follower.resume if follower is not None and same_list else None
        self._pending = "\n".join(lines[split:])

    def _resolve_late(self) -> None:
        """Parse again what may have used a reference before its definition was there."""
        known = _destinations(self._references)
        for source in self._sources:
            if source.known == known:
                continue
            units = self._parser.units(source.text, dict(self._references), source.resume)
            blocks = [block for unit in units for block in unit.blocks]
            self.finished[source.index : source.index + len(blocks)] = blocks


_OPEN_FENCE = re.compile(r"(?:(`{3,})([^`\n]*)|(~{3,})(?!~)([^\n]*))\n")
_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")


class _Fence:
    """A fenced code block at the left edge, line by line as it grows."""

    def __init__(self, fence: str, info: str) -> None:
        self.language = language(info)
        self._close = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*")
        self._mark = fence[0]
        self._lines: list[str] = []
        self._partial = ""

    def take(self, piece: str, last: bool) -> str | None:
        """Add text; what comes after the closing fence, or None while the block is open."""
        text = self._partial + piece
        start = 0
        while (end := text.find("\n", start)) >= 0:
            line = text[start:end]
            start = end + 1
            if self._close.fullmatch(line):
                self._partial = ""
                return text[start:]
            self._lines.append(line)
        self._partial = text[start:]
        if last and self._close.fullmatch(self._partial):
            self._partial = ""
            return ""
        if last and not self._partial.strip(" \t"):
            self._partial = ""  # the parser, too, takes blanks at the very end for nothing
        return None

    def block(self) -> Code:
        """The code as it is."""
        lines = [*self._lines, self._partial] if self._partial else self._lines
        return Code("\n".join(lines), self.language)

    def growing_block(self) -> Code:
        """The code so far, without a line that may be the beginning of the closing fence."""
        shown = self._partial.strip().strip(self._mark)
        lines = [*self._lines, self._partial] if shown else self._lines
        return Code("\n".join(lines), self.language)


class _Source(msgspec.Struct, frozen=True):
    index: int
    text: str
    resume: Resume | None
    known: dict[str, tuple[str, str]]


def _count_finished(units: list[Unit], complete_lines: int) -> int:
    """How many units can no longer change: all before the last one that is certain.

    Two complete lines make a unit certain: the second one may turn the first into the head of a
    table, which could not otherwise have ended the unit before.
    """
    for index in range(len(units) - 1, 0, -1):
        if units[index].start + 2 <= complete_lines:
            return index
    return 0


def _destinations(references: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {label: (each["href"], each["title"]) for label, each in references.items()}


def _normal(text: str) -> str:
    """One kind of line end, no NUL."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "\ufffd")
