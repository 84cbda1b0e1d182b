"""The strip above the transcript: where one is, and what can be done with it."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.session.models import ModelShelf
from app.ui.page_header import PageHeader
from app.ui.sidebar.model_status import ModelButton
from app.ui.theme.controls import IconButton
from app.ui.theme.theme import Theme


class Header(PageHeader):
    """Title, search in the chat, and the menu of the chat; in a narrow window also the model."""

    find_wanted = Signal()
    open_model_wanted = Signal()
    models_wanted = Signal()

    def __init__(self, theme: Theme, shelf: ModelShelf, parent: QWidget | None = None) -> None:
        self._model = ModelButton(theme, shelf, compact=True)
        self.search = IconButton(
            theme,
            "search",
            QCoreApplication.translate("Header", "Find in this chat"),
            shortcut="Ctrl+F",
        )
        super().__init__(theme, "", (self._model, self.search), parent)
        self._row.insertSpacing(self._row.indexOf(self.search), 8)
        self._model.open_wanted.connect(self.open_model_wanted)
        self._model.models_wanted.connect(self.models_wanted)
        self.search.clicked.connect(self.find_wanted)
        self.set_shape(alone=False, narrow=False)

    @property
    def title(self) -> str:
        """The words in it."""
        return self._title.text()

    def set_title(self, title: str) -> None:
        """Show the title of the page."""
        self._title.setText(title)

    def set_shape(self, *, alone: bool, narrow: bool) -> None:
        """``alone``: no sidebar beside it; ``narrow``: the sidebar is a drawer."""
        self._model.setVisible(narrow)
        self.set_alone(alone)
