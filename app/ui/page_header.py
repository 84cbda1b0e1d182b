"""The strip above a page of the window."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpacerItem, QWidget

from app.ui.mirror import set_margins
from app.ui.theme.controls import ElidedLabel, IconButton
from app.ui.theme.theme import Theme


class PageHeader(QWidget):
    """A title, and ``controls`` at the other end; without a sidebar beside it, also the button that
    brings it. ``more`` opens the menu of the page."""

    sidebar_wanted = Signal()
    menu_wanted = Signal()

    def __init__(
        self, theme: Theme, title: str, controls: Sequence[QWidget], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        say = QCoreApplication.translate
        self._theme = theme
        self._lined = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._sidebar = IconButton(
            theme, "sidebar", say("PageHeader", "Show the sidebar"), shortcut="Ctrl+B"
        )
        self._sidebar.clicked.connect(self.sidebar_wanted)
        self._title = ElidedLabel(theme, title, role="page-title")
        self.more = IconButton(theme, "more", say("PageHeader", "More"))
        self.more.clicked.connect(self.menu_wanted)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(4)
        self._row.addWidget(self._sidebar)
        self._gap = QSpacerItem(4, 0)
        self._row.addItem(self._gap)
        self._row.addWidget(self._title, 1)
        for control in (*controls, self.more):
            self._row.addWidget(control)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_alone(False)

    def set_alone(self, alone: bool) -> None:
        """Whether there is no sidebar beside it."""
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
