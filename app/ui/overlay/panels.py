"""What stands beside a region, the ask bar and the answer card, and where there is room."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

BAR_GAP = 18  # px between region and ask bar
CARD_GAP = 20  # px between region and answer card
BETWEEN = 12  # px at least between ask bar and answer card
MARGIN = 16  # px that stay free at the edges of the screen
BAR_WIDEST = 720
CARD_WIDTH = 420
CARD_RESERVE = 480  # px kept free for an answer that grows


class Panels(Protocol):
    """The parts that ask and answer. The overlay places them; all else is up to them."""

    @property
    def ask_bar(self) -> QWidget: ...

    @property
    def answer_card(self) -> QWidget: ...

    @property
    def card_wanted(self) -> bool:
        """Whether there is an answer to be seen."""

    def focus(self) -> None:
        """Give the keyboard to the ask bar."""

    def back(self) -> bool:
        """Put the topmost thing away; False if there is nothing of theirs to put away."""

    def paint(self, painter: QPainter, region: QRect) -> None:
        """Draw boxes and tags on the picture that lies at ``region``."""

    def hover(self, point: QPoint | None, region: QRect) -> bool:
        """The mouse is there (None: elsewhere); whether something there can be pressed."""

    def press(self, point: QPoint, region: QRect) -> bool:
        """The mouse was pressed there; whether that was meant for them."""


@dataclass(frozen=True)
class Places:
    """Where the ask bar goes, and the largest place that the answer card may take."""

    ask_bar: QRect
    answer_card: QRect

    def card(self, height: int) -> QRect:
        """The place of a card that wants ``height``."""
        place = self.answer_card
        return QRect(place.x(), place.y(), place.width(), min(height, place.height()))


def place_panels(screen: QRect, region: QRect, bar: QSize, card: QSize) -> Places:
    """Places on ``screen`` beside ``region`` that cover neither it nor each other: the bar below
    it, the card to its right, or on the side that has room; over the region only if it leaves
    none. ``bar`` is the size of the ask bar, ``card`` the width of the card and the height that it
    may grow to. All in the same pixels."""
    inner = screen.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    bar = bar.boundedTo(inner.size())
    card = card.boundedTo(inner.size())
    bars = list(_bars(inner, region, bar))
    for bar_place in bars:
        for card_place in _cards(inner, region, bar_place, card):
            if _apart(bar_place, card_place):
                return Places(bar_place, card_place)
    # The region leaves too little room: the bar below its middle at the bottom of the screen.
    centered = region.x() + (region.width() - bar.width()) // 2
    middle = _within(centered, bar.width(), inner.x(), _end_x(inner))
    low = QRect(QPoint(middle, _end_y(inner) - bar.height()), bar)
    bar_place = bars[0] if bars else low
    for card_place in _cards(inner, region, bar_place, card):
        if _apart(bar_place, card_place):
            return Places(bar_place, card_place)
    return Places(bar_place, _over(inner, bar_place, card))


def _apart(bar: QRect, card: QRect) -> bool:
    return not bar.adjusted(-BETWEEN, -BETWEEN, BETWEEN, BETWEEN).intersects(card)


def bar_width(screen: QRect, region: QRect, least: int) -> int:
    """How wide the ask bar is: as wide as the region, within reason."""
    return min(max(least, min(region.width(), BAR_WIDEST)), screen.width() - 2 * MARGIN)


def _bars(inner: QRect, region: QRect, size: QSize) -> Iterator[QRect]:
    """Places beside the region, the best first."""
    left = _within(region.x(), size.width(), inner.x(), _end_x(inner))
    ending = _within(_end_x(region) - size.width(), size.width(), inner.x(), _end_x(inner))
    below, above = _end_y(region) + BAR_GAP, region.y() - BAR_GAP - size.height()
    low = _within(
        _end_y(region) - size.height(), size.height(), inner.y(), _end_y(inner)
    )  # beside it, at its lower edge
    right, leftmost = _end_x(region) + BAR_GAP, region.x() - BAR_GAP - size.width()
    places = ((left, below), (ending, below), (left, above), (ending, above))
    for x, y in (*places, (right, low), (leftmost, low)):
        place = QRect(QPoint(x, y), size)
        if inner.contains(place):
            yield place


def _cards(inner: QRect, region: QRect, bar: QRect, size: QSize) -> Iterator[QRect]:
    """Places beside the region, the best first. Where there is less room than the card may come to
    want, it gets that."""
    top = _within(region.y(), size.height(), inner.y(), _end_y(inner))
    right, left = _end_x(region) + CARD_GAP, region.x() - CARD_GAP - size.width()
    past_bar = max(_end_x(region), _end_x(bar)) + CARD_GAP
    before_bar = min(region.x(), bar.x()) - CARD_GAP - size.width()
    for x in (right, left, past_bar, before_bar):
        place = QRect(QPoint(x, top), size)
        if inner.contains(place):
            yield place
    # A card that stands over or under the bar, or the region, and is content with what is left.
    below = max(_end_y(region), _end_y(bar) if bar.y() > region.y() else 0) + CARD_GAP
    above = min(region.y(), bar.y()) - CARD_GAP
    along = _within(region.x(), size.width(), inner.x(), _end_x(inner))
    for x, y, end in (
        (right, inner.y(), bar.y() - CARD_GAP),
        (left, inner.y(), bar.y() - CARD_GAP),
        (along, below, _end_y(inner)),
        (along, inner.y(), above),
    ):
        height = min(end - y, size.height())
        place = QRect(x, y if y == below else end - height, size.width(), height)
        if height >= size.height() // 2 and inner.contains(place):
            yield place


def _over(inner: QRect, bar: QRect, card: QSize) -> QRect:
    """The card over the region, at the right, above or below the bar."""
    room_above, room_below = bar.y() - inner.y(), _end_y(inner) - _end_y(bar)
    height = max(1, min(card.height(), max(room_above, room_below) - CARD_GAP))
    y = inner.y() if room_above >= room_below else _end_y(bar) + CARD_GAP
    return QRect(_end_x(inner) - card.width(), y, card.width(), height)


def _within(at: int, length: int, least: int, most: int) -> int:
    return max(least, min(at, most - length))


# A QRect's right() and bottom() are one short of where the next one begins.
def _end_x(rect: QRect) -> int:
    return rect.x() + rect.width()


def _end_y(rect: QRect) -> int:
    return rect.y() + rect.height()
