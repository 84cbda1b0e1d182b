"""Where the parts of the window stand: the sidebar beside the page, in a drawer, or put away; a
document beside the chat, over it, or in its place."""

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QPoint, QPropertyAnimation, QRect, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.session.preferences import Preferences
from app.ui.mirror import placed_exactly, set_margins
from app.ui.overlays import Drawer
from app.ui.pages import Pages
from app.ui.sidebar.grip import Grip
from app.ui.sidebar.sidebar import NARROWEST, USUAL, WIDEST, Sidebar
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import EXPAND_MS

# Widths of the window, px, below which the sidebar is in a drawer, a pane lies over the chat, and
# a pane and the sidebar have no room together.
DRAWER_BELOW = 800
OVER_BELOW = 1000
BOTH_FROM = 1280

PANE_USUAL, PANE_NARROWEST, PANE_WIDEST = 468, 360, 640
_CHAT_NARROWEST = 420  # px that a pane beside the chat leaves to it
_SLIDE = 48  # px


class Arrangement(QObject):
    """Fits ``sidebar`` and ``pages`` to the width of ``window``, and a pane that is opened beside
    them, or has something else stand in their place."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        sidebar: Sidebar,
        pages: Pages,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._sidebar = sidebar
        self._pages = pages
        self._preferences = preferences
        self._cover: QWidget | None = None
        self._pane: QWidget | None = None
        self._slide: QPropertyAnimation | None = None
        sidebar.setFixedWidth(_within(preferences.settings.sidebar_width))
        self._row = QHBoxLayout(window)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(sidebar)
        self._row.addWidget(pages, 1)
        self.grip = Grip(window)
        self.grip.dragged.connect(self._drag_sidebar)
        self.grip.reset.connect(lambda: self._drag_sidebar(USUAL))
        self.pane_grip = Grip(window, at_end=True)
        self.pane_grip.dragged.connect(self._drag_pane)
        self.pane_grip.reset.connect(lambda: self._drag_pane(PANE_USUAL))
        self.pane_grip.hide()
        self.drawer = Drawer(theme, window, sidebar)
        self.drawer.closed.connect(self._sidebar_back)
        pages.models_shown.connect(lambda _shown: self.fit())

    # -- how things are ---------------------------------------------------------------------

    @property
    def narrow(self) -> bool:
        """Whether there is no room for more than one part."""
        return self._window.width() < DRAWER_BELOW

    @property
    def in_drawer(self) -> bool:
        """Whether the sidebar is in a drawer: the window is narrow, or a pane needs its room."""
        pushed = self._pane_stands and OVER_BELOW <= self._window.width() < BOTH_FROM
        return self.narrow or pushed

    @property
    def pane_covers(self) -> bool:
        """Whether a pane lies over the chat, or stands in its place."""
        return self._pane_stands and self._window.width() < OVER_BELOW

    @property
    def _pane_stands(self) -> bool:
        return self._pane is not None and self._cover is None and not self._pages.at_models

    # -- orders -----------------------------------------------------------------------------

    def fit(self) -> None:
        """Fit the parts to the width of the window."""
        if not self.in_drawer:
            self.drawer.close_drawer()
        whole = self._cover is None
        beside = not self.in_drawer and self._preferences.settings.sidebar_shown and whole
        if self.drawer.isHidden():
            self._sidebar.setVisible(beside)
        self._pages.setVisible(whole and not (self._pane_stands and self.narrow))
        self.grip.setVisible(beside)
        self._place_pane(beside)
        self._pages.set_shape(alone=not beside, narrow=self.narrow)
        self._place_grip()
        self._row.activate()  # or there would be a moment in which parts lie over each other

    def toggle_sidebar(self) -> None:
        """Show the sidebar, or put it away."""
        if not self.in_drawer:
            self._preferences.change(sidebar_shown=not self._preferences.settings.sidebar_shown)
            self.fit()
        elif self.drawer.isHidden():
            self._row.removeWidget(self._sidebar)
            self.drawer.open_drawer()
            self._sidebar.focus_list()
        else:
            self.drawer.close_drawer()

    def open_pane(self, pane: QWidget) -> None:
        """Show ``pane``, a child of the window, at the end of it until ``close_pane``. It gets the
        keyboard if it stands in place of the chat."""
        if self._pane is pane:
            return
        self.drawer.close_drawer()
        self._pane = pane
        pane.show()
        self.fit()
        self._slide_in(pane)
        if self.narrow:
            pane.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_pane(self) -> None:
        """Put the pane away. The keyboard goes back to the chat if it was in the pane."""
        pane, self._pane = self._pane, None
        if pane is None:
            return
        focused = self._window.focusWidget()
        inside = focused is not None and pane.isAncestorOf(focused)
        pane.hide()
        self.fit()
        if inside or self.narrow:
            self._pages.focus()

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

    # -- the keyboard -----------------------------------------------------------------------

    def parts(self) -> list[tuple[QWidget, Callable[[], None]]]:
        """The parts of the window that F6 goes to, in reading order, each with what gives it the
        keyboard."""
        parts = self._pages.parts() if self._pages.isVisible() else []
        if self._pane is not None and self._pane_stands:
            parts.append((self._pane, self._focus_pane))
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
        if self._pages.isVisible():
            self._pages.focus()
        else:
            self._focus_pane()

    def _focus_pane(self) -> None:
        if self._pane is not None:
            self._pane.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _drag_sidebar(self, width: int) -> None:
        self._preferences.change(sidebar_width=_within(width))
        self._sidebar.setFixedWidth(_within(width))
        self.fit()

    def _place_grip(self) -> None:
        self.grip.place(self._sidebar.width())
        if self.drawer.isHidden():
            self.grip.raise_()

    def _drag_pane(self, width: int) -> None:
        width = min(max(width, PANE_NARROWEST), PANE_WIDEST)
        self._preferences.change(preview_width=width)
        self.fit()

    def _place_pane(self, sidebar: bool) -> None:
        """Put the pane at the end of the window, whose other parts make room if there is any."""
        pane, window = self._pane, self._window
        stands = pane is not None and self._pane_stands
        self.pane_grip.setVisible(stands and not self.narrow)
        if pane is None or not stands:
            set_margins(self._row, window, 0, 0, 0, 0)
            if pane is not None:
                pane.hide()
            return
        width = self._pane_width(sidebar)
        set_margins(self._row, window, 0, 0, 0 if self.pane_covers else width, 0)
        if self._slide is not None:
            self._slide.stop()
        whole = QRect(window.width() - width, 0, width, window.height())
        pane.setGeometry(placed_exactly(window, whole))
        pane.show()
        pane.raise_()
        self.pane_grip.place(width)
        self.pane_grip.raise_()
        if not self.drawer.isHidden():
            self.drawer.raise_()
            self._sidebar.raise_()

    def _pane_width(self, sidebar: bool) -> int:
        room = self._window.width()
        if self.narrow:
            return room
        if not self.pane_covers:
            room -= _CHAT_NARROWEST + (self._sidebar.width() if sidebar else 0)
        wanted = self._preferences.settings.preview_width
        return max(PANE_NARROWEST, min(wanted, PANE_WIDEST, room))

    def _slide_in(self, pane: QWidget) -> None:
        milliseconds = self._theme.duration(EXPAND_MS)
        if not milliseconds:
            return
        slide = QPropertyAnimation(pane, b"pos", self)
        slide.setDuration(milliseconds)
        slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        away = -_SLIDE if self._window.isRightToLeft() else _SLIDE
        slide.setStartValue(pane.pos() + QPoint(away, 0))
        slide.setEndValue(pane.pos())
        slide.finished.connect(self._slid)
        self._slide = slide
        slide.start()

    def _slid(self) -> None:
        if self._slide is not None:
            self._slide.deleteLater()
            self._slide = None


def _within(width: int) -> int:
    return min(max(width, NARROWEST), WIDEST)
