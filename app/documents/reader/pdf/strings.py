"""Text that PDFium hands out."""

import ctypes
from collections.abc import Callable

_LONGEST = 1_000_000  # bytes


def utf16(fill: Callable[["ctypes.Array[ctypes.c_char] | None", int], int]) -> str:
    """A text that ``fill(buffer, size)`` writes as UTF-16 with a zero at the end; it returns how
    many bytes that takes, and is called with None and 0 first, to know."""
    size = min(fill(None, 0), _LONGEST)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    fill(buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\0", "")
