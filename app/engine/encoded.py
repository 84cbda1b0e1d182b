"""Pictures and sounds that have been encoded, so that none is encoded twice."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import llama_cpp.mtmd_cpp as mtmd
import numpy as np

LIMIT = 256 * 2**20  # bytes; a picture of 280 tokens takes 1.7 MB with E2B, 6 MB with 31B


@dataclass(frozen=True)
class Encoded:
    """What the encoder made of one picture or clip.

    ``embeddings`` is float32 of shape (tokens, embedding length of the model); ``chunk`` is
    libmtmd's description of the medium without its pixels or samples.
    """

    embeddings: np.ndarray
    chunk: Any


class EncodedCache:
    """Keeps what was encoded last, up to ``limit`` bytes; one is kept whatever its size."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._found: OrderedDict[str, Encoded] = OrderedDict()

    def get(self, key: str) -> Encoded | None:
        """What was put under ``key``, and now counts as used last."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def put(self, key: str, encoded: Encoded) -> None:
        """Keep ``encoded``, whose chunk is freed when it is dropped."""
        assert key not in self._found
        self._found[key] = encoded
        while len(self._found) > 1 and self._bytes() > self._limit:
            _, oldest = self._found.popitem(last=False)
            mtmd.mtmd_input_chunk_free(oldest.chunk)

    def clear(self) -> None:
        """Give the memory back."""
        while self._found:
            mtmd.mtmd_input_chunk_free(self._found.popitem()[1].chunk)

    def _bytes(self) -> int:
        return sum(one.embeddings.nbytes for one in self._found.values())
