"""What is said in a conversation, as frozen values.

Identity (ids, parents, when it was written) belongs to storage; a value here says only what a
message *is*. Attachments are named by the SHA-256 of their bytes ("blob"); where those bytes lie
is storage's business too.
"""

from enum import Enum
from typing import Literal

import msgspec

from app.core.document import Coverage, Unit


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
    """A sound of ``seconds`` length. ``spoken`` means that the person said it to Facet;
    ``transcript`` is what it says in words, once something has written it down."""

    blob: str
    name: str
    mime: str
    seconds: float
    spoken: bool = False
    transcript: str = ""


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A file with words. A short text file has all of them in ``text``; of anything else they are
    in its extract, which is found by ``blob``, and ``text`` is empty.

    ``kind``, ``unit`` and ``pages`` (0 for a short text file) are as in ``core.document.Extract``,
    whose ``total`` is ``pages``; ``tokens`` is about what the whole costs to read, ``seconds`` how
    long a recording is (0 if it was kept before that was noted). ``how`` is
    settled when it is sent: read as a whole at the head of the chat, or only what a question needs;
    "removed" once the person has taken it out of the chat again.
    """

    blob: str
    name: str
    mime: str
    text: str = ""
    kind: str = "text"
    unit: Unit = "page"
    pages: int = 0
    tokens: int = 0
    how: Literal["", "whole", "search", "removed"] = ""
    seconds: float = 0.0


class Frame(msgspec.Struct, frozen=True):
    """A picture of a video, at ``seconds`` from its beginning; ``blob`` is a JPEG file."""

    blob: str
    seconds: float
    width: int
    height: int


class Video(msgspec.Struct, frozen=True, tag="video"):
    """A film of ``seconds`` length, as the model gets it: some of its pictures, and its sound."""

    blob: str
    name: str
    mime: str
    seconds: float
    frames: tuple[Frame, ...] = ()
    sound: Audio | None = None


class Excerpts(msgspec.Struct, frozen=True, tag="excerpts"):
    """What a question was given of documents that are not in the chat as a whole. Kept with the
    question, so that the chat reads the same when it goes on. ``text`` has its page marks."""

    text: str


class Reading(msgspec.Struct, frozen=True, tag="reading"):
    """What an answer rests on, one ``Coverage`` for each document. ``paused`` means that the
    reading was stopped and can be resumed."""

    coverage: tuple[Coverage, ...]
    paused: bool = False


Attached = Image | Audio | Document | Video
Part = Text | Image | Audio | Document | Video | Excerpts | Reading


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
    def spoken(self) -> str:
        """What the person said, as far as it has been written down."""
        said = (part for part in self.parts if isinstance(part, Audio) and part.spoken)
        return "\n\n".join(part.transcript for part in said if part.transcript)

    @property
    def attachments(self) -> tuple[Attached, ...]:
        """The pictures, sounds, films and documents, in the order they were added."""
        return tuple(part for part in self.parts if isinstance(part, Attached))

    @property
    def excerpts(self) -> str:
        """What the question was given of long documents; "" for nothing."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Excerpts))

    @property
    def reading(self) -> Reading | None:
        """What of documents the answer rests on; None where there are none."""
        return next((part for part in self.parts if isinstance(part, Reading)), None)


def blobs_of(part: Attached) -> tuple[str, ...]:
    """The blobs that an attachment needs: its own, and of a film those of its pictures and its
    sound."""
    if not isinstance(part, Video):
        return (part.blob,)
    sound = (part.sound.blob,) if part.sound is not None else ()
    return (part.blob, *(frame.blob for frame in part.frames), *sound)


def title_of(message: Message, limit: int = 48) -> str:
    """A short title for a conversation that begins with ``message``: its first words, written or
    spoken, else the name of its first attachment. Never longer than ``limit`` characters."""
    words = " ".join((message.text or message.spoken).split())
    if not words and message.attachments:
        words = message.attachments[0].name
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    if " " in cut[limit // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,.;:-") + "…"
