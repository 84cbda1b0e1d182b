"""Where the columns of the tables of models stand, and which of them there is room for.

Positions are in pixels, read from the left; in a mirrored window the painter turns them round.
"""

from collections.abc import Callable
from dataclasses import dataclass

EDGE = 15  # before the first column
_MODEL = 195  # the least that titles need
_GAP = 20  # between the titles and what follows


@dataclass(frozen=True)
class Columns:
    """``takes`` and ``fit`` are where a column begins; ``disk``, ``memory`` and ``speed`` where
    its figures end; ``buttons`` where they end, before the one with the menu. None: no room, it is
    told in the second line. ``model`` is where titles end. With ``stacked`` there are no columns:
    everything stands below each other."""

    model: float
    takes: float | None
    disk: float | None
    memory: float | None
    speed: float | None
    fit: float | None
    buttons: float
    stacked: bool = False


def columns(width: float, px: Callable[[float], int]) -> Columns:
    """The columns of a table that is ``width`` px wide, where ``px`` makes lengths grow with the
    text. What matters least goes first."""
    buttons = width - 9 - px(28) - 4
    fit = buttons - px(116) - px(135)
    speed = fit - px(28)
    for shown in ("takes disk memory", "takes memory", "memory", ""):
        left = speed - px(118)
        memory = disk = takes = None
        if "memory" in shown:
            memory, left = left, left - px(92)
        if "disk" in shown:
            disk, left = left, left - px(92)
        # The figures of the column that comes next reach back from where they end.
        left += px(26)
        if "takes" in shown:
            left -= px(96)
            takes = left
        if left - _GAP - EDGE >= px(_MODEL):
            return Columns(left - _GAP, takes, disk, memory, speed, fit, buttons)
    return Columns(buttons - px(116) - _GAP, None, None, None, None, None, buttons, stacked=True)
