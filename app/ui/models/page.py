"""The page of models: memory, context, and tables of what is here and what can be had."""

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.session.offers import Offer, Offers
from app.session.preferences import Preferences
from app.ui.dialogs.dialogs import Dialogs
from app.ui.models.header import ModelsHeader
from app.ui.models.menu import MenuActs, offer_menu
from app.ui.models.orders import Detail, Order
from app.ui.models.overview import Overview
from app.ui.models.row import OfferRow
from app.ui.models.section import Section
from app.ui.models.words import amount
from app.ui.notice import Notice
from app.ui.theme.controls import Label, Menu
from app.ui.theme.theme import Theme

WIDEST = 1240  # px, at 100 %
NARROW = 800  # px; the width of the window below which margins shrink


class ModelsPage(QWidget):
    """Shows the offers and carries out what is ordered of them. It follows them only while it is
    seen."""

    sidebar_wanted = Signal()
    open_model_wanted = Signal()
    first_run_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        offers: Offers,
        shelf: ModelShelf,
        downloads: Downloads,
        preferences: Preferences,
        dialogs: Dialogs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._offers = offers
        self._shelf = shelf
        self._downloads = downloads
        self._preferences = preferences
        self._dialogs = dialogs
        self._asked: dict[str, Detail] = {}  # what was unfolded below rows, by offer
        self._current = ""  # the model that was chosen last
        self._removing = ""  # the model that is on its way to the bin
        self.setAccessibleName(self.tr("Models"))

        self.header = ModelsHeader(theme)
        self.header.sidebar_wanted.connect(self.sidebar_wanted)
        self.header.open_wanted.connect(self.open_model_wanted)
        self.header.menu_wanted.connect(self._open_page_menu)
        self.notice = Notice(theme)
        self.overview = Overview(theme, shelf, offers)
        self.overview.chosen.connect(self._set_context)
        self.overview.looked_at.connect(self._look_at)
        self.installed = Section(theme, shelf, self.tr("Installed"), headed=True)
        self.available = Section(theme, shelf, self.tr("Available to download"))
        self.found = Section(
            theme,
            shelf,
            self.tr("Found on this machine"),
            self.tr("used where they are, nothing is copied"),
        )
        self._sections = (self.installed, self.available, self.found)
        self._foot = Label(
            theme,
            self.tr(
                "Speeds in bold were measured on this machine; the others are predicted from its "
                "memory bandwidth."
            ),
            role="caption",
            color="text-3",
            wrap=True,
        )
        self._foot.setContentsMargins(15, 0, 15, 0)
        for place, section in enumerate(self._sections):
            section.ordered.connect(self._carry_out)
            section.menu_wanted.connect(self._open_menu)
            section.left.connect(partial(self._go_on, place))
        self._scroll = self._build()
        offers.changed.connect(self._follow)
        shelf.state_changed.connect(self._follow_shelf)
        theme.changed.connect(self._fit)

    def _build(self) -> QScrollArea:
        body = QWidget()
        body.setAutoFillBackground(False)
        parts = QVBoxLayout()
        parts.setSpacing(18)
        parts.addWidget(self.notice)
        parts.addWidget(self.overview)
        for section in self._sections:
            parts.addWidget(section)
        parts.addWidget(self._foot)
        parts.addStretch(1)
        self._body = QHBoxLayout(body)
        self._body.addLayout(parts)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.verticalScrollBar().valueChanged.connect(
            lambda value: self.header.set_lined(value > 0)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(scroll, 1)
        return scroll

    # -- orders of the window -----------------------------------------------------------------

    def focus_first(self, reason: Qt.FocusReason = Qt.FocusReason.ShortcutFocusReason) -> None:
        """Give the keyboard to the row where one was, else to the first."""
        if not any(section.focus(reason) for section in self._sections):
            self.header.open.setFocus(reason)

    def set_shape(self, *, alone: bool) -> None:
        """``alone``: no sidebar beside it."""
        self.header.set_alone(alone)

    def show_problem(self, problem: AppError) -> None:
        """Say what went wrong: below the row that it is about, else above everything."""
        if problem.code == "no-bin" and self._removing:
            words = Detail(
                problem.what,
                problem.next_step,
                "danger",
                ((Order.DELETE, self.tr("Delete for good")), (Order.KEEP, self.tr("Keep"))),
            )
            self._unfold(self._removing, words)
            return
        failed = [job.problem for job in self._downloads.jobs]
        if not any(problem is one for one in failed):  # those are told in their rows
            self.notice.tell(problem.what, problem.next_step, subject="problem")

    # -- following ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow()
        for row in self._rows():
            row.refresh()

    def _follow(self) -> None:
        """Show the offers as they are now."""
        if not self.isVisible():
            return
        focused = self._focused_row()
        name = focused.offer.id if focused is not None else ""
        offers = self._offers
        best = offers.recommended
        self.installed.show_offers(
            offers.installed,
            empty=self.tr(
                "No model is installed yet. Download one below, or open a GGUF file that you have."
            ),
        )
        self.available.show_offers(offers.available, best)
        self.available.set_caption(offers.advice.why if best and offers.advice else "")
        self.found.show_offers(offers.found)
        self._foot.setVisible(any(offer.speed is not None for offer in offers.all))
        self.overview.follow()
        rows = self._rows()
        here = {row.offer.id for row in rows}
        self._asked = {name: told for name, told in self._asked.items() if name in here}
        for row in rows:
            row.show_detail(self._detail(row.offer))
        if name and self._focused_row() is None:
            self._focus_row(name)

    def _follow_shelf(self) -> None:
        """Loading goes on, a model falls asleep: the row of the chosen model shows it."""
        if not self.isVisible():
            return
        before, current = self._current, self._shelf.current
        self._current = current.id if current is not None else ""
        for row in self._rows():
            if row.offer.id in (before, self._current):
                row.refresh()
                row.show_detail(self._detail(row.offer))
        if self._shelf.state != "loading":
            self.overview.follow()

    def _detail(self, offer: Offer) -> Detail | None:
        """What is to be unfolded below an offer."""
        if offer.id in self._asked:
            return self._asked[offer.id]
        download = offer.download
        if download is not None and download.problem is not None:
            return Detail(
                download.problem.what,
                download.problem.next_step,
                "danger",
                ((Order.RESUME, self.tr("Retry")), (Order.CANCEL, self.tr("Cancel"))),
            )
        shelf = self._shelf
        failure = shelf.failure
        chosen = shelf.current is not None and offer.id == shelf.current.id
        if shelf.state == "failed" and failure is not None and chosen:
            return Detail(failure.what, failure.next_step, "danger")
        return None

    def _look_at(self, context: int) -> None:
        """Show how everything would do with another context; 0: with the present one again."""
        for row in self._rows():
            row.show_fit(self._offers.fit_at(row.offer, context) if context else None)

    def _set_context(self, context: int) -> None:
        if self._shelf.state == "none":
            self._preferences.change(context=context)
        else:
            self._shelf.reload(context)

    # -- rows ---------------------------------------------------------------------------------

    def _rows(self) -> list[OfferRow]:
        return [row for section in self._sections for row in section.rows]

    def _row(self, offer_id: str) -> OfferRow | None:
        return next((row for row in self._rows() if row.offer.id == offer_id), None)

    def _focused_row(self) -> OfferRow | None:
        focused = QApplication.focusWidget()
        while focused is not None and not isinstance(focused, OfferRow):
            focused = focused.parentWidget()
        return focused if focused in self._rows() else None

    def _focus_row(self, offer_id: str) -> None:
        """The row where one was is gone: go to where its model is now, or to the first."""
        row = self._row(offer_id)
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_first(Qt.FocusReason.OtherFocusReason)

    def _go_on(self, place: int, step: int) -> None:
        """From the last row of a table to the first of the next, and the other way."""
        rows = self._rows()
        section = self._sections[place]
        edge = section.rows[0] if step < 0 else section.rows[-1]
        to = rows.index(edge) + step
        if 0 <= to < len(rows):
            rows[to].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(rows[to])

    def _unfold(self, offer_id: str, detail: Detail | None) -> None:
        """Ask or tell something below a row, or fold it away."""
        if detail is None:
            self._asked.pop(offer_id, None)
        else:
            self._asked[offer_id] = detail
        row = self._row(offer_id)
        if row is not None:
            row.show_detail(self._detail(row.offer))

    def _carry_out(self, offer_id: str, order: Order) -> None:
        row = self._row(offer_id)
        if row is None:
            return
        offer = row.offer
        self.notice.dismiss("problem")
        told = self._asked.get(offer_id)
        self._unfold(offer_id, None)
        match order:
            case Order.LOAD:
                self._shelf.select(offer_id)
            case Order.UNLOAD:
                self._shelf.unload()
            case Order.RELOAD:
                self._shelf.reload(None)
            case Order.USE if offer.model is not None:
                self._shelf.use(offer.model)
            case Order.DOWNLOAD:
                self._fetch(offer)
            case Order.PAUSE:
                self._downloads.pause(offer_id)
            case Order.RESUME:
                self._downloads.resume(offer_id)
            case Order.CANCEL:
                self._downloads.cancel(offer_id)
            case Order.WHY if told is None and offer.fit is not None:
                self._unfold(offer_id, Detail(offer.fit.reason, self._instead()))
            case Order.ASK_REMOVE:
                self._ask_to_remove(offer)
            case Order.REMOVE | Order.DELETE:
                self._removing = offer_id
                self._shelf.remove(offer_id, forever=order is Order.DELETE)

    def _fetch(self, offer: Offer) -> None:
        if offer.spec is not None:
            self._downloads.start(offer.spec)

    def _instead(self) -> str:
        """What to do about a model that is too large."""
        advice = self._offers.advice
        if advice is not None and advice.best is not None:
            return advice.best.line
        return self.tr("Close other programs, or choose a smaller model.")

    def _ask_to_remove(self, offer: Offer) -> None:
        self._unfold(
            offer.id,
            Detail(
                self.tr("Move {0} to the bin?").format(offer.title),
                self.tr("It frees {0} once the bin is emptied.").format(amount(offer.disk)),
                "info",
                ((Order.REMOVE, self.tr("Move to the bin")), (Order.KEEP, self.tr("Keep"))),
            ),
        )
        row = self._row(offer.id)
        if row is not None and row.detail.buttons():
            row.detail.buttons()[0].setFocus(Qt.FocusReason.OtherFocusReason)

    # -- menus --------------------------------------------------------------------------------

    def _open_menu(self, offer_id: str, where: QPoint | None) -> None:
        row = self._row(offer_id)
        if row is None:
            return
        offer, shelf, model = row.offer, self._shelf, row.offer.model
        here = model is not None and offer.state != "found"
        removable = here and model is not None and shelf.can_remove(model)
        opened = here and model is not None and model.origin == "opened"
        acts = MenuActs(
            main=(row.button.text(), row.button.click) if offer.download is None else None,
            details=partial(self._dialogs.model_details, self.window(), offer),
            reveal=partial(self._dialogs.reveal, model.path) if model is not None else None,
            make_usual=partial(self._preferences.change, model=offer_id) if here else None,
            usual=self._preferences.settings.model == offer_id,
            fetch=self._fetch,
            forget=partial(shelf.forget, offer_id) if opened else None,
            remove=partial(self._carry_out, offer_id, Order.ASK_REMOVE) if removable else None,
        )
        menu = offer_menu(self._theme, self, offer, self._offers.versions(offer), acts)
        menu.aboutToHide.connect(menu.deleteLater)
        if where is None:
            menu.open_below(row.more, at_end=True)
        else:
            menu.open_at(where)

    def _open_page_menu(self) -> None:
        menu = Menu(self._theme, self)
        menu.setAccessibleName(self.tr("Models"))
        menu.add(self.tr("Look for models again"), self._shelf.rescan, icon="retry")
        menu.add(self.tr("First run again"), self.first_run_wanted.emit, icon="gem")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self.header.more, at_end=True)

    # -- shape --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        margin = 16 if self.window().width() < NARROW else 24
        spare = (self.width() - self._theme.px(WIDEST)) // 2
        margin = max(margin, spare)
        self._body.setContentsMargins(margin, 4, margin, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("canvas"))
