"""Files that a person attaches -> what a message carries. No Qt.

``read_attachment``, ``piece`` and ``Index`` are loaded when they are first used, inside a job:
their modules bring Pillow, numpy, libsndfile and FFmpeg's libraries, together about 200 ms of
import, which would be an eighth of the start of an app that may never be given an attachment. This
file is the one place that knows.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.documents.attachments import Attachment as Attachment
    from app.documents.attachments import read_attachment as read_attachment
    from app.documents.recordings import piece as piece
    from app.documents.search import Index as Index

# Name -> the module that it is in.
_LAZY = {
    "Attachment": "app.documents.attachments",
    "read_attachment": "app.documents.attachments",
    "piece": "app.documents.recordings",
    "Index": "app.documents.search",
}


def __getattr__(name: str) -> Any:  # PEP 562
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
