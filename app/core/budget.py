"""Image-token budgets: what a picture may cost, what it then measures, and which to choose.

Gemma 4 spends one token on each 48 x 48 pixel tile and was trained at five budgets. Resizing the
picture to whole tiles ourselves makes the count exact and needs no padding.
Source: Gemma 4 model card; behaviour of libmtmd checked by experiment (docs/architecture.md).
"""

import math
import re
from collections.abc import Callable

TILE = 48  # pixels along each side of one image token
BUDGETS = (70, 140, 280, 560, 1120)  # tokens
AUTOMATIC = 0
LARGEST_AUTOMATIC = 280  # of a picture without writing in it
LARGEST_UNTRIED = 560  # before anything is known of the speed of this machine
LEGIBLE = 8.0  # pixels that writing has to be high when the model gets it (see Image.text_height)
PATIENCE = 20.0  # seconds that a picture may take unless the person has chosen so
PATIENCE_TO_READ = 40.0  # the same if reading is what was asked for

# Words that ask for what is written in a picture, in the languages that most people ask in.
_READING = re.compile(
    r"\b(?:read|reads|transcribe|transcript|transcription|ocr|text|texts|wording|handwriting"
    r"|written|spelled|says?|lesen|vorlesen|abschreiben|abtippen|steht|schrift|schreib ab"
    r"|lire|écrit|texte|leer|escrito|texto|leggere|scritto|testo)\b",
    re.IGNORECASE,
)


def choose_budget(width: int, height: int) -> int:
    """The smallest budget in tokens that keeps a picture of ``width`` x ``height`` pixels at its
    own size, but at most ``LARGEST_AUTOMATIC``: the choice where nothing else is known."""
    return _smallest(native_tokens(width, height), LARGEST_AUTOMATIC)


def choose_detail(
    width: int,
    height: int,
    text_height: float = 0.0,
    *,
    reading: bool = False,
    seconds: Callable[[int], float | None] = lambda _tokens: None,
) -> int:
    """The budget in tokens for a picture by what is in it and what is asked: as much as its
    writing needs to be legible, else as ``choose_budget`` has it; then as much of that as can be
    waited for.

    ``text_height`` is in pixels of the picture; ``reading`` says that its writing is what counts.
    ``seconds`` tells what so many image tokens cost, None while that is unknown.
    """
    most = 2 * LARGEST_AUTOMATIC if reading else LARGEST_AUTOMATIC
    wanted = _smallest(native_tokens(width, height), most)
    if text_height > 0:
        legible = (b for b in BUDGETS if not loses_text(width, height, text_height, b))
        wanted = max(wanted, next(legible, BUDGETS[-1]))
    patience = PATIENCE_TO_READ if reading else PATIENCE

    def affordable(budget: int) -> bool:
        cost = seconds(tokens_at(width, height, budget))
        return budget <= LARGEST_UNTRIED if cost is None else cost <= patience

    within = [budget for budget in BUDGETS if budget <= wanted and affordable(budget)]
    return within[-1] if within else BUDGETS[0]


def loses_text(width: int, height: int, text_height: float, budget: int) -> bool:
    """Whether writing of ``text_height`` pixels in a picture of this size becomes illegible at
    ``budget`` tokens."""
    scale = math.sqrt(tokens_at(width, height, budget) * TILE * TILE / (width * height))
    return 0 < text_height * scale < LEGIBLE


def asks_to_read(words: str) -> bool:
    """Whether a question about a picture asks for what is written in it."""
    return _READING.search(words) is not None


def native_tokens(width: int, height: int) -> int:
    """How many tokens a picture would take at its own size."""
    return math.ceil(width / TILE) * math.ceil(height / TILE)


def tokens_at(width: int, height: int, budget: int) -> int:
    """How many tokens a picture takes at ``budget``."""
    columns, rows = size_for_budget(width, height, budget)
    return (columns // TILE) * (rows // TILE)


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


def _smallest(tokens: int, most: int) -> int:
    """The smallest budget that holds ``tokens``, but at most ``most``."""
    return next((budget for budget in BUDGETS if budget >= tokens or budget == most), most)
