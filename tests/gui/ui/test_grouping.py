"""Chats under headings by date."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from PySide6.QtCore import QLocale

from app.ui.sidebar.grouping import grouped, heading

NOW = datetime(2026, 3, 15, 0, 30)


@dataclass(frozen=True)
class Item:
    updated: datetime


@pytest.fixture(autouse=True)
def english() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English))


@pytest.mark.parametrize(
    ("ago", "name"),
    [
        (timedelta(0), "Today"),
        (timedelta(minutes=31), "Yesterday"),  # last midnight lies between
        (timedelta(days=1), "Yesterday"),
        (timedelta(days=2), "Previous 7 days"),
        (timedelta(days=7), "Previous 7 days"),
        (timedelta(days=8), "Previous 30 days"),
        (timedelta(days=30), "Previous 30 days"),
        (timedelta(days=31), "February"),
        (timedelta(days=80), "December 2025"),
        (timedelta(days=-3), "Today"),  # the clock was set back
    ],
)
def test_heading(ago: timedelta, name: str) -> None:
    assert heading(NOW - ago, NOW) == name


def test_days_are_those_of_the_persons_own_zone() -> None:
    written = datetime(2026, 3, 14, 12, 0, tzinfo=timezone.utc)
    local = written.astimezone()
    midnight_after = local.replace(hour=0, minute=1) + timedelta(days=1)
    assert heading(written, local) == "Today"
    assert heading(written, midnight_after) == "Yesterday"


def test_groups_keep_the_order() -> None:
    items = [Item(NOW - timedelta(days=days)) for days in (0, 1, 1, 5, 400)]
    groups = grouped(items, NOW)
    names = [name for name, _ in groups]
    assert names == ["Today", "Yesterday", "Previous 7 days", "February 2025"]
    assert [item for _, members in groups for item in members] == items
