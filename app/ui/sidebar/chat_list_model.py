"""The chats of the sidebar as a flat list of rows: headings and chats."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.session.chats import ChatSummary
from app.ui.sidebar.grouping import grouped

Index = QModelIndex | QPersistentModelIndex
ID_ROLE = Qt.ItemDataRole.UserRole + 1  # the chat's id; "" on a heading


class ChatListModel(QAbstractListModel):
    """Rows are headings (``str``) or chats (``ChatSummary``); only chats can be chosen."""

    def __init__(
        self, parent: QObject | None = None, now: Callable[[], datetime] = datetime.now
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._rows: list[str | ChatSummary] = []

    def set_chats(self, chats: Sequence[ChatSummary]) -> None:
        """Show ``chats`` (newest first), under headings by date."""
        rows: list[str | ChatSummary] = []
        for name, members in grouped(chats, self._now()):
            rows.append(name)
            rows.extend(members)
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def retitle(self, chats: Sequence[ChatSummary]) -> None:
        """Take over the titles of ``chats`` and leave the order as it is."""
        fresh = {chat.id: chat for chat in chats}
        for number, row in enumerate(self._rows):
            if isinstance(row, str) or row.id not in fresh or fresh[row.id].title == row.title:
                continue
            self._rows[number] = fresh[row.id]
            self.dataChanged.emit(self.index(number), self.index(number))

    @property
    def ids(self) -> list[str]:
        """The chats' ids from top to bottom."""
        return [row.id for row in self._rows if not isinstance(row, str)]

    def index_of(self, chat_id: str) -> QModelIndex:
        """Where the chat stands; an invalid index if it is not in the list."""
        for number, row in enumerate(self._rows):
            if not isinstance(row, str) and row.id == chat_id:
                return self.index(number)
        return QModelIndex()

    def chat(self, index: Index) -> ChatSummary | None:
        """The chat at ``index``; None for a heading or nothing."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        return None if isinstance(row, str) else row

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.chat(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        text = row if isinstance(row, str) else row.title
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return text
        if role == ID_ROLE:
            return "" if isinstance(row, str) else row.id
        return None
