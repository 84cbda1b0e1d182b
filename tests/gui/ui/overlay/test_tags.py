"""Labels stand above, else right, else below; never over each other if that can be avoided."""

import itertools
import random

from PySide6.QtCore import QRectF, QSizeF

from app.ui.overlay.tags import place_tags

BOUNDS = QRectF(0, 0, 400, 300)
SIZE = QSizeF(80, 22)


def place(box: QRectF, **more: object) -> QRectF:
    return place_tags([box], [SIZE], BOUNDS, **more)[0]  # type: ignore[arg-type]


def test_above_at_the_left() -> None:
    assert place(QRectF(50, 100, 100, 40)) == QRectF(50, 78, 80, 22)


def test_at_the_right_where_there_is_no_room_above() -> None:
    assert place(QRectF(50, 10, 100, 40)) == QRectF(150, 10, 80, 22)


def test_at_the_right_where_it_would_hide_writing() -> None:
    box = QRectF(50, 100, 100, 40)
    writing = QRectF(0, 70, 400, 25)
    assert place(box, writing=writing.intersects) == QRectF(150, 100, 80, 22)


def test_below_where_neither_is_possible() -> None:
    assert place(QRectF(0, 0, 400, 40)) == QRectF(0, 40, 80, 22)


def test_within_a_box_that_fills_the_picture() -> None:
    assert BOUNDS.contains(place(BOUNDS))


def test_moved_in_from_the_right_edge() -> None:
    assert place(QRectF(360, 100, 30, 40)) == QRectF(320, 78, 80, 22)


def test_boxes_side_by_side_have_labels_side_by_side() -> None:
    boxes = [QRectF(20 + 40 * number, 100, 30, 30) for number in range(6)]
    tags = place_tags(boxes, [SIZE] * 6, BOUNDS)
    for one, other in itertools.combinations(tags, 2):
        assert not one.intersects(other)
    assert all(BOUNDS.contains(tag) for tag in tags)


def test_any_few_boxes_have_labels_apart() -> None:
    chance = random.Random(7)
    for _ in range(50):
        corners = [(chance.uniform(0, 320), chance.uniform(0, 240)) for _ in range(5)]
        boxes = [QRectF(x, y, *chance.choices((20, 60, 80), k=2)) for x, y in corners]
        tags = place_tags(boxes, [SIZE] * 5, BOUNDS)
        for one, other in itertools.combinations(tags, 2):
            both = one.intersected(other)
            assert both.width() * both.height() < 1, (boxes, tags)


def test_known_places_stay() -> None:
    boxes = [QRectF(50, 100, 100, 40), QRectF(50, 60, 100, 30)]
    somewhere = QRectF(200, 200, 80, 22)
    first, second = place_tags(boxes, [SIZE] * 2, BOUNDS, known=[somewhere])
    assert first == somewhere
    assert second == QRectF(50, 38, 80, 22)


def test_labels_of_boxes_that_crowd_stay_within_the_picture() -> None:
    boxes = [QRectF(0, 0, 60 + 20 * number, 300) for number in range(9)]
    tags = place_tags(boxes, [QSizeF(240, 22)] * 9, BOUNDS)
    assert all(BOUNDS.contains(tag) for tag in tags)
    for one, other in itertools.combinations(tags, 2):
        assert not one.intersects(other)
