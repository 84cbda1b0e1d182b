"""Files that a command is given with a question."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from app.core.errors import AppError
from app.documents.attachments import Attachment, read_attachment

Kind = Literal["image", "audio", "document", "video"]

_WORDS: Mapping[Kind, str] = {
    "image": "picture",
    "audio": "sound",
    "document": "text file",
    "video": "film",
}


def read_as(path: Path, kind: Kind, ways: Mapping[Kind, str]) -> Attachment:
    """The file at ``path``, which must be of ``kind``. AppError names the file, and from ``ways``
    what would be right for it."""
    if "\0" in str(path):
        raise AppError("A file's name has no zero byte in it.", "Correct it.", code="attachment")
    attachment = read_attachment(path)
    if attachment.kind != kind:
        way = ways.get(attachment.kind)
        raise AppError(
            f"{path.name} is not a {_WORDS[kind]}.",
            f"Attach it with {way}." if way else "Open it in the window instead.",
            code="attachment-kind",
        )
    return attachment
