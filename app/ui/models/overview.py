"""The card above the tables: who uses the memory, and how large the context is."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.models.fit import Fit
from app.session.models import ModelShelf
from app.session.offers import Offer, Offers
from app.ui import figures
from app.ui.models import words
from app.ui.models.context_slider import ContextSlider, steps
from app.ui.models.memory_bar import MemoryLine
from app.ui.theme.controls import Divider, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD

_BESIDE = 660  # px, at 100 %: the least width for memory and context side by side
_CONTEXT = 236
_AUTOMATIC = 8192  # tokens: what Facet takes by itself of a model that could do more


class Overview(QWidget):
    """Memory and context. ``looked_at`` a context while the slider is moved (0: no more);
    ``chosen`` when it was let go at one that fits."""

    looked_at = Signal(int)
    chosen = Signal(int)

    def __init__(
        self, theme: Theme, shelf: ModelShelf, offers: Offers, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._offers = offers
        self._offer: Offer | None = None
        self._followed: object = None  # for what it was put together last
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

        self.memory = MemoryLine(theme)
        self.card = MemoryLine(theme)  # a graphics card's
        memory = QVBoxLayout()
        memory.setSpacing(10)
        memory.addWidget(self.memory)
        memory.addWidget(self.card)
        memory.addStretch(1)

        self._size = Label(theme, role="table", color="text-3")
        self._verdict = Label(theme, role="table")
        self._verdict.hide()
        self.slider = ContextSlider(theme, self.tr("Context"))
        self.slider.moved.connect(self._look)
        self.slider.chosen.connect(self._choose)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(Label(theme, self.tr("Context"), role="ui-medium"), 1)
        head.addWidget(self._size)
        head.addWidget(self._verdict)
        self._context = QWidget()
        context = QVBoxLayout(self._context)
        context.setContentsMargins(0, 0, 0, 0)
        context.setSpacing(1)
        context.addLayout(head)
        context.addWidget(self.slider)
        context.addStretch(1)

        self._divider = Divider(theme, Qt.Orientation.Vertical)
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(16)
        self._beside.addLayout(memory, 1)
        self._beside.addWidget(self._divider)
        self._beside.addWidget(self._context)
        self._told = Label(theme, role="caption", color="danger", wrap=True)
        self._told.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 11, 16, 11)
        column.setSpacing(6)
        column.addLayout(self._beside)
        column.addWidget(self._told)
        shelf.memory_changed.connect(self._follow_memory)
        theme.changed.connect(self._fit)
        self._follow_memory()
        self.follow()

    def follow(self) -> None:
        """Take over which model is chosen, and how it does."""
        current = self._shelf.current
        self._offer = self._offers.get(current.id) if current is not None else None
        offers, shelf = self._offers, self._shelf
        state = (self._offer, offers.hardware, offers.context, shelf.info, shelf.state)
        if self.slider.busy or state == self._followed:
            return
        self._followed = state
        self._follow_card()
        self._told.hide()
        self._show_setting()

    # -- memory -------------------------------------------------------------------------------

    def _follow_memory(self) -> None:
        memory = self._shelf.memory
        self.memory.setVisible(memory is not None)
        if memory is not None:
            name = self.tr("Memory")
            self.memory.show_use(name, memory.total, memory.used, memory.others)
        self._follow_card()

    def _follow_card(self) -> None:
        """The memory of the graphics card that the chosen model is for, if it has its own. What
        Facet has of it is not measured but computed."""
        fit = self._offer.fit if self._offer is not None else None
        card = fit.device if fit is not None else None
        shown = fit is not None and card is not None and card.kind == "gpu" and not card.unified
        self.card.setVisible(shown)
        if fit is None or card is None or not shown:
            return
        at_work = self._offer is not None and self._shelf.state == "ready"
        ours = min(card.total, fit.device_memory.total) if at_work else 0
        self.card.show_use(card.description, card.total, ours, max(0, card.total - card.free))

    # -- context ------------------------------------------------------------------------------

    def _show_setting(self) -> None:
        """The slider as it is set, with a notch at what is comfortable."""
        offer = self._offer
        largest = self._largest()
        self.slider.setEnabled(offer is not None and largest > 0)
        if offer is None or not largest:
            self._size.setText(self._in_use())
            self._verdict.hide()
            return
        sizes = steps(largest)
        comfortable = 0
        for size in sizes:
            fit = self._offers.fit_at(offer, size)
            if fit is None or fit.verdict != "comfortable":
                break
            comfortable = size
        self.slider.set_sizes(sizes, self._setting(), comfortable)
        self._say(self.slider.context)

    def _largest(self) -> int:
        """What the chosen model was trained for, in tokens; 0 where unknown."""
        if self._shelf.info is not None:
            return self._shelf.info.trained_context
        return self._shelf.current.context if self._shelf.current is not None else 0

    def _setting(self) -> int:
        """What the chosen model is loaded with, or would be."""
        if self._shelf.info is not None:
            return self._shelf.info.context
        return min(self._offers.context or _AUTOMATIC, self._largest())

    def _in_use(self) -> str:
        context = self._offers.context
        return figures.tokens(context) if context else self.tr("as the model has it")

    def _say(self, context: int) -> Fit | None:
        """What a context would take, beside the slider."""
        offer = self._offer
        fit = self._offers.fit_at(offer, context) if offer is not None else None
        text = self.tr("{0} of {1}").format(
            figures.tokens(context), figures.tokens(self._largest())
        )
        if fit is not None:
            kept = words.amount(fit.memory.kv + fit.device_memory.kv)
            text = f"{text} · {kept}"
        self._size.setText(text)
        verdict = words.verdict(fit)
        close = fit is not None and fit.verdict != "comfortable"
        self._verdict.setVisible(close)
        if close:
            self._verdict.setText(f" · {verdict.word.lower()}")
            self._verdict.set_color(verdict.color)
        told = text.replace(" · ", ", ")
        self.slider.setAccessibleDescription(f"{told}, {verdict.word.lower()}")
        return fit

    def _look(self, context: int) -> None:
        self._told.hide()
        self._say(context)
        self.looked_at.emit(context)

    def _choose(self, context: int) -> None:
        fit = self._say(context)
        self.looked_at.emit(0)
        if context == self._setting():
            return
        if fit is not None and fit.verdict == "no":
            setting = figures.tokens(self._setting())
            kept = self.tr("The context stays at {0} tokens.").format(setting)
            self._show_setting()
            self._told.setText(f"{fit.reason} {kept}")
            self._told.show()
            return
        self.chosen.emit(context)

    # -- shape --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        beside = self.width() >= self._theme.px(_BESIDE)
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
        self._divider.setVisible(beside)
        if beside:
            self._context.setFixedWidth(self._theme.px(_CONTEXT))
        else:
            self._context.setMinimumWidth(0)
            self._context.setMaximumWidth(16_777_215)
        narrow = self.width() < self._theme.px(400)
        self.memory.set_narrow(narrow)
        self.card.set_narrow(narrow)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD)
        painter.fillPath(shape, self._theme.color("surface"))
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawPath(shape)
