"""The main window: sidebar, page, and what happens to the window as a whole."""

from collections.abc import Callable

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
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.core.conversation import Audio
from app.core.errors import AppError
from app.engine.messages import Died
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.ui.announce import announce
from app.ui.chat_menu import chat_menu
from app.ui.commands import TEXT_SIZES, install, writes
from app.ui.dialogs.dialogs import Dialogs
from app.ui.file_drop import FileDrop
from app.ui.focus_order import neighbour, next_part
from app.ui.overlays import Drawer
from app.ui.page import ChatPage
from app.ui.sidebar.grip import Grip
from app.ui.sidebar.sidebar import NARROWEST, USUAL, WIDEST, Sidebar
from app.ui.theme.theme import Theme
from app.ui.window_commands import window_commands
from app.ui.window_place import SMALLEST, keep_place, restore_place

DRAWER_BELOW = 800  # px; a narrower window has its sidebar in a drawer


class MainWindow(QWidget):
    """Puts sidebar and page together; opens dialogs; remembers its size and place."""

    painted = Signal()  # once, when there is something to see

    def __init__(
        self,
        theme: Theme,
        chats: Chats,
        shelf: ModelShelf,
        preferences: Preferences,
        dialogs: Dialogs,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._chats = chats
        self._shelf = shelf
        self._preferences = preferences
        self._dialogs = dialogs
        self._deleted = ""
        self._is_painted = False
        self._session: ChatSession | None = None
        self._first_run: QWidget | None = None
        self.setMinimumSize(SMALLEST)

        self.sidebar = Sidebar(theme, chats, shelf, self)
        self.sidebar.setFixedWidth(_within(preferences.settings.sidebar_width))
        self.page = ChatPage(theme, chats, shelf, preferences, self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.sidebar)
        self._row.addWidget(self.page, 1)
        self._grip = Grip(self)
        self.drawer = Drawer(theme, self, self.sidebar)
        self._drop = FileDrop(theme, self, self.page)
        self.commands = window_commands(self)
        self._shortcuts = install(self.commands, self)
        self._connect()
        restore_place(self, preferences.settings)
        self._shape()
        self._follow_chat(chats.current)

    @property
    def narrow(self) -> bool:
        """Whether the sidebar is a drawer."""
        return self.width() < DRAWER_BELOW

    def show_problem(self, problem: AppError) -> None:
        """Say what went wrong and what to do about it."""
        self.page.show_problem(problem)

    def come_to_front(self) -> None:
        """Show the window to somebody who has started Facet a second time."""
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def engine_died(self, event: Died) -> None:
        """The engine's process has ended; what it was doing says so itself."""
        if event.restarting:
            self.sidebar.status.set_note(self.tr("Restarted just now"))

    # -- putting together -------------------------------------------------------------------

    def _connect(self) -> None:
        self._grip.dragged.connect(self._drag_sidebar)
        self._grip.reset.connect(lambda: self._drag_sidebar(USUAL))
        self.drawer.closed.connect(self._sidebar_back)
        self._drop.files_dropped.connect(self._add_files)
        self._drop.picture_dropped.connect(self._add_picture)
        sidebar, page = self.sidebar, self.page
        sidebar.chat_chosen.connect(self._open_chat)
        sidebar.new_chat_wanted.connect(self.new_chat)
        sidebar.rename_wanted.connect(self._rename)
        sidebar.collapse_wanted.connect(self.toggle_sidebar)
        sidebar.settings_wanted.connect(self.open_settings)
        sidebar.open_model_wanted.connect(self.open_model)
        page.header.sidebar_wanted.connect(self.toggle_sidebar)
        page.header.menu_wanted.connect(self._open_menu)
        page.open_model_wanted.connect(self.open_model)
        page.picture_wanted.connect(lambda path, name: self._dialogs.picture(self, path, name))
        page.document_wanted.connect(lambda part: self._dialogs.document(self, part))
        page.sound_wanted.connect(self._play)
        page.new_chat_wanted.connect(self.new_chat)
        page.undo.undone.connect(lambda: self._chats.undo_delete(self._deleted))
        self._chats.deleted.connect(self._offer_undo)
        self._chats.current_changed.connect(self._follow_chat)
        for source in (self._chats, self._shelf, self._preferences):
            source.problem.connect(self.show_problem)

    # -- orders -----------------------------------------------------------------------------

    def new_chat(self) -> None:
        """Begin a chat, and write in it."""
        self._chats.new_chat()
        self.drawer.close_drawer()
        self.page.focus_composer()

    def toggle_sidebar(self) -> None:
        """Show the sidebar, or put it away."""
        if not self.narrow:
            self._preferences.change(sidebar_shown=not self._preferences.settings.sidebar_shown)
            self._shape()
        elif self.drawer.isHidden():
            self._open_drawer()
        else:
            self.drawer.close_drawer()

    def open_settings(self) -> None:
        """Show the settings."""
        self._dialogs.settings(self)

    def open_shortcuts(self) -> None:
        """Show what the keyboard can do."""
        self._dialogs.shortcuts(self, self.commands)

    def open_about(self) -> None:
        """Show what Facet is and what it is made of."""
        self._dialogs.about(self)

    def open_model(self) -> None:
        """Ask for a GGUF file and load it."""
        self._dialogs.choose_model(self)

    def larger_text(self) -> None:
        """The next larger size of text."""
        self._resize_text(1)

    def smaller_text(self) -> None:
        """The next smaller size of text."""
        self._resize_text(-1)

    def usual_text(self) -> None:
        """Text as large as the system has it."""
        self._preferences.change(text_percent=0)

    def find_in_chat(self) -> None:
        """Look for words in the open chat."""
        self.page.open_find()

    def add_files(self) -> None:
        """Choose files for the next message."""
        self.page.composer.choose_files()

    # -- the first run ----------------------------------------------------------------------

    def show_first_run(self, first_run: QWidget) -> None:
        """Have ``first_run`` stand in place of everything until its signal ``finished`` comes;
        then it is taken away for good. Nothing happens while one is shown already."""
        if self._first_run is not None:
            first_run.deleteLater()
            return
        self.drawer.close_drawer()
        self._first_run = first_run
        first_run.finished.connect(self._end_first_run)  # type: ignore[attr-defined]
        self._row.addWidget(first_run, 1)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        self._shape()
        first_run.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_first_run(self) -> None:
        first_run, self._first_run = self._first_run, None
        if first_run is None:
            return
        self._row.removeWidget(first_run)
        first_run.hide()
        first_run.deleteLater()
        for shortcut in self._shortcuts:
            shortcut.setEnabled(True)
        self._shape()
        self.page.focus_composer()

    def _resize_text(self, step: int) -> None:
        """The next larger or smaller of the sizes that the settings offer."""
        now = round(self._theme.text_scale * 100)
        sizes = [size for size in TEXT_SIZES if (size > now if step > 0 else size < now)]
        if sizes:
            self._preferences.change(text_percent=min(sizes) if step > 0 else max(sizes))

    # -- parts of the window ----------------------------------------------------------------

    def next_part(self) -> None:
        """Go on to the next part of the window."""
        self._go_part(1)

    def previous_part(self) -> None:
        """Go back to the part of the window before."""
        self._go_part(-1)

    def _go_part(self, step: int) -> None:
        """From sidebar to transcript to composer, and round again."""
        parts: list[tuple[QWidget, Callable[[], None]]] = [
            (self.page, self.page.focus_transcript),
            (self.page.composer, self.page.focus_composer),
        ]
        if self.sidebar.isVisible():
            parts.insert(0, (self.sidebar, self.sidebar.focus_list))
        if not self.drawer.isHidden():
            del parts[1:]
        next_part(parts, QApplication.focusWidget(), step)

    def search_chats(self) -> None:
        """Begin to search the chats."""
        if not self.sidebar.isVisible():
            self.toggle_sidebar()
        self.sidebar.focus_search()

    def _shape(self) -> None:
        """Fit the parts to the width of the window."""
        if not self.narrow:
            self.drawer.close_drawer()
        whole = self._first_run is None
        beside = not self.narrow and self._preferences.settings.sidebar_shown and whole
        if self.drawer.isHidden():
            self.sidebar.setVisible(beside)
        self.page.setVisible(whole)
        self._grip.setVisible(beside)
        self.page.header.set_shape(alone=not beside, narrow=self.narrow)
        self._place_grip()

    def _open_drawer(self) -> None:
        self._row.removeWidget(self.sidebar)
        self.drawer.open_drawer()
        self.sidebar.focus_list()

    def _sidebar_back(self) -> None:
        self._row.insertWidget(0, self.sidebar)
        self._shape()
        self.page.focus_composer()

    def _drag_sidebar(self, width: int) -> None:
        width = _within(width)
        self.sidebar.setFixedWidth(width)
        self._preferences.change(sidebar_width=width)
        self._place_grip()

    def _place_grip(self) -> None:
        self._grip.place(self.sidebar.width())
        if self.drawer.isHidden():
            self._grip.raise_()

    # -- files ------------------------------------------------------------------------------

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

    def _open_chat(self, chat_id: str) -> None:
        self._chats.open(chat_id)
        self.drawer.close_drawer()
        self.page.focus_composer()

    def _follow_chat(self, session: ChatSession) -> None:
        if self._session is not None:
            self._session.title_changed.disconnect(self._show_title)
        self._session = session
        session.title_changed.connect(self._show_title)
        self._show_title(session.title)

    def _show_title(self, title: str) -> None:
        self.setWindowTitle(self.tr("{0} – Facet").format(title or self.tr("New chat")))

    def rename_chat(self) -> None:
        """Ask for another title for the open chat."""
        if self._chats.current.stored:
            self._rename(self._chats.current.id)

    def _rename(self, chat_id: str) -> None:
        title = next((chat.title for chat in self._chats.summaries if chat.id == chat_id), "")
        self._dialogs.rename(self, title, lambda fresh: self._chats.rename(chat_id, fresh))

    def _play(self, sound: Audio) -> None:
        self._dialogs.play(self._chats.blob_path(sound.blob), sound)

    def _offer_undo(self, chat_id: str, title: str) -> None:
        self._deleted = chat_id
        words = self.tr("“{0}” was deleted.").format(title)
        self.page.undo.offer(words)
        announce(self, words)

    def take_back(self) -> None:
        """Take back what was deleted last, while that is offered."""
        if self.page.undo.isVisible():
            self.page.undo.take_back()

    def _open_menu(self) -> None:
        chat, begun = self._chats.current.id, self._chats.current.stored
        menu = chat_menu(
            self._theme,
            self,
            rename=self.rename_chat if begun else None,
            delete=(lambda: self._chats.delete(chat)) if begun else None,
            settings=self.open_settings,
            shortcuts=self.open_shortcuts,
            model_facts=(lambda: self._dialogs.model_facts(self)) if self._shelf.info else None,
            about=self.open_about,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self.page.header.more, at_end=True)

    # -- what happens to the window ---------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._first_run is not None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
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
        elif self.page.find_bar.isVisible():
            self.page.find_bar.close_bar()
        elif self._chats.current.busy:
            self._chats.current.stop()

    def focusNextPrevChild(self, forward: bool) -> bool:
        # An open drawer keeps the focus, like a dialog.
        root = self if self.drawer.isHidden() else self.sidebar
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
        self._shape()
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
        super().closeEvent(event)


def _within(width: int) -> int:
    return min(max(width, NARROWEST), WIDEST)
