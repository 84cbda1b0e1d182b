"""Where sentences end, well enough for cutting a text and for pointing at a place in it."""

import re
from collections.abc import Iterator

_CLOSING = "\"'\u2019\u201d\u00bb)\\]\u300d\u300f\uff09"
_WIDE = "\u3002\uff01\uff1f\uff61"  # of Chinese and Japanese, which need no space behind them
_OTHER = "\u061f\u06d4\u0964\u0965"  # of Arabic, Urdu, Hindi
# No sentence ends behind an initial or one of these; nor where the next word is a small one.
_ABBREVIATIONS = (
    r"(?<!\b[A-Z])(?<!\b[Nn]o)(?<!\b[Nn]r)(?<!\b[Vv]s)(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)"
    r"(?<!\bSt)(?<!\bp)(?<!\bpp)(?<!\b[Ff]ig)(?<!\b[Ee]tc)(?<!\bInc)(?<!\be\.g)(?<!\bi\.e)(?<!\bz\.B)"
    r"(?<!\bbzw)(?<!\bca)(?<!\bcf)(?<!\bal)(?<!\bAbs)(?<!\bArt)(?<!\n\d)"
)
END = re.compile(
    rf"(?:{_ABBREVIATIONS}\.|[!?\u2026{_OTHER}])[{_CLOSING}]*\s+(?=[^\sa-z])"
    rf"|[{_WIDE}][{_CLOSING}]*\s*"
    r"|\n[ \t]*\n\s*"
)
_FINISHED = re.compile(rf"[.!?:\u2026{_OTHER}{_WIDE}][{_CLOSING}]*$")
# What begins a new thing though no sentence has ended: an item, a heading, a row of a table.
_LINE_END = re.compile(r"\n(?=[ \t]*(?:[-*\u2022\u2013|#]|\d{1,3}[.)]\s))")


def finished(text: str) -> bool:
    """Whether ``text`` ends with a sentence, or has no words."""
    rest = text[-200:].rstrip()
    return not rest or _FINISHED.search(rest) is not None


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The places of the sentences, list items and rows of ``text``, without the space around
    them, in order."""
    ends = sorted(
        {found.end() for found in END.finditer(text)}
        | {found.end() for found in _LINE_END.finditer(text)}
        | {len(text)}
    )
    start = 0
    for end in ends:
        piece = text[start:end]
        if piece.strip():
            yield (start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
        start = end
