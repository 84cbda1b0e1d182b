"""The card beside the region: what was asked, and the answers as they come."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.boxes import Box, as_json
from app.core.budget import BUDGETS, tokens_at
from app.session.exchange import Exchange
from app.session.marks import closer_look
from app.session.models import ModelShelf
from app.session.quick_ask import QuickAsk
from app.ui import figures
from app.ui.announce import announce
from app.ui.mirror import set_margins
from app.ui.overlay.card_frame import PAD, AccentButton, Exchanges
from app.ui.overlay.exchange_view import ExchangeView
from app.ui.overlay.panel import Panel
from app.ui.theme.controls import Button, Divider, ElidedLabel, IconButton, Label, Mark
from app.ui.theme.theme import Theme
from app.ui.transcript.formats import Formats

WIDTH = 420  # px


class AnswerCard(Panel):
    """Follows a QuickAsk and passes on what is pressed. It decides nothing."""

    closed = Signal()
    pin_wanted = Signal()
    continue_wanted = Signal()
    height_wanted = Signal()
    picture_wanted = Signal()  # copy the picture with the boxes that are shown
    boxes_changed = Signal()  # another exchange's boxes are to be shown, or more of them
    hovered_changed = Signal(int)  # a row is pointed at; -1 for none
    link_clicked = Signal(str)

    def __init__(
        self, theme: Theme, quick: QuickAsk, shelf: ModelShelf, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._quick = quick
        self._shelf = shelf
        self._formats = Formats(theme, "panel")
        self._thought_formats = Formats(theme, "ui", "text-2")
        self._told = 0
        self._pointing: ExchangeView | None = None  # whose boxes are shown
        self.setAccessibleName(self.tr("Answer"))

        self._title = ElidedLabel(theme, role="caption", color="text-3")
        self.pin_button = IconButton(theme, "pin", self.tr("Pin on top"), size=28)
        self.pin_button.clicked.connect(self.pin_wanted)
        self.copy_button = IconButton(theme, "copy", self.tr("Copy answer"), size=28)
        self.copy_button.clicked.connect(self.copy)
        self.close_button = IconButton(
            theme, "x", self.tr("Close"), shortcut=self.tr("Esc"), size=28
        )
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        set_margins(head, self, PAD, 12, 10, 6)
        head.setSpacing(2)
        head.addWidget(Mark(theme, theme.px(18)))
        head.addSpacing(8)
        head.addWidget(self._title, 1)
        for button in (self.pin_button, self.copy_button, self.close_button):
            head.addWidget(button)

        self.exchanges = Exchanges(theme)
        self.exchanges.stack.height_changed.connect(self._fit)

        self._stats = Label(theme, role="caption", color="text-3")
        self.stop_button = Button(theme, self.tr("Stop"), kind="quiet", size=28, icon="stop")
        self.stop_button.clicked.connect(quick.stop)
        self.continue_button = AccentButton(theme, self.tr("Continue in chat"), icon="open")
        self.continue_button.clicked.connect(self.continue_wanted)
        self._foot = QHBoxLayout()
        set_margins(self._foot, self, PAD, 6, 10, 8)
        self._foot.setSpacing(4)
        self._foot.addWidget(self._stats)
        self._foot.addStretch(1)
        self._foot.addWidget(self.stop_button)
        self._foot.addWidget(self.continue_button)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        edge = Divider(theme)
        kept = edge.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        edge.setSizePolicy(kept)
        edge.hide()
        self.exchanges.scrolled.connect(edge.setVisible)
        column.addLayout(head)
        column.addWidget(edge)
        column.addWidget(self.exchanges, 1)
        column.addSpacing(12)
        column.addWidget(Divider(theme))
        column.addLayout(self._foot)

        quick.changed.connect(self._changed)
        quick.exchange_added.connect(self._synchronise)
        quick.progress.connect(self._progressed)
        for signal in (quick.words_added, quick.words_replaced, quick.boxes_changed):
            signal.connect(self._update)
        quick.table_changed.connect(self._update)
        quick.finished.connect(self._finished)
        theme.changed.connect(self._fit)
        self._synchronise()

    # -- what is so -------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether there is something to show."""
        return bool(self.exchanges.views)

    @property
    def pointing(self) -> Exchange | None:
        """The exchange whose boxes are to be shown on the picture."""
        view = self._pointing
        return view.exchange if view is not None and view.exchange.boxes else None

    @property
    def shown(self) -> tuple[Exchange, ...]:
        """Everything in it, oldest first."""
        return tuple(view.exchange for view in self.exchanges.views)

    @property
    def model_title(self) -> str:
        """The name of the model that answers."""
        current = self._shelf.current
        return current.title if current is not None else ""

    def set_hovered(self, index: int) -> None:
        """A box is pointed at on the picture; -1 for none."""
        if self._pointing is not None:
            self._pointing.set_hovered(index)

    def copy(self) -> None:
        """Put the last answer on the clipboard."""
        if self.exchanges.views:
            QGuiApplication.clipboard().setText(self.exchanges.views[-1].text())
            self._say(self.tr("The answer is copied"))

    # -- size -------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        width = self.width() if self.isVisible() else self.theme.px(WIDTH)
        inner = self.exchanges.lay_out(width)
        head = self.theme.px(28) + 18 + 1
        foot = self.theme.px(28) + 14 + 1
        return QSize(self.theme.px(WIDTH), head + inner + 12 + foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.exchanges.lay_out(self.width())

    # -- inside -----------------------------------------------------------------------------

    def _synchronise(self) -> None:
        """Show what the QuickAsk has, keeping what is there already."""
        wanted = self._quick.exchanges
        views = self.exchanges.views
        same = 0
        while same < min(len(views), len(wanted)) and views[same].exchange.id == wanted[same].id:
            same += 1
        while len(views) > same:
            if views[-1] is self._pointing:
                self._pointing = None
            self.exchanges.remove_last()
        for exchange in wanted[same:]:
            self._add(exchange)
        self._pointing = next((view for view in reversed(views) if view.exchange.boxes), None)
        self.boxes_changed.emit()
        self._follow()
        self._fit()

    def _add(self, exchange: Exchange) -> None:
        view = ExchangeView(
            self.theme,
            self._formats,
            self._thought_formats,
            exchange,
            lambda box: self._closer_seconds(exchange, box),
        )
        view.hovered_changed.connect(lambda index: self._row_hovered(view, index))
        view.closer_wanted.connect(lambda box: self._quick.look_closer(box, view.exchange))
        view.retry_wanted.connect(self._quick.retry)
        view.link_clicked.connect(self.link_clicked)
        view.json_wanted.connect(lambda: self._copy_json(view))
        view.picture_wanted.connect(lambda: self._copy_picture(view))
        view.copied.connect(self._say)
        self.exchanges.add(view)
        if not exchange.done:
            announce(self, self.tr("Answering"))

    def _changed(self) -> None:
        shown = [view.exchange.id for view in self.exchanges.views]
        if shown != [exchange.id for exchange in self._quick.exchanges]:
            self._synchronise()
        else:
            self._update()
        self._follow()

    def _update(self) -> None:
        """The last answer has grown."""
        if not self.exchanges.views or not self._quick.exchanges:
            return
        view, exchange = self.exchanges.views[-1], self._quick.exchanges[-1]
        if exchange is view.exchange or exchange.id != view.exchange.id:
            return
        more = exchange.boxes != view.exchange.boxes
        view.update_exchange(exchange)
        if more:
            self._pointing = view
            self.boxes_changed.emit()

    def _finished(self) -> None:
        self._update()
        self.boxes_changed.emit()  # one can look closer at them now
        self._follow()
        self._fit()

    def _progressed(self, stage: str, done: int, total: int) -> None:
        if self.exchanges.views:
            self.exchanges.views[-1].set_progress(stage, done, total)

    def _follow(self) -> None:
        """Head and foot as they are now."""
        quick = self._quick
        busy = quick.state == "answering"
        self._title.setText(self.model_title)
        self.stop_button.setVisible(busy)
        self.pin_button.setEnabled(not busy)
        told = self.tr("Pin on top") if not busy else self.tr("Pin once the answer is there")
        self.pin_button.set_name(told)
        stats = quick.exchanges[-1].stats if quick.exchanges else None
        speed = stats.decode_tps if stats is not None else 0.0
        self._stats.setText(figures.speed(speed) if speed else "")

    def _row_hovered(self, view: ExchangeView, index: int) -> None:
        if view is not self._pointing and index >= 0:
            self._pointing = view
            self.boxes_changed.emit()
        if view is self._pointing:
            self.hovered_changed.emit(index)

    def _closer_seconds(self, exchange: Exchange, box: Box) -> float | None:
        frame = self._quick.frame
        if frame is None:
            return None
        place = closer_look(exchange.region, box, frame.image.rect())
        return self._quick.seconds_of(tokens_at(place.width(), place.height(), BUDGETS[-1]))

    def _copy_json(self, view: ExchangeView) -> None:
        QGuiApplication.clipboard().setText(as_json(view.exchange.boxes))
        self._say(self.tr("The boxes are copied as JSON"))

    def _copy_picture(self, view: ExchangeView) -> None:
        if view is not self._pointing:
            self._pointing = view
            self.boxes_changed.emit()
        self.picture_wanted.emit()
        self._say(self.tr("The picture is copied"))

    def _say(self, words: str) -> None:
        """Tell for a moment what was copied."""
        self._stats.setText(words)
        announce(self, words)

    def _fit(self) -> None:
        height = self.sizeHint().height()
        if height != self._told:
            self._told = height
            self.updateGeometry()
            self.height_wanted.emit()
