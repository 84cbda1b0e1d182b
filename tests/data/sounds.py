"""Sounds that the miniature model can name: tones, beeps, silence and spoken digits.

Everything is float32 in [-1, 1]; a stereo sound has shape (samples, 2).
"""

import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ROOM = 0.001  # amplitude of the faint noise that a quiet room has


def silence(seconds: float = 2.0, rate: int = 16000) -> np.ndarray:
    """Nothing but the room."""
    noise = np.random.default_rng(1).standard_normal(round(seconds * rate))
    return (ROOM * noise).astype(np.float32)


def tone(hertz: float, seconds: float = 2.0, rate: int = 16000, gain: float = 0.4) -> np.ndarray:
    """A steady tone between two short silences. The miniature calls 130 to 380 Hz low and 1,100
    to 3,000 Hz high."""
    return _during(hertz, [(0.15, 0.85)], seconds, rate, gain)


def beeps(hertz: float = 900, seconds: float = 2.0, rate: int = 16000) -> np.ndarray:
    """Two short beeps."""
    return _during(hertz, [(0.2, 0.27), (0.4, 0.47)], seconds, rate, 0.5)


def spoken(word: str, seconds: float = 2.0, rate: int = 16000, voice: str = "en-us") -> np.ndarray:
    """``word`` said by espeak-ng, which must be installed, with silence around it."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "-p", "50", "--stdout", word]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    # espeak-ng writes to a pipe before it knows the length, so the header's lengths are wrong.
    data = raw[:40] + (len(raw) - 44).to_bytes(4, "little") + raw[44:]
    samples, spoken_rate = soundfile.read(io.BytesIO(data), dtype="float32")
    samples = resample(samples, spoken_rate, rate)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0] : loud[-1]] * (0.5 / np.abs(samples).max())
    result = silence(seconds, rate)
    start = max(0, (result.size - samples.size) // 2)
    result[start : start + samples.size] += samples[: result.size - start]
    return result


def resample(samples: np.ndarray, old: int, new: int) -> np.ndarray:
    """Band-limited, by the whole spectrum: exact enough for short sounds, and independent of the
    resampler that the app uses."""
    size = round(samples.size * new / old)
    spectrum = np.fft.rfft(samples)
    fitted = np.zeros(size // 2 + 1, spectrum.dtype)
    shared = min(fitted.size, spectrum.size)
    fitted[:shared] = spectrum[:shared]
    return (np.fft.irfft(fitted, size) * (size / samples.size)).astype(np.float32)


def stereo(samples: np.ndarray) -> np.ndarray:
    """The sound on the left, the room on the right: who drops the left channel hears nothing."""
    room = silence(1.0, samples.size)
    return np.column_stack([samples, room])


def save(path: Path, samples: np.ndarray, rate: int = 16000) -> Path:
    """Write wav, mp3, flac or ogg, by the ending of ``path``."""
    soundfile.write(path, samples, rate)
    return path


def _during(
    hertz: float, spans: list[tuple[float, float]], seconds: float, rate: int, gain: float
) -> np.ndarray:
    """A tone that sounds in each of ``spans`` (fractions of the whole), without clicks."""
    time = np.arange(round(seconds * rate)) / rate
    on = np.zeros(time.size)
    for begin, end in spans:
        on[(time >= begin * seconds) & (time < end * seconds)] = 1
    soft = np.ones(rate // 125) / (rate // 125)
    wave = gain * np.sin(2 * np.pi * hertz * time) * np.convolve(on, soft, "same")
    sound: np.ndarray = wave.astype(np.float32) + silence(seconds, rate)
    return sound
