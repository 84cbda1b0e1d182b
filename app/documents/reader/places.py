"""Places on a page."""

import msgspec


class Box(msgspec.Struct, frozen=True):
    """A rectangle on a page, as shares (0 to 1) of its width and height, from the top left."""

    x: float
    y: float
    width: float
    height: float
