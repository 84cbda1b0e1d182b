"""What has been recorded, looked at again: how loud it is, and a part of it."""

import io
import wave
from pathlib import Path

from app.session.recorder import Spoken, wav_of

LEVELS_A_SECOND = 20


def levels_of(path: Path) -> tuple[float, ...]:
    """How loud a take is, as RMS from 0 to 1, 20 values a second. From any thread."""
    # Not above: no start should wait for it.
    import numpy as np

    with wave.open(io.BytesIO(path.read_bytes())) as file:
        block = file.getframerate() // LEVELS_A_SECOND
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    rows = samples[: samples.size // block * block].reshape(-1, block) / 32768
    return tuple(float(level) for level in np.sqrt((rows**2).mean(axis=1)))


def part_of(path: Path, start: float, end: float) -> Spoken:
    """The take from ``start`` to ``end``, in seconds. From any thread."""
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        rate = file.getframerate()
        file.setpos(min(file.getnframes(), max(0, round(start * rate))))
        samples = file.readframes(max(0, round((end - start) * rate)))
    return Spoken(wav_of(samples, rate), len(samples) / 2 / rate)
