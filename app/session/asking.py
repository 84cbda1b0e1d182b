"""What the engine is asked, made in one place: a preparation only helps if the question that
follows it reads the same to the last byte."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from app.core.conversation import Message, Role, Text
from app.core.prompt import Prompt, build_prompt
from app.core.thinking import ThoughtSwitch
from app.session.desk import Desk
from app.session.senses import hears_first
from app.storage.conversations import DraftContent


class Shape(msgspec.Struct, frozen=True):
    """What an answer has to look like, as in ``engine.messages.Generate``; at most one is set."""

    schema: str = ""
    grammar: str = ""


def question_of(content: DraftContent) -> Message:
    """The message that a draft becomes when it is sent."""
    text = content.text.strip()
    return Message(Role.USER, (*content.attachments, *((Text(text),) if text else ())))


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
    attachment is gone. ``thinking`` is as in ``Prompt``."""
    settings = desk.preferences.settings
    blobs = desk.blobs
    media: tuple[Literal["image", "audio"], ...] = ("image", "audio")
    senses = [kind for kind in media if desk.shelf.takes(kind)]
    first = hears_first(desk.shelf)

    def make() -> Prompt:
        for message in path:
            for part in message.attachments:
                blobs.require(part.blob, part.name)
        return build_prompt(
            path,
            lambda blob: str(blobs.path_of(blob)),
            system=settings.system_prompt,
            thinking=thinking,
            default_budget=settings.picture_budget,
            senses=senses,
            sounds_first=first,
        )

    return make
