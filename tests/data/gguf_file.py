"""Writes GGUF files: metadata and tensors, enough for models that tests make up.

The layout is that of GGUF version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

Value = str | bool | int | float | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float]

ALIGNMENT = 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_TENSOR_TYPES = {"float32": 0, "float16": 1}


def write_gguf(
    path: Path, metadata: Mapping[str, Value], tensors: Mapping[str, np.ndarray] | None = None
) -> Path:
    """Write ``path``. Tensors are float32 or float16, shapes in NumPy's order. A list of numbers
    becomes an array of int32 or float32, a number alone uint32 or float32."""
    tensors = tensors or {}
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))
    head += b"".join(_string(key) + _value(value) for key, value in metadata.items())
    offset = 0
    for name, tensor in tensors.items():
        shape = struct.pack(f"<I{tensor.ndim}Q", tensor.ndim, *reversed(tensor.shape))
        kind = struct.pack("<IQ", _TENSOR_TYPES[tensor.dtype.name], offset)
        head += _string(name) + shape + kind
        offset += len(_padded(tensor.tobytes()))
    with path.open("wb") as file:
        file.write(_padded(head))
        for tensor in tensors.values():
            file.write(_padded(tensor.tobytes()))
    return path


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, str | bool | int | float):
        kind, data = _scalar(value, _UINT32)
        return struct.pack("<I", kind) + data
    items = [_scalar(item, _INT32) for item in value]
    kind = items[0][0] if items else _INT32
    head = struct.pack("<IIQ", _ARRAY, kind, len(items))
    return head + b"".join(data for _, data in items)


def _scalar(value: str | bool | int | float, integer: int) -> tuple[int, bytes]:
    match value:
        case str():
            return _STRING, _string(value)
        case bool():
            return _BOOL, struct.pack("<?", value)
        case int():
            return integer, struct.pack("<I" if integer == _UINT32 else "<i", value)
        case float():
            return _FLOAT32, struct.pack("<f", value)
