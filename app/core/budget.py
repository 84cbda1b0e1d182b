"""Image-token budgets: what a picture may cost, and what it then measures.

Gemma 4 spends one token on each 48 x 48 pixel tile and was trained at five budgets. Resizing the
picture to whole tiles ourselves makes the count exact and needs no padding.
Source: Gemma 4 model card; behaviour of libmtmd checked by experiment (docs/architecture.md).
"""

import math

TILE = 48  # pixels along each side of one image token
BUDGETS = (70, 140, 280, 560, 1120)  # tokens
AUTOMATIC = 0
MAX_PIXELS = 150_000_000  # of a picture as it comes; a larger one is not decoded at all
LARGEST_AUTOMATIC = 280  # beyond this the wait on a CPU is felt; the person may choose more


def choose_budget(width: int, height: int) -> int:
    """The smallest budget in tokens that keeps a picture of ``width`` x ``height`` pixels at its
    own size, but at most ``LARGEST_AUTOMATIC``."""
    native = math.ceil(width / TILE) * math.ceil(height / TILE)
    for budget in BUDGETS:
        if native <= budget or budget == LARGEST_AUTOMATIC:
            return budget
    raise AssertionError("LARGEST_AUTOMATIC is one of BUDGETS")


def size_for_budget(width: int, height: int, budget: int) -> tuple[int, int]:
    """The size in pixels, both sides multiples of 48, that fills ``budget`` tokens best while
    keeping the aspect ratio. ``columns * rows <= budget`` always holds."""
    if width <= 0 or height <= 0:
        raise ValueError("a picture has at least one pixel")
    if budget < 1:
        raise ValueError("a budget is at least one token")
    scale = math.sqrt(budget * TILE * TILE / (width * height))
    columns = max(1, math.floor(width * scale / TILE))
    rows = max(1, math.floor(height * scale / TILE))
    columns, rows = min(columns, budget), min(rows, budget)
    # A very long picture: one side was lifted to a whole tile, so the other has to give.
    if columns * rows > budget:
        if columns > rows:
            columns = budget // rows
        else:
            rows = budget // columns
    return columns * TILE, rows * TILE
