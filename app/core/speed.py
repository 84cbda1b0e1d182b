"""How fast a model is, as measured on this machine."""

from collections.abc import Mapping

import msgspec

from app.core.pace import Pace


class Speed(msgspec.Struct, frozen=True):
    """In tokens a second: reading a prompt (None until one was long enough to tell) and writing
    an answer."""

    prefill: float | None
    decode: float


# By file name of the model (``Path.name``).
Measured = Mapping[str, Speed]


def measured_speeds(paces: Mapping[str, Pace], device: str = "") -> Measured:
    """The speed of every model whose writing has been measured, on ``device`` as the settings name
    it ("": the one that it ran on last). The keys of ``paces`` are "FILE, DEVICE", the newest
    last."""
    speeds = {}
    for name, pace in paces.items():
        model, _, ran_on = name.rpartition(", ")
        there = not device or ran_on.casefold() == device.casefold()
        if there and pace.writing is not None:
            speeds[model] = Speed(pace.reading, pace.writing)
    return speeds
