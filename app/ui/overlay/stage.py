"""Puts ask bar and answer card beside the region, and moves them when it changes."""

from PySide6.QtCore import (
    QAbstractAnimation,
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QWidget

from app.ui.overlay.panels import (
    CARD_RESERVE,
    CARD_WIDTH,
    Panels,
    Places,
    bar_width,
    place_panels,
)
from app.ui.theme.shapes import SHADOW_MARGIN
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import EXPAND_MS, PANEL_IN_MS, RADIUS_PANEL

_RISE = 4  # px that a panel comes up by when it appears


class Stage(QObject):
    """Has the panels stand on one frame window at a time. Coordinates are those of that window."""

    moved = Signal()  # a panel has moved, grown, appeared or gone

    def __init__(self, theme: Theme, panels: Panels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.panels = panels
        self._host: QWidget | None = None
        self._region = QRect()
        self._places: Places | None = None
        self._bar_size = QSize()
        self._shadows: dict[QWidget, QRect] = {}  # where the panels were painted last
        self._moves: dict[QWidget, QPropertyAnimation] = {}
        for panel in (panels.ask_bar, panels.answer_card):
            panel.hide()
            panel.installEventFilter(self)
            if not panel.testAttribute(Qt.WidgetAttribute.WA_SetCursor):
                panel.setCursor(Qt.CursorShape.ArrowCursor)  # not the cross of the window below

    @property
    def host(self) -> QWidget | None:
        """The window that they stand on now."""
        return self._host

    def show(self, host: QWidget, region: QRect) -> None:
        """Show the panels beside ``region`` of ``host``; move them there if they are shown."""
        if host is not self._host:
            self.hide()
            self._host = host
            for panel in (self.panels.ask_bar, self.panels.answer_card):
                if panel.parentWidget() is not host:
                    panel.setParent(host)
        self._region = region
        self._places = self._find_places()
        self._lay_out(moved=True)

    def layout(self) -> None:
        """A panel's size has changed, or whether the card is wanted."""
        if self._host is None or self._places is None:
            return
        if self._wanted_bar(self._host.rect()) != self._bar_size:
            self._places = self._find_places()
        self._lay_out(moved=False)

    def hide(self) -> None:
        """Take the panels away. They stay where they were: they may well come back there."""
        for move in self._moves.values():
            move.stop()
        for panel in (self.panels.ask_bar, self.panels.answer_card):
            panel.hide()
        self._host = None
        self._places = None

    def give_back(self) -> None:
        """Take the panels away for good: they belong to no window then."""
        self.hide()
        for panel in (self.panels.ask_bar, self.panels.answer_card):
            panel.removeEventFilter(self)
            panel.setParent(None)

    def shown_on(self, host: QWidget) -> list[QRect]:
        """The rectangles of ``host`` that panels stand on."""
        if host is not self._host:
            return []
        panels = (self.panels.ask_bar, self.panels.answer_card)
        return [panel.geometry() for panel in panels if not panel.isHidden()]

    def paint_shadows(self, painter: QPainter, host: QWidget) -> None:
        """The shadows below the panels."""
        for rect in self.shown_on(host):
            self._theme.paint_shadow(painter, rect.toRectF(), RADIUS_PANEL)

    def card_place(self) -> QRect:
        """Where the card stands, or would, on the desktop."""
        if self._host is None or self._places is None:
            return QRect()
        place = self._places.card(self._card_height())
        return place.translated(self._host.mapToGlobal(QPoint(0, 0)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
        host = self._host
        if event.type() in kinds and host is not None and isinstance(watched, QWidget):
            place = QRect() if watched.isHidden() else watched.geometry()
            for rect in (self._shadows.pop(watched, QRect()), place):
                if not rect.isEmpty():
                    host.update(shadow_region(rect))
            self._shadows[watched] = place
            self.moved.emit()
        return False

    # -- inside ------------------------------------------------------------------------------

    def _find_places(self) -> Places:
        assert self._host is not None
        bar = self._bar_size = self._wanted_bar(self._host.rect())
        card = QSize(self._theme.px(CARD_WIDTH), self._theme.px(CARD_RESERVE))
        return place_panels(self._host.rect(), self._region, bar, card)

    def _wanted_bar(self, screen: QRect) -> QSize:
        bar = self.panels.ask_bar
        width = bar_width(screen, self._region, bar.sizeHint().width())
        return QSize(width, _height_for(bar, width))

    def _card_height(self) -> int:
        assert self._places is not None
        return _height_for(self.panels.answer_card, self._places.answer_card.width())

    def _lay_out(self, *, moved: bool) -> None:
        assert self._places is not None
        self._put(self.panels.ask_bar, self._places.ask_bar, moved=moved)
        card = self.panels.answer_card
        if self.panels.card_wanted:
            self._put(card, self._places.card(self._card_height()), moved=moved)
        else:
            card.hide()

    def _put(self, panel: QWidget, place: QRect, *, moved: bool) -> None:
        """Panels glide when the region changes; one that only grows does so at once."""
        if panel.isHidden():
            panel.setGeometry(place.translated(0, _RISE if self._theme.duration(1) else 0))
            panel.show()
            panel.raise_()
            self._glide(panel, place, PANEL_IN_MS)
        elif moved:
            self._glide(panel, place, EXPAND_MS)
        else:
            move = self._moves.get(panel)
            if move is not None and move.state() == QAbstractAnimation.State.Running:
                move.setEndValue(place)
            else:
                panel.setGeometry(place)

    def _glide(self, panel: QWidget, place: QRect, milliseconds: int) -> None:
        move = self._moves.get(panel)
        if move is None:
            move = QPropertyAnimation(panel, b"geometry", self)
            move.setEasingCurve(QEasingCurve.Type.OutCubic)
            self._moves[panel] = move
        move.stop()
        duration = self._theme.duration(milliseconds)
        if duration == 0 or panel.geometry() == place:
            panel.setGeometry(place)
            return
        move.setDuration(duration)
        move.setStartValue(panel.geometry())
        move.setEndValue(place)
        move.start()


def shadow_region(rect: QRect) -> QRegion:
    """All that a panel and its shadow may touch."""
    reach = SHADOW_MARGIN + 6
    return QRegion(rect.adjusted(-reach, -reach, reach, reach))


def _height_for(panel: QWidget, width: int) -> int:
    return panel.heightForWidth(width) if panel.hasHeightForWidth() else panel.sizeHint().height()
