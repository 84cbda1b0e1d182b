"""The strip above the page of models."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpacerItem, QWidget

from app.ui.mirror import set_margins
from app.ui.theme.controls import Button, ElidedLabel, IconButton
from app.ui.theme.theme import Theme


class ModelsHeader(QWidget):
    """Title, "Open a file…" and a menu; without a sidebar beside it, also the button that brings
    it."""

    sidebar_wanted = Signal()
    open_wanted = Signal()
    menu_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lined = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._sidebar = IconButton(theme, "sidebar", self.tr("Show the sidebar"), shortcut="Ctrl+B")
        self._sidebar.clicked.connect(self.sidebar_wanted)
        self.open = Button(theme, self.tr("Open a file…"), size=28, icon="folder")
        self.open.clicked.connect(self.open_wanted)
        self.more = IconButton(theme, "more", self.tr("More"))
        self.more.clicked.connect(self.menu_wanted)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(4)
        self._row.addWidget(self._sidebar)
        self._gap = QSpacerItem(4, 0)
        self._row.addItem(self._gap)
        self._row.addWidget(ElidedLabel(theme, self.tr("Models"), role="page-title"), 1)
        self._row.addWidget(self.open)
        self._row.addWidget(self.more)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_shape(alone=False)

    def set_shape(self, *, alone: bool) -> None:
        """``alone``: no sidebar beside it."""
        self._sidebar.setVisible(alone)
        self._gap.changeSize(4 if alone else 0, 0)
        set_margins(self._row, self, 12 if alone else 24, 0, 12, 0)
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
