"""What somebody new sees first: three short pages, all of which can be skipped."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.desktop.hotkey import Hotkey
from app.session.downloads import Downloads
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.welcome import Welcome
from app.ui.announce import announce
from app.ui.first_run.choose_page import ChoosePage
from app.ui.first_run.parts import Page, set_shown
from app.ui.first_run.start_page import StartPage
from app.ui.first_run.steps import Steps
from app.ui.first_run.welcome_page import WelcomePage
from app.ui.focus_order import neighbour
from app.ui.theme.controls import Button, Label, Mark
from app.ui.theme.theme import Theme

_COMPACT = 640  # px at 100 % text, below which the header names the present page only


class FirstRun(QWidget):
    """Welcome, Choose a model, Start. Covers the window until it has ``finished``.

    Enter presses the primary button wherever the focus is, unless that is on another button; Esc
    skips everything, and asks nothing. A download goes on without these pages. ``models_wanted``
    and ``open_file_wanted`` ask for what is not in them; the first follows ``finished``.
    """

    finished = Signal()
    models_wanted = Signal()
    open_file_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        machine: Machine,
        offers: Offers,
        downloads: Downloads,
        shelf: ModelShelf,
        welcome: Welcome,
        hotkey: Hotkey,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._welcome = welcome
        self._file_wanted = False
        self.setAccessibleName(self.tr("First steps"))
        self.steps = Steps(theme, [self.tr("Welcome"), self.tr("Choose a model"), self.tr("Start")])
        self._brand = QWidget()
        self.skip_button = Button(theme, self.tr("Skip for now"), kind="quiet")
        self.skip_button.clicked.connect(self.skip)
        self.welcome_page = WelcomePage(theme)
        self.choose_page = ChoosePage(theme, machine, offers, downloads, shelf, welcome)
        self.start_page = StartPage(theme, shelf, hotkey)
        self._pages: tuple[Page, ...] = (self.welcome_page, self.choose_page, self.start_page)
        self._stack = QStackedWidget()
        for page in self._pages:
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_header())
        column.addWidget(self._stack, 1)
        self.welcome_page.done.connect(lambda: self.show_page(self.choose_page))
        self.choose_page.chosen.connect(lambda: self.show_page(self.start_page))
        self.choose_page.meanwhile.connect(self._end)
        self.choose_page.models_wanted.connect(self._go_to_models)
        self.choose_page.open_file_wanted.connect(self._choose_file)
        self.start_page.done.connect(self._end)
        self.start_page.back_wanted.connect(lambda: self.show_page(self.choose_page))
        welcome.moved.connect(self._moved)
        shelf.state_changed.connect(self._file_opened)
        theme.changed.connect(self._fit)
        known = welcome.awaited or not welcome.needed  # they have read the first page before
        self.show_page(self.choose_page if known else self.welcome_page)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._stack.currentIndex()]

    def show_page(self, page: Page) -> None:
        """Go to a page, with the keyboard on its primary button."""
        focused = QApplication.focusWidget()
        if focused is not None and self.page.isAncestorOf(focused):
            focused.clearFocus()  # else Qt passes it on as it likes
        self._stack.setCurrentWidget(page)
        set_shown(self._brand, page is not self.welcome_page)  # which has the mark itself, large
        self.steps.set_step(self._pages.index(page))
        if self.isVisible():
            announce(self, self.steps.accessibleName())
            self.focus_first()

    def focus_first(self) -> None:
        """Give the keyboard to the primary button."""
        button = self.page.primary()
        if button is not None:
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.page.verticalScrollBar().setValue(0)

    def skip(self) -> None:
        """Go without any of it. It is found again under Models."""
        self._end()

    # -- inside -----------------------------------------------------------------------------

    def _make_header(self) -> QHBoxLayout:
        theme = self._theme
        brand = QHBoxLayout(self._brand)
        brand.setContentsMargins(0, 0, 0, 0)
        brand.setSpacing(8)
        brand.addWidget(Mark(theme, 22))
        brand.addWidget(Label(theme, "Facet", role="h3"))
        brand.addStretch(1)
        policy = self._brand.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._brand.setSizePolicy(policy)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.skip_button)
        header = QHBoxLayout()
        header.setContentsMargins(24, 12, 24, 12)
        header.setSpacing(16)
        header.addWidget(self._brand, 1)
        header.addWidget(self.steps)
        header.addLayout(last, 1)
        return header

    # Bound methods, not lambdas, follow what outlives these pages: Qt cuts them off at their end.

    def _moved(self) -> None:
        self.show_page(self.start_page)

    def _end(self) -> None:
        self._welcome.end()
        self.finished.emit()

    def _go_to_models(self) -> None:
        self._end()
        self.models_wanted.emit()

    def _choose_file(self) -> None:
        self._file_wanted = True
        self.open_file_wanted.emit()

    def _file_opened(self) -> None:
        """Go on once a file that was chosen here is being loaded."""
        if self._file_wanted and self._shelf.state == "loading" and not self._shelf.is_starter:
            self._file_wanted = False
            self.show_page(self.start_page)

    def _fit(self) -> None:
        self.steps.set_compact(self.width() < self._theme.px(_COMPACT))

    # -- keyboard and look ------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.skip()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            button = self.page.primary()
            if button is not None:
                button.click()
        # Nothing else is for the window below.

    def focusNextPrevChild(self, forward: bool) -> bool:
        found = neighbour(self, QApplication.focusWidget(), forward=forward)
        if found is None:
            return False
        reasons = Qt.FocusReason
        found.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        if self.page.content.isAncestorOf(found):
            self.page.reveal(found)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.focus_first()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.focus_first()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("canvas"))
