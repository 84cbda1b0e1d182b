"""What an open microphone hears, as it comes. No Qt."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import soxr

from app.desktop.microphone.take import RATE, CutOff, InputDevice, Take

LEVELS = 20  # a second, of ``levels``
_STEP = RATE // LEVELS
_FULL = 32768.0
_NOTHING = 2  # the loudest sample of a microphone that is switched off
_PATIENCE = 1.5  # seconds without any sound before that is worth a word
_FIRST, _NEXT = 6.0, 2.0  # seconds within which the first sound has to come, and each after it


class Listener:
    """Takes blocks in the thread of the sound system (``hear``), and makes one sound of them in
    whatever thread calls everything else. Devices that can't do 16 kHz mono are converted."""

    def __init__(self, device: InputDevice, rate: int = RATE, channels: int = 1) -> None:
        self.device = device
        self._channels = channels
        same = rate == RATE
        self._resampler = None if same else soxr.ResampleStream(rate, RATE, 1, dtype="float32")
        self._came: deque[bytes] = deque()
        self._sound = np.empty(30 * RATE, np.int16)
        self._count = 0
        self._levels: list[float] = []
        self._peak = 0
        self._heard_at = time.monotonic()
        self._heard = False
        self._finished = False

    # -- in the sound system's thread -----------------------------------------------------------

    def hear(self, data: Any, _frames: int, _times: Any, _status: Any) -> None:
        """A block has come."""
        self._came.append(bytes(data))
        self._heard_at = time.monotonic()

    def finish(self) -> None:
        """No more will come: it was closed, or the device is gone."""
        self._finished = True

    # -- in the other ---------------------------------------------------------------------------

    def drain(self) -> float:
        """Take in what has come. Its RMS, 0..1; that of before if nothing has come."""
        start = self._count
        while self._came:
            self._add(self._converted(np.frombuffer(self._came.popleft(), np.int16)))
        return self._note(start)

    @property
    def seconds(self) -> float:
        """How much has been taken in."""
        return self._count / RATE

    @property
    def lost(self) -> bool:
        """Whether the device has gone: it has ended by itself, or gives nothing any more."""
        if self._finished:
            return True
        return time.monotonic() - self._heard_at > (_NEXT if self._heard else _FIRST)

    @property
    def silent(self) -> bool:
        """Whether nothing at all has been heard for a while, as with a switch that is off."""
        return self.seconds >= _PATIENCE and self._peak <= _NOTHING

    def levels(self) -> Sequence[float]:
        """The RMS of each 50 ms, 0..1."""
        return self._levels

    def samples(self, start: int = 0) -> np.ndarray:
        """What was heard from sample ``start`` on: int16, 16 kHz, mono."""
        return self._sound[start : self._count].copy()

    def take(self, cut_off: CutOff = "", most: float | None = None) -> Take:
        """All of it, or the first ``most`` seconds."""
        self.drain()
        if self._resampler is not None:
            self._add(self._to_int(self._resampler.resample_chunk(np.zeros(0, "f4"), last=True)))
            self._resampler = None
        end = self._count if most is None else min(self._count, round(most * RATE))
        return Take(self._sound[:end].copy(), self.device.name, cut_off)

    def _converted(self, raw: np.ndarray) -> np.ndarray:
        if self._channels == 1 and self._resampler is None:
            return raw
        mixed = raw.reshape(-1, self._channels).mean(axis=1, dtype=np.float32) / _FULL
        if self._resampler is not None:
            mixed = self._resampler.resample_chunk(mixed)
        return self._to_int(mixed)

    @staticmethod
    def _to_int(samples: np.ndarray) -> np.ndarray:
        return np.clip(samples * _FULL, -_FULL, _FULL - 1).astype(np.int16)

    def _add(self, samples: np.ndarray) -> None:
        end = self._count + samples.size
        if end > self._sound.size:
            self._sound = np.concatenate([self._sound, np.empty_like(self._sound)])
        self._sound[self._count : end] = samples
        self._count = end

    def _note(self, start: int) -> float:
        """Work out the levels of what came since ``start``."""
        new = self._sound[start : self._count]
        if not new.size:
            return self._levels[-1] if self._levels else 0.0
        self._heard = True
        self._peak = max(self._peak, int(np.abs(new.astype(np.int32)).max()))
        while self._count - len(self._levels) * _STEP >= _STEP:
            at = len(self._levels) * _STEP
            self._levels.append(_rms(self._sound[at : at + _STEP]))
        return _rms(new)


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float32).mean())) / _FULL
