"""Boxes on a picture, pixel by pixel: exactly where the model points, nothing in them hidden."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.core.boxes import Box
from app.desktop.capture.frame import Frame
from app.main import RESOURCES
from app.ui.overlay.box_layer import BoxLayer
from app.ui.overlay.box_paint import annotated, lay_tags, pixels_of
from app.ui.theme.theme import Theme
from tests.gui.ui.overlay.asking import REGION, frame_of

TAG = QColor("#0B6876")
PAPER = QColor("#F8F9FA")
WHITE = QColor("white")
RATIOS = (1.0, 1.25, 1.5, 2.0)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield made
    made.deleteLater()


def painted(theme: Theme, frame: Frame, *boxes: Box, hovered: int = -1) -> tuple[QImage, QRect]:
    """The frame with boxes in REGION, at its own resolution, and the region in its pixels."""
    layer = BoxLayer(theme)
    region = frame.physical(REGION)
    layer.show(frame, region, boxes)
    layer.set_hovered(hovered)
    picture = frame.image.copy()
    painter = QPainter(picture)
    painter.scale(frame.ratio, frame.ratio)  # as a window on such a screen paints
    layer.paint(painter)
    painter.end()
    layer.deleteLater()
    return picture, region


def row(picture: QImage, y: int, first: int, last: int) -> list[QColor]:
    return [picture.pixelColor(x, y) for x in range(first, last)]


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_box_stands_around_exactly_what_it_names(theme: Theme, ratio: float) -> None:
    box = Box(250, 300, 750, 600)
    picture, region = painted(theme, frame_of(ratio), box)
    unit = max(1, round(ratio))
    left, top, width, height = box.pixels(region.width(), region.height())
    left, top = left + region.x(), top + region.y()
    middle = top + height // 2
    line = 2 * unit
    # From outside to inside: paper, white, two pixels of tag, white, and then what it names.
    around = [PAPER, *[WHITE] * unit, *[TAG] * line, *[WHITE] * unit, PAPER]
    reach = 2 * unit + line
    assert row(picture, middle, left - reach - 1, left + 1) == around
    right = left + width
    assert row(picture, middle, right - 1, right + reach + 1) == around[::-1]
    across = left + width // 2
    down = [picture.pixelColor(across, y) for y in range(top - reach - 1, top + 1)]
    assert down == around
    bottom = top + height
    assert [picture.pixelColor(across, y) for y in range(bottom - 1, bottom + reach + 1)] == around[
        ::-1
    ]
    # All that is in it can be seen.
    inside = picture.copy(left, top, width, height)
    assert {inside.pixelColor(x, y).name() for x in (0, width - 1) for y in (0, height - 1)} == {
        PAPER.name()
    }


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_hovered_box_is_thicker_and_a_tenth_filled(theme: Theme, ratio: float) -> None:
    box = Box(250, 300, 750, 600)
    picture, region = painted(theme, frame_of(ratio), box, hovered=0)
    unit = max(1, round(ratio))
    left, top, _, height = box.pixels(region.width(), region.height())
    left, top = left + region.x(), top + region.y()
    middle = top + height // 2
    line = 3 * unit
    reach = 2 * unit + line
    outside = row(picture, middle, left - reach - 1, left)
    assert outside == [PAPER, *[WHITE] * unit, *[TAG] * line, *[WHITE] * unit]
    filled = picture.pixelColor(left, middle)
    for part in ("red", "green", "blue"):
        paper, tag = getattr(PAPER, part)(), getattr(TAG, part)()
        assert abs(getattr(filled, part)() - (0.9 * paper + 0.1 * tag)) <= 1.5


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_box_at_the_edge_stays_within_the_region(theme: Theme, ratio: float) -> None:
    frame = frame_of(ratio)
    picture, region = painted(theme, frame, Box(0, 0, 1000, 1000))
    unit = max(1, round(ratio))
    middle = region.y() + region.height() // 2
    first = [*[WHITE] * unit, *[TAG] * 2 * unit, *[WHITE] * unit, PAPER]
    assert row(picture, middle, region.x(), region.x() + len(first)) == first
    end = region.x() + region.width()
    assert row(picture, middle, end - len(first), end) == first[::-1]
    untouched = frame.image
    for point in (QPoint(region.x() - 1, middle), QPoint(end, middle)):
        assert picture.pixelColor(point) == untouched.pixelColor(point)


def test_a_tiny_box_is_drawn_around_a_pixel(theme: Theme) -> None:
    picture, region = painted(theme, frame_of(), Box(500, 500, 500.1, 500.1))
    x, y, width, height = Box(500, 500, 500.1, 500.1).pixels(region.width(), region.height())
    assert (width, height) == (1, 1)
    x, y = x + region.x(), y + region.y()
    assert row(picture, y, x - 4, x + 5) == [WHITE, TAG, TAG, WHITE, PAPER, WHITE, TAG, TAG, WHITE]


def test_labels_can_be_read_on_any_background(theme: Theme) -> None:
    for back in ("#000000", "#FFFFFF", "#0B6876", "#FF0000"):
        image = QImage(400, 300, QImage.Format.Format_RGB32)
        image.fill(QColor(back))
        box = Box(250, 500, 750, 900, "Channel width")
        done = annotated(theme, image, [box], 1.0)
        logical = [QRectF(*box.pixels(400, 300))]
        place = lay_tags(theme, [box], logical, QRectF(0, 0, 400, 300), image)[0].place
        x, y = round(place.left()), round(place.center().y())
        assert done.pixelColor(x + 2, y) == TAG
        assert done.pixelColor(x - 1, y) == WHITE, "an edge stands out from what is behind it"
        words = done.copy(place.toRect())
        light = sum(
            words.pixelColor(x, y).lightness() > 200
            for x in range(words.width())
            for y in range(words.height())
        )
        assert light > 60, "words in white"


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_annotated_picture_has_the_size_of_the_region(theme: Theme, ratio: float) -> None:
    frame = frame_of(ratio)
    layer = BoxLayer(theme)
    region = frame.physical(REGION)
    box = Box(250, 300, 750, 600, "A")
    layer.show(frame, region, [box])
    picture = layer.annotated()
    assert picture.size() == region.size()
    assert picture.devicePixelRatio() == 1.0
    shown, _ = painted(theme, frame, box)
    left, top, width, height = box.pixels(region.width(), region.height())
    reach = 4 * max(1, round(ratio))
    part = QRect(left, top, width, height).adjusted(-reach, 0, reach, reach)
    assert picture.copy(part) == shown.copy(part.translated(region.topLeft())), "as on the screen"
    layer.clear()
    assert layer.annotated().isNull()
    layer.deleteLater()


def test_pixels_of_boxes_are_those_of_the_model(theme: Theme) -> None:
    assert pixels_of([Box(0, 0, 500, 500), Box(500, 500, 1000, 1000)], 401, 301) == [
        QRect(0, 0, 201, 151),
        QRect(201, 151, 200, 150),
    ]


def test_the_smallest_box_under_the_mouse_is_the_one(theme: Theme) -> None:
    layer = BoxLayer(theme)
    frame = frame_of()
    layer.show(
        frame, frame.physical(REGION), [Box(0, 0, 1000, 1000, "all"), Box(250, 250, 500, 500, "it")]
    )
    told: list[int] = []
    layer.hovered_changed.connect(told.append)
    layer.hover(QPointF(REGION.x() + 150, REGION.y() + 100))
    assert layer.hovered == 1
    layer.hover(QPointF(REGION.x() + 350, REGION.y() + 200))
    layer.hover(QPointF(REGION.x() + 350, REGION.y() + 200))
    assert layer.hovered == 0
    layer.hover(None)
    assert told == [1, 0, -1]
    layer.deleteLater()


def test_labels_stay_where_they_are_while_boxes_are_added(theme: Theme) -> None:
    layer = BoxLayer(theme)
    frame = frame_of()
    region = frame.physical(REGION)
    boxes = [Box(100, 400, 300, 500, "first"), Box(150, 340, 250, 395, "over the first label")]
    layer.show(frame, region, boxes[:1])
    first = layer.tags()[0]
    layer.hover(layer.places()[0].center())
    layer.show(frame, region, boxes)
    assert layer.tags()[0] == first
    assert layer.hovered == 0, "as before"
    layer.show(frame, region, boxes, closer=True)
    assert layer.tags()[0] != first, "at the end the best places are found for all"
    layer.deleteLater()


def test_the_button_of_a_box_is_pressed_on_the_way_out(theme: Theme) -> None:
    layer = BoxLayer(theme)
    frame = frame_of()
    box = Box(250, 250, 500, 500, "it")
    layer.show(frame, frame.physical(REGION), [box], closer=True)
    pressed: list[Box] = []
    layer.closer_wanted.connect(pressed.append)
    assert layer.closer_place() is None
    layer.hover(layer.places()[0].center())
    place = layer.closer_place()
    assert place is not None
    assert place.width() >= 28
    # From the box to the button without losing it.
    corner = layer.places()[0].bottomRight()
    for step in range(15):
        layer.hover(corner + QPointF(step, step))
        assert layer.hovered == 0
    assert layer.hover(place.center())
    assert layer.press(place.center())
    assert not layer.press(layer.places()[0].center() - QPointF(30, 30))
    assert pressed == [box]
    layer.show(frame, frame.physical(REGION), [box])
    assert layer.closer_place() is None, "an answer that is being written offers none"
    layer.deleteLater()


@pytest.mark.parametrize(
    "box",
    [
        Box(250, 300, 750, 600, "above"),
        Box(250, 0, 500, 300, "at the right"),
        Box(0, 0, 1000, 300, "below"),
        Box(900, 900, 1000, 1000, "in a corner"),
    ],
)
def test_the_button_hides_no_label_and_is_in_the_frame(theme: Theme, box: Box) -> None:
    layer = BoxLayer(theme)
    frame = frame_of(1.0, REGION.x() + REGION.width(), REGION.y() + REGION.height())
    layer.show(frame, frame.physical(REGION), [box], closer=True)
    layer.set_hovered(0)
    place = layer.closer_place()
    assert place is not None
    assert not place.intersects(layer.tags()[0].place)
    assert QRectF(frame.rect).contains(place)
    layer.deleteLater()
