"""How fast a model is, as measured on this machine."""

from collections.abc import Mapping

import msgspec


class Speed(msgspec.Struct, frozen=True):
    """In tokens a second: reading a prompt (None until one was long enough to tell) and writing
    an answer."""

    prefill: float | None
    decode: float


# By file name of the model (``Path.name``).
Measured = Mapping[str, Speed]
