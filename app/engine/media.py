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

from app.core.budget import MAX_PIXELS, choose_budget, size_for_budget
from app.core.errors import AppError

MAX_SECONDS = 3 * 3600  # 25 tokens a second: longer than the longest context
MIN_CLIP = 0.5  # seconds; what is shorter gets silence behind it (libmtmd aborts at one sample)
MAX_CLIP = 30.0  # seconds; E2B and E4B cut longer sounds off inside one audio block
_WHITES = (1.0, 255.0, 65535.0)
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
                    raise _too_large(f" ({file.width:,} × {file.height:,} pixels)")
                picture = to_rgb(ImageOps.exif_transpose(file))
    except AppError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large() from error
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


def _too_large(size: str = "") -> AppError:
    return AppError(
        f"This picture is too large{size}.",
        "Scale it down or cut out the part that matters.",
        code="media",
    )


def to_rgb(picture: Image.Image) -> Image.Image:
    """``picture`` as 8-bit RGB, whatever its mode."""
    if picture.mode[0] in "IF":
        # More than 8 bits: scaled down, or everything above 255 turns white. Only files of 16 bits
        # say what white is; for the others it is the smallest usual value above all that occur.
        values = np.nan_to_num(np.asarray(picture, np.float64))
        highest = 65535.0 if picture.mode.startswith("I;16") else float(values.max())
        white = next((white for white in _WHITES if highest <= white), highest)
        picture = Image.fromarray(np.clip(values / white * 255, 0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def load_audio(path: str, sample_rate: int) -> np.ndarray:
    """The sound as mono float32 in [-1, 1] at ``sample_rate`` Hz. Raises AppError."""
    try:
        with soundfile.SoundFile(path) as file:
            seconds, rate = file.frames / file.samplerate, file.samplerate
            if seconds > MAX_SECONDS:
                raise AppError(
                    f"This sound is too long ({seconds / 3600:.1f} hours).",
                    "Cut out the part that matters.",
                    code="media",
                )
            # By the second, since all channels at once may not fit in memory.
            parts = [
                block.mean(axis=1) for block in file.blocks(rate, dtype="float32", always_2d=True)
            ]
        mono = np.concatenate([*parts, np.zeros(0, np.float32)])
        if rate != sample_rate:
            mono = soxr.resample(mono, rate, sample_rate)
    except AppError:
        raise
    except Exception as error:  # damaged files end in all kinds of errors
        raise AppError(
            f"This sound can't be read ({type(error).__name__}).",
            "It may be damaged; wav, mp3, flac and ogg files work.",
            code="media",
        ) from error
    if mono.size == 0:
        raise AppError("This sound is empty.", "Choose another file.", code="media")
    return np.ascontiguousarray(np.clip(np.nan_to_num(mono), -1, 1), np.float32)


def split_clips(samples: np.ndarray, sample_rate: int) -> Iterator[np.ndarray]:
    """Cut ``samples`` (1-D) into clips of half a second to 30 s, each cut at the quietest place of
    the last seconds before the limit."""
    limit = int(MAX_CLIP * sample_rate)
    frame = sample_rate // 50
    while samples.size > limit:
        tail = samples[limit - int(_CUT_WINDOW * sample_rate) : limit]
        loudness = np.square(tail[: tail.size // frame * frame]).reshape(-1, frame).mean(axis=1)
        cut = limit - tail.size + int(loudness.argmin()) * frame + frame // 2
        yield np.ascontiguousarray(samples[:cut])
        samples = samples[cut:]
    missing = int(MIN_CLIP * sample_rate) - samples.size
    yield np.pad(samples, (0, missing)) if missing > 0 else samples
