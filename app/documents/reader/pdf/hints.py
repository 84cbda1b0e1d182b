"""What the bytes of a PDF file tell without PDFium, quicker than a look at every page."""

import mmap
import re
import zlib

# Notes that say something and fields, or what might be one: a name in other letters, a reference.
_SAYING = re.compile(
    rb"/Subtype\s*(?:/(?:Widget|Text|FreeText|Highlight|Underline|Squiggly|StrikeOut|Stamp|Caret|Ink"
    rb"|Line|Square|Circle|Polygon|PolyLine)\b|/\w*#|\d)"
)
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)")
_UNKNOWN = re.compile(rb"/Encrypt\b")
_AROUND = 400  # bytes of a dictionary to both sides of its type
_MOST = 4_000_000  # bytes that come out of one packed stream, and ...
_MOST_PACKED = 20_000  # ... of such streams


def may_have_notes(data: mmap.mmap) -> bool:
    """Whether a page may have notes or fields. False only if there are none in the whole file,
    whose dictionaries lie open or are packed in the usual way."""
    if _SAYING.search(data) or _UNKNOWN.search(data):
        return True
    for count, found in enumerate(_PACKED.finditer(data)):
        unpacked = _unpacked(data, found) if count < _MOST_PACKED else None
        if unpacked is None or _SAYING.search(unpacked):
            return True
    return False


def _unpacked(data: mmap.mmap, found: "re.Match[bytes]") -> bytes | None:
    """What the stream with such a dictionary holds; None if that takes more than zlib."""
    begins = data.find(b"stream", found.end(), found.end() + _AROUND)
    if begins < 0:
        return None
    head = data[max(0, found.start() - _AROUND) : begins].rpartition(b" obj")[2]
    length = _LENGTH.search(head)
    plain = b"/FlateDecode" in head and b"/DecodeParms" not in head and head.count(b"/Filter") == 1
    if length is None or not plain:
        return None
    start = begins + len(b"stream")
    start += 2 if data[start : start + 2] == b"\r\n" else 1
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data[start : start + int(length[1])], _MOST)
    except zlib.error:
        return None
    return content if unpacker.eof else None
