"""What comes of a recording, and what it is made with. No Qt."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

RATE = 16000  # samples a second: what the model hears
CLIP = 30.0  # seconds: the longest sound that a model hears at once
LONGEST = 3 * 3600.0  # seconds of a recording without a limit: 350 MB

CutOff = Literal["", "device lost", "limit"]


@dataclass(frozen=True)
class InputDevice:
    """A microphone. ``id`` is its name as the sound system has it, by which it is found again after
    it was unplugged; ``name`` is for people; the system's choice is ``is_default``."""

    id: str
    name: str
    is_default: bool = False


@dataclass(frozen=True)
class Take:
    """A recording: int16, 16 kHz, mono. ``cut_off`` says what ended it if it was not the person:
    the device went away (what was heard until then is here), or the limit was reached."""

    samples: np.ndarray
    device: str = ""
    cut_off: CutOff = ""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples.size / RATE
