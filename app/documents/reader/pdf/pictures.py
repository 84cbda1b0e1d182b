"""A PDF's pages as pictures."""

import ctypes
import math
import struct
import zlib

import pypdfium2.raw as pdfium

_LONGEST = 16_000  # pixels of a side
_GLANCE = 320  # pixels of the width of a page that is only glanced at
_INK = 32  # how much darker or lighter than the paper (of 255) is something to see
_SPECKS = 0.0005  # the share of a page that may be dust


def page_size(page: object) -> tuple[float, float]:
    """Width and height of an open page in points, turned as it is shown."""
    return pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)


def paint(
    page: object, width: int, pixels: int, forms: object | None
) -> tuple[int, int, memoryview]:
    """An open page, painted on white, as ``width`` times height times RGB; narrower where there
    would be more than ``pixels``. MemoryError when that can't be had."""
    wide, high = _fitting(page_size(page), width, pixels)
    stride = 4 * ((3 * wide + 3) // 4)
    buffer = ctypes.create_string_buffer(stride * high)
    bitmap = pdfium.FPDFBitmap_CreateEx(wide, high, pdfium.FPDFBitmap_BGR, buffer, stride)
    if not bitmap:
        raise MemoryError
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, wide, high, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, wide, high, 0, flags)
    if forms is not None:
        pdfium.FPDF_FFLDraw(forms, bitmap, page, 0, 0, wide, high, 0, flags)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return wide, high, memoryview(buffer)


def png(wide: int, high: int, pixels: memoryview) -> bytes:
    """A PNG of what ``paint`` made."""
    stride = len(pixels) // high
    packer = zlib.compressobj(1)
    parts = []
    for row in range(high):
        parts.append(packer.compress(b"\0" + pixels[row * stride : row * stride + 3 * wide]))
    parts.append(packer.flush())
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"IDAT", b"".join(parts)),
            _chunk(b"IEND", b""),
        ]
    )


def has_ink(page: object) -> bool:
    """Whether there is anything to see on an open page."""
    wide, high = _fitting(page_size(page), _GLANCE, 4 * _GLANCE * _GLANCE)
    stride = 4 * ((wide + 3) // 4)
    buffer = ctypes.create_string_buffer(stride * high)
    bitmap = pdfium.FPDFBitmap_CreateEx(wide, high, pdfium.FPDFBitmap_Gray, buffer, stride)
    if not bitmap:
        raise MemoryError
    # All of it is white, also what fills up the rows.
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, wide, high, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, wide, high, 0, 0)
    pdfium.FPDFBitmap_Destroy(bitmap)
    seen = b"".join(buffer.raw[row * stride : row * stride + wide] for row in range(high))
    counts = [seen.count(shade) for shade in range(256)]
    paper = counts.index(max(counts))
    marks = sum(n for shade, n in enumerate(counts) if abs(shade - paper) > _INK)
    return marks > _SPECKS * len(seen)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _fitting(size: tuple[float, float], width: int, pixels: int) -> tuple[int, int]:
    """As wide as wanted, as far as the picture keeps within the limits."""
    across, down = max(size[0], 1.0), max(size[1], 1.0)
    ratio = down / across
    wide = min(float(width), math.sqrt(pixels / ratio), _LONGEST, _LONGEST / ratio)
    return max(1, int(wide)), max(1, min(_LONGEST, int(wide * ratio)))
