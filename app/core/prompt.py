"""Conversation -> what the engine is asked.

A prompt is a list of turns, each with its media first and then its words, the order in which
Gemma 4 was trained. The chat template itself is in the model file and is applied by the engine.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Literal

import msgspec

from app.core.conversation import Audio, Document, Image, Message, Role, Video
from app.core.document import Extract
from app.core.reading.numbers import document_numbers
from app.core.reading.pages import extract_text

FRAME_BUDGET = 70  # image tokens of a picture of a film: what the model card has
# Stands where a question is only spoken, so that it is answered and not written down.
SPOKEN = "Answer what is said in the recording, in the language that is spoken in it."


class Media(msgspec.Struct, frozen=True):
    """A picture or sound to be read from ``path``. ``budget`` is in image tokens, 0 = automatic;
    ``label`` is a text that stands right before it, such as the time of a picture in a film."""

    kind: Literal["image", "audio"]
    path: str
    budget: int = 0
    label: str = ""


class Turn(msgspec.Struct, frozen=True):
    """One turn as the chat template sees it."""

    role: Role
    text: str
    media: tuple[Media, ...] = ()


class Sampling(msgspec.Struct, frozen=True):
    """How the next token is drawn. The defaults are those of Gemma 4's model card; temperature 0
    takes the likeliest token. ``seed`` None draws a new one for each answer. ``suppressed`` are
    the texts of tokens that are never drawn."""

    temperature: float = 1.0
    top_p: float = 0.95
    top_k: int = 64
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    suppressed: tuple[str, ...] = ()


class Prompt(msgspec.Struct, frozen=True):
    """Everything that decides what the model reads. ``thinking`` None leaves it to the template."""

    turns: tuple[Turn, ...]
    thinking: bool | None = None


def build_prompt(
    messages: Sequence[Message],
    blob_path: Callable[[str], str],
    *,
    system: str = "",
    thinking: bool | None = None,
    default_budget: int = 0,
    senses: Collection[Literal["image", "audio"]] = ("image", "audio"),
    extract: Callable[[str], Extract | None] = lambda _blob: None,
    sounds_first: bool = False,
) -> Prompt:
    """The prompt for the answer that follows ``messages``.

    ``extract`` gives what has been read of a document, by its blob. One that is not sent as a whole
    is only named here; what a question was given of it stands in its ``Excerpts``.

    ``senses`` are the kinds of media that the model takes. Where an earlier turn has others (they
    were sent to another model), a few words stand for them; those of the last turn stay, since
    an answer that leaves them out would be about something else. A sound that has been written
    down is given in words to a model that doesn't hear, wherever it stands.

    ``sounds_first`` is for a model that understands sounds only near the beginning of the prompt:
    they come before the pictures of their turn, and in words if they have been written down.

    ``blob_path`` maps a blob's hash to the path of its bytes. Answers without a word (they failed
    before the first one) are left out, together with nothing else: two questions in a row are
    legal in the templates we know.
    """
    turns = [Turn(Role.SYSTEM, system.strip())] if system.strip() else []
    numbers = document_numbers(messages)

    def contents(part: Document) -> str:
        return _document(part, extract(part.blob), numbers[part.blob])

    for number, message in enumerate(messages, start=1):
        if message.role is Role.ASSISTANT and not message.text.strip():
            continue
        last = number == len(messages)
        taken = ("image", "audio") if last else senses
        read = sounds_first or "audio" not in senses
        turn = _turn(message, blob_path, default_budget, taken, contents, transcripts=read)
        if sounds_first:
            ordered = sorted(turn.media, key=lambda media: media.kind != "audio")
            turn = msgspec.structs.replace(turn, media=tuple(ordered))
        turns.append(turn)
    return Prompt(tuple(turns), thinking)


def _turn(
    message: Message,
    blob_path: Callable[[str], str],
    default_budget: int,
    taken: Collection[str],
    contents: Callable[[Document], str],
    *,
    transcripts: bool,
) -> Turn:
    media: list[Media] = []
    words: list[str] = []
    for part in message.attachments:
        match part:
            case Image() if "image" not in taken:
                words.append(f"(A picture was shown here: {part.name}. You can't see it.)")
            case Video() if "image" not in taken:
                words.append(f"(A film was shown here: {part.name}. You can't see it.)")
            case Audio() if part.transcript and transcripts:
                words.append(part.transcript)
            case Audio() if "audio" not in taken:
                words.append(f"(A sound was played here: {part.name}. You can't hear it.)")
            case Image():
                media.append(Media("image", blob_path(part.blob), part.budget or default_budget))
            case Audio():
                media.append(Media("audio", blob_path(part.blob)))
            case Video():
                media += _film(part, blob_path, hears="audio" in taken)
            case Document() if part.how == "removed":
                words.append(f"(The file {part.name} was here. It has been removed.)")
            case Document() if part.pages == 0:
                words.append(document_text(part.name, part.text))
            case Document():
                words.append(contents(part))
    if message.excerpts:
        words.append(message.excerpts)
    if message.text.strip():
        words.append(message.text.strip())
    elif _only_spoken(message, media):
        words.append(SPOKEN)
    return Turn(message.role, "\n\n".join(words), tuple(media))


def _only_spoken(message: Message, media: Sequence[Media]) -> bool:
    """Whether the question is a recording that the model hears."""
    heard = any(one.kind == "audio" for one in media)
    return heard and any(isinstance(one, Audio) and one.spoken for one in message.attachments)


def _film(film: Video, blob_path: Callable[[str], str], *, hears: bool) -> list[Media]:
    """The pictures of a film, each after its time, as the model card has them; then its sound."""
    media = [
        Media("image", blob_path(frame.blob), FRAME_BUDGET, clock(frame.seconds) + " ")
        for frame in film.frames
    ]
    if film.sound is not None and hears:
        media.append(Media("audio", blob_path(film.sound.blob)))
    return media


def _document(part: Document, extract: Extract | None, number: int) -> str:
    if part.how == "search" or extract is None:
        return f"(The file {part.name} is attached. What of it matters here is quoted below.)"
    return extract_text(extract, number)


def clock(seconds: float) -> str:
    """A place in a film or recording, as ``mm:ss``, with hours where there are any."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def document_text(name: str, text: str) -> str:
    """How a text file stands in the prompt: named, and with a visible beginning and end."""
    return f"Contents of the file {name}:\n---\n{text.strip()}\n---"
