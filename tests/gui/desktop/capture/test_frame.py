"""Logical rectangles and the pixels that they stand for."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.desktop.capture.frame import Frame, ScreenPlace

RATIOS = [1.0, 1.25, 1.5, 1.75, 2.0, 3.0]


def numbered(width: int, height: int) -> QImage:
    """Every pixel says where it is."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    for y in range(height):
        for x in range(width):
            image.setPixel(x, y, 0xFF000000 | x << 16 | y << 8)
    return image


def frame(ratio: float, width: int = 200, height: int = 120) -> Frame:
    """Of a screen of ``width`` x ``height`` pixels, as Qt rounds its logical size."""
    place = QRect(1280, 90, round(width / ratio), round(height / ratio))
    return Frame.of(ScreenPlace("DP-1", place, ratio), numbered(width, height))


def corner(image: QImage) -> tuple[int, int]:
    colour = image.pixelColor(0, 0)
    return colour.red(), colour.green()


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_whole_frame_is_the_whole_image(ratio: float) -> None:
    for width in range(198, 206):  # some end within a logical pixel
        whole = frame(ratio, width, width - 80)
        assert (whole.screen, whole.x, whole.y, whole.ratio) == ("DP-1", 1280, 90, ratio)
        assert whole.crop(whole.rect) == whole.image


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_a_crop_has_exactly_the_pixels_below_it(ratio: float) -> None:
    whole = frame(ratio, 240, 150)
    crop = whole.crop(QRect(7, 5, 20, 11))  # inclusive edges: right() is 26, bottom() 15
    scale = int(ratio)
    assert (crop.width(), crop.height()) == (20 * scale, 11 * scale)
    for y in range(crop.height()):
        for x in range(crop.width()):
            assert crop.pixel(x, y) == whole.image.pixel(7 * scale + x, 5 * scale + y)


@pytest.mark.parametrize("ratio", RATIOS)
def test_rectangles_that_touch_share_no_pixel_and_lose_none(ratio: float) -> None:
    whole = frame(ratio)
    columns = [0, 1, 17, 18, 40, 63, whole.width]
    seen = [
        whole.crop(QRect(left, 3, right - left, 1)).width() for left, right in pairwise(columns)
    ]
    assert sum(seen) == whole.image.width()
    rights = [whole.physical(QRect(left, 0, 4, 4)) for left in range(0, 40, 4)]
    for first, second in pairwise(rights):
        assert first.x() + first.width() == second.x()


def test_fractions_go_to_the_pixel_that_is_covered_to_the_half() -> None:
    part = frame(1.5).physical(QRect(1, 3, 2, 2))  # 1.5 to 4.5, and 4.5 to 7.5
    assert part == QRect(2, 5, 3, 3)


@pytest.mark.parametrize("ratio", RATIOS)
def test_what_lies_outside_is_cut_off(ratio: float) -> None:
    whole = frame(ratio)
    assert whole.crop(QRect(-50, -50, 2000, 2000)) == whole.image
    assert corner(whole.crop(QRect(-5, -5, 10, 10))) == (0, 0)
    for outside in (QRect(-20, 0, 20, 5), QRect(0, whole.height, 5, 5), QRect(9, 9, 0, 4), QRect()):
        assert whole.crop(outside).isNull()


def test_pixels_become_logical_again() -> None:
    whole = frame(1.5)
    assert whole.logical(QRect(3, 6, 30, 15)).getRect() == (2.0, 4.0, 20.0, 10.0)
    assert whole.physical(whole.logical(QRect(3, 6, 30, 15)).toRect()) == QRect(3, 6, 30, 15)


def test_a_screen_keeps_its_corner_when_it_is_scaled() -> None:
    assert ScreenPlace("B", QRect(1280, 90, 1067, 600), 1.5).physical.topLeft().x() == 1280
    assert ScreenPlace("A", QRect(0, 0, 800, 450), 2.0).physical == QRect(0, 0, 1600, 900)
