"""Text that PDFium hands out."""

import ctypes
from collections.abc import Callable

_LONGEST = 1_000_000  # bytes


def utf16(fill: Callable[["ctypes.Array[ctypes.c_ushort] | None", int], int]) -> str:
    """A text that ``fill(buffer, size)`` writes as UTF-16 with a zero at the end; it returns how
    many bytes that takes, and is called with None and 0 first, to know."""
    size = min(fill(None, 0), _LONGEST) // 2
    if size <= 1:
        return ""
    buffer = (ctypes.c_ushort * size)()
    fill(buffer, 2 * size)
    return bytes(buffer)[:-2].decode("utf-16-le", "replace").replace("\0", "")
