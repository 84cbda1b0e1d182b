"""Where the parts of the window stand: the sidebar beside the page, in a drawer, or put away."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.session.preferences import Preferences
from app.ui.overlays import Drawer
from app.ui.pages import Pages
from app.ui.sidebar.grip import Grip
from app.ui.sidebar.sidebar import NARROWEST, USUAL, WIDEST, Sidebar
from app.ui.theme.theme import Theme

DRAWER_BELOW = 800  # px; a narrower window has its sidebar in a drawer


class Arrangement(QObject):
    """Fits ``sidebar`` and ``pages`` to the width of ``window``, or has something else stand in
    their place."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        sidebar: Sidebar,
        pages: Pages,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._sidebar = sidebar
        self._pages = pages
        self._preferences = preferences
        self._cover: QWidget | None = None
        sidebar.setFixedWidth(_within(preferences.settings.sidebar_width))
        self._row = QHBoxLayout(window)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(sidebar)
        self._row.addWidget(pages, 1)
        self.grip = Grip(window)
        self.grip.dragged.connect(self._drag_sidebar)
        self.grip.reset.connect(lambda: self._drag_sidebar(USUAL))
        self.drawer = Drawer(theme, window, sidebar)
        self.drawer.closed.connect(self._sidebar_back)

    @property
    def narrow(self) -> bool:
        """Whether the sidebar is a drawer."""
        return self._window.width() < DRAWER_BELOW

    def fit(self) -> None:
        """Fit the parts to the width of the window."""
        if not self.narrow:
            self.drawer.close_drawer()
        whole = self._cover is None
        beside = not self.narrow and self._preferences.settings.sidebar_shown and whole
        if self.drawer.isHidden():
            self._sidebar.setVisible(beside)
        self._pages.setVisible(whole)
        self.grip.setVisible(beside)
        self._pages.set_shape(alone=not beside, narrow=self.narrow)
        self._place_grip()

    def toggle_sidebar(self) -> None:
        """Show the sidebar, or put it away."""
        if not self.narrow:
            self._preferences.change(sidebar_shown=not self._preferences.settings.sidebar_shown)
            self.fit()
        elif self.drawer.isHidden():
            self._row.removeWidget(self._sidebar)
            self.drawer.open_drawer()
            self._sidebar.focus_list()
        else:
            self.drawer.close_drawer()

    def cover(self, widget: QWidget) -> None:
        """Have ``widget`` stand in place of everything."""
        self.drawer.close_drawer()
        self._cover = widget
        self._row.addWidget(widget, 1)
        widget.show()
        self.fit()

    def uncover(self) -> None:
        """Take away what stands in place of everything, for good."""
        if self._cover is not None:
            self._row.removeWidget(self._cover)
            self._cover.hide()
            self._cover.deleteLater()
            self._cover = None
        self.fit()

    def parts(self) -> list[tuple[QWidget, Callable[[], None]]]:
        """The parts of the window that F6 goes to, in reading order, each with what gives it the
        keyboard."""
        parts = self._pages.parts()
        if self._sidebar.isVisible():
            parts.insert(0, (self._sidebar, self._sidebar.focus_list))
        return parts if self.drawer.isHidden() else parts[:1]

    def focus_root(self) -> QWidget:
        """What Tab stays in: an open drawer keeps the focus, like a dialog."""
        return self._window if self.drawer.isHidden() else self._sidebar

    # -- inside -----------------------------------------------------------------------------

    def _sidebar_back(self) -> None:
        self._row.insertWidget(0, self._sidebar)
        self.fit()
        self._pages.focus()

    def _drag_sidebar(self, width: int) -> None:
        width = _within(width)
        self._sidebar.setFixedWidth(width)
        self._preferences.change(sidebar_width=width)
        self._place_grip()

    def _place_grip(self) -> None:
        self.grip.place(self._sidebar.width())
        if self.drawer.isHidden():
            self.grip.raise_()


def _within(width: int) -> int:
    return min(max(width, NARROWEST), WIDEST)
