"""Files that a person attaches -> what a message carries. No Qt.

``read_attachment`` is loaded when it is first used, inside a job: its modules bring Pillow, numpy
and libsndfile, together about 150 ms of import, which would be an eighth of the start of an app
that may never be given an attachment. This file is the one place that knows.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.documents.attachments import Attachment as Attachment
    from app.documents.attachments import read_attachment as read_attachment

_LAZY = {"Attachment", "read_attachment"}


def __getattr__(name: str) -> Any:  # PEP 562
    if name in _LAZY:
        return getattr(importlib.import_module("app.documents.attachments"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
