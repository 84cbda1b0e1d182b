"""Sounds of any kind, and the sound of films, as the samples that a model hears."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

RATE = 16000  # samples a second


class Sound:
    """A sound file, or the sound of a film, open for decoding with FFmpeg's libraries.

    ``seconds`` is what the file says of its length, 0.0 if nothing (or nonsense); ``film`` whether
    there are moving pictures. Samples are int16, 16 kHz, mono. Raises AppError ("attachment-
    damaged", "attachment-empty") for a file that can't be opened or has no sound.
    """

    def __init__(self, source: Path | bytes, name: str) -> None:
        self.name = name
        self.seconds = 0.0
        self.mime = ""
        self.film = False
        self.damage = ""  # after ``blocks``: a sentence about what could not be decoded; "" if all

    def blocks(
        self, start: float = 0.0, end: float | None = None, stop: threading.Event | None = None
    ) -> Iterator[np.ndarray]:
        """The samples from ``start`` to ``end`` (seconds), in blocks of at most a second. What of a
        damaged file can be decoded comes, with silence where something is missing in the middle,
        so that times stay right; ``damage`` tells. Ends early once ``stop`` is set."""
        raise NotImplementedError

    def close(self) -> None: ...

    def __enter__(self) -> "Sound":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def wav(samples: np.ndarray) -> bytes:
    """int16 samples at 16 kHz, mono, as a WAV file."""
    raise NotImplementedError
