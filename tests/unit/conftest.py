"""Unit tests run as if Qt were not installed, when FACET_WITHOUT_QT says so.

`make test` says so. It can't be the rule always: in one run with the gui tests Qt is needed.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

QT = ("PySide6", "shiboken6")


class _WithoutQt(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.split(".")[0] in QT:
            raise ModuleNotFoundError(f"{name} is not for unit tests", name=name)
        return None


if os.environ.get("FACET_WITHOUT_QT"):
    loaded = [name for name in QT if name in sys.modules]
    assert not loaded, f"{loaded} came in before the unit tests: run them with -p no:pytest-qt"
    sys.meta_path.insert(0, _WithoutQt())
