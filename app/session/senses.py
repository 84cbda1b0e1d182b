"""What of a conversation the chosen model can't see or hear, in words."""

import re
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from app.core.conversation import Audio, Image, Message
from app.core.errors import AppError
from app.session.models import ModelShelf

# Gemma 4 12B understands no sound that comes after about 450 tokens.
_HEARS_FIRST = re.compile(r"gemma.?4.*\b12b\b", re.IGNORECASE)


def hears_first(shelf: ModelShelf) -> bool:
    """Whether the model of ``shelf`` understands sounds only near the beginning of what it
    reads."""
    model = shelf.current
    return model is not None and bool(_HEARS_FIRST.search(f"{model.title} {model.path.name}"))


def unseen(shelf: ModelShelf, messages: Iterable[Message]) -> str:
    """A sentence about the pictures and sounds of ``messages`` that the model of ``shelf`` doesn't
    take; "" if it takes all of them."""
    parts = [part for message in messages for part in message.attachments]
    pictures = sum(isinstance(part, Image) for part in parts) if not shelf.takes("image") else 0
    sounds = 0
    if not shelf.takes("audio"):
        sounds = sum(isinstance(part, Audio) and not part.transcript for part in parts)
    if shelf.current is None or not (pictures or sounds):
        return ""
    say = QCoreApplication.translate
    if pictures and sounds:
        words = say("Senses", "{0} can't see or hear the pictures and sounds of this chat.")
    elif pictures:
        words = say("Senses", "{0} can't see the pictures of this chat.")
        if pictures == 1:
            words = say("Senses", "{0} can't see the picture of this chat.")
    else:
        words = say("Senses", "{0} can't hear the sounds of this chat.")
        if sounds == 1:
            words = say("Senses", "{0} can't hear the sound of this chat.")
    return words.format(shelf.current.title)


def check_question(shelf: ModelShelf, question: Message) -> AppError | None:
    """Why the model of ``shelf`` can't answer ``question`` as it is; None if it can."""
    if not unseen(shelf, [question]):
        return None
    assert shelf.current is not None
    say, title = QCoreApplication.translate, shelf.current.title
    sees = shelf.takes("image") or not any(isinstance(one, Image) for one in question.attachments)
    words = say("Senses", "{0} can't hear the sound of this question.")
    if not sees:
        words = say("Senses", "{0} can't see the picture of this question.")
    return AppError(
        words.format(title),
        say("Senses", "Choose a model that can, or edit the question."),
        code="modality",
    )


def check_sight(shelf: ModelShelf) -> AppError | None:
    """Why nothing can be asked about a picture; None if it can, now or once the model is there."""
    say = QCoreApplication.translate
    if shelf.state == "failed" and shelf.failure is not None:
        return AppError(shelf.failure.what, shelf.failure.next_step, code=shelf.failure.code)
    if shelf.current is None:
        return AppError(
            say("Senses", "There is no model to ask."),
            say("Senses", "Open Facet and choose one."),
            code="no_model",
        )
    if not shelf.takes("image"):
        return AppError(
            say("Senses", "{0} can't see pictures.").format(shelf.current.title),
            say("Senses", "Open Facet and choose a model that can."),
            code="modality",
        )
    return None
