"""What can be ordered of an offer, and what may unfold below it."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Order(str, Enum):
    """What a button of a row does."""

    LOAD = "load"
    UNLOAD = "unload"  # also breaks off loading
    RELOAD = "reload"
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # a download
    USE = "use"
    WHY = "why"
    ASK_REMOVE = "ask-remove"
    REMOVE = "remove"  # to the bin
    DELETE = "delete"  # for good
    KEEP = "keep"  # fold the question away


@dataclass(frozen=True)
class Detail:
    """What unfolds below a row. ``actions`` are orders with their words; the first stands out."""

    what: str
    next_step: str = ""
    kind: Literal["info", "danger"] = "info"
    actions: tuple[tuple[Order, str], ...] = ()
