"""Waiting for a state with a deadline; what these tests have in place of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP = 0.03  # seconds between two looks


def wait_for(look: Callable[[], T | None], what: str, timeout: float = 20.0) -> T:
    """The first answer of ``look`` that is neither None nor False (nor empty). AssertionError,
    with ``what`` was awaited, when ``timeout`` seconds pass without one."""
    end = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout:g} s: {what}")
        time.sleep(STEP)
