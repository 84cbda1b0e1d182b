"""The microphone of the window: opened while something is held or the light is on, and else not."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.errors import AppError
from app.desktop.microphone.take import CLIP, InputDevice


class Microphone(QObject):
    """Records one take at a time. Everything here is for the main thread and returns at once; what
    takes the sound system its time is done in a thread, and the signals follow.

    ``start`` is followed by ``started`` or by ``failed`` (codes "mic-none", "mic-refused",
    "mic-busy", "mic-failed"), and after ``started`` comes ``stopped`` with a ``Take``, unless
    ``cancel`` was called. ``light_changed(True)`` comes before the device is opened and
    ``light_changed(False)`` once it is closed.
    """

    level = Signal(float)  # RMS of the last moment, 0..1, 30 times a second while recording
    started = Signal()
    stopped = Signal(object)  # Take
    failed = Signal(AppError)
    warned = Signal(AppError)  # "mic-silent": no sound arrives; the recording goes on
    light_changed = Signal(bool)
    devices_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Touches nothing of the sound system."""
        super().__init__(parent)

    def warm_up(self) -> None:
        """Load the sound system in the background, so that the first recording need not wait for
        it. Opens no device. ``devices_changed`` follows."""

    @property
    def light(self) -> bool:
        """Whether the microphone is open, or being opened or closed."""
        raise NotImplementedError

    @property
    def recording(self) -> bool:
        """From ``start`` until ``stop``, ``cancel`` or a failure."""
        raise NotImplementedError

    @property
    def device(self) -> InputDevice | None:
        """What is recorded with, or would be; None before ``warm_up`` is done, or without any."""
        raise NotImplementedError

    @property
    def seconds(self) -> float:
        """How much has been recorded so far."""
        raise NotImplementedError

    def devices(self) -> tuple[InputDevice, ...]:
        """The microphones, as last looked for; empty before the first time."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look for microphones anew, once nothing is being recorded. ``devices_changed`` follows if
        there are others or another is the default."""

    def start(self, device: str = "", limit: float | None = CLIP) -> None:
        """Begin to record with the device of this id, "" for the system's default (as it is now).
        One that isn't there any more is replaced by the default. After ``limit`` seconds the take
        ends by itself; None records on (``LONGEST``). Without effect while ``recording``."""

    def stop(self) -> None:
        """End the take: ``stopped`` follows with everything that was heard until now."""

    def cancel(self) -> None:
        """Close the microphone and forget what was heard. No ``stopped`` follows."""

    def levels(self) -> Sequence[float]:
        """The RMS of the take so far, 0..1, one value for each 50 ms; for the waveform."""
        raise NotImplementedError

    def samples(self, start: int = 0) -> np.ndarray:
        """What has been recorded so far from sample ``start`` on: int16, for who listens while it
        goes on (pauses, pieces of a long take)."""
        raise NotImplementedError

    def close(self) -> None:
        """Cancel, and let go of the sound system. Safe to call twice."""
