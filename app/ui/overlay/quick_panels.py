"""Ask bar, answer card and boxes, as the overlay takes them: see ``panels.Panels``."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QPainter

from app.core.boxes import Box
from app.desktop.capture.frame import Frame
from app.session.models import ModelShelf
from app.session.quick_ask import QuickAsk
from app.session.talking import Talking
from app.ui.overlay.answer_card import AnswerCard
from app.ui.overlay.ask_bar import AskBar
from app.ui.overlay.box_layer import BoxLayer
from app.ui.overlay.overlay import Overlay
from app.ui.overlay.pinned import PinnedCard
from app.ui.theme.theme import Theme


class QuickPanels(QObject):
    """Joins the three with each other and with a QuickAsk."""

    look_changed = Signal()  # what is painted on the picture is another
    layout_wanted = Signal()
    picture_state = Signal(str, bool)  # detail in words, whether the picture is ready
    closed = Signal()  # by the cross of the card
    models_wanted = Signal()
    continued = Signal(str)  # id of the chat that is open in the window now

    def __init__(
        self,
        theme: Theme,
        quick: QuickAsk,
        shelf: ModelShelf,
        talking: Talking | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._quick = quick
        self._pinned: list[PinnedCard] = []
        self.pin_place: Callable[[], QRect] = lambda: QRect(80, 80, 420, 360)
        self.ask_bar = AskBar(theme, quick, shelf, talking)
        self.answer_card = AnswerCard(theme, quick, shelf)
        self.boxes = BoxLayer(theme, self)
        self.boxes.changed.connect(self.look_changed)
        self.boxes.hovered_changed.connect(self.answer_card.set_hovered)
        self.boxes.closer_wanted.connect(self._look_closer)
        self.ask_bar.height_wanted.connect(self.layout_wanted)
        self.ask_bar.models_wanted.connect(self.models_wanted)
        card = self.answer_card
        card.height_wanted.connect(self.layout_wanted)
        card.closed.connect(self.closed)
        card.pin_wanted.connect(self.pin)
        card.continue_wanted.connect(self._continue)
        card.picture_wanted.connect(self._copy_picture)
        card.boxes_changed.connect(self._show_boxes)
        card.hovered_changed.connect(self.boxes.set_hovered)
        card.link_clicked.connect(lambda address: QDesktopServices.openUrl(QUrl(address)))
        for panel in (self.ask_bar, card):
            panel.entered.connect(lambda: self.hover(None, QRect()))
        quick.changed.connect(self._follow)
        quick.exchange_added.connect(self.layout_wanted)
        app = QGuiApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.close_pinned)

    # -- for the overlay --------------------------------------------------------------------

    @property
    def card_wanted(self) -> bool:
        """Whether something has been asked."""
        return self.answer_card.wanted

    def focus(self) -> None:
        """The keyboard goes to the ask bar."""
        self.ask_bar.focus()

    def back(self) -> bool:
        """Cancel what is being said, or stop the answer that is being written. Returns whether
        there was anything."""
        if self.ask_bar.stop_talking():
            return True
        if self._quick.state == "answering":
            self._quick.stop()
            return True
        return False

    def paint(self, painter: QPainter, region: QRect) -> None:
        """Paint the boxes, where they are on the frame."""
        self.boxes.paint(painter)

    def hover(self, point: QPoint | None, region: QRect) -> bool:
        """The mouse is there; whether a press would do something."""
        return self.boxes.hover(QPointF(point) if point is not None else None)

    def press(self, point: QPoint, region: QRect) -> bool:
        """The mouse was pressed there; whether it was for the button of a box."""
        return self.boxes.press(QPointF(point))

    # -- orders -----------------------------------------------------------------------------

    def mark(self, frame: Frame, rect: QRect) -> None:
        """A region is marked, in logical pixels of ``frame``."""
        self._quick.mark(frame, rect)
        self._follow()

    def clear(self) -> None:
        """Nothing is marked any more."""
        self.ask_bar.stop_talking()
        self._quick.discard()
        self.ask_bar.clear()
        self.boxes.clear()

    def pin(self) -> None:
        """Keep the answers in a window of their own, and close the overlay."""
        shown = self.answer_card.shown
        if not shown or self._quick.state == "answering":
            return
        place = self.pin_place()
        pinned = PinnedCard(self._theme, shown, self._picture(), self.answer_card.model_title)
        pinned.link_clicked.connect(lambda address: QDesktopServices.openUrl(QUrl(address)))
        pinned.destroyed.connect(lambda: self._pinned.remove(pinned))
        self._pinned.append(pinned)
        self.closed.emit()
        pinned.show_at(place)

    @property
    def pinned(self) -> tuple[PinnedCard, ...]:
        """The answers that are pinned now."""
        return tuple(self._pinned)

    def close_pinned(self) -> None:
        """Close them all: the program ends."""
        for pinned in tuple(self._pinned):
            pinned.close()

    # -- inside -----------------------------------------------------------------------------

    def _follow(self) -> None:
        self.picture_state.emit(self._quick.detail, self._quick.picture_ready)

    def _show_boxes(self) -> None:
        exchange, frame = self.answer_card.pointing, self._quick.frame
        if exchange is None or frame is None:
            self.boxes.clear()
        else:
            self.boxes.show(frame, exchange.region, exchange.boxes, closer=exchange.done)

    def _look_closer(self, box: Box) -> None:
        exchange = self.answer_card.pointing
        if exchange is not None:
            self._quick.look_closer(box, exchange)

    def _picture(self) -> QImage:
        """What was asked about, with the boxes that are shown."""
        with_boxes = self.boxes.annotated()
        frame, shown = self._quick.frame, self.answer_card.shown
        if not with_boxes.isNull() or frame is None or not shown:
            return with_boxes
        return frame.image.copy(shown[-1].region)

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(self._picture())

    def _continue(self) -> None:
        chat = self._quick.continue_in_chat()
        if chat:
            self.continued.emit(chat)


def join(panels: QuickPanels, overlay: Overlay) -> None:
    """Have the overlay and its panels know each other."""
    overlay.set_panels(panels)
    overlay.region_marked.connect(panels.mark)
    overlay.region_cleared.connect(panels.clear)
    overlay.closed.connect(panels.clear)
    panels.look_changed.connect(overlay.update_picture)
    panels.layout_wanted.connect(overlay.layout_panels)
    panels.picture_state.connect(overlay.set_picture_state)
    panels.closed.connect(overlay.close)
    panels.pin_place = overlay.card_place
