"""Under which heading a chat stands in the sidebar."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QLocale


class Dated(Protocol):
    """Anything with the moment of its last change."""

    @property
    def updated(self) -> datetime: ...


Item = TypeVar("Item", bound=Dated)


def heading(updated: datetime, now: datetime) -> str:
    """The heading for something last changed at ``updated``, seen at ``now``.

    Days count as calendar days where the person is: a chat of 23:59 is of yesterday at 0:01.
    """
    then, today = _local(updated).date(), _local(now).date()
    days = (today - then).days
    if days <= 0:  # a clock that was set back must not make a heading of its own
        return QCoreApplication.translate("Sidebar", "Today")
    if days == 1:
        return QCoreApplication.translate("Sidebar", "Yesterday")
    if days <= 7:
        return QCoreApplication.translate("Sidebar", "Previous 7 days")
    if days <= 30:
        return QCoreApplication.translate("Sidebar", "Previous 30 days")
    month = QLocale().standaloneMonthName(then.month)
    return month if then.year == today.year else f"{month} {then.year}"


def grouped(items: Iterable[Item], now: datetime) -> list[tuple[str, list[Item]]]:
    """``items``, newest first, as (heading, items) in the same order."""
    groups: list[tuple[str, list[Item]]] = []
    for item in items:
        name = heading(item.updated, now)
        if not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].append(item)
    return groups


def _local(moment: datetime) -> datetime:
    return moment.astimezone() if moment.tzinfo else moment
