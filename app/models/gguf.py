"""What a GGUF file says of itself, read from its head alone.

Files come from anywhere, so nothing in them is believed: every count is held against the bytes
that are really there before it is used, and long arrays are stepped over, never built.
"""

import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.core.errors import AppError

Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...]

MAX_HEAD = 2**26  # bytes before the weights; a vocabulary of 262,144 words takes some 20 MB
MAX_PAIRS = 4096
MAX_TENSORS = 200_000
MAX_DIMENSIONS = 8
MAX_KEY = 4 * 2**10  # bytes
MAX_STRING = 2**20  # bytes; longer ones are stepped over
MAX_KEPT_ARRAY = 512  # elements; longer ones are stepped over
CHUNK = 2**20

_UINT32, _STRING, _ARRAY, _UINT64 = 4, 8, 9, 10
_FORMATS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    _UINT32: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    _UINT64: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32, _U64 = _FORMATS[_UINT32], _FORMATS[_UINT64]

# general.file_type -> what people call it.
_FILE_TYPES = (
    "F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M "
    "Q6_K IQ2_XXS IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M "
    "BF16 - - - TQ1_0 TQ2_0 MXFP4 NVFP4 Q1_0 Q2_0"
)
QUANTISATIONS = dict(enumerate(_FILE_TYPES.split()))

_LAYER = re.compile(r"(blk\.\d+)\.")

# Type of a tensor -> (elements, bytes) of a block.
_BLOCKS = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
    40: (64, 36),  # NVFP4
    41: (128, 18),  # Q1_0
    42: (64, 18),  # Q2_0
}


@dataclass(frozen=True)
class GgufInfo:
    """The facts of one file. Numbers that it doesn't give are 0, words "".

    ``bytes`` is the size of the file, ``context`` in tokens, ``parameters`` the number of weights.
    ``vocabulary`` is the number of its words. ``vision``, ``audio`` and ``projection`` (the
    embedding length it was made for) are those of a projector. ``sizes`` has the bytes of the
    weights: of each layer ("blk.0"), of its experts ("blk.0.exps"), and of each tensor elsewhere,
    by its name. ``metadata`` holds every pair but the long arrays (vocabularies).
    """

    path: Path
    bytes: int
    kind: str
    architecture: str
    name: str
    quantisation: str
    context: int
    blocks: int
    embedding: int
    parameters: int
    tensors: int
    has_template: bool
    vision: bool
    audio: bool
    projection: int
    split: tuple[int, int]
    vocabulary: int = 0
    sizes: Mapping[str, int] = field(repr=False, default_factory=dict)
    metadata: Mapping[str, Value] = field(repr=False, default_factory=dict)

    @property
    def is_projector(self) -> bool:
        return self.architecture == "clip" or self.kind == "mmproj"


class _Broken(Exception):
    """The bytes are no GGUF file that makes sense; the text says why."""


