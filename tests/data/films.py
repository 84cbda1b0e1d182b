"""Small films, made by PyAV."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

RATE = 48000  # samples of sound a second
_BLOCK = 960  # samples in a packet


def write_film(
    path: Path,
    pictures: Sequence[Image.Image],
    *,
    seconds: float = 1.0,
    fps: int = 4,
    samples: np.ndarray | None = None,
    video_codec: str = "mpeg4",
    audio_codec: str = "aac",
) -> Path:
    """A film that shows each of ``pictures`` (all of one size) for ``seconds``, with a sound of
    int16 ``samples``."""
    with av.open(str(path), "w") as container:
        moving = container.add_stream(video_codec, rate=fps)
        moving.width, moving.height = pictures[0].size
        moving.pix_fmt = "yuv420p"
        moving.bit_rate = 2_000_000
        sound = None
        if samples is not None:
            sound = container.add_stream(audio_codec, rate=RATE)
            sound.layout = "mono"
        for number in range(round(len(pictures) * seconds * fps)):
            picture = pictures[int(number / fps / seconds)]
            frame = av.VideoFrame.from_image(picture.convert("RGB"))
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(moving.encode(frame))
        container.mux(moving.encode(None))
        if sound is not None and samples is not None:
            write_sound(container, sound, samples)
    return path


def write_sound_file(path: Path, samples: np.ndarray, codec: str) -> Path:
    """int16 ``samples`` at RATE, as a sound file."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=RATE)
        sound.layout = "mono"
        write_sound(container, sound, samples)
    return path


def write_sound(
    container: av.container.OutputContainer, sound: av.AudioStream, samples: np.ndarray
) -> None:
    """Encode ``samples`` into a stream of the container."""
    for place in range(0, samples.size, _BLOCK):
        block = np.ascontiguousarray(samples[place : place + _BLOCK]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, place, Fraction(1, RATE)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def tone(seconds: float) -> np.ndarray:
    """A tone, as int16 samples at RATE."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.rint(9000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
