"""What is said in a conversation, as frozen values.

Identity (ids, parents, when it was written) belongs to storage; a value here says only what a
message *is*. Attachments are named by the SHA-256 of their bytes ("blob"); where those bytes lie
is storage's business too.
"""

from enum import Enum
from typing import Literal

import msgspec


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Words typed by the person or written by the model, as Markdown."""

    text: str


class Image(msgspec.Struct, frozen=True, tag="image"):
    """A picture. ``width`` and ``height`` are in pixels, after EXIF rotation.

    ``budget`` is the number of image tokens it may cost; 0 leaves the choice to ``core.budget``.
    ``chosen`` says that the person has set it. ``text_height`` is that of small writing in it, in
    its own pixels, 0 if there is none.
    """

    blob: str
    name: str
    mime: str
    width: int
    height: int
    budget: int = 0
    chosen: bool = False
    text_height: float = 0.0


class Audio(msgspec.Struct, frozen=True, tag="audio"):
    """A sound of ``seconds`` length."""

    blob: str
    name: str
    mime: str
    seconds: float


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A text file: ``text`` is what the model reads, the blob is the file as it was given."""

    blob: str
    name: str
    mime: str
    text: str


Part = Text | Image | Audio | Document


class Role(str, Enum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Outcome(str, Enum):
    """How the writing of a message ended. A person's own message is always DONE."""

    WRITING = "writing"  # still being written, or the app died while it was
    DONE = "done"
    STOPPED = "stopped"  # by the person
    LENGTH = "length"  # the token limit was reached
    CONTEXT = "context"  # the context was full
    FAILED = "failed"  # ``Message.error`` says why


class Stats(msgspec.Struct, frozen=True):
    """What one answer cost. Times are in milliseconds, speeds in tokens a second.

    ``prompt_tokens`` counts all positions of the prompt, ``cached_tokens`` those of them that were
    still in the KV cache or came back from where ``restored`` says; ``encode_ms`` was spent on
    pictures and sounds, ``encoded_tokens`` is what they became. ``context_used`` is what prompt
    and answer occupy of ``context_size``. Of ``drafted_tokens`` guessed ahead, ``accepted_tokens``
    were right.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    answer_tokens: int = 0
    ttft_ms: float = 0.0
    prefill_tps: float = 0.0
    decode_tps: float = 0.0
    thought_ms: float = 0.0
    context_used: int = 0
    context_size: int = 0
    dropped_messages: int = 0
    encode_ms: float = 0.0
    encoded_tokens: int = 0
    restored: Literal["none", "memory", "disk"] = "none"
    drafted_tokens: int = 0
    accepted_tokens: int = 0


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation. ``error`` is set when ``outcome`` is FAILED."""

    role: Role
    parts: tuple[Part, ...] = ()
    thought: str = ""
    outcome: Outcome = Outcome.DONE
    error: str = ""
    model: str = ""
    stats: Stats | None = None

    @property
    def text(self) -> str:
        """The words of the message, without attachments and thought."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def attachments(self) -> tuple[Image | Audio | Document, ...]:
        """The pictures, sounds and documents, in the order they were added."""
        return tuple(part for part in self.parts if not isinstance(part, Text))


def title_of(message: Message, limit: int = 48) -> str:
    """A short title for a conversation that begins with ``message``: its first words, else the
    name of its first attachment. Never longer than ``limit`` characters."""
    words = " ".join(message.text.split())
    if not words and message.attachments:
        words = message.attachments[0].name
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    if " " in cut[limit // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,.;:-") + "…"
