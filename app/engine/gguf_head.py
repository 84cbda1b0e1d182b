"""The head of a GGUF file as ggml reads it: what tensors there are, and a few words about them."""

import os
import re
from pathlib import Path
from types import TracebackType

from app.engine import ggml

_UINT32, _STRING, _ARRAY = 4, 8, 9  # kinds of values
_PART = re.compile(r"-00001-of-(\d{5})\.gguf$")


class GgufHead:
    """An open head; a context manager. Values that are missing or of another kind are "" or 0.
    Raises ValueError for a file that ggml doesn't take."""

    def __init__(self, path: str) -> None:
        self._head = ggml.gguf_open(os.fsencode(path), ggml.GgufParameters(True, None))
        if not self._head:
            raise ValueError(f"{path} is no GGUF file")

    def __enter__(self) -> "GgufHead":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        ggml.gguf_close(self._head)

    def text(self, key: str) -> str:
        """A text."""
        place = self._place(key, _STRING)
        return "" if place is None else str(ggml.gguf_text(self._head, place), "utf-8", "replace")

    def number(self, key: str) -> int:
        """A whole number."""
        place = self._place(key, _UINT32)
        return 0 if place is None else int(ggml.gguf_uint32(self._head, place))

    def length(self, key: str) -> int:
        """The length of a list."""
        place = self._place(key, _ARRAY)
        return 0 if place is None else int(ggml.gguf_length(self._head, place))

    def tensors(self) -> dict[str, int]:
        """Bytes of each tensor by its name."""
        return {
            str(ggml.gguf_tensor_name(self._head, index), "utf-8", "replace"): int(
                ggml.gguf_tensor_size(self._head, index)
            )
            for index in range(ggml.gguf_tensors(self._head))
        }

    def _place(self, key: str, kind: int) -> int | None:
        place = ggml.gguf_find_key(self._head, key.encode())
        return place if place >= 0 and ggml.gguf_kind(self._head, place) == kind else None


def all_tensors(path: str) -> dict[str, int]:
    """Bytes of each tensor of a model, whose further parts lie beside its first. Raises
    ValueError for what is no model, or lacks a part."""
    paths = [path]
    if found := _PART.search(path):
        stem = path[: found.start()]
        paths = [f"{stem}-{part:05d}-of-{found[1]}.gguf" for part in range(1, int(found[1]) + 1)]
    tensors: dict[str, int] = {}
    for one in paths:
        if not Path(one).is_file():  # ggml would say so on stderr
            raise ValueError(f"{one} is missing")
        with GgufHead(one) as head:
            tensors |= head.tensors()
    return tensors
