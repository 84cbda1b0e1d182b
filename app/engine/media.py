"""Files -> pixels and samples, as the projector wants them.

Files are decoded in the engine's child process, the one that may die, since they come from
anywhere. What that takes of memory is bounded: see ``core.media_limits``.
"""

import io
import math
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from PIL import Image, UnidentifiedImageError
from PIL.Image import Transpose
from PIL.JpegImagePlugin import JpegImageFile

from app.core.budget import BUDGETS, choose_budget, size_for_budget
from app.core.errors import AppError
from app.core.media_limits import (
    LEFT_OUT_FORMATS,
    MAX_BYTES,
    MAX_SECONDS,
    PLAIN_FORMATS,
    max_pixels,
    picture_too_large,
    sound_too_long,
)

MIN_CLIP = 0.5  # seconds; what is shorter gets silence behind it (libmtmd aborts at one sample)
MAX_CLIP = 30.0  # seconds; E2B and E4B cut longer sounds off inside one audio block
LARGEST_UNBUDGETED = 4_000_000  # pixels; more than any other model's own preparation keeps
_WHITES = (1.0, 255.0, 65535.0)
_CUT_WINDOW = 3.0  # seconds before the limit in which the quietest place is looked for
_AT_ONCE = 2**22  # pixels converted, or samples decoded, in one step
_ORIENTATION = 0x0112  # in EXIF data
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SIDEWAYS = {_UPRIGHT[orientation] for orientation in (5, 6, 7, 8)}


def read_file(path: str) -> bytes:
    """The bytes of an attached file. Raises AppError if it is gone, may not be read, is no file,
    or larger than any that can be attached."""
    name = Path(path).name
    try:
        # Not blocking: a named pipe that nobody writes to would hold us for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise AppError(f"{name} is not a file.", "Attach it again.", code="media")
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise cannot_open(path, error) from error
    if len(data) > MAX_BYTES:
        raise AppError(
            f"{name} is larger than {MAX_BYTES // 10**6} MB.",
            "Choose a smaller file, or a part of it.",
            code="media",
        )
    return data


def cannot_open(path: str, error: Exception) -> AppError:
    """What to say when the system refuses a file."""
    return AppError(
        f"{Path(path).name} can't be opened ({getattr(error, 'strerror', error)}).",
        "Check that the file is still there, or attach it again.",
        code="media",
    )


# -- pictures --------------------------------------------------------------------------------------


def load_image(source: str | bytes, budget: int | None) -> np.ndarray:
    """The picture in a file, or in its bytes, as uint8 RGB of shape (height, width, 3): upright,
    on white where it is transparent, the first frame where it moves.

    With a ``budget`` in image tokens (0 or less = automatic, and never more than the largest that
    the model was made for) it is resized to fill it. None keeps its size, up to
    ``LARGEST_UNBUDGETED``. Raises AppError for what is too large or can't be read.
    """
    data = read_file(source) if isinstance(source, str) else source
    if not data:
        raise AppError("This picture's file is empty.", "Choose another file.", code="media")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of the file, not of ours
            with _open(data) as file:
                return _pixels(file, budget)
    except AppError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit, above ours
        count = re.search(r"(\d+) pixels", str(error))
        size = f"{int(count[1]) / 1e6:,.0f} megapixels" if count else ""
        raise picture_too_large("This picture", size, "", scaled=False, code="media") from error
    except MemoryError as error:
        raise AppError(
            "There is not enough memory to read this picture.",
            "Close other programs, or scale the picture down.",
            code="memory",
        ) from error
    except UnidentifiedImageError as error:
        raise AppError(
            "This file is not a picture, or of a kind that Facet can't read.",
            "Open it in another program and save it as PNG or JPEG.",
            code="media",
        ) from error
    except Exception as error:  # Pillow raises anything at all on damaged files
        raise AppError(
            f"This picture can't be read; the file is damaged ({type(error).__name__}).",
            "Try opening and saving it in another program.",
            code="media",
        ) from error


