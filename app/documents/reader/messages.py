"""What goes through the pipes between the app and the process that reads documents.

Length-framed msgpack; both sides decode into these. The app sends one ``Read``, or any number of
the others, each of which is answered before the next is carried out.
"""

import struct
from typing import IO

import msgspec

from app.core.document import Heading, Page, Unit
from app.documents.reader.limits import Limits
from app.documents.reader.places import Box

MAX_FRAME = 128 * 2**20  # bytes; a frame beyond this means that the stream is out of step


class _Order(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """``path`` is absolute, and bytes, as names on Linux are. After ``idle`` seconds without
    another order the process ends."""

    path: bytes
    name: str
    password: str = ""
    limits: Limits
    idle: float = 0.0


class Read(_Order, frozen=True, kw_only=True):
    """Read the document from page ``first`` on. Answered by About, Pages and Told in any order,
    and by Finished or Refused at the end."""

    first: int = 1
    careful: bool = False  # see formats.Context


class Render(_Order, frozen=True, kw_only=True):
    """A picture of a page: answered by Rendered or Refused."""

    page: int
    width: int


class Measure(_Order, frozen=True, kw_only=True):
    """The sizes of all pages: answered by Measured or Refused."""


class Locate(_Order, frozen=True, kw_only=True):
    """Where words stand on a page: answered by Located or Refused."""

    page: int
    passage: str


class Find(_Order, frozen=True, kw_only=True):
    """Every place of words on a page: answered by Found or Refused."""

    page: int
    words: str


class About(msgspec.Struct, frozen=True, tag=True):
    """What is known of the document as a whole by now; comes before the first page and again at
    the end."""

    kind: str
    unit: Unit
    resumable: bool  # see formats.Format
    total: int
    title: str
    headings: tuple[Heading, ...]
    missing: tuple[str, ...]


class Told(msgspec.Struct, frozen=True, tag=True):
    """A sign of life, and how far it is."""

    read: int
    total: int


class Pages(msgspec.Struct, frozen=True, tag=True):
    """The next pages."""

    pages: tuple[Page, ...]


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The document has been read as far as it goes."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """An AppError."""

    what: str
    next_step: str
    code: str


class Rendered(msgspec.Struct, frozen=True, tag=True):
    png: bytes


class Measured(msgspec.Struct, frozen=True, tag=True):
    sizes: tuple[tuple[float, float], ...]


class Located(msgspec.Struct, frozen=True, tag=True):
    boxes: tuple[Box, ...]


class Found(msgspec.Struct, frozen=True, tag=True):
    places: tuple[tuple[Box, ...], ...]


Order = Read | Render | Measure | Locate | Find
Event = About | Told | Pages | Finished | Refused | Rendered | Measured | Located | Found

_encoder = msgspec.msgpack.Encoder()
_order_decoder = msgspec.msgpack.Decoder(Order)
_event_decoder = msgspec.msgpack.Decoder(Event)


def write(stream: IO[bytes], message: Order | Event) -> None:
    """Send ``message``. Raises OSError when the other side is gone, ValueError when it is too
    long."""
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME:
        raise ValueError(f"frame of {len(body)} bytes")
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def read_order(stream: IO[bytes]) -> Order | None:
    """The next order; None at the end of the stream. Raises ValueError for a broken frame."""
    body = _read_frame(stream)
    return None if body is None else _order_decoder.decode(body)


def read_event(stream: IO[bytes]) -> Event | None:
    """The next event; None at the end of the stream. Raises ValueError for a broken frame."""
    body = _read_frame(stream)
    return None if body is None else _event_decoder.decode(body)


def _read_frame(stream: IO[bytes]) -> bytes | None:
    head = stream.read(4)
    if len(head) < 4:
        return None  # closed, perhaps in the middle of a frame: the writer has died
    (length,) = struct.unpack(">I", head)
    if length > MAX_FRAME:
        raise ValueError(f"frame of {length} bytes")
    body = stream.read(length)
    return body if len(body) == length else None
