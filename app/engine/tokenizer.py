"""Plain text -> tokens, each line read once.

A chat sends its whole history with each question, and llama.cpp reads about 150 tokens of text a
millisecond: a tenth of a second for 16,000 tokens that were there already. So the tokens of what
has been read are remembered.
"""

import ctypes
import re
from collections import OrderedDict
from collections.abc import Iterable

import llama_cpp.llama_cpp as llama

REMEMBERED = 2**21  # characters; a history that fills a context of 262,144 tokens has fewer
_ENTRY = 64  # characters that remembering one more piece costs about as much as
_STRIPPING = llama.LLAMA_TOKEN_ATTR_LSTRIP | llama.LLAMA_TOKEN_ATTR_RSTRIP
_LINES = re.compile(r"[^\n]+|\n+")


class Tokenizer:
    """Tokens of texts without control tokens, by the vocabulary of ``model``."""

    def __init__(self, model: int, special: Iterable[int], remembered: int = REMEMBERED) -> None:
        """``model`` is llama.cpp's pointer, ``special`` are the tokens that aren't plain text, and
        ``remembered`` is how many characters of text are, with their tokens."""
        self._vocab = llama.llama_model_get_vocab(model)
        self._by_lines = _reads_by_lines(model, self._vocab, special)
        self._limit = remembered
        self._known: OrderedDict[str, list[int]] = OrderedDict()  # what was used last is last
        self._size = 0

    def __call__(self, text: str) -> list[int]:
        """The tokens of ``text``, the same as if it were read in one go."""
        tokens: list[int] = []
        for piece in _LINES.findall(text) if self._by_lines else [text] * bool(text):
            tokens += self._remember(piece)
        return tokens

    def _remember(self, piece: str) -> list[int]:
        known = self._known.get(piece)
        if known is not None:
            self._known.move_to_end(piece)
            return known
        tokens = self._read(piece)
        self._known[piece] = tokens
        self._size += len(piece) + _ENTRY
        while self._size > self._limit:
            oldest, _ = self._known.popitem(last=False)
            self._size -= len(oldest) + _ENTRY
        return tokens

    def _read(self, text: str) -> list[int]:
        data = text.encode("utf-8", "replace")
        size = len(data) + 16
        buffer = (llama.llama_token * size)()
        count = llama.llama_tokenize(self._vocab, data, len(data), buffer, size, False, False)
        if count < 0:
            raise ValueError("llama_tokenize needs more room than one token a byte")
        return buffer[:count]


def _reads_by_lines(model: int, vocab: int, special: Iterable[int]) -> bool:
    """Whether no token can span a part of a line and a line break, nor change what stands beyond
    one. llama.cpp cuts text for Gemma 4 at line breaks before it merges anything."""
    value = ctypes.create_string_buffer(16)
    llama.llama_model_meta_val_str(model, b"tokenizer.ggml.model", value, len(value))
    return value.value == b"gemma4" and not any(
        b"\n" in llama.llama_vocab_get_text(vocab, token)
        or llama.llama_vocab_get_attr(vocab, token) & _STRIPPING
        for token in special
    )