class _Cut(Exception):
    """The file ends before the place ``end``."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


def read_gguf(path: Path) -> GgufInfo:
    """Read the head of a GGUF file; takes some milliseconds, whatever the file's size.

    Raises AppError: code "unreadable", "not-gguf" or "cut-short".
    """
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for its other end
            raise OSError(None, "it is not a file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _read(path, _Head(file, size))
    except OSError as error:
        raise AppError(
            f"{path.name} can't be read ({error.strerror or error}).",
            "Check that the file is still there and may be read.",
            code="unreadable",
        ) from error
    except _Cut as cut:
        raise AppError(
            f"{path.name} is cut short: it has {size:,} bytes and needs at least {cut.end:,}.",
            "Download the file again.",
            code="cut-short",
        ) from cut
    except _Broken as broken:
        raise AppError(
            f"{path.name} is not a GGUF model file ({broken}).",
            "Choose a file that ends in .gguf and was downloaded completely.",
            code="not-gguf",
        ) from broken


class _Head:
    """Reads forward through the file, a chunk at a time."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self._file = file
        self._buffer = b""
        self._start = 0  # of the buffer, in the file
        self._at = 0  # in the buffer

    @property
    def position(self) -> int:
        return self._start + self._at

    def take(self, count: int) -> bytes:
        self.require(count)
        if self._at + count > len(self._buffer):
            self._refill(count)
        taken = self._buffer[self._at : self._at + count]
        self._at += count
        return taken

    def skip(self, count: int) -> None:
        self.require(count)
        self._at += count

    def require(self, count: int) -> None:
        """Raise unless ``count`` more bytes are there, and a head may be that long."""
        end = self.position + count
        if end > self.size:
            raise _Cut(end)
        if end > MAX_HEAD:
            raise _Broken("its head is too long")

    def number(self, kind: struct.Struct) -> int:
        value: int = kind.unpack(self.take(kind.size))[0]
        return value

    def string(self, limit: int) -> str | None:
        """The next string, or None if it is longer than ``limit`` bytes and was stepped over."""
        length = self.number(_U64)
        if length > limit:
            self.skip(length)
            return None
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Step over ``count`` strings: the slow part of every file, so without any detour."""
        self.require(count * _U64.size)
        length_at = _U64.unpack_from
        while count:
            if self._at + _U64.size > len(self._buffer):
                self.require(_U64.size)
                self._refill(_U64.size)
            buffer, at, done = self._buffer, self._at, 0
            try:
                for done in range(count):  # noqa: B007 - counts those before the exception
                    at += 8 + length_at(buffer, at)[0]
                done = count
            except (struct.error, OverflowError, IndexError):
                pass  # the next length lies beyond the buffer
            self.skip(at - self._at)
            count -= done

    def _refill(self, count: int) -> None:
        self._start, self._at = self.position, 0
        self._file.seek(self._start)
        self._buffer = self._file.read(max(count, CHUNK))
        if len(self._buffer) < count:  # someone has shortened the file meanwhile
            raise _Cut(self._start + count)


def _read(path: Path, head: _Head) -> GgufInfo:
    if head.size < 4 or head.take(4) != b"GGUF":
        raise _Broken("it does not begin like one")
    version = head.number(_U32)
    if version not in (2, 3):
        raise _Broken(f"version {version} of the format is unknown")
    tensors, pairs = head.number(_U64), head.number(_U64)
    if pairs > MAX_PAIRS or tensors > MAX_TENSORS:
        raise _Broken(f"it claims {tensors:,} tensors and {pairs:,} entries")
    metadata: dict[str, Value] = {}
    template = False
    for _ in range(pairs):
        key = head.string(MAX_KEY)
        if key is None:
            raise _Broken("a name is too long")
        value = _value(head, head.number(_U32))
        template |= key == "tokenizer.chat_template"
        if value is not None:
            metadata[key] = value
    weights = _tensors(head, tensors, _whole(metadata, "general.alignment", 32))
    return _info(path, head.size, tensors, weights, template, metadata)


def _value(head: _Head, kind: int) -> Value | None:
    """The next value; None for one that is too long to keep."""
    if kind == _STRING:
        return head.string(MAX_STRING)
    if kind in _FORMATS:
        return _scalar(head, kind)
    if kind != _ARRAY:
        raise _Broken(f"an entry of the unknown kind {kind}")
    inner, count = head.number(_U32), head.number(_U64)
    if inner == _STRING:
        if count > MAX_KEPT_ARRAY:
            head.skip_strings(count)
            return None
        return tuple(head.string(MAX_STRING) or "" for _ in range(count))
    if inner not in _FORMATS:
        raise _Broken(f"a list of the unknown kind {inner}")
    if count > MAX_KEPT_ARRAY:
        head.skip(count * _FORMATS[inner].size)
        return None
    return tuple(_scalar(head, inner) for _ in range(count))


def _scalar(head: _Head, kind: int) -> Scalar:
    form = _FORMATS[kind]
    value: Scalar = form.unpack(head.take(form.size))[0]
    return value


@dataclass
class _Weights:
    """What the list of tensors says."""

    count: int = 0
    vocabulary: int = 0
    sizes: dict[str, int] = field(default_factory=dict)


def _tensors(head: _Head, count: int, alignment: int) -> _Weights:
    """Check that the file holds all weights, and add them up. Raises _Cut if it does not."""
    end = 0
    weights = _Weights()
    for _ in range(count):
        name = head.string(MAX_KEY) or ""
        dimensions = head.number(_U32)
        if dimensions > MAX_DIMENSIONS:
            raise _Broken(f"a tensor of {dimensions} dimensions")
        lengths = [head.number(_U64) for _ in range(dimensions)]
        elements = math.prod(lengths)
        kind, offset = head.number(_U32), head.number(_U64)
        block, size = _BLOCKS.get(kind, (1, 0))  # an unknown kind: at least it has to begin
        taken = elements // block * size
        end = max(end, offset + taken)
        weights.count += elements
        if name == "token_embd.weight" and dimensions == 2:
            weights.vocabulary = lengths[1]
        if layer := _LAYER.match(name):
            name = layer[1] + (".exps" if "_exps." in name else "")
        weights.sizes[name] = weights.sizes.get(name, 0) + taken
    data = head.position + -head.position % max(alignment, 1)
    if count and data + end > head.size:
        raise _Cut(data + end)
    return weights


def _info(
    path: Path,
    size: int,
    tensors: int,
    weights: _Weights,
    template: bool,
    metadata: dict[str, Value],
) -> GgufInfo:
    architecture = _text(metadata, "general.architecture")
    if not architecture:
        raise _Broken("it does not name its architecture")
    projections = [_whole(metadata, f"clip.{part}.projection_dim") for part in ("vision", "audio")]
    return GgufInfo(
        path=path,
        bytes=size,
        kind=_text(metadata, "general.type"),
        architecture=architecture,
        name=_text(metadata, "general.name"),
        quantisation=QUANTISATIONS.get(_whole(metadata, "general.file_type", -1), "").strip("-"),
        context=_whole(metadata, f"{architecture}.context_length"),
        blocks=_whole(metadata, f"{architecture}.block_count"),
        embedding=_whole(metadata, f"{architecture}.embedding_length"),
        parameters=weights.count,
        tensors=tensors,
        has_template=template,
        vision=metadata.get("clip.has_vision_encoder") is True,
        audio=metadata.get("clip.has_audio_encoder") is True,
        projection=next((number for number in projections if number), 0),
        split=(_whole(metadata, "split.no"), _whole(metadata, "split.count")),
        vocabulary=weights.vocabulary,
        sizes=weights.sizes,
        metadata=metadata,
    )


def _whole(metadata: Mapping[str, Value], key: str, default: int = 0) -> int:
    value = metadata.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _text(metadata: Mapping[str, Value], key: str) -> str:
    value = metadata.get(key)
    return value if isinstance(value, str) else ""
