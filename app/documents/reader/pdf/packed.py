"""Objects of a PDF file that are packed together in streams, read without PDFium."""

import mmap
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)")
_COUNTS = re.compile(rb"/(N|First)\s+(\d+)")
_AROUND = 400  # bytes of a dictionary to both sides of its type
_MOST = 4_000_000  # bytes that come out of one stream, and ...
_MOST_STREAMS = 20_000  # ... how many of them are looked at


class Packed(NamedTuple):
    """What came out of a stream, and what its dictionary says of it. ``whole``: nothing of it is
    missing, and it was packed in the usual way."""

    head: bytes
    content: bytes
    whole: bool


def packed_streams(data: mmap.mmap) -> Iterator[Packed]:
    """All streams of objects, as far as they can be unpacked."""
    for count, found in enumerate(_PACKED.finditer(data)):
        if count == _MOST_STREAMS:
            yield Packed(b"", b"", whole=False)
            return
        yield _unpacked(data, found)


def packed_objects(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Number and body of every packed object that is there."""
    for stream in packed_streams(data):
        counts = {name: int(digits) for name, digits in _COUNTS.findall(stream.head)}
        first = counts.get(b"First", 0)
        words = stream.content[:first].split()[: 2 * counts.get(b"N", 0)]
        if not all(map(bytes.isdigit, words)):
            continue
        numbers = list(map(int, words))
        places = [first + offset for offset in numbers[1::2]]
        ends = [*places[1:], len(stream.content)]
        for number, start, end in zip(numbers[::2], places, ends, strict=False):
            # The last one of a stream that is cut off may be a part of itself.
            if start < end <= len(stream.content) and (stream.whole or end != ends[-1]):
                yield number, stream.content[start:end]


def _unpacked(data: mmap.mmap, found: "re.Match[bytes]") -> Packed:
    nothing = Packed(b"", b"", whole=False)
    begins = data.find(b"stream", found.end(), found.end() + _AROUND)
    if begins < 0:
        return nothing
    head = data[max(0, found.start() - _AROUND) : begins].rpartition(b" obj")[2]
    length = _LENGTH.search(head)
    plain = b"/FlateDecode" in head and b"/DecodeParms" not in head and head.count(b"/Filter") == 1
    if length is None or not plain:
        return nothing
    start = begins + len(b"stream")
    start += 2 if data[start : start + 2] == b"\r\n" else 1
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data[start : start + int(length[1])], _MOST)
    except zlib.error:
        return nothing
    return Packed(head, content, unpacker.eof)
