"""Tokens of an answer -> what is thought, what is said, what a tool is asked.

Gemma 4 writes its thoughts as ``<|channel>thought\\n…<channel|>`` and tool calls between
``<|tool_call>`` and ``<tool_call|>``; several other families use ``<think>…</think>``. All of
these are single tokens of the vocabulary, so they are recognised by their ids: the same
characters spelled out by ordinary tokens (an answer *about* the format) stay text.
Source: Gemma 4 prompt format, model card.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Literal

Kind = Literal["text", "thought", "tool"]

CHANNEL_OPEN, CHANNEL_CLOSE = "<|channel>", "<channel|>"
TOOL_OPEN, TOOL_CLOSE = "<|tool_call>", "<tool_call|>"
THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
OPENING = (CHANNEL_OPEN, TOOL_OPEN, THINK_OPEN)
CLOSING = (CHANNEL_CLOSE, TOOL_CLOSE, THINK_CLOSE)
MARKERS = OPENING + CLOSING

_THOUGHTS = ("thought", "analysis")  # names of channels that the reader need not see
_CHANNEL_NAME = re.compile(r"[a-z_]{1,16}")
_LONGEST_HEADING = 20  # characters; what goes on longer without a line break is no name


class Reply:
    """Parses one answer, token by token.

    ``markers`` maps the ids of all tokens that are not meant for the reader to their text;
    those in ``MARKERS`` have a meaning, the others are dropped, except inside tool calls.
    ``emit`` receives each piece of whole characters with its kind. ``thinking`` says that the
    prompt ends inside a thought. Thoughts that come after the answer has begun are dropped.
    """

    def __init__(
        self,
        markers: Mapping[int, str],
        emit: Callable[[Kind, str], None],
        *,
        thinking: bool = False,
    ) -> None:
        self._markers = markers
        self._emit = emit
        self._kind: Kind = "thought" if thinking else "text"
        self._heading: str | None = None  # a channel's name, while it is being read
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._written: set[Kind] = set()

    def add(self, token: int, piece: bytes) -> None:
        """Take the next token and its bytes (a part of a character is kept for the next)."""
        marker = self._markers.get(token)
        if marker is None or (marker not in MARKERS and self._kind == "tool"):
            self._write(self._decoder.decode(piece))
            return
        self._break_off()
        if marker == CHANNEL_OPEN:
            self._kind, self._heading = "text", ""  # until its name is known
        elif marker == THINK_OPEN:
            self._kind = "thought"
        elif marker == TOOL_OPEN:
            self._kind = "tool"
            if "tool" in self._written:
                self._emit("tool", "\n")  # one call a line
        elif marker in CLOSING:  # a stray one changes nothing
            self._kind = "text"

    @property
    def thinking(self) -> bool:
        """Whether the next token belongs to a thought, whose name has been read."""
        return self._kind == "thought"

    def close(self) -> None:
        """The answer has ended: what is left of a broken character becomes U+FFFD."""
        self._break_off()

    def _break_off(self) -> None:
        """What has been held back will not be completed."""
        self._write(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        heading, self._heading = self._heading, None
        if heading and heading.strip() not in _THOUGHTS:
            self._kind = "text"
            self._write(heading)

    def _write(self, text: str) -> None:
        if self._heading is not None:
            text = self._read_heading(text)
        if self._kind == "thought" and "text" in self._written:
            return
        if self._kind not in self._written:
            text = text.lstrip()
            if text:
                self._written.add(self._kind)
        if text:
            self._emit(self._kind, text)

    def _read_heading(self, text: str) -> str:
        """Take ``text`` for the name of a channel; what goes beyond it is returned."""
        assert self._heading is not None
        self._heading += text
        name, newline, rest = self._heading.partition("\n")
        if not newline and len(name) <= _LONGEST_HEADING:
            return ""
        heading, self._heading = self._heading, None
        self._kind = "thought" if newline and name.strip() in _THOUGHTS else "text"
        # Without a name the marker was a stray one in front of plain text.
        return rest if newline and _CHANNEL_NAME.fullmatch(name.strip()) else heading
