"""What chats are called."""

import msgspec

from app.core.conversation import Message, title_of
from app.session.document_tasks import is_task
from app.session.draft import whole

MAX_TITLE = 200  # characters


def title_for(question: Message) -> str:
    """What a chat that begins with ``question`` is called. A task with one click says less than the
    name of the document that it is about."""
    if question.attachments and is_task(question.text):
        return title_of(msgspec.structs.replace(question, parts=question.attachments))
    return title_of(question)


def clean_title(title: str) -> str:
    """``title`` on one line, and not longer than MAX_TITLE."""
    return " ".join(whole(title).split())[:MAX_TITLE]
