"""How large the writing in a picture is, so that it can be kept legible when it is scaled down.

Lines of writing make a pattern that hardly anything else makes: in a narrow column of pixels rows
with many sharp edges, all about equally high, take turns with rows that have none. Nothing is
recognised here; it costs some 10 ms.
"""

import numpy as np
from PIL import Image

_CELL = 64  # pixels; the width of the columns looked at: a few letters
_WINDOW = 512  # pixels along each side of the parts that are looked at
_WINDOWS = 4  # along each side of the picture, at most
_SHARP = 40  # of 255; a smaller step in brightness is shading
_BUSY = 5  # sharp steps in a row of a cell that has letters in it
_QUIET = 1  # those in a row between two lines
_LINES = 3  # in a cell, or it may be a pattern by chance
_LOWEST, _HIGHEST = 4, 80  # pixels; what is beyond is no line of letters, or legible anyway
_SHARE = 0.01  # of all cells that have to have writing in them


def text_height(picture: Image.Image) -> float:
    """The height in pixels of small writing in ``picture``, an RGB or RGBA one (about two thirds
    of the font's size); 0.0 where no lines of writing are found."""
    heights: list[float] = []
    cells = 0
    for top in _starts(picture.height):
        for left in _starts(picture.width):
            right, bottom = min(left + _WINDOW, picture.width), min(top + _WINDOW, picture.height)
            part = picture.crop((left, top, right, bottom)).convert("L")
            found, looked_at = _heights(np.asarray(part, np.int16))
            heights += found
            cells += looked_at
    if not heights or len(heights) < max(2, _SHARE * cells):
        return 0.0
    return float(np.percentile(heights, 25))  # small writing counts, one odd cell doesn't


def _starts(length: int) -> list[int]:
    """Where windows begin along a side: evenly spread, without overlap where there is room."""
    count = min(_WINDOWS, max(1, -(-length // _WINDOW)))
    if count == 1:
        return [0]
    return [round(place * (length - _WINDOW) / (count - 1)) for place in range(count)]


def _heights(grey: np.ndarray) -> tuple[list[float], int]:
    """The height of lines in each cell that has some, and how many cells there are."""
    columns = (grey.shape[1] - 1) // _CELL
    if columns < 1 or grey.shape[0] < _CELL:
        return [], 0
    sharp = np.abs(np.diff(grey, axis=1))[:, : columns * _CELL] > _SHARP
    counts = sharp.reshape(grey.shape[0], columns, _CELL).sum(axis=2)
    found = [height for column in counts.T if (height := _line_height(column)) > 0]
    return found, columns


def _line_height(counts: np.ndarray) -> float:
    """The usual height of the lines in one cell, ``counts`` being its sharp steps in each row; 0
    if these are no lines of writing."""
    busy = counts >= _BUSY
    edges = np.flatnonzero(np.diff(np.concatenate(([0], busy.view(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    lengths = ends - starts
    inside = (lengths >= _LOWEST) & (lengths <= _HIGHEST)
    if inside.sum() < _LINES:
        return 0.0
    usual = float(np.median(lengths[inside]))
    alike = np.abs(lengths - usual) <= max(2.0, 0.35 * usual)
    gaps = [counts[end:start].min() <= _QUIET for end, start in zip(ends, starts[1:], strict=False)]
    if alike.sum() < _LINES or alike.mean() < 0.5 or np.mean(gaps) < 0.6:
        return 0.0
    return usual
