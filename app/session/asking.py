"""What the engine is asked, made in one place: a preparation only helps if the question that
follows it reads the same to the last byte."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from app.core.conversation import Document, Message, Role, Text
from app.core.document import Extract
from app.core.prompt import Prompt, build_prompt
from app.core.reading.tasks import DocumentTask
from app.core.thinking import ThoughtSwitch
from app.session.desk import Desk
from app.session.document_tasks import as_typed, in_full
from app.session.planning import named
from app.session.senses import hears_first
from app.session.sound_tasks import about_sound
from app.session.sound_tasks import as_typed as sound_task
from app.storage.conversations import DraftContent


class Shape(msgspec.Struct, frozen=True):
    """What an answer has to look like, as in ``engine.messages.Generate``; at most one is set."""

    schema: str = ""
    grammar: str = ""


def question_of(content: DraftContent, task: DocumentTask | None = None) -> Message:
    """The message that a draft becomes when it is sent, with a ``task`` about its documents."""
    text = content.text.strip()
    if task is not None and about_sound(content.attachments):
        text = sound_task(msgspec.structs.replace(task, question=text))
    elif task is not None:
        count = sum(isinstance(part, Document) for part in content.attachments)
        text = as_typed(msgspec.structs.replace(task, question=text), max(count, 1))
    return Message(Role.USER, (*content.attachments, *((Text(text),) if text else ())))


def content_of(question: Message, thinking: bool | None) -> DraftContent:
    """The draft that would become ``question``."""
    parts = tuple(
        msgspec.structs.replace(part, how="") if isinstance(part, Document) else part
        for part in question.attachments
        if not (isinstance(part, Document) and part.how == "removed")
    )
    return DraftContent(question.text, parts, thinking)


def settle_thinking(
    desk: Desk,
    switch: ThoughtSwitch,
    path: Sequence[Message],
    chosen: bool | None,
    read: int | None,
    *,
    sending: bool = False,
) -> bool | None:
    """Whether the model thinks before its answer to ``path``, as in ``Prompt.thinking``. ``chosen``
    is what the person has said for this chat, None leaves it to the settings; the rest is as in
    ``ThoughtSwitch.settle``."""
    info, setting = desk.shelf.info, desk.preferences.settings.thinking
    if chosen is None and setting != "auto":
        chosen = setting == "on"
    if chosen is None and info is not None and not info.thinking:
        return None
    speed = desk.paces.current.reading
    return switch.settle(path, chosen, read=read, speed=speed, sending=sending)


def prompt_maker(
    desk: Desk, path: Sequence[Message], thinking: bool | None
) -> Callable[[], Prompt]:
    """A function that makes the prompt for the answer after ``path``, by the settings and the
    model of now; to be called in a lane, since it looks for files. It raises AppError if an
    attachment is gone. ``thinking`` is as in ``Prompt``. What has been read of documents has been
    fetched."""
    settings = desk.preferences.settings
    blobs, documents = desk.blobs, desk.documents
    media: tuple[Literal["image", "audio"], ...] = ("image", "audio")
    names = {part.blob: part for message in path for part in message.attachments}

    def extract(blob: str) -> Extract | None:
        found, part = documents.extract_of(blob), names.get(blob)
        return named(found, part) if found is not None and isinstance(part, Document) else found

    senses = [kind for kind in media if desk.shelf.takes(kind)]
    first = hears_first(desk.shelf)

    def make() -> Prompt:
        for message in path:
            for part in message.attachments:
                if not (isinstance(part, Document) and part.how == "removed"):
                    blobs.require_all(part)
        return build_prompt(
            in_full(path),
            lambda blob: str(blobs.path_of(blob)),
            system=settings.system_prompt,
            thinking=thinking,
            default_budget=settings.picture_budget,
            senses=senses,
            extract=extract,
            sounds_first=first,
        )

    return make
