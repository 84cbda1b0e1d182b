"""Text -> tokens and back, with the difference between a template's text and people's kept."""

import ctypes
import re
from collections.abc import Sequence

import llama_cpp.llama_cpp as llama

from app.engine.reply import MARKERS


class Vocabulary:
    """The vocabulary of a loaded model. ``markers`` are the ids of thought and tool markers."""

    def __init__(self, model: int) -> None:
        """Read the vocabulary of ``model`` (llama.cpp's pointer, which must stay valid)."""
        self._vocab = llama.llama_model_get_vocab(model)
        self.size = int(llama.llama_vocab_n_tokens(self._vocab))
        controls: dict[str, int] = {}
        risky: list[str] = []
        self.markers: dict[int, str] = {}
        special = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        for token in range(self.size):
            attributes = llama.llama_vocab_get_attr(self._vocab, token)
            if not attributes & special:
                continue
            text = llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace")
            if text in MARKERS:
                self.markers[token] = text
            if attributes & llama.LLAMA_TOKEN_ATTR_CONTROL:
                controls[text] = token
            elif text in MARKERS or (len(text) > 2 and "|" in text and text[0] + text[-1] == "<>"):
                risky.append(text)
        self._controls = controls
        self._control_re = _any_of(controls)
        self._risky_re = _any_of(risky)
        self._bos = llama.llama_vocab_bos(self._vocab)
        self._add_bos = llama.llama_vocab_get_add_bos(self._vocab)

    @property
    def bos_text(self) -> str:
        """The token that begins a text, as templates write it."""
        return self._text_of(self._bos)

    @property
    def eos_text(self) -> str:
        """The token that ends a text, as templates write it."""
        return self._text_of(llama.llama_vocab_eos(self._vocab))

    def _text_of(self, token: int) -> str:
        if token == llama.LLAMA_TOKEN_NULL:
            return ""
        return str(llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace"))

    @property
    def suppressed(self) -> list[int]:
        """Tokens that the file says must never be drawn (Gemma 4 12B lists some)."""
        count = ctypes.c_int32()
        tokens = llama.llama_vocab_get_suppress_tokens(self._vocab, ctypes.byref(count))
        return list(tokens[: count.value]) if count.value else []

    def tokenize(self, runs: Sequence[tuple[str, bool]]) -> list[int]:
        """Tokens of consecutive ``(text, trusted)`` runs.

        Control tokens count in trusted runs only. Between two control tokens the runs are joined
        before they are tokenised, so the boundary of a run leaves no trace in the tokens.
        """
        tokens: list[int] = []
        pending = ""
        for text, trusted in runs:
            pieces = self._control_re.split(text) if trusted else self._disarm(text)
            for index, piece in enumerate(pieces):
                if index % 2 == 0:
                    pending += piece
                    continue
                tokens += self._plain_tokens(pending)
                pending = ""
                if trusted:
                    tokens.append(self._controls[piece])
        tokens += self._plain_tokens(pending)
        return tokens

    def begin(self, tokens: list[int]) -> list[int]:
        """The same with the token that begins a text in front, where the model wants one and the
        template has not written it."""
        if self._add_bos and self._bos >= 0 and tokens[:1] != [self._bos]:
            return [self._bos, *tokens]
        return tokens

    def _disarm(self, text: str) -> list[str]:
        """Cut user text inside each string that the vocabulary would make a marker, since
        llama.cpp turns "user-defined" tokens into ids even in plain text. Cuts are the odd items
        (empty), as in ``re.split``."""
        pieces = [""]
        end = 0
        for match in self._risky_re.finditer(text):
            pieces[-1] += text[end : match.start() + 1]
            pieces += ["", ""]
            end = match.start() + 1
        pieces[-1] += text[end:]
        return pieces

    def _plain_tokens(self, text: str) -> list[int]:
        if not text:
            return []
        data = text.encode("utf-8", "replace")
        size = len(data) + 16
        buffer = (llama.llama_token * size)()
        count = llama.llama_tokenize(self._vocab, data, len(data), buffer, size, False, False)
        if count < 0:
            raise ValueError("llama_tokenize needs more room than one token a byte")
        return buffer[:count]

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens stand for nothing."""
        buffer = ctypes.create_string_buffer(64)
        count = llama.llama_token_to_piece(self._vocab, token, buffer, 64, 0, False)
        if count < 0:
            buffer = ctypes.create_string_buffer(-count)
            count = llama.llama_token_to_piece(self._vocab, token, buffer, -count, 0, False)
        return buffer.raw[:count]

    def ends(self, token: int) -> bool:
        """Whether the token ends the answer."""
        return bool(llama.llama_vocab_is_eog(self._vocab, token))


def _any_of(texts: Sequence[str] | dict[str, int]) -> re.Pattern[str]:
    """Matches any of ``texts``, the longest first; with none, matches nothing."""
    if not texts:
        return re.compile("((?!))")
    return re.compile("(" + "|".join(map(re.escape, sorted(texts, key=len, reverse=True))) + ")")
