"""Every test is marked by the folder it is in."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
KINDS = ("unit", "gui", "end2end", "bench")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if TESTS in item.path.parents:
            kind = item.path.relative_to(TESTS).parts[0]
            if kind in KINDS:
                item.add_marker(kind)
