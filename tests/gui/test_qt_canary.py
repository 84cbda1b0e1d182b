"""PySide6 6.12.0 dropped a reference to None in nearly every call, and Python 3.10 and 3.11 aborted
after some thousands of them. A release that does so again must not get into the lock file."""

import sys

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

CALLS = 200_000  # the broken release aborts after 6,000


def test_calls_that_return_nothing_leave_none_alone(qtbot: QtBot) -> None:
    thing = QObject()
    before = sys.getrefcount(None)

    for _ in range(CALLS):
        thing.setObjectName("a")

    assert abs(sys.getrefcount(None) - before) < CALLS // 100
