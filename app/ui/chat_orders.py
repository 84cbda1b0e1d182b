"""What is ordered of chats in the window's menus, by its keys and in its pages."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.conversation import Audio, Video
from app.session.chats import Chats
from app.session.models import ModelShelf
from app.ui.announce import announce
from app.ui.chat_menu import WindowActs, chat_menu
from app.ui.dialogs.dialogs import Dialogs
from app.ui.export.answer_file import answer_file
from app.ui.overlays import UndoBar
from app.ui.page import ChatPage
from app.ui.pages import Pages
from app.ui.theme.theme import Theme


class ChatOrders(QObject):
    """Renames, deletes and takes back; opens what is in a chat. ``acts`` are the window's own, for
    the menu of the open chat."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        chats: Chats,
        shelf: ModelShelf,
        dialogs: Dialogs,
        pages: Pages,
        acts: WindowActs,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._chats = chats
        self._shelf = shelf
        self._dialogs = dialogs
        self._pages = pages
        self._acts = acts
        self._deleted = ""
        page: ChatPage = pages.chat
        page.header.menu_wanted.connect(self.open_menu)
        page.picture_wanted.connect(lambda path, name: dialogs.picture(window, path, name))
        page.sound_wanted.connect(self._play)
        page.save_wanted.connect(self._save)
        self._undo_bars: tuple[UndoBar, ...] = (page.undo, pages.undo)
        for bar in self._undo_bars:
            bar.undone.connect(lambda: chats.undo_delete(self._deleted))
        chats.deleted.connect(self._offer_undo)

    def rename_open(self) -> None:
        """Ask for another title for the open chat."""
        if self._chats.current.stored:
            self.rename(self._chats.current.id)

    def rename(self, chat_id: str) -> None:
        """Ask for another title for a chat."""
        title = next((chat.title for chat in self._chats.summaries if chat.id == chat_id), "")
        self._dialogs.rename(self._window, title, lambda fresh: self._chats.rename(chat_id, fresh))

    def take_back(self) -> None:
        """Take back what was deleted last, while that is offered."""
        for bar in self._undo_bars:
            if bar.isVisible():
                bar.take_back()

    def open_menu(self) -> None:
        """Show the menu of the open chat."""
        chat, begun = self._chats.current.id, self._chats.current.stored
        facts = (lambda: self._dialogs.model_facts(self._window)) if self._shelf.info else None
        menu = chat_menu(
            self._theme,
            self._window,
            self._acts,
            rename=self.rename_open if begun else None,
            delete=(lambda: self._chats.delete(chat)) if begun else None,
            model_facts=facts,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self._pages.chat.header.more, at_end=True)

    def _save(self, entry_id: str) -> None:
        """Save an answer of the open chat as a file."""
        session, page = self._chats.current, self._pages.chat
        answer = answer_file(session, entry_id)
        if answer is None:
            return

        def saved(path: Path) -> None:
            show = (self.tr("Show in folder"), lambda: self._dialogs.reveal(path))
            words = self.tr("Saved as {0}.").format(path.name)
            page.notice.tell(words, kind="info", subject="saved", actions=(show,))
            announce(self._window, words)

        self._dialogs.save_answer(self._window, answer, saved, page.show_problem)

    def _play(self, sound: Audio | Video) -> None:
        self._dialogs.play(self._chats.blob_path(sound.blob), sound)

    def _offer_undo(self, chat_id: str, title: str) -> None:
        self._deleted = chat_id
        words = self.tr("“{0}” was deleted.").format(title)
        self._undo_bars[self._pages.at_models].offer(words)
        announce(self._window, words)
