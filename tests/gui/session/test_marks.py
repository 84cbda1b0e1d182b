"""Places in pictures of the screen."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from app.core.boxes import SCALE, Box
from app.session.marks import closer_look, pixels_of

BOUNDS = QRect(0, 0, 1920, 1080)
REGION = QRect(100, 50, 1000, 500)

_sides = st.tuples(st.floats(0, SCALE), st.floats(0, SCALE)).map(sorted)
_boxes = st.builds(
    lambda across, down: Box(across[0], down[0], across[1], down[1]),
    _sides.filter(lambda sides: sides[0] < sides[1]),
    _sides.filter(lambda sides: sides[0] < sides[1]),
)


@st.composite
def _regions(draw: st.DrawFn) -> QRect:
    width, height = draw(st.integers(1, BOUNDS.width())), draw(st.integers(1, BOUNDS.height()))
    left = draw(st.integers(0, BOUNDS.width() - width))
    top = draw(st.integers(0, BOUNDS.height() - height))
    return QRect(left, top, width, height)


def test_a_box_is_a_share_of_its_region() -> None:
    assert pixels_of(REGION, Box(0, 0, SCALE, SCALE)) == REGION
    assert pixels_of(REGION, Box(100, 200, 300, 400)) == QRect(200, 150, 200, 100)


def test_a_closer_look_has_a_margin_and_is_not_too_small() -> None:
    assert closer_look(REGION, Box(100, 200, 300, 400), BOUNDS) == QRect(160, 130, 280, 140)
    assert closer_look(REGION, Box(500, 500, 501, 502), BOUNDS) == QRect(569, 269, 64, 64)
    corner = QRect(1910, 1070, 10, 10)
    assert closer_look(corner, Box(0, 0, SCALE, SCALE), BOUNDS) == QRect(1856, 1016, 64, 64)
    assert closer_look(QRect(0, 0, 9, 9), Box(0, 0, 5, 5), QRect(0, 0, 9, 9)) == QRect(0, 0, 9, 9)


@given(_regions(), _boxes)
def test_what_is_looked_at_lies_in_the_picture_and_holds_the_box(region: QRect, box: Box) -> None:
    part = pixels_of(region, box)
    assert region.contains(part)
    seen = closer_look(region, box, BOUNDS)
    assert BOUNDS.contains(seen)
    assert seen.contains(part)
