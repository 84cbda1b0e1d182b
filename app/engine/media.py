"""Files -> pixels and samples, as the projector wants them.

Files are decoded in the engine's child process, the one that may die, since they come from
anywhere.
"""

import warnings
from collections.abc import Iterator

import numpy as np
import soundfile
import soxr
from PIL import Image, ImageOps

from app.core.budget import choose_budget, size_for_budget
from app.core.errors import AppError

MAX_PIXELS = 200_000_000  # a larger picture is refused before it is decoded
MAX_CLIP = 30.0  # seconds; E2B and E4B cut longer sounds off inside one audio block
_CUT_WINDOW = 3.0  # seconds before the limit in which the quietest place is looked for


def load_image(path: str, budget: int | None) -> np.ndarray:
    """The picture as uint8 RGB of shape (height, width, 3): upright, on white where it is
    transparent, the first frame where it moves.

    With a ``budget`` in image tokens (0 = automatic) it is resized to fill it; None keeps its
    size. Raises AppError for what Pillow can't read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of the file, not of ours
            with Image.open(path) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise AppError(
                        f"This picture is too large ({file.width:,} × {file.height:,} pixels).",
                        "Scale it down or cut out the part that matters.",
                        code="media",
                    )
                picture = to_rgb(ImageOps.exif_transpose(file))
    except AppError:
        raise
    except Exception as error:  # Pillow raises anything at all on damaged files
        raise AppError(
            f"This picture can't be read ({type(error).__name__}).",
            "It may be damaged, or not a picture; try opening and saving it in another program.",
            code="media",
        ) from error
    if budget is not None:
        tokens = budget or choose_budget(picture.width, picture.height)
        size = size_for_budget(picture.width, picture.height, tokens)
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return np.ascontiguousarray(picture, np.uint8)


def to_rgb(picture: Image.Image) -> Image.Image:
    """``picture`` as 8-bit RGB, whatever its mode."""
    if picture.mode.startswith(("I;16", "I", "F")):
        # 16 bits and more: scale by the range that is used, or everything above 255 turns white.
        values = np.asarray(picture, np.float64)
        top = 65535.0 if picture.mode != "F" or values.max() > 1 else 1.0
        picture = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8), "L")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def load_audio(path: str, sample_rate: int) -> np.ndarray:
    """The sound as mono float32 in [-1, 1] at ``sample_rate`` Hz. Raises AppError."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise AppError(
            "This sound can't be read.",
            "It may be damaged; wav, mp3, flac and ogg files work.",
            code="media",
        ) from error
    mono = samples.mean(axis=1)
    if mono.size == 0:
        raise AppError("This sound is empty.", "Choose another file.", code="media")
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate)
    return np.ascontiguousarray(np.clip(mono, -1, 1), np.float32)


def split_clips(samples: np.ndarray, sample_rate: int) -> Iterator[np.ndarray]:
    """Cut ``samples`` (1-D) into clips of at most 30 s, each cut at the quietest place of the
    last seconds before the limit."""
    limit = int(MAX_CLIP * sample_rate)
    frame = sample_rate // 50
    while samples.size > limit:
        tail = samples[limit - int(_CUT_WINDOW * sample_rate) : limit]
        loudness = np.square(tail[: tail.size // frame * frame]).reshape(-1, frame).mean(axis=1)
        cut = limit - tail.size + int(loudness.argmin()) * frame + frame // 2
        yield np.ascontiguousarray(samples[:cut])
        samples = samples[cut:]
    yield samples