def _open(data: bytes) -> Image.Image:
    stream = io.BytesIO(data)
    if data[:2] == b"\xff\xd8":
        # Past the size check of Image.open: such files can be decoded at less than their size.
        return JpegImageFile(stream)
    return Image.open(stream, formats=_formats())


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    others = (name for name in Image.OPEN if name not in LEFT_OUT_FORMATS)
    return tuple(dict.fromkeys((*PLAIN_FORMATS, *others)))  # without those that come twice


def _pixels(file: Image.Image, budget: int | None) -> np.ndarray:
    kind, scaled = file.format or "", is_scalable(file)
    width, height = file.size
    if width * height > max_pixels(kind, scaled=scaled):
        size = f"{width:,} × {height:,} pixels"
        raise picture_too_large("This picture", size, kind, scaled=scaled, code="media")
    if scaled:
        factor = _factor(width, height, _target(width, height, budget))
        file.draft(None, (max(1, width // factor), max(1, height // factor)))
    file.load()
    if not scaled:
        width, height = file.size  # TIFF files turn themselves upright, at some moment
    turn = _UPRIGHT.get(file.getexif().get(_ORIENTATION, 1))
    if turn in _SIDEWAYS:
        width, height = height, width
    target = _target(width, height, budget)
    small = _shrunk(file, target[::-1] if turn in _SIDEWAYS else target)
    if turn is not None:
        small = small.transpose(turn)
    if budget is not None or small.width * small.height > LARGEST_UNBUDGETED:
        small = small.resize(target, Image.Resampling.BICUBIC)
    return np.ascontiguousarray(small, np.uint8)


def is_scalable(file: Image.Image) -> bool:
    """Whether a picture can be decoded at less than its size without the whole in memory."""
    return isinstance(file, JpegImageFile) and "progressive" not in file.info


def _target(width: int, height: int, budget: int | None) -> tuple[int, int]:
    """The size in pixels that the model gets of an upright picture."""
    if budget is not None:
        tokens = min(budget, BUDGETS[-1]) if budget > 0 else choose_budget(width, height)
        return size_for_budget(width, height, tokens)
    scale = min(1.0, math.sqrt(LARGEST_UNBUDGETED / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _factor(width: int, height: int, target: tuple[int, int]) -> int:
    """By how much a picture can be shrunk in a coarse way that leaves twice as many pixels along
    each side as are wanted: the rest, done finely, then looks the same."""
    return max(1, min(width // (2 * target[0]), height // (2 * target[1])))


def _shrunk(picture: Image.Image, target: tuple[int, int]) -> Image.Image:
    """``picture`` as RGB, coarsely shrunk towards ``target``: by strips, since a copy of a large
    one takes a gigabyte."""
    width, height = picture.size
    across, down = max(1, width // (2 * target[0])), max(1, height // (2 * target[1]))
    if across == down == 1 and picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    rows = down * max(1, _AT_ONCE // (width * down))
    strips = [(0, top, width, min(height, top + rows)) for top in range(0, height, rows)]
    white = _white(picture, strips)
    small = Image.new("RGB", (-(-width // across), -(-height // down)))
    for strip in strips:
        part = to_rgb(picture.crop(strip), white)
        small.paste(part.reduce((across, down)), (0, strip[1] // down))
    return small


def _white(picture: Image.Image, strips: Iterable[tuple[int, int, int, int]]) -> float:
    """Of a picture of more than 8 bits: the value that is white. Only files of 16 bits say what it
    is; for the others it is the smallest usual one above all that occur. 255 for all others."""
    if picture.mode[0] not in "IF":
        return 255.0
    if picture.mode.startswith("I;16"):
        return 65535.0
    highest = 0.0
    for strip in strips:
        values = np.asarray(picture.crop(strip))
        highest = max(highest, float(values.max(initial=0, where=np.isfinite(values))))
    return next((white for white in _WHITES if highest <= white), highest)


def to_rgb(picture: Image.Image, white: float | None = None) -> Image.Image:
    """``picture`` as 8-bit RGB, whatever its mode; ``white`` is its largest value where it has
    more than 8 bits (None: guessed from what occurs in it)."""
    if picture.mode[0] in "IF":  # scaled down, or everything above 255 turns white
        top = _white(picture, [(0, 0, *picture.size)]) if white is None else white
        values = np.nan_to_num(np.asarray(picture, np.float64), posinf=top, neginf=0)
        picture = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    if picture.mode == "La":
        picture = picture.convert("LA")
    if picture.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


# -- sounds ----------------------------------------------------------------------------------------


def sound_seconds(data: bytes) -> float:
    """How long a sound says it is, without decoding it; 0 if it doesn't say."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return _length(file)
    except Exception:  # what is wrong with it, ``load_audio`` will say
        return 0.0


def _length(file: soundfile.SoundFile) -> float:
    # Sounds that were not finished or came as a stream "have" 2**63 - 1 samples.
    return file.frames / file.samplerate if file.frames < 2**62 else 0.0


def load_audio(
    source: str | bytes, sample_rate: int, check: Callable[[], object] = lambda: None
) -> Iterator[np.ndarray]:
    """The sound in a file, or in its bytes, as mono float32 in [-1, 1] at ``sample_rate`` Hz,
    piece by piece. ``check`` is called between two pieces, to stop by an exception of its own.

    Raises AppError for what is too long, empty or can't be read.
    """
    data = read_file(source) if isinstance(source, str) else source
    decoded = _decoded(data, sample_rate)
    empty = True
    while True:
        check()
        try:
            samples = next(decoded, None)
        except AppError:
            raise
        except Exception as error:  # damaged files end in all kinds of errors
            raise AppError(
                f"This sound can't be read; the file is damaged ({type(error).__name__}).",
                "Save it again as WAV, MP3, FLAC or Ogg, or choose another.",
                code="media",
            ) from error
        if samples is None:
            break
        if samples.size:
            empty = False
            yield samples
    if empty:
        raise AppError("This sound is empty.", "Choose another file.", code="media")


def _decoded(data: bytes, sample_rate: int) -> Iterator[np.ndarray]:
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        rate, frames = file.samplerate, 0
        resampler = soxr.ResampleStream(rate, sample_rate, 1) if rate != sample_rate else None
        if _length(file) > MAX_SECONDS:
            raise sound_too_long("This sound", code="media")
        # Not all at once: an hour takes gigabytes. Until it ends: the header may be wrong.
        size = max(1, _AT_ONCE // (file.channels * max(1, sample_rate // rate)))
        while len(block := file.read(size, dtype="float32", always_2d=True)):
            frames += len(block)
            if frames > MAX_SECONDS * rate:
                raise sound_too_long("This sound", code="media")
            # Before resampling, which would spread what is no number over its whole neighbourhood.
            mono = np.clip(np.nan_to_num(block), -1, 1).mean(axis=1)
            yield _within(mono if resampler is None else resampler.resample_chunk(mono))
        if resampler is not None:
            yield _within(resampler.resample_chunk(np.zeros(0, np.float32), last=True))


def _within(samples: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.clip(samples, -1, 1), np.float32)


def split_clips(pieces: Iterable[np.ndarray], sample_rate: int) -> Iterator[np.ndarray]:
    """Cut a sound that comes in ``pieces`` (1-D) into clips of half a second to 30 s, each cut at
    the quietest place of the last seconds before the limit."""
    limit = int(MAX_CLIP * sample_rate)
    samples = np.zeros(0, np.float32)
    for piece in pieces:
        samples = np.concatenate([samples, piece])
        while samples.size > limit:
            cut = _quietest(samples[:limit], sample_rate)
            yield samples[:cut].copy()  # a view would keep all of it in memory
            samples = samples[cut:]
    missing = int(MIN_CLIP * sample_rate) - samples.size
    yield np.pad(samples, (0, missing)) if missing > 0 else samples.copy()


def _quietest(samples: np.ndarray, sample_rate: int) -> int:
    """Where it is quietest in the last seconds of ``samples``."""
    frame = sample_rate // 50
    tail = samples[samples.size - int(_CUT_WINDOW * sample_rate) :]
    loudness = np.square(tail[: tail.size // frame * frame]).reshape(-1, frame).mean(axis=1)
    return samples.size - tail.size + int(loudness.argmin()) * frame + frame // 2
