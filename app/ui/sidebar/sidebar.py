"""The left side of the window."""

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.hotkey import Hotkey
from app.session.chats import Chats, ChatSummary
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.ui.mirror import set_margins
from app.ui.sidebar.chat_list import ChatList, Order
from app.ui.sidebar.model_status import ModelStatus
from app.ui.sidebar.nav_row import NavRow
from app.ui.sidebar.search_field import SearchField
from app.ui.sidebar.shoot_row import ShootRow
from app.ui.theme.controls import Divider, IconButton, Label, Mark, Menu
from app.ui.theme.theme import Theme

NARROWEST, USUAL, WIDEST = 200, 260, 360  # px
_SEARCH_PAUSE_MS = 120


class Sidebar(QWidget):
    """Brand, search, new chat, the screen, models, the chats, and the model's status."""

    chat_chosen = Signal(str)
    new_chat_wanted = Signal()
    shoot_wanted = Signal()
    rename_wanted = Signal(str)
    collapse_wanted = Signal()
    settings_wanted = Signal()
    open_model_wanted = Signal()
    models_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        chats: Chats,
        shelf: ModelShelf,
        hotkey: Hotkey,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chats = chats
        self.setAccessibleName(self.tr("Sidebar"))

        collapse = IconButton(theme, "sidebar", self.tr("Hide the sidebar"), shortcut="Ctrl+B")
        collapse.clicked.connect(self.collapse_wanted)
        brand = QHBoxLayout()
        set_margins(brand, self, 18, 10, 10, 10)
        brand.setSpacing(9)
        brand.addWidget(Mark(theme, 22))
        brand.addWidget(Label(theme, "Facet", role="h3"), 1)
        brand.addWidget(collapse)

        self.search = SearchField(theme, self.tr("Search chats"), "Ctrl K")
        self.search.textChanged.connect(self._search_soon)
        self.search.returnPressed.connect(self._open_first)
        self._new = NavRow(theme, "new", self.tr("New chat"), "Ctrl N")
        self._new.clicked.connect(self.new_chat_wanted)
        self.shoot = ShootRow(theme, hotkey, preferences)
        self.shoot.clicked.connect(self.shoot_wanted)
        self.models = NavRow(theme, "gem", self.tr("Models"), "Ctrl M")
        self.models.clicked.connect(self.models_wanted)
        self.list = ChatList(theme)
        self.list.chosen.connect(self.chat_chosen)
        self.list.ordered.connect(self._carry_out)
        self.list.menu_wanted.connect(self._open_menu)
        self.search.left_downwards.connect(self.list.focus_first)
        self.status = ModelStatus(theme, shelf)
        self.status.settings_wanted.connect(self.settings_wanted)
        self.status.open_wanted.connect(self.open_model_wanted)
        self.status.models_wanted.connect(self.models_wanted)

        top = QVBoxLayout()
        top.setContentsMargins(8, 0, 8, 0)
        top.setSpacing(10)
        top.addWidget(self.search)
        nav = QVBoxLayout()
        nav.setSpacing(1)
        nav.addWidget(self._new)
        nav.addWidget(self.shoot)
        nav.addWidget(self.models)
        top.addLayout(nav)
        column = QVBoxLayout(self)
        set_margins(column, self, 0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(brand)
        column.addLayout(top)
        column.addSpacing(2)
        column.addWidget(self.list, 1)
        column.addWidget(Divider(theme))
        column.addWidget(self.status)

        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        chats.list_changed.connect(self._list_changed)
        chats.current_changed.connect(self._mark_open)
        theme.changed.connect(self.update)
        self._list_changed()
        self._mark_open()

    def focus_list(self) -> None:
        """Give the keyboard to the open chat's row, or to the search if there is none."""
        if self._chats.summaries:
            self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.focus_search()

    def set_models_open(self, there: bool) -> None:
        """Whether the page of models is shown, and no chat."""
        self.models.set_here(there)
        self._mark_open()

    def focus_search(self) -> None:
        """Begin to search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("sidebar"))
        edge = 0 if self.isRightToLeft() else self.width() - 1
        painter.fillRect(edge, 0, 1, self.height(), self._theme.color("border"))

    # -- inside -----------------------------------------------------------------------------

    def _search_soon(self, text: str) -> None:
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self.list.show_results(self._chats.summaries, "")

    def _search(self) -> None:
        wanted = self.search.text().strip()
        if wanted:
            self._chats.search(wanted, lambda found: self._show_results(wanted, found))

    def _show_results(self, wanted: str, found: tuple[ChatSummary, ...]) -> None:
        if wanted == self.search.text().strip():
            self.list.show_results(found, self.tr("No chat has the words “{0}”.").format(wanted))

    def _open_first(self) -> None:
        self._pause.stop()
        wanted = self.search.text().strip()
        if wanted:
            self._chats.search(wanted, lambda found: self._open_if_any(wanted, found))

    def _open_if_any(self, wanted: str, found: tuple[ChatSummary, ...]) -> None:
        self._show_results(wanted, found)
        if found:
            self.chat_chosen.emit(found[0].id)

    def _list_changed(self) -> None:
        if self.search.text().strip():
            self._search()
        else:
            self.list.show_chats(self._chats.summaries)
        self._mark_open()

    def _mark_open(self) -> None:
        elsewhere = self.models.here
        self.list.set_open("" if elsewhere else self._chats.current.id)
        self._new.set_here(not elsewhere and not self._chats.current.entries)

    def _carry_out(self, chat_id: str, order: Order) -> None:
        if order is Order.RENAME:
            self.rename_wanted.emit(chat_id)
        else:
            self._chats.delete(chat_id)

    def _open_menu(self, chat_id: str, place: QPoint) -> None:
        menu = Menu(self._theme, self)
        menu.add(
            self.tr("Rename…"),
            lambda: self._carry_out(chat_id, Order.RENAME),
            icon="text",
            shortcut="F2",
        )
        menu.add(
            self.tr("Delete"),
            lambda: self._carry_out(chat_id, Order.DELETE),
            icon="trash",
            shortcut="Del",
            danger=True,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_at(place)
