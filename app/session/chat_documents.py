"""The documents of a chat: which there are, what they take, and taking one out again."""

from collections.abc import Sequence

import msgspec

from app.core.conversation import Document, Message, Part
from app.core.reading.numbers import document_numbers
from app.core.reading.tokens import estimate


class ChatDocument(msgspec.Struct, frozen=True):
    """A document of a chat: its ``number`` in order of attachment, as citations have it (0 for a
    short text file, which has no pages), and the ``share`` of the context it takes, in tokens (0
    where a question only gets what a search finds in it)."""

    document: Document
    number: int
    share: int


def chat_documents(messages: Sequence[Message]) -> tuple[ChatDocument, ...]:
    """The documents that have not been removed, each once."""
    numbers = document_numbers(messages)
    found: dict[str, ChatDocument] = {}
    for message in messages:
        for part in message.attachments:
            if isinstance(part, Document) and part.how != "removed":
                number = numbers.get(part.blob, 0)
                found.setdefault(part.blob, ChatDocument(part, number, _share(part)))
    return tuple(found.values())


def without_document(messages: Sequence[Message], blob: str) -> tuple[Message, ...]:
    """The messages with a document taken out: only its name is left."""

    def again(part: Part) -> Part:
        if isinstance(part, Document) and part.blob == blob:
            return msgspec.structs.replace(part, how="removed")
        return part

    return tuple(
        msgspec.structs.replace(message, parts=tuple(again(part) for part in message.parts))
        for message in messages
    )


def _share(part: Document) -> int:
    if part.pages == 0:
        return estimate(part.text)
    return part.tokens if part.how == "whole" else 0
