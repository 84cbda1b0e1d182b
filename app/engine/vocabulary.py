"""Text -> tokens and back, with the difference between a template's text and people's kept."""

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import llama_cpp.llama_cpp as llama

from app.engine.reply import MARKERS
from app.engine.tokenizer import Tokenizer

Run = tuple[str, bool]  # text, and whether control tokens in it count


class Vocabulary:
    """The vocabulary of a loaded model. ``controls`` maps the text of each control token to its
    id; ``markers`` maps the id of each token that is not meant for the reader, though it has
    text, to that text."""

    def __init__(self, model: int) -> None:
        """Read the vocabulary of ``model`` (llama.cpp's pointer, which must stay valid)."""
        self._vocab = llama.llama_model_get_vocab(model)
        self.size = int(llama.llama_vocab_n_tokens(self._vocab))
        self.controls: dict[str, int] = {}
        self.markers: dict[int, str] = {}
        special = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        found: list[int] = []
        for token in range(self.size):
            attributes = llama.llama_vocab_get_attr(self._vocab, token)
            if not attributes & special:
                continue
            found.append(token)
            text = self._text_of(token)
            control = bool(attributes & llama.LLAMA_TOKEN_ATTR_CONTROL)
            if control:
                self.controls[text] = token
            if text in MARKERS or (not control and _looks_like_marker(text)):
                self.markers[token] = text
        self._plain_tokens = Tokenizer(model, found)
        self._find_controls = _Finder(self.controls)
        self._find_forbidden = _Finder([*self.controls, *self.markers.values()])
        self._bos = llama.llama_vocab_bos(self._vocab)
        self._add_bos = llama.llama_vocab_get_add_bos(self._vocab)
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}

    @property
    def bos_text(self) -> str:
        """The token that begins a text, as templates write it."""
        return self._text_of(self._bos)

    @property
    def eos_text(self) -> str:
        """The token that ends a text, as templates write it."""
        return self._text_of(llama.llama_vocab_eos(self._vocab))

    @property
    def suppressed(self) -> list[int]:
        """Tokens that the file says must never be drawn (Gemma 4 12B lists some)."""
        count = ctypes.c_int32()
        tokens = llama.llama_vocab_get_suppress_tokens(self._vocab, ctypes.byref(count))
        return list(tokens[: count.value]) if count.value else []

    def begin(self, tokens: list[int]) -> list[int]:
        """The same with the token that begins a text in front, where the model wants one and the
        template has not written it."""
        if self._add_bos and self._bos >= 0 and tokens[:1] != [self._bos]:
            return [self._bos, *tokens]
        return tokens

    def tokenize(self, runs: Sequence[Run]) -> list[int]:
        """Tokens of consecutive ``(text, trusted)`` runs.

        Control tokens and markers count in trusted runs only. Between two control tokens the
        runs are joined before they are tokenised, so the boundary of a run leaves no trace.
        """
        tokens: list[int] = []
        pending: list[Run] = []
        for text, trusted in runs:
            end = 0
            for begin, stop in self._find_controls(text) if trusted else ():
                if begin < end:
                    continue  # inside the one before
                pending.append((text[end:begin], True))
                tokens += self._plain(pending)
                tokens.append(self.controls[text[begin:stop]])
                pending, end = [], stop
            pending.append((text[end:], trusted))
        return tokens + self._plain(pending)

    def split(self, runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
        """``runs`` in front of their last control token, and from it on. The tokens of both halves
        together are those of the whole."""
        for index in range(len(runs) - 1, -1, -1):
            text, trusted = runs[index]
            found = list(self._find_controls(text)) if trusted else []
            if found:
                at = found[-1][0]
                head = [*runs[:index], (text[:at], True)]
                return head, [(text[at:], True), *runs[index + 1 :]]
        return [], list(runs)

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens stand for nothing."""
        if token not in self._pieces:
            self._pieces[token] = self._read_piece(token)
        return self._pieces[token]

    @cached_property
    def fragments(self) -> list[int]:
        """Tokens that are a part of a character, or have one. Looks at all tokens."""
        return [token for token in range(self.size) if not _is_text(self._read_piece(token))]

    def ends(self, token: int) -> bool:
        """Whether the token ends the answer."""
        if token not in self._ends:
            self._ends[token] = bool(llama.llama_vocab_is_eog(self._vocab, token))
        return self._ends[token]

    # -- inside ---------------------------------------------------------------------------------

    def _plain(self, runs: Sequence[Run]) -> list[int]:
        """Tokens of ``runs`` without control tokens. What would become a marker outside a trusted
        run (llama.cpp makes ids of "user-defined" tokens even in plain text) is cut in two."""
        text = "".join(run for run, _ in runs)
        trusted: list[tuple[int, int]] = []
        end = 0
        for run, is_trusted in runs:
            if is_trusted:
                trusted.append((end, end + len(run)))
            end += len(run)
        tokens: list[int] = []
        begin = 0
        for start, stop in self._find_forbidden(text):
            if not any(first <= start and stop <= last for first, last in trusted):
                tokens += self._plain_tokens(text[begin : start + 1])
                begin = start + 1
        return tokens + self._plain_tokens(text[begin:])

    def _text_of(self, token: int) -> str:
        if token == llama.LLAMA_TOKEN_NULL:
            return ""
        return str(llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace"))

    def _read_piece(self, token: int) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            size = -count


class _Finder:
    """Finds given strings in a text: many at once, the longest first, overlaps included. A regular
    expression would try thousands of alternatives at every "<"."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = {text for text in texts if text}
        self._lengths = sorted({len(text) for text in self._texts}, reverse=True)
        firsts = "".join(map(re.escape, sorted({text[0] for text in self._texts})))
        self._first = re.compile(f"[{firsts}]" if firsts else "(?!)")

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        for match in self._first.finditer(text):
            begin = match.start()
            for length in self._lengths:
                if text[begin : begin + length] in self._texts:
                    yield begin, begin + length
                    break


def _is_text(data: bytes) -> bool:
    """Whether ``data`` is whole characters."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _looks_like_marker(text: str) -> bool:
    """Whether a user-defined token is a marker, as ``<|tool>`` is, and not a piece of HTML."""
    return len(text) > 2 and text[0] == "<" and text[-1] == ">" and "|" in text
