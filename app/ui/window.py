"""The main window: sidebar, page, and what happens to the window as a whole."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.core.errors import AppError
from app.desktop.hotkey import Hotkey
from app.engine.messages import Died
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.preferences import Preferences
from app.session.preview import Preview
from app.ui.arrangement import Arrangement
from app.ui.chat_menu import WindowActs
from app.ui.chat_orders import ChatOrders
from app.ui.commands import install, writes
from app.ui.dialogs.dialogs import Dialogs
from app.ui.document_orders import DocumentOrders
from app.ui.file_drop import FileDrop
from app.ui.focus_order import neighbour, next_part
from app.ui.page import ChatPage
from app.ui.pages import Pages
from app.ui.sidebar.download_note import DownloadNote
from app.ui.sidebar.sidebar import Sidebar
from app.ui.text_size import TextSize
from app.ui.theme.theme import Theme
from app.ui.window_commands import screen_command, window_commands
from app.ui.window_place import SMALLEST, keep_place, restore_place


class MainWindow(QWidget):
    """Puts sidebar and page together; opens dialogs; remembers its size and place."""

    painted = Signal()  # once, when there is something to see
    close_wanted = Signal()  # by its own button, while it is held
    quit_wanted = Signal()
    shoot_wanted = Signal()
    first_run_wanted = Signal()  # once more, by somebody who has passed it

    def __init__(
        self,
        theme: Theme,
        chats: Chats,
        shelf: ModelShelf,
        preferences: Preferences,
        dialogs: Dialogs,
        offers: Offers,
        downloads: Downloads,
        hotkey: Hotkey,
        preview: Preview,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._chats = chats
        self._shelf = shelf
        self._preferences = preferences
        self._dialogs = dialogs
        self._hotkey = hotkey
        self._held = False
        self._is_painted = False
        self._session: ChatSession | None = None
        self._first_run: QWidget | None = None
        self.setMinimumSize(SMALLEST)

        self.sidebar = Sidebar(theme, chats, shelf, hotkey, preferences, self)
        DownloadNote(self.sidebar.models, downloads)
        self.page = ChatPage(theme, chats, shelf, preferences)
        self.pages = Pages(theme, self.page, shelf, offers, downloads, preferences, dialogs, self)
        self.arrangement = Arrangement(theme, self, self.sidebar, self.pages, preferences)
        self.drawer = self.arrangement.drawer
        self.documents = DocumentOrders(theme, self, chats, preview, self.arrangement, self.page)
        self._drop = FileDrop(theme, self, self.page)
        self.text_size = TextSize(theme, preferences)
        acts = WindowActs(self.open_settings, self.open_shortcuts, self.open_about)
        self.chat_orders = ChatOrders(theme, self, chats, shelf, dialogs, self.pages, acts)
        self.commands = window_commands(self)
        self._shortcuts = install(self.commands, self)
        self._connect()
        restore_place(self, preferences.settings)
        self.arrangement.fit()
        self._follow_chat(chats.current)

    def show_problem(self, problem: AppError) -> None:
        """Say what went wrong and what to do about it."""
        self.pages.show_problem(problem)

    def show_model_problem(self, problem: AppError) -> None:
        """The same for a model or its download, which the first run tells in its own place."""
        if not self.greeting:
            self.show_problem(problem)

    def come_to_front(self) -> None:
        """Show the window to somebody who has closed it, or has started Facet a second time."""
        self.show()
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def engine_died(self, event: Died) -> None:
        """The engine's process has ended; what it was doing says so itself."""
        if event.restarting:
            self.sidebar.status.set_note(self.tr("Restarted just now"))

    def set_held(self, held: bool) -> None:
        """Whether closing it by its button is only told, and it stays (``close_wanted``)."""
        self._held = held

    def quit(self) -> None:
        """End the program, as far as it is up to the window."""
        self.quit_wanted.emit()

    # -- putting together -------------------------------------------------------------------

    def _connect(self) -> None:
        self._drop.files_dropped.connect(self._add_files)
        self._drop.picture_dropped.connect(self._add_picture)
        sidebar, page, pages = self.sidebar, self.page, self.pages
        sidebar.chat_chosen.connect(self.open_chat)
        sidebar.new_chat_wanted.connect(self.new_chat)
        sidebar.shoot_wanted.connect(self.shoot_wanted)
        sidebar.rename_wanted.connect(self.chat_orders.rename)
        sidebar.collapse_wanted.connect(self.toggle_sidebar)
        sidebar.settings_wanted.connect(self.open_settings)
        sidebar.open_model_wanted.connect(self.open_model)
        sidebar.models_wanted.connect(self.open_models)
        pages.models_shown.connect(self._follow_page)
        pages.sidebar_wanted.connect(self.toggle_sidebar)
        pages.open_model_wanted.connect(self.open_model)
        pages.first_run_wanted.connect(self.first_run_wanted)
        page.models_wanted.connect(self.open_models)
        page.header.models_wanted.connect(self.open_models)
        page.header.sidebar_wanted.connect(self.toggle_sidebar)
        page.open_model_wanted.connect(self.open_model)
        page.new_chat_wanted.connect(self.new_chat)
        self._chats.current_changed.connect(self._follow_chat)
        for source in (self._chats, self._preferences):
            source.problem.connect(self.show_problem)
        self._shelf.problem.connect(self.show_model_problem)

    # -- orders -----------------------------------------------------------------------------

    def new_chat(self) -> None:
        """Begin a chat, and write in it."""
        self._chats.new_chat()
        self.pages.show_chat()
        self.drawer.close_drawer()
        self.page.focus_composer()

    def toggle_sidebar(self) -> None:
        """Show the sidebar, or put it away."""
        self.arrangement.toggle_sidebar()

    def open_settings(self) -> None:
        """Show the settings."""
        self._dialogs.settings(self, self.commands)

    def open_shortcuts(self) -> None:
        """Show what the keyboard can do."""
        self._dialogs.shortcuts(self, (screen_command(self._hotkey), *self.commands))

    def open_about(self) -> None:
        """Show what Facet is and what it is made of."""
        self._dialogs.about(self)

    def open_model(self) -> None:
        """Ask for a GGUF file and load it."""
        self._dialogs.choose_model(self)

    def find_in_chat(self) -> None:
        """Look for words in the open chat, or in the document that has the keyboard."""
        if not self.documents.find():
            self.close_models()
            self.page.open_find()

    def larger(self) -> None:
        """Larger text, or larger pages of the document that has the keyboard."""
        if not self.documents.zoom(1):
            self.text_size.larger()

    def smaller(self) -> None:
        """The other way round."""
        if not self.documents.zoom(-1):
            self.text_size.smaller()

    def usual_size(self) -> None:
        """Text as the system has it, or pages as wide as the pane."""
        if not self.documents.zoom(0):
            self.text_size.usual()

    def add_files(self) -> None:
        """Choose files for the next message."""
        self.close_models()
        self.page.composer.choose_files()

    def open_models(self, *, by_key: bool = False) -> None:
        """Show the models."""
        self.drawer.close_drawer()
        self.pages.show_models(by_key=by_key)

    def close_models(self) -> None:
        """Go back from the models to the chat."""
        if self.pages.at_models:
            self.pages.show_chat()
            self.page.focus_composer()

    def toggle_models(self) -> None:
        """Show the models, or go back from them to the chat."""
        if self.pages.at_models:
            self.close_models()
        else:
            self.open_models(by_key=True)

    # -- the first run ----------------------------------------------------------------------

    @property
    def greeting(self) -> bool:
        """Whether the first run stands in place of everything."""
        return self._first_run is not None

    def show_first_run(self, first_run: QWidget) -> None:
        """Have ``first_run`` stand in place of everything until its signal ``finished`` comes;
        then it is taken away for good. Nothing happens while one is shown already."""
        if self._first_run is not None:
            first_run.deleteLater()
            return
        self._first_run = first_run
        first_run.finished.connect(self._end_first_run)  # type: ignore[attr-defined]
        self.setAcceptDrops(False)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        self.arrangement.cover(first_run)
        first_run.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_first_run(self) -> None:
        if self._first_run is None:
            return
        self._first_run = None
        self.setAcceptDrops(True)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(True)
        self.arrangement.uncover()
        self.pages.focus()

    # -- parts of the window ----------------------------------------------------------------

    def next_part(self) -> None:
        """Go on to the next part of the window: sidebar, transcript, composer, and round again."""
        next_part(self.arrangement.parts(), QApplication.focusWidget(), 1)

    def previous_part(self) -> None:
        """Go back to the part of the window before."""
        next_part(self.arrangement.parts(), QApplication.focusWidget(), -1)

    def search_chats(self) -> None:
        """Begin to search the chats."""
        if not self.sidebar.isVisible():
            self.toggle_sidebar()
        self.sidebar.focus_search()

    # -- files ------------------------------------------------------------------------------

    def take_files(self, paths: Sequence[str]) -> None:
        """Attach files to what is being written in the open chat."""
        self.close_models()
        self._add_files(list(paths))

    def _add_files(self, paths: list[str]) -> None:
        self.page.composer.add_files(paths)
        self._write_on()

    def _add_picture(self, png: bytes) -> None:
        self.page.composer.add_picture(png)
        self._write_on()

    def _write_on(self) -> None:
        """Whoever drops something goes on to write about it here."""
        self.drawer.close_drawer()
        self.activateWindow()

    # -- chats ------------------------------------------------------------------------------

    def open_chat(self, chat_id: str) -> None:
        """Show a chat of the list, and write in it."""
        self._chats.open(chat_id)
        self.pages.show_chat()
        self.drawer.close_drawer()
        self.page.focus_composer()

    def _follow_chat(self, session: ChatSession) -> None:
        if self._session is not None:
            self._session.title_changed.disconnect(self._show_title)
        self._session = session
        session.title_changed.connect(self._show_title)
        self._show_title(session.title)

    def _follow_page(self, models: bool) -> None:
        self.sidebar.set_models_open(models)
        self._show_title(self._chats.current.title)

    def _show_title(self, title: str) -> None:
        shown = self.tr("Models") if self.pages.at_models else title or self.tr("New chat")
        self.setWindowTitle(self.tr("{0} – Facet").format(shown))

    # -- what happens to the window ---------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._first_run is not None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif self.pages.at_models or not self.pages.isVisible():
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.page.focus_composer()
            self.page.composer.edit.paste()
        elif writes(event) and self.drawer.isHidden():
            # Somebody who begins to write means the composer, wherever the focus is.
            self.page.focus_composer()
            QApplication.sendEvent(self.page.composer.edit, event)
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        if not self.drawer.isHidden():
            self.drawer.close_drawer()
        elif self.pages.at_models:
            self.close_models()
        elif self.arrangement.pane_covers:
            self.documents.close()
        elif self.page.find_bar.isVisible():
            self.page.find_bar.close_bar()
        elif self.page.silence():
            pass
        elif self._chats.current.busy:
            self._chats.current.stop()
        else:
            self.documents.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        root = self.arrangement.focus_root()
        found = neighbour(root, QApplication.focusWidget(), forward=forward)
        if found is None:
            return False
        reasons = Qt.FocusReason
        found.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("canvas"))
        if not self._is_painted:
            self._is_painted = True
            # After this turn of the event loop everything is on the screen.
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrangement.fit()
        self.page.fit_window()
        keep_place(self, self._preferences)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        keep_place(self, self._preferences)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._preferences.change(window_maximized=self.isMaximized())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._shelf.watch_memory(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._shelf.watch_memory(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        keep_place(self, self._preferences)
        if self._held:
            event.ignore()
            self.close_wanted.emit()
        else:
            super().closeEvent(event)
