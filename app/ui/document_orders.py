"""Documents and citations that are opened beside the chat."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.conversation import Document
from app.desktop.player.player import Player
from app.session.chats import Chats
from app.session.preview import Preview
from app.ui.arrangement import Arrangement
from app.ui.page import ChatPage
from app.ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.ui.preview.pane import PreviewPane


class DocumentOrders(QObject):
    """Opens what is pressed in ``page`` in a pane, which is made when it is first needed, and
    closes it with the chat."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        chats: Chats,
        preview: Preview,
        arrangement: Arrangement,
        page: ChatPage,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._chats = chats
        self._preview = preview
        self._arrangement = arrangement
        self._page = page
        self.player: Player | None = None  # set where recordings can be heard
        self.pane: PreviewPane | None = None
        page.document_wanted.connect(self.open_document)
        page.citation_opened.connect(self.open_citation)
        chats.current_changed.connect(lambda _session: self.close())

    def open_document(self, document: Document) -> None:
        """Show a document from its first page on."""
        self._need_pane().open_document(document)
        self._show()

    def open_citation(self, entry_id: str, index: int) -> None:
        """Show where an answer of the open chat has something from."""
        self._need_pane().open_citation(self._chats.current, entry_id, index)
        self._show()

    def close(self) -> None:
        """Put the pane away. Nothing happens if it is not open."""
        if self.is_open and self.pane is not None:
            self.pane.close_pane()

    @property
    def is_open(self) -> bool:
        """Whether a document is shown."""
        return self.pane is not None and self.pane.isVisible()

    @property
    def has_focus(self) -> bool:
        """Whether the keyboard is in the document."""
        return self.pane is not None and self.is_open and self.pane.has_focus

    def zoom(self, steps: int) -> bool:
        """Show the pages larger, smaller for -1, as wide as the pane for 0, if the keyboard is
        with them. Whether it is."""
        if self.pane is None or not self.has_focus:
            return False
        if steps:
            self.pane.view.zoom_by(steps)
        else:
            self.pane.view.set_zoom(1.0)
        return True

    def find(self) -> bool:
        """Look for words in the document, if the keyboard is there. Whether it is."""
        if self.pane is None or not self.has_focus:
            return False
        self.pane.open_find()
        return True

    def _show(self) -> None:
        if self.pane is not None:
            self._arrangement.open_pane(self.pane)

    def _need_pane(self) -> "PreviewPane":
        if self.pane is None:
            # Not above: most starts do without, and none should wait for it.
            from app.ui.preview.pane import PreviewPane

            self.pane = PreviewPane(self._theme, self._preview, self._window, player=self.player)
            self.pane.hide()
            self.pane.closed.connect(self._arrangement.close_pane)
            self.pane.citation_shown.connect(self._show_opened)
        return self.pane

    def _show_opened(self, entry_id: str, index: int) -> None:
        if self._page.chat_view is not None:
            self._page.chat_view.show_opened(entry_id, index)
