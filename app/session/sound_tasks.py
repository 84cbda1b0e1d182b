"""What can be asked about a sound with one click. As with documents, a task stands in the chat as
its title, and the model gets it in the words that it was trained with."""

from collections.abc import Mapping, Sequence

import msgspec
from PySide6.QtCore import QCoreApplication

from app.core.conversation import Audio, Document, Image, Message, Part, Role, Text, Video
from app.core.reading.tasks import DocumentTask, Length
from app.core.speech import prompts

_INTO = "{0}"
_SUMMARISE: Mapping[Length, str] = {
    "short": "Summarise what is said in the recording in one sentence",
    "standard": "Summarise what is said in the recording in a few sentences",
    "detailed": "Summarise what is said in the recording in detail and in order",
}


def presets(parts: Sequence[Part]) -> tuple[DocumentTask, ...]:
    """The tasks that fit sounds which are attached, and nothing else; the last one, "ask", answers
    what is said."""
    if not about_sound(parts):
        return ()
    return (
        DocumentTask("transcribe"),
        DocumentTask("translate"),
        DocumentTask("summarise"),
        DocumentTask("ask"),
    )


def about_sound(parts: Sequence[Part]) -> bool:
    """Whether sounds are what a question with these ``parts`` is about."""
    others = any(isinstance(part, Document | Image | Video) for part in parts)
    return not others and any(isinstance(part, Audio) for part in parts)


def as_typed(task: DocumentTask) -> str:
    """How a task about a sound reads in the chat; "" for what is said to be answered."""
    title = _titles().get(task.kind, "").format(task.language or "English")
    if task.kind == "summarise":
        title = _summaries()[task.length]
    return f"{title}\n\n{task.question.strip()}".strip()


def in_full(message: Message) -> Message:
    """``message`` with its task in the words that the model gets, if it has one about a sound."""
    if message.role is not Role.USER or not about_sound(message.attachments):
        return message
    first, _, rest = message.text.strip().partition("\n")
    prompt = _prompt(first.strip())
    if not prompt:
        return message
    others = tuple(part for part in message.parts if not isinstance(part, Text))
    words = f"{prompt}\n\n{rest.strip()}".strip()
    return msgspec.structs.replace(message, parts=(*others, Text(words)))


def _prompt(title: str) -> str:
    titles = _titles()
    if title == titles["transcribe"]:
        return prompts.transcribe()
    for length, summary in _summaries().items():
        if title == summary:
            return f"{_SUMMARISE[length]}, in the language that is spoken in it."
    start, _, end = titles["translate"].partition(_INTO)
    if len(title) > len(start) + len(end) and title.startswith(start) and title.endswith(end):
        return prompts.translate(title[len(start) : len(title) - len(end)])
    return ""


def _titles() -> dict[str, str]:
    say = QCoreApplication.translate
    return {
        "transcribe": say("SoundTask", "Write down the recording"),
        "translate": say("SoundTask", "Translate the recording into {0}"),
    }


def _summaries() -> dict[Length, str]:
    say = QCoreApplication.translate
    return {
        "short": say("SoundTask", "Summarise the recording briefly"),
        "standard": say("SoundTask", "Summarise the recording"),
        "detailed": say("SoundTask", "Summarise the recording in detail"),
    }
