"""Writes GGUF files for tests, right ones and wrong ones."""

import struct
from collections.abc import Iterable, Mapping
from typing import Any

UINT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 4, 6, 7, 8, 9, 10
F32, Q4_0 = 0, 2


def string(text: str) -> bytes:
    body = text.encode()
    return struct.pack("<Q", len(body)) + body


def value(item: Any) -> bytes:
    """The kind and the bytes of a value: bool, int, float, str, or a list of one of these."""
    if isinstance(item, bool):
        return struct.pack("<I?", BOOL, item)
    if isinstance(item, int):
        return struct.pack("<II", UINT32, item)
    if isinstance(item, float):
        return struct.pack("<If", FLOAT32, item)
    if isinstance(item, str):
        return struct.pack("<I", STRING) + string(item)
    parts = [value(each) for each in item]
    kind = parts[0][:4] if parts else struct.pack("<I", UINT32)
    head = struct.pack("<I", ARRAY) + kind + struct.pack("<Q", len(parts))
    return head + b"".join(part[4:] for part in parts)


def gguf(
    metadata: Mapping[str, Any],
    tensors: Iterable[tuple[str, tuple[int, ...], int, int]] = (),
    data: bytes = b"",
    *,
    magic: bytes = b"GGUF",
    version: int = 3,
) -> bytes:
    """A whole file. ``tensors`` are (name, dimensions, kind, offset)."""
    infos = [
        string(name)
        + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        + struct.pack("<IQ", kind, offset)
        for name, shape, kind, offset in tensors
    ]
    pairs = [string(key) + value(item) for key, item in metadata.items()]
    head = magic + struct.pack("<IQQ", version, len(infos), len(pairs))
    head += b"".join(pairs) + b"".join(infos)
    return head + b"\0" * (-len(head) % 32) + data


def model(name: str = "Test", embedding: int = 64, **more: Any) -> bytes:
    """A small model of the architecture llama, with one tensor of 32 numbers."""
    metadata = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": name,
        "general.file_type": 2,
        "llama.context_length": 4096,
        "llama.block_count": 3,
        "llama.embedding_length": embedding,
        "tokenizer.chat_template": "{{ messages }}",
        **more,
    }
    return gguf(metadata, [("w", (32,), F32, 0)], b"\0" * 128)


def projector(embedding: int = 64, *, vision: bool = True, audio: bool = False) -> bytes:
    metadata = {
        "general.architecture": "clip",
        "general.type": "mmproj",
        "general.file_type": 1,
        "clip.has_vision_encoder": vision,
        "clip.has_audio_encoder": audio,
        "clip.vision.projector_type": "gemma4v",
        "clip.vision.projection_dim": embedding,
    }
    return gguf(metadata, [("v", (32,), F32, 0)], b"\0" * 128)
