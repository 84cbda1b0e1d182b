"""Tokens of an answer -> what is thought, what is said, what a tool is asked.

Gemma 4 writes its thoughts as ``<|channel>thought\\n…<channel|>`` and tool calls between
``<|tool_call>`` and ``<tool_call|>``; several other families use ``<think>…</think>``. All of
these are single tokens of the vocabulary, so they are recognised by their ids: the same
characters spelled out by ordinary tokens (an answer *about* the format) stay text.
Source: Gemma 4 prompt format, model card.
"""

import codecs
from collections.abc import Callable
from typing import Literal

Kind = Literal["text", "thought", "tool"]

CHANNEL_OPEN, CHANNEL_CLOSE = "<|channel>", "<channel|>"
TOOL_OPEN, TOOL_CLOSE = "<|tool_call>", "<tool_call|>"
THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
MARKERS = (CHANNEL_OPEN, CHANNEL_CLOSE, TOOL_OPEN, TOOL_CLOSE, THINK_OPEN, THINK_CLOSE)


class Reply:
    """Parses one answer, token by token.

    ``markers`` maps token ids to the strings in ``MARKERS``, for those that the vocabulary has;
    ``emit`` receives each piece of whole characters with its kind.
    """

    def __init__(self, markers: dict[int, str], emit: Callable[[Kind, str], None]) -> None:
        self._markers = markers
        self._emit = emit
        self._kind: Kind = "text"
        self._heading: str | None = None  # the channel's name, while it is being read
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._began = False  # leading blank lines are dropped
        self.answered = False  # a character of text or a tool call has been written

    def add(self, token: int, piece: bytes) -> None:
        """Take the next token and its bytes (a part of a character is kept for the next)."""
        marker = self._markers.get(token)
        if marker is None:
            self._write(self._decoder.decode(piece))
            return
        self._write(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        if marker == CHANNEL_OPEN:
            self._heading = ""
        elif marker == THINK_OPEN:
            self._turn_to("thought")
        elif marker == TOOL_OPEN:
            self._turn_to("tool")
        else:  # a closing marker; a stray one changes nothing
            self._heading = None
            self._turn_to("text")

    def close(self) -> None:
        """The answer has ended: what is left of a broken character becomes U+FFFD."""
        self._write(self._decoder.decode(b"", final=True))

    def _turn_to(self, kind: Kind) -> None:
        if kind != self._kind:
            self._kind = kind
            self._began = False

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._heading is not None:
            self._heading += text
            if "\n" not in self._heading:
                return
            name, _, text = self._heading.partition("\n")
            self._heading = None
            self._turn_to("thought" if name.strip() in ("thought", "analysis") else "text")
        if not self._began:
            text = text.lstrip("\n") if self._kind != "text" else text.lstrip()
            if not text:
                return
            self._began = True
        if self._kind != "thought":
            self.answered = True
        self._emit(self._kind, text)
