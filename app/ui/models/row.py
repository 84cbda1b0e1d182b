"""One model in a table: what it is, what it takes, how it fits, and what can be done with it."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QGroupBox, QSizePolicy, QToolTip, QWidget

from app.models.fit import Fit
from app.session.models import ModelShelf
from app.session.offers import Offer
from app.ui.mirror import placed, placed_exactly
from app.ui.models import words
from app.ui.models.columns import columns
from app.ui.models.detail import DetailPanel
from app.ui.models.orders import Detail, Order
from app.ui.models.row_painter import RowFacts, RowPainter
from app.ui.theme.controls import Button, IconButton, ProgressLine
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class OfferRow(QGroupBox):
    """Shows an offer. Up and Down go to the next row, Enter does what its button does, the Menu
    key and a right click open the menu. (A group box, so that it is read out as a group of what
    is in it; nothing of one is painted.)"""

    ordered = Signal(Order)
    menu_wanted = Signal(object)  # where, a QPoint on the screen; None: at its button
    step_wanted = Signal(int)  # to the row above (-1) or below (1)
    entered = Signal()  # it has the focus, or something in it has

    def __init__(self, theme: Theme, offer: Offer, shelf: ModelShelf, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._offer = offer
        self._preview: Fit | None = None
        self._recommended = False
        self._painter = RowPainter(theme)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button = Button(theme, "", size=28, parent=self)
        self.button.clicked.connect(self._press)
        self._pause = IconButton(theme, "pause", self.tr("Pause"), size=28, parent=self)
        self._pause.clicked.connect(self._toggle_pause)
        self._cancel = IconButton(theme, "x", self.tr("Cancel the download"), size=28, parent=self)
        self._cancel.clicked.connect(lambda: self.ordered.emit(Order.CANCEL))
        self.more = IconButton(theme, "more", self.tr("More"), size=28, parent=self)
        self.more.clicked.connect(lambda: self.menu_wanted.emit(None))
        self.line = ProgressLine(theme, self.tr("Downloaded"), parent=self)
        self.detail = DetailPanel(theme, self)
        self.detail.ordered.connect(self.ordered)
        self._controls = (self.button, self._pause, self._cancel, self.more)
        for control in self._controls:
            control.installEventFilter(self)
        self.set_reachable(False)
        theme.changed.connect(self._lay_out)
        self.refresh()

    # -- what it shows ------------------------------------------------------------------------

    @property
    def offer(self) -> Offer:
        """What it offers."""
        return self._offer

    @property
    def facts(self) -> RowFacts:
        """Everything that is written in it."""
        return self._facts

    def show_offer(self, offer: Offer, *, recommended: bool = False) -> None:
        """Show the offer as it is now; ``recommended`` marks it as the one for this machine."""
        if (offer, recommended) == (self._offer, self._recommended) and self._preview is None:
            return
        self._offer = offer
        self._recommended = recommended
        self._preview = None
        self.refresh()

    def show_fit(self, fit: Fit | None) -> None:
        """Show how it would do with another context; None for how it does."""
        if fit is not self._preview:
            self._preview = fit
            self.refresh()

    def refresh(self) -> None:
        """Show what has changed about the shelf: how far loading is, what has failed."""
        self._tell()
        focused = self._focused_part()
        self._choose_buttons()
        self._keep_focus(focused)
        self._lay_out()

    def show_detail(self, detail: Detail | None) -> None:
        """Unfold words below, or fold them away."""
        if detail == self.detail.shown:
            return
        focused = self._focused_part()
        self.detail.show_detail(detail)
        for button in self.detail.buttons():
            button.installEventFilter(self)
        self._keep_focus(focused)
        self._lay_out()

    def set_reachable(self, reachable: bool) -> None:
        """Whether Tab stops here: in each table it does at one row only, and at its buttons."""
        policy = Qt.FocusPolicy.StrongFocus if reachable else Qt.FocusPolicy.ClickFocus
        for widget in (self, *self._controls, *self.detail.buttons()):
            widget.setFocusPolicy(policy)

    # -- inside -------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Take over what is to be written, and read out."""
        offer, shelf = self._offer, self._shelf
        fit = self._preview or offer.fit
        download = offer.download
        self._facts = RowFacts(
            title=offer.title,
            note=words.note(offer, shelf),
            takes=offer.modalities,
            disk=words.amount(offer.disk),
            memory=words.memory(fit),
            speed=words.speed(offer),
            disk_words=self.tr("{0} on disk").format(words.amount(offer.disk)),
            memory_words=self.tr("{0} in memory").format(words.memory(fit)) if fit else "",
            figures=words.figures_of(offer, fit),
            verdict=words.verdict(fit),
            share=fit.share if fit is not None else 0.0,
            dot=self._dot(),
            mark=self.tr("Recommended") if self._recommended else "",
            loading=shelf.fraction if offer.state == "loading" else None,
            progress=words.progress(download) if download is not None else "",
            failed=download is not None and download.state == "failed",
        )
        told = words.told(offer, shelf)
        if told != self.accessibleName():
            self.setAccessibleName(told)
        description = self.tr("{0}; {1} on disk, {2} in memory; takes {3}").format(
            self._facts.note, self._facts.disk, self._facts.memory, words.takes(offer)
        )
        self.setAccessibleDescription(description)

    def _focused_part(self) -> QWidget | None:
        """What in it has the focus, itself not counted."""
        focused = QApplication.focusWidget()
        return focused if focused is not None and self.isAncestorOf(focused) else None

    def _keep_focus(self, before: QWidget | None) -> None:
        """If the part that had the focus is gone, the row takes it."""
        if before is not None and not before.isVisibleTo(self):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dot(self) -> str:
        if self._offer.state != "loaded":
            return ""
        return "track-2" if self._shelf.state == "asleep" else "ok"

    def _choose_buttons(self) -> None:
        offer, download = self._offer, self._offer.download
        for control in (self._pause, self._cancel, self.line):
            control.setVisible(download is not None)
        self.button.setVisible(download is None)
        self.more.setAccessibleName(self.tr("More about {0}").format(offer.title))
        if download is not None:
            going = download.state in ("queued", "running")
            self._pause.set_icon("pause" if going else "retry" if self._facts.failed else "play")
            again = self.tr("Retry") if self._facts.failed else self.tr("Resume")
            self._pause.set_name(self.tr("Pause") if going else again)
            transfer = download.transfer
            share = transfer.done / max(1, transfer.total) if transfer is not None else 0.0
            self.line.set_share(share, "accent" if going else "track-2")
            return
        order, text, kind, icon = self._main_order()
        self._order = order
        if self.button.text() != text:
            self.button.setText(text)
            self.button.set_kind(kind)
            self.button.set_icon(icon)
        self.button.setAccessibleName(f"{text}: {offer.title}")

    def _main_order(self) -> tuple[Order, str, str, str | None]:
        """What its button does, the words on it, its kind and icon."""
        offer = self._offer
        if offer.state == "loading":
            return Order.UNLOAD, self.tr("Cancel"), "secondary", None
        if offer.state == "loaded":
            return Order.UNLOAD, self.tr("Unload"), "secondary", None
        if words.has_failed(offer, self._shelf):
            return Order.RELOAD, self.tr("Load again"), "secondary", None
        if offer.state == "installed":
            return Order.LOAD, self.tr("Load"), "secondary", None
        if offer.fit is not None and offer.fit.verdict == "no":
            return Order.WHY, self.tr("Why?"), "quiet", None
        if offer.state == "found":
            return Order.USE, self.tr("Use"), "secondary", None
        return Order.DOWNLOAD, self.tr("Download"), "secondary", "download"

    def _press(self) -> None:
        self.ordered.emit(self._order)

    def _toggle_pause(self) -> None:
        download = self._offer.download
        if download is not None:
            going = download.state in ("queued", "running")
            self.ordered.emit(Order.PAUSE if going else Order.RESUME)

    # -- shape --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        """Fit everything to the width: buttons, progress, what is unfolded, the height."""
        width = self.width()
        if width < 100:
            return
        px = self._theme.px
        place = columns(width, px)
        busy = self._offer.download is not None
        buttons = [self._pause, self._cancel] if busy else [self.button]
        height = self._painter.lay_out(self._facts, place, width)
        top_height = px(46) if place.stacked else round(height)
        right = round(place.buttons)
        self._put(self.more, right + 4, top_height)
        for button in reversed(buttons):
            right -= button.sizeHint().width()
            self._put(button, right, top_height)
            right -= 4
        if busy:
            bar = self._painter.progress_rect
            self.line.setGeometry(placed_exactly(self, bar.toAlignedRect()))
        if self.detail.shown is not None:
            room = width - 2 * 10
            needed = self.detail.heightForWidth(room)
            self.detail.setGeometry(10, round(height), room, needed)
            height += needed + 10
        if self.height() != round(height):
            self.setFixedHeight(round(height))
        self.update()

    def _put(self, widget: QWidget, x: int, height: int) -> None:
        size = widget.sizeHint()
        widget.resize(size)
        left = self.width() - x - size.width() if self.isRightToLeft() else x
        widget.move(left, (height - size.height()) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._lay_out()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            rect = placed(self, QRectF(event.pos().x(), event.pos().y(), 0, 0))
            part = self._painter.part_at(rect.topLeft())
            takes = self.tr("Takes {0}").format(words.takes(self._offer))
            text = {"title": self._offer.title, "takes": takes}.get(part, "")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._painter.paint(self, QRectF(self.rect()))

    # -- hands --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self.step_wanted.emit(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.hasFocus():
            (self._pause if self._offer.download is not None else self.button).click()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        self.menu_wanted.emit(None if keyboard else QPoint(event.globalPos()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, RADIUS_CONTROL, inside=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        return False
