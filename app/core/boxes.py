"""Where in a picture a model points: boxes in its answers, made safe to draw.

Gemma answers ``[{"box_2d": [top, left, bottom, right], "label": "…"}]``, each number from 0 to 1000
of the picture's own height or width; the size at which the model got the picture doesn't matter.
Source: Gemma 4 model card.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SCALE = 1000  # both axes, whatever the picture's shape
MOST = 64  # boxes in one picture; more would hide it
LONGEST_LABEL = 80  # characters
_KEY = "box_2d"

# What an answer must look like that consists of boxes and nothing else, in GBNF.
GRAMMAR = r"""
root ::= "[]" | "[" box ("," " "? box){0,63} "]"
box ::= "{\"box_2d\": [" number ", " number ", " number ", " number "], \"label\": \"" label "\"}"
number ::= "1000" | [1-9] [0-9]? [0-9]? | "0"
label ::= [^"\\\x7F\x00-\x1F]{1,80}
"""

# An object that names a box before any other object begins in it. Found by eye, not by parsing from
# the start: there may be words around it, and its end may not have been written yet.
_OBJECT = re.compile(r'\{(?=[^{}]{0,400}"box_2d")')
_BEGUN = re.compile(r"\{[^{}]*$")
# The end of an answer that may go on with boxes: the beginning of a line with a fence, a bracket
# or an object in which nothing has ended yet.
_MAYBE = re.compile(r"(?:^|\n)[ \t]*(?:`{1,3}(?:j|js|jso|json)?\s*)?(?:\[\s*)?(?:\{[^{}]{0,100})?$")
_AROUND = re.compile(r"^[\s,\[\]]*$")
_FENCE = re.compile(r"```(?:json)?\s*\[?\s*$")
_decoder = json.JSONDecoder()


@dataclass(frozen=True)
class Box:
    """A place in a picture, 0 to 1000 of its width and height; right of ``left`` and below
    ``top`` always."""

    left: float
    top: float
    right: float
    bottom: float
    label: str = ""

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, width and height in a picture of ``width`` x ``height`` pixels: at least one
        pixel, and inside it."""
        left, right = _span(self.left, self.right, width)
        top, bottom = _span(self.top, self.bottom, height)
        return left, top, right - left, bottom - top

    def with_margin(self, share: float) -> "Box":
        """The same place with so much more of its size on each side, as far as the picture goes."""
        across, down = (self.right - self.left) * share, (self.bottom - self.top) * share
        return Box(
            max(0.0, self.left - across),
            max(0.0, self.top - down),
            min(float(SCALE), self.right + across),
            min(float(SCALE), self.bottom + down),
            self.label,
        )


@dataclass(frozen=True)
class Pointed:
    """An answer taken apart: its boxes, and the ``words`` around them."""

    boxes: tuple[Box, ...]
    words: str


def read_boxes(answer: str, *, growing: bool = False) -> Pointed:
    """Find the boxes in an answer. Wrong ones are mended where it is clear what was meant (corners
    swapped, a side beyond the edge), else left out. While the answer is ``growing``, its ``words``
    are without an end that may turn out to be the beginning of boxes."""
    if f'"{_KEY}"' not in answer:
        return Pointed((), _without_beginning(answer) if growing else answer)
    boxes: list[Box] = []
    words: list[str] = []
    place = 0
    while found := _OBJECT.search(answer, place):
        words.append(answer[place : found.start()])
        try:
            value, place = _decoder.raw_decode(answer, found.start())
        except (ValueError, RecursionError):
            place = found.start() + 1
            if "}" not in answer[place:]:  # still being written
                place = len(answer)
                break
            continue
        box = _box(value)
        if box is not None and box not in boxes and len(boxes) < MOST:
            boxes.append(box)
    words.append(_BEGUN.sub("", answer[place:]))
    tidy = _tidy(words)
    return Pointed(tuple(boxes), _without_beginning(tidy) if growing else tidy)


def as_json(boxes: Iterable[Box]) -> str:
    """The boxes as the model writes them, one a line."""
    lines = [
        json.dumps(
            {_KEY: [round(side) for side in (b.top, b.left, b.bottom, b.right)], "label": b.label},
            ensure_ascii=False,
        )
        for b in boxes
    ]
    return "[" + ",\n ".join(lines) + "]"


def _box(value: Any) -> Box | None:
    """A box that can be drawn, or None."""
    sides = value.get(_KEY) if isinstance(value, dict) else None
    if not isinstance(sides, list) or len(sides) != 4:
        return None
    if not all(isinstance(side, int | float) and not isinstance(side, bool) for side in sides):
        return None
    if not all(math.isfinite(side) for side in sides):
        return None
    top, bottom = sorted((_within(sides[0]), _within(sides[2])))
    left, right = sorted((_within(sides[1]), _within(sides[3])))
    if right <= left or bottom <= top:  # a line, or wholly outside the picture
        return None
    label = value.get("label")
    words = " ".join(label.split()) if isinstance(label, str) else ""
    return Box(left, top, right, bottom, words[:LONGEST_LABEL])


def _within(side: float) -> float:
    return float(min(max(side, 0), SCALE))


def _span(begin: float, end: float, size: int) -> tuple[int, int]:
    """Whole pixels from ``begin`` to ``end``, half-open."""
    first = min(math.floor(begin * size / SCALE + 0.5), size - 1)
    last = math.floor(end * size / SCALE + 0.5)
    return first, min(max(last, first + 1), size)


def _without_beginning(words: str) -> str:
    found = _MAYBE.search(words)
    return words[: found.start()].rstrip() if found else words


def _tidy(pieces: list[str]) -> str:
    """Words without the brackets, commas and fences of the JSON that stood between them."""
    kept: list[str] = []
    for number, piece in enumerate(pieces):
        if number > 0:
            piece = re.sub(r"^[\s,]*\]?\s*(```)?", "", piece, count=1) if piece else piece
        if number < len(pieces) - 1:
            piece = _FENCE.sub("", piece)
            piece = re.sub(r"\[\s*$", "", piece)
        if not _AROUND.match(piece):
            kept.append(piece.strip())
    return "\n\n".join(kept)
