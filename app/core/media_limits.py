"""Which pictures and sounds are read, and how large they may be: the same where they are attached,
in the window's process, and where they are read for the model, in the engine's.
"""

from app.core.errors import AppError

MAX_BYTES = 200_000_000  # of a file
MAX_SECONDS = 3 * 3600.0  # of a sound: 270,000 tokens, more than the longest context
MAX_PIXELS = 150_000_000  # of a picture that has to be decoded whole: 0.6 GB while that goes on
MAX_PIXELS_SCALED = 600_000_000  # of one that can be decoded at an eighth of its size
# Decoders that take more memory than 4 bytes a pixel: so many pixels are 1 GB, as measured.
_GREEDY = {"WEBP": 60_000_000, "JPEG2000": 50_000_000, "AVIF": 110_000_000}

# Formats of pictures, by Pillow's names, that their first bytes make plain. The many others are
# tried after these only, for some of them take any bytes for a picture.
PLAIN_FORMATS = (
    *("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG2000"),
    *("ICO", "ICNS", "PSD", "PPM", "DDS", "QOI"),
)
# Formats that start another program (EPS), or that Pillow can name but not decode.
LEFT_OUT_FORMATS = frozenset({"EPS", "PDF", "MPEG", "BUFR", "GRIB", "HDF5", "WMF"})


def max_pixels(kind: str, *, scaled: bool) -> int:
    """The most pixels of a picture in the format ``kind`` (Pillow's name for it). ``scaled``: it
    can be decoded at less than its size, as JPEG files can, unless they are progressive."""
    return MAX_PIXELS_SCALED if scaled else _GREEDY.get(kind, MAX_PIXELS)


def picture_too_large(subject: str, size: str, kind: str, *, scaled: bool, code: str) -> AppError:
    """What to say of a picture beyond ``max_pixels``: of ``subject``, its name, with which the
    sentence begins; ``size`` says how large it is, "" where that isn't known."""
    most = max_pixels(kind, scaled=scaled) // 10**6
    steps = "scale it down, or cut out the part that matters."
    return AppError(
        f"{subject} is too large{size and f' ({size})'}; Facet takes {most:,} megapixels at most.",
        steps.capitalize() if kind == "JPEG" else f"Save it as a JPEG file, {steps}",
        code=code,
    )


def sound_too_long(subject: str, *, code: str) -> AppError:
    """What to say of ``subject``, a sound longer than ``MAX_SECONDS``."""
    return AppError(
        f"{subject} is longer than {MAX_SECONDS / 3600:.0f} hours, the most that Facet takes.",
        "Cut out the part that matters.",
        code=code,
    )
