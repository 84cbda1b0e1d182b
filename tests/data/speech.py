"""Long speech with known boundaries, put together from recordings of single words and sentences.

The recordings are those of Debian's package asterisk-core-sounds-en-wav, which must be installed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from tests.data.sounds import ROOM, resample

RATE = 16000
RECORDINGS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_QUIET = 0.02  # of the loudest sample of a recording; what is below is not a word yet


class Word(NamedTuple):
    """A recording within a longer sound: where it can be heard, in seconds."""

    name: str
    start: float
    end: float


def words(folder: str = "digits") -> list[str]:
    """The names of the recordings in a folder ("digits", "letters", "phonetic", "" for the
    sentences), in order."""
    return sorted(str(Path(folder, path.stem)) for path in (RECORDINGS / folder).glob("*.wav"))


def recorded(name: str) -> np.ndarray:
    """One recording without the silence around it; float32, 16 kHz."""
    samples, rate = soundfile.read(RECORDINGS / f"{name}.wav", dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > _QUIET * np.abs(samples).max())
    return resample(samples[loud[0] : loud[-1] + 1], rate, RATE)


def joined(
    names: Sequence[str], pauses: Sequence[float], noise: float = ROOM
) -> tuple[np.ndarray, list[Word]]:
    """The recordings one after the other, each before a pause of so many seconds (``pauses`` are
    repeated), with ``noise`` over it all; int16, 16 kHz. The sound begins with a pause, too."""
    parts = [np.zeros(round(pauses[-1] * RATE), np.float32)]
    found = []
    at = parts[0].size
    for number, name in enumerate(names):
        word = recorded(name)
        pause = np.zeros(round(pauses[number % len(pauses)] * RATE), np.float32)
        found.append(Word(name, at / RATE, (at + word.size) / RATE))
        parts += [word, pause]
        at += word.size + pause.size
    sound = np.concatenate(parts)
    sound += noise * np.random.default_rng(1).standard_normal(sound.size).astype(np.float32)
    return (sound * 32767).clip(-32768, 32767).astype(np.int16), found
