"""Where somebody speaks, and where a long sound can be cut without cutting a word in two.

Samples are int16, 16 kHz, mono; times are in seconds.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

MOST = 30.0  # seconds that a model hears at once


class Span(NamedTuple):
    """A stretch of a sound, in seconds from its beginning."""

    start: float
    end: float


class Piece(NamedTuple):
    """A stretch of a sound that is at most ``most`` seconds long. ``speech`` are seconds in which
    somebody speaks: 0.0 for a piece that has nothing to be heard."""

    start: float
    end: float
    speech: float


def speech(samples: np.ndarray) -> tuple[Span, ...]:
    """Where somebody speaks, in order; pauses shorter than 0.3 s don't count."""
    raise NotImplementedError


def trim(samples: np.ndarray) -> Span:
    """What is left without the silence before and after all speech, with a little room at both
    ends; an empty span where nobody speaks."""
    raise NotImplementedError


def cut(samples: np.ndarray, most: float = MOST) -> tuple[Piece, ...]:
    """Cut at pauses: pieces that follow each other without a gap and cover everything."""
    raise NotImplementedError


def cut_blocks(blocks: Iterable[np.ndarray], most: float = MOST) -> Iterator[Piece]:
    """The same for a sound that comes in blocks, as long as it may be; holds a minute of it."""
    raise NotImplementedError
