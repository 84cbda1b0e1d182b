"""An answer as it is read aloud: sentence by sentence, while it is still being written."""

import re

from app.core.markdown import Block, Code, Heading, MarkdownStream, Paragraph, Rule, Table
from app.core.markdown.blocks import Spans

_LONGEST = 300  # characters; a longer sentence is read in parts, so that it can be stopped anywhere
# What ends a sentence, with the quotes and brackets that close after it.
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]*|\n+")  # noqa: RUF001
# A full stop that ends no sentence: after a letter, a number in a list, or a usual abbreviation.
_NO_END = re.compile(
    r"(?:^|[\s(\[])(?:\w|\d{1,2}|[a-zA-Z]\.[a-zA-Z]|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|vs|etc|ca|bzw|usw|z|Fig|Abb"
    r"|Art|Abs|Vol|pp?|approx)\.$"
)
_PAUSE = re.compile(r"[,;:–—](?=\s)|\s")
# What an answer about a document cites; it is there for the eye.
_CITATION = re.compile(r"\s?\[(?:\d+: )?(?:pp?\.|slide|sheet|section|[\w./-]+\.\w+:\d)[^\]]*\]")
_SOUNDLESS = re.compile(r"[*_~`#|]+")


class Aloud:
    """Takes an answer piece by piece, and gives the sentences that can be read by now.

    Marks are not read, nor is code; a table is read row by row.
    """

    def __init__(self) -> None:
        self._stream = MarkdownStream()
        self._blocks = 0  # that have been read to their end
        self._read = 0  # characters of the next one

    def feed(self, piece: str) -> list[str]:
        """Sentences that ``piece`` has completed."""
        self._stream.feed(piece)
        return self._take(last=False)

    def close(self) -> list[str]:
        """What is left, the answer being complete."""
        self._stream.close()
        return self._take(last=True)

    def _take(self, *, last: bool) -> list[str]:
        found: list[str] = []
        finished = self._stream.finished
        while self._blocks < len(finished):
            found += sentences(_words(finished[self._blocks])[self._read :])
            self._blocks, self._read = self._blocks + 1, 0
        if not last and self._stream.tail:
            # Only a paragraph grows at its end alone; of others nothing is sure yet.
            block = self._stream.tail[0]
            if isinstance(block, Paragraph) and len(self._stream.tail) == 1:
                words = _words(block)[self._read :]
                complete = words[: _last_end(words)]
                self._read += len(complete)
                found += sentences(complete)
        return found


def sentences(text: str) -> list[str]:
    """``text`` in pieces to be read one after the other: its sentences, very long ones in parts."""
    found = []
    start = 0
    for match in _END.finditer(text):
        if match[0].startswith(".") and _NO_END.search(text[start : match.end()]):
            continue
        found += _parts(text[start : match.end()])
        start = match.end()
    return found + _parts(text[start:])


def speakable(markdown: str) -> list[str]:
    """The sentences of a whole text."""
    aloud = Aloud()
    return aloud.feed(markdown) + aloud.close()


def _last_end(text: str) -> int:
    """Where the last complete sentence ends; it is complete once another has begun."""
    ends = [
        match.end()
        for match in _END.finditer(text)
        if not (match[0].startswith(".") and _NO_END.search(text[: match.end()]))
    ]
    return next((end for end in reversed(ends) if text[end:].strip()), 0)


def _words(block: Block) -> str:
    match block:
        case Paragraph(spans=spans) | Heading(spans=spans):
            words = _plain(spans)
            return f"{words}.\n" if isinstance(block, Heading) and words else words
        case Table(head=head, rows=rows):
            names = [_plain(cell) for cell in head]
            return "\n".join(_row(names, [_plain(cell) for cell in row]) for row in rows)
        case Code() | Rule():
            return ""


def _row(names: list[str], cells: list[str]) -> str:
    said = (
        f"{name}: {cell}" if name else cell
        for name, cell in zip(names, cells, strict=False)
        if cell
    )
    return ", ".join(said) + "."


def _plain(spans: Spans) -> str:
    """The words as they are said; bare addresses are left to the eye."""
    words = "".join(
        " " if "://" in span.text and " " not in span.text else span.text for span in spans
    )
    return _CITATION.sub("", words)


def _parts(text: str) -> list[str]:
    text = " ".join(_SOUNDLESS.sub(" ", text).split())
    parts = []
    while len(text) > _LONGEST:
        breaks = [match.end() for match in _PAUSE.finditer(text, _LONGEST // 2, _LONGEST)]
        cut = breaks[-1] if breaks else _LONGEST
        parts.append(text[:cut].strip())
        text = text[cut:].strip()
    return [*parts, text] if any(map(str.isalnum, text)) else parts
