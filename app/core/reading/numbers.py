"""What the documents of a chat are called in citations: the first 1, the next 2, and so on."""

from collections.abc import Iterable, Mapping

from app.core.conversation import Document, Message


def document_numbers(messages: Iterable[Message]) -> Mapping[str, int]:
    """The number of each document with pages, by its blob, in the order in which they came into
    the chat. Short text files (without pages) have none."""
    numbers: dict[str, int] = {}
    for message in messages:
        for part in message.attachments:
            if isinstance(part, Document) and part.pages > 0:
                numbers.setdefault(part.blob, len(numbers) + 1)
    return numbers
