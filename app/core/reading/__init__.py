"""How a long document is read, and what an answer about it may claim.

``Work``, ``find`` and ``check`` are loaded when they are first used, inside a job: with rapidfuzz
they take about 50 ms of import, for which no start should wait.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.core.reading.citations import check as check
    from app.core.reading.citations import find as find
    from app.core.reading.work import Work as Work

# Name -> the module that it is in.
_LAZY = {
    "check": "app.core.reading.citations",
    "find": "app.core.reading.citations",
    "Work": "app.core.reading.work",
}


def __getattr__(name: str) -> Any:  # PEP 562
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
