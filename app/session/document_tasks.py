"""What can be asked about documents with one click: how it reads in the chat, and how the model is
asked.

A task stands in the chat as its title ("Summarise this document"), with what was typed below. The
title alone says which task it is, so that it can be edited, tried again and read back from the
database; the model gets the task in many more words.
"""

import re
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QCoreApplication

from app.core.conversation import (
    Audio,
    Document,
    Message,
    Part,
    Role,
    Text,
)
from app.core.reading.tasks import DocumentTask, Length, TaskKind, task_for, words
from app.session import sound_tasks
from app.storage.conversations import DraftContent

_WHOLE = re.compile(r"docum|dokument|file|datei|pdf|fichier|archivo|whole|ganz", re.IGNORECASE)
_INTO = "{0}"


def presets(parts: Sequence[Part], beside: int = 0) -> tuple[DocumentTask, ...]:
    """The tasks that fit what is attached, the likeliest first; ``beside`` is how many documents
    are in the chat already, with which new ones can be compared."""
    documents = [part for part in parts if isinstance(part, Document)]
    if not documents:
        return sound_tasks.presets(parts)
    if all(part.kind == "recording" for part in documents):
        return (
            DocumentTask("transcribe"),
            DocumentTask("summarise"),
            DocumentTask("points"),
            DocumentTask("translate"),
        )
    if all(part.kind == "folder" for part in documents):
        return (DocumentTask("explain"), DocumentTask("summarise"))
    several = (DocumentTask("compare"),) if len(documents) + beside > 1 else ()
    return (
        *several,
        DocumentTask("summarise"),
        DocumentTask("points"),
        DocumentTask("questions"),
        DocumentTask("table"),
        DocumentTask("translate"),
    )


def unsaid(content: DraftContent) -> DocumentTask | None:
    """What is wanted of documents that are sent without a word; None if there is a word, also a
    spoken one, or no document."""
    spoken = any(isinstance(part, Audio) for part in content.attachments)
    tasks = presets(content.attachments)
    if content.text.strip() or spoken or not tasks:
        return None
    return next(task for task in tasks if task.kind != "compare")


def as_typed(task: DocumentTask, count: int) -> str:
    """How a task about ``count`` documents reads in the chat."""
    if task.kind == "ask":
        return task.question.strip()
    title = _titles(count)[(task.kind, task.length)]
    title = title.format(task.language or "English")
    return f"{title}\n\n{task.question.strip()}".strip()


def task_of(text: str, *, new: bool = True) -> DocumentTask:
    """What a question of a chat with documents means. ``new``: documents come with it, so that it
    is about them and not about what was said."""
    first, _, rest = text.strip().partition("\n")
    task = _by_title(first.strip()) or task_for(first)
    if task.kind == "ask" or (task.kind == "translate" and not new and not _WHOLE.search(first)):
        return DocumentTask("ask", question=text.strip())
    return msgspec.structs.replace(task, question=rest.strip())


def is_task(text: str) -> bool:
    """Whether a question is a task with one click, perhaps with something typed below."""
    return _by_title(text.strip().partition("\n")[0]) is not None


def in_full(path: Sequence[Message]) -> tuple[Message, ...]:
    """``path`` with every task in the words that the model gets."""
    messages, count = [], 0
    for message in path:
        new = sum(isinstance(part, Document) for part in message.attachments)
        count += new
        if sound_tasks.about_sound(message.attachments):
            message = sound_tasks.in_full(message)
        elif count and message.role is Role.USER and message.text.strip():
            message = _spelt_out(message, new or count, new=new > 0)
        messages.append(message)
    return tuple(messages)


def has_documents(path: Sequence[Message]) -> bool:
    """Whether there are documents in the chat, long or short, that have not been removed."""
    parts = (part for message in path for part in message.attachments)
    return any(isinstance(part, Document) and part.how != "removed" for part in parts)


def _spelt_out(message: Message, count: int, *, new: bool) -> Message:
    task = task_of(message.text, new=new)
    if task.kind == "ask":
        return message
    others = tuple(part for part in message.parts if not isinstance(part, Text))
    return msgspec.structs.replace(message, parts=(*others, Text(words(task, count))))


def _titles(count: int) -> dict[tuple[TaskKind, Length], str]:
    def say(one: str, several: str) -> str:
        return QCoreApplication.translate("DocumentTask", one if count == 1 else several)

    lengths: tuple[Length, ...] = ("short", "standard", "detailed")
    same: dict[TaskKind, str] = {
        "points": say("Key points of this document", "Key points of these documents"),
        "questions": say(
            "Questions and answers about this document",
            "Questions and answers about these documents",
        ),
        "table": say("Extract a table from this document", "Extract a table from these documents"),
        "translate": say("Translate this document into {0}", "Translate these documents into {0}"),
        "compare": say("Compare this document", "Compare these documents"),
        "explain": say("Explain this code base", "Explain these code bases"),
        "transcribe": say("Write down what is said", "Write down what is said in these"),
    }
    titles: dict[tuple[TaskKind, Length], str]
    titles = {(kind, length): title for kind, title in same.items() for length in lengths}
    return titles | {
        ("summarise", "short"): say(
            "Summarise this document briefly", "Summarise these documents briefly"
        ),
        ("summarise", "standard"): say("Summarise this document", "Summarise these documents"),
        ("summarise", "detailed"): say(
            "Summarise this document in detail", "Summarise these documents in detail"
        ),
    }


def _by_title(line: str) -> DocumentTask | None:
    for count in (1, 2):
        for (kind, length), title in _titles(count).items():
            start, into, end = title.partition(_INTO)
            if not into and line == title:
                length = length if kind == "summarise" else "standard"
                return DocumentTask(kind, length)
            if into and line.startswith(start) and line.endswith(end):
                language = line[len(start) : len(line) - len(end)]
                return DocumentTask("translate", language=language)
    return None
