"""Which icon stands for an attachment that has no picture of its own."""

from app.core.conversation import Audio, Document, Video

_DOCUMENTS = {
    "folder": "folder",
    "recording": "wave",
    "csv": "table",
    "xls": "table",
    "xlsb": "table",
    "xlsx": "table",
    "ods": "table",
}


def icon_of(part: Audio | Document | Video) -> str:
    """The name of its icon."""
    match part:
        case Audio():
            return "wave"
        case Video():
            return "play"
    return _DOCUMENTS.get(part.kind, "doc")
