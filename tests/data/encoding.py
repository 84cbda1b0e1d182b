"""Sounds and films in the formats that people have, written with FFmpeg's libraries."""

from pathlib import Path

import av
import numpy as np


def encode(
    path: Path,
    samples: np.ndarray,
    rate: int = 48000,
    codec: str = "aac",
    *,
    pictures: int = 0,
    delay: float = 0.0,
) -> Path:
    """float32 mono ``samples`` as a file of the format that the ending of ``path`` names, with so
    many black ``pictures``, one a second, and the sound ``delay`` seconds after the first."""
    with av.open(str(path), "w") as container:
        screen = None
        if pictures:
            screen = container.add_stream("mpeg4", rate=1)
            screen.width, screen.height, screen.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(
            format=sound.codec_context.format,
            layout="mono",
            rate=rate,
            frame_size=sound.codec_context.frame_size or 1024,
        )
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, round(delay * rate)
        for number in range(pictures):
            assert screen is not None
            picture = av.VideoFrame(64, 48, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes(plane.buffer_size))
            picture.pts = number
            container.mux(screen.encode(picture))
        if screen is not None:
            container.mux(screen.encode(None))
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
    return path
