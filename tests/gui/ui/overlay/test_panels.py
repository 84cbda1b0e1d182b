"""Where ask bar and answer card stand."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize

from app.ui.overlay.panels import MARGIN, Places, bar_width, place_panels

SCREEN = QRect(0, 0, 1920, 1080)
BAR, CARD = QSize(684, 92), QSize(420, 480)


def placed(region: QRect, screen: QRect = SCREEN, bar: QSize = BAR) -> Places:
    return place_panels(screen, region, bar, CARD)


def test_the_bar_stands_below_and_the_card_to_the_right() -> None:
    places = placed(QRect(418, 196, 684, 620))
    assert places.ask_bar == QRect(418, 834, 684, 92)
    assert places.answer_card == QRect(1122, 196, 420, 480)
    assert places.card(300) == QRect(1122, 196, 420, 300)
    assert places.card(900) == places.answer_card


def test_at_the_lower_right_both_flip() -> None:
    region = QRect(1200, 500, 700, 560)
    places = placed(region)
    assert places.ask_bar.y() + 92 + 18 == region.y()
    assert places.answer_card.x() + 420 + 20 == region.x()


def test_a_bar_wider_than_the_region_ends_with_it_where_it_would_leave_the_screen() -> None:
    places = placed(QRect(1700, 200, 150, 100))
    assert places.ask_bar.x() + 684 <= 1920 - MARGIN
    assert places.ask_bar.y() == 318


def test_a_card_keeps_clear_of_a_bar_that_is_wider_than_the_region() -> None:
    places = placed(QRect(400, 300, 100, 60))
    assert places.ask_bar == QRect(400, 378, 684, 92)
    assert not places.ask_bar.intersects(places.answer_card)


def test_the_whole_screen_is_covered_at_its_edges() -> None:
    places = placed(SCREEN)
    assert places.ask_bar.y() + 92 == 1080 - MARGIN
    assert places.answer_card.x() + 420 == 1920 - MARGIN
    assert not places.ask_bar.intersects(places.answer_card)


def test_a_full_height_strip_has_both_beside_it() -> None:
    region = QRect(0, 0, 600, 1080)
    places = placed(region)
    for place in (places.ask_bar, places.answer_card):
        assert not place.intersects(region)


def test_the_bar_is_as_wide_as_the_region_within_reason() -> None:
    assert bar_width(SCREEN, QRect(0, 0, 600, 10), 420) == 600
    assert bar_width(SCREEN, QRect(0, 0, 60, 10), 420) == 420
    assert bar_width(SCREEN, QRect(0, 0, 1900, 10), 420) == 720
    assert bar_width(QRect(0, 0, 400, 300), QRect(0, 0, 60, 10), 420) == 400 - 2 * MARGIN


def test_a_region_of_full_height_in_the_middle_has_the_card_beside_it() -> None:
    region = QRect(460, 0, 1000, 1080)
    places = placed(region)
    assert places.ask_bar == QRect(618, 1080 - MARGIN - 92, 684, 92)
    assert places.answer_card == QRect(1480, MARGIN, 420, 480)


@st.composite
def regions(draw: st.DrawFn) -> QRect:
    width, height = draw(st.integers(8, 1920)), draw(st.integers(8, 1080))
    x, y = draw(st.integers(0, 1920 - width)), draw(st.integers(0, 1080 - height))
    return QRect(x, y, width, height)


@given(regions(), st.integers(420, 720), st.integers(60, 220))
def test_wherever_the_region_is_nothing_covers_anything(
    region: QRect, width: int, height: int
) -> None:
    places = placed(region, bar=QSize(width, height))
    bar, card = places.ask_bar, places.answer_card
    assert SCREEN.contains(bar)
    assert SCREEN.contains(card)
    assert card.height() >= 240
    assert not bar.intersects(card)
    # 1180 of 1920 and 620 of 1080 leave room on one side at least.
    if region.width() <= 700 and region.height() <= 300:
        assert not bar.intersects(region)
        assert not card.intersects(region)


@given(st.integers(200, 700), st.integers(200, 500))
def test_small_screens_have_both_somewhere(width: int, height: int) -> None:
    screen = QRect(0, 0, width, height)
    places = place_panels(screen, screen, QSize(420, 92), CARD)
    assert screen.contains(places.ask_bar)
    assert screen.contains(places.answer_card)
