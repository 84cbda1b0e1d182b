"""Pictures: their size as people see them, and a small version for the window.

The whole picture is decoded here once, so that a damaged file is found when it is added and not
when its question is asked.
"""

import io
import re
import warnings
from dataclasses import dataclass
from functools import cache

from PIL import Image, UnidentifiedImageError
from PIL.Image import Resampling, Transpose
from PIL.JpegImagePlugin import JpegImageFile

from app.core.errors import AppError
from app.core.media_limits import (
    LEFT_OUT_FORMATS,
    PLAIN_FORMATS,
    max_pixels,
    picture_too_large,
)
from app.documents.writing import text_height

THUMBNAIL = (344, 208)  # pixels: twice the picture in a message, for screens of double density
_STRIP = 2**20  # pixels converted in one step
_ENOUGH = 1600  # pixels along each side; what is smaller in a photo nobody can read anyway
# What the file type box of an MPEG-4 container says of pictures that Pillow reads.
MPEG4_BRANDS = (b"avif", b"avis")

_ORIENTATION = 0x0112
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


@dataclass(frozen=True)
class Picture:
    """``width`` and ``height`` in pixels, after EXIF rotation; ``text_height`` in the same, that
    of small writing in it, 0 for none; ``thumbnail`` is a PNG."""

    mime: str
    width: int
    height: int
    text_height: float
    thumbnail: bytes


def read(data: bytes, name: str, *, expected: bool = False) -> Picture | None:
    """The picture in ``data``, its first frame if it moves; None if ``data`` is no picture of a
    known format. AppError, calling it ``name``, when it is too large or damaged. With
    ``expected`` something that is no picture counts as damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of the file, not of ours
            with _open(data, _all_formats() if expected else PLAIN_FORMATS) as image:
                return _measure(image, name)
    except AppError:
        raise
    except UnidentifiedImageError as error:
        if expected:
            raise _damaged(name) from error
        return None
    except Image.DecompressionBombError as error:  # Pillow's own limit, above ours
        count = re.search(r"(\d+) pixels", str(error))
        size = f"{int(count[1]) / 1e6:,.0f} megapixels" if count else ""
        raise picture_too_large(name, size, "", scaled=False, code="attachment-large") from error
    except MemoryError as error:
        raise AppError(
            f"There is not enough memory to read {name}.",
            "Close other programs, or scale the picture down.",
            code="attachment-large",
        ) from error
    except Exception as error:  # Pillow's decoders raise anything at all on damaged files
        raise _damaged(name) from error


@cache
def endings() -> frozenset[str]:
    """The endings of file names, such as ".png", that pictures we read have."""
    formats = set(_all_formats())
    return frozenset(
        ending for ending, kind in Image.registered_extensions().items() if kind in formats
    )


@cache
def _all_formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in Image.OPEN if name not in LEFT_OUT_FORMATS)


def _open(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    if data[:2] == b"\xff\xd8":
        # Past the size check of Image.open: such files can be decoded at less than their size.
        return JpegImageFile(io.BytesIO(data))
    return Image.open(io.BytesIO(data), formats=formats)


def _measure(image: Image.Image, name: str) -> Picture:
    width, height = image.size
    kind = image.format or ""
    scaled = isinstance(image, JpegImageFile) and "progressive" not in image.info
    if width * height > max_pixels(kind, scaled=scaled):
        size = f"{width:,} × {height:,} pixels"
        raise picture_too_large(name, size, kind, scaled=scaled, code="attachment-large")
    # JPEG can be decoded at a half, a quarter or an eighth of its size, which saves seconds and
    # a gigabyte on the largest.
    drafted = image.draft(None, (_ENOUGH, _ENOUGH))
    image.load()
    if drafted is None:
        width, height = image.size  # TIFF files turn themselves upright, at some moment
    plain = _eight_bits(image)
    writing = text_height(plain) * width / plain.width
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    if turn in _SIDEWAYS:
        width, height = height, width
    buffer = io.BytesIO()
    _thumbnail(plain, turn).save(buffer, "PNG")
    mime = Image.MIME.get(kind, "image/*")
    return Picture(mime, width, height, round(writing, 1), buffer.getvalue())


def _thumbnail(small: Image.Image, turn: Transpose | None) -> Image.Image:
    """``small``, in RGB or RGBA, after ``turn``, shrunk until it just covers THUMBNAIL and cut
    there around its centre. Never enlarged."""
    # A cheap step first: whole factors, to no less than what both sides need at double the size.
    factor = min(small.size) // (2 * max(THUMBNAIL))
    if factor > 1:
        small = small.reduce(factor)
    upright = small.transpose(turn) if turn is not None else small
    scale = max(THUMBNAIL[0] / upright.width, THUMBNAIL[1] / upright.height)
    if scale < 1:
        size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
        upright = upright.resize(size, Resampling.LANCZOS)
    width, height = min(upright.width, THUMBNAIL[0]), min(upright.height, THUMBNAIL[1])
    left, top = (upright.width - width) // 2, (upright.height - height) // 2
    return upright.crop((left, top, left + width, top + height))


def _eight_bits(image: Image.Image) -> Image.Image:
    """``image`` as RGB, or RGBA where something is transparent, whatever its mode."""
    if image.mode.startswith("I") or image.mode == "F":
        image = _scaled(image)
    if image.mode == "La":
        image = image.convert("LA")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)  # convert would copy it


def _scaled(image: Image.Image) -> Image.Image:
    """A picture of 16 bits and more as "L", scaled by its range, for a plain conversion turns all
    above 255 white. By strips: the values in between take four times as much as the picture."""
    highest = image.getextrema()[1] if image.mode == "F" else 65535
    factor = 255.0 if isinstance(highest, float) and highest <= 1 else 255 / 65535
    plain = Image.new("L", image.size)
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(image.height, top + rows))
        values = image.crop(box).convert("F")
        plain.paste(values.point(lambda value: value * factor).convert("L"), box)
    return plain


def _damaged(name: str) -> AppError:
    return AppError(
        f"{name} can't be read as a picture; the file may be damaged.",
        "Open it in another program and save it again, or choose another picture.",
        code="attachment-damaged",
    )
