"""What stands beside the sidebar: the open chat, or the models."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.core.errors import AppError
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.preferences import Preferences
from app.ui.dialogs.dialogs import Dialogs
from app.ui.overlays import UndoBar
from app.ui.page import ChatPage
from app.ui.theme.theme import Theme

_UNDO_ABOVE = 20  # px above the lower edge

if TYPE_CHECKING:
    from app.ui.models.page import ModelsPage


class Pages(QWidget):
    """Shows ``chat`` or the page of models, which is made when it is first asked for."""

    models_shown = Signal(bool)  # or the chat again
    sidebar_wanted = Signal()
    open_model_wanted = Signal()
    first_run_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        chat: ChatPage,
        shelf: ModelShelf,
        offers: Offers,
        downloads: Downloads,
        preferences: Preferences,
        dialogs: Dialogs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._offers = offers
        self._downloads = downloads
        self._preferences = preferences
        self._dialogs = dialogs
        self._alone = False
        self.chat = chat
        self.models: ModelsPage | None = None
        self._stack = QStackedLayout(self)
        self._stack.addWidget(chat)
        self.undo = UndoBar(theme, self)  # over the models; the chat has its own

    @property
    def at_models(self) -> bool:
        """Whether the models are shown."""
        return self._stack.currentWidget() is not self.chat

    def show_models(self, *, by_key: bool = False) -> None:
        """Show the models, with the keyboard in their tables. The ring of the focus is seen if it
        was done ``by_key``."""
        models = self._need_models()
        if not self.at_models:
            self._stack.setCurrentWidget(models)
            self.undo.raise_()
            self.models_shown.emit(True)
            self._shelf.rescan()  # other programs may have fetched something meanwhile
        reasons = Qt.FocusReason
        models.focus_first(reasons.ShortcutFocusReason if by_key else reasons.OtherFocusReason)

    def show_chat(self) -> None:
        """Show the chat again. Nothing happens if it is shown already."""
        if self.at_models:
            self._stack.setCurrentWidget(self.chat)
            self.undo.dismiss()
            self.models_shown.emit(False)

    def show_problem(self, problem: AppError) -> None:
        """Say what went wrong where it is seen."""
        if self.models is not None and self.at_models:
            self.models.show_problem(problem)
        else:
            self.chat.show_problem(problem)

    def parts(self) -> list[tuple[QWidget, Callable[[], None]]]:
        """The parts that F6 goes to, each with what gives it the keyboard."""
        if self.models is not None and self.at_models:
            return [(self.models, self.models.focus_first)]
        return [
            (self.chat, self.chat.focus_transcript),
            (self.chat.composer, self.chat.focus_composer),
        ]

    def focus(self) -> None:
        """Give the keyboard to what one came for."""
        self.parts()[-1][1]()

    def set_shape(self, *, alone: bool, narrow: bool) -> None:
        """``alone``: no sidebar beside it; ``narrow``: the sidebar is a drawer."""
        self._alone = alone
        self.chat.header.set_shape(alone=alone, narrow=narrow)
        if self.models is not None:
            self.models.set_shape(alone=alone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.undo.place(_UNDO_ABOVE)

    def _need_models(self) -> "ModelsPage":
        if self.models is None:
            # Not above: most starts do without, and none should wait for it.
            from app.ui.models.page import ModelsPage

            self._offers.start()
            self.models = ModelsPage(
                self._theme,
                self._offers,
                self._shelf,
                self._downloads,
                self._preferences,
                self._dialogs,
            )
            self.models.sidebar_wanted.connect(self.sidebar_wanted)
            self.models.open_model_wanted.connect(self.open_model_wanted)
            self.models.first_run_wanted.connect(self.first_run_wanted)
            self.models.set_shape(alone=self._alone)
            self._stack.addWidget(self.models)
        return self.models
