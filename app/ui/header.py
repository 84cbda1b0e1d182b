"""The strip above the transcript: where one is, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpacerItem, QWidget

from app.session.models import ModelShelf
from app.ui.mirror import set_margins
from app.ui.sidebar.model_status import ModelButton
from app.ui.theme.controls import ElidedLabel, IconButton
from app.ui.theme.theme import Theme


class Header(QWidget):
    """Title, search in the chat, and the menu of the chat. Without a sidebar beside it, also the
    button that brings it, and in a narrow window the model."""

    sidebar_wanted = Signal()
    find_wanted = Signal()
    menu_wanted = Signal()
    open_model_wanted = Signal()
    models_wanted = Signal()

    def __init__(self, theme: Theme, shelf: ModelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lined = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._sidebar = IconButton(theme, "sidebar", self.tr("Show the sidebar"), shortcut="Ctrl+B")
        self._sidebar.clicked.connect(self.sidebar_wanted)
        self._title = ElidedLabel(theme, role="page-title")
        self._model = ModelButton(theme, shelf, compact=True)
        self._model.open_wanted.connect(self.open_model_wanted)
        self._model.models_wanted.connect(self.models_wanted)
        self.search = IconButton(theme, "search", self.tr("Find in this chat"), shortcut="Ctrl+F")
        self.search.clicked.connect(self.find_wanted)
        self.more = IconButton(theme, "more", self.tr("More"), shortcut="")
        self.more.clicked.connect(self.menu_wanted)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(4)
        self._row.addWidget(self._sidebar)
        self._gap = QSpacerItem(4, 0)
        self._row.addItem(self._gap)
        self._row.addWidget(self._title, 1)
        self._row.addWidget(self._model)
        self._row.addSpacing(8)
        self._row.addWidget(self.search)
        self._row.addWidget(self.more)
        theme.changed.connect(self._restyle)
        self._restyle()
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
        self._sidebar.setVisible(alone)
        self._gap.changeSize(4 if alone else 0, 0)
        set_margins(self._row, self, 12 if alone else 24, 0, 12, 0)
        self._model.setVisible(narrow)
        self._row.invalidate()

    def set_lined(self, lined: bool) -> None:
        """A hairline below while something is scrolled under it."""
        if lined != self._lined:
            self._lined = lined
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._lined:
            painter = QPainter(self)
            painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border"))

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.px(52))
        self.update()
