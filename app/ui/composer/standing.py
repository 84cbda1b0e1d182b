"""The documents of a chat among the attachments of its next message: they are asked about, too."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.session.attached import DraftAttachment, detail_of
from app.session.documents import ChatDocument


def standing(documents: Sequence[ChatDocument]) -> tuple[DraftAttachment, ...]:
    """``documents`` as attachments, "37 pages · in this chat". Their keys are negative."""
    words = QCoreApplication.translate("Composer", "{0} · in this chat")
    return tuple(
        DraftAttachment(
            -one.number,
            one.document.name,
            "",
            "document",
            "ready",
            one.document,
            detail=words.format(detail_of(one.document)),
        )
        for one in documents
    )


def number_of(key: int) -> int:
    """The number in its chat of a document that stands there; 0 for an attachment of the draft."""
    return max(0, -key)
