"""Keeps an answer to whole characters, where each of its characters counts.

Vocabularies have tokens for single bytes. llama.cpp's grammar takes any bytes after one that begins
a character, and counts them as one; what the reader would get is several of U+FFFD.
"""

import codecs

from app.engine.vocabulary import Vocabulary


class Characters:
    """Follows one answer."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._begun = b""  # bytes of a character that is not complete

    @property
    def begun(self) -> bool:
        """Whether the next token must go on with a character."""
        return bool(self._begun)

    def fits(self, token: int) -> bool:
        """Whether ``token`` may come next."""
        if self._vocabulary.ends(token):
            return not self._begun
        return self._after(token) is not None

    def add(self, token: int) -> None:
        """``token``, which fits, has come."""
        self._begun = self._after(token) or b""

    def fragments(self, *, fitting: bool) -> list[int]:
        """The tokens with a part of a character that may come next, or those that may not."""
        return [token for token in self._vocabulary.fragments if self.fits(token) == fitting]

    def _after(self, token: int) -> bytes | None:
        """What would be begun after ``token``, None if that can't be."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(self._begun + self._vocabulary.piece(token))
        except UnicodeDecodeError:
            return None
        begun = decoder.getstate()[0]
        return None if begun[:1] == b"\xed" and begun[1:] >= b"\xa0" else begun  # a surrogate
