"""One picture of the whole desktop -> a frame of each screen."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.core.errors import AppError
from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.stitched import split

RED, BLUE = QColor(Qt.GlobalColor.red), QColor(Qt.GlobalColor.blue)


def picture(width: int, height: int, *parts: tuple[QRect, QColor]) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    for rect, colour in parts:
        painter.fillRect(rect, colour)
    painter.end()
    return image


def is_all(frame: Frame, colour: QColor) -> bool:
    wanted = QImage(frame.image.size(), QImage.Format.Format_RGB32)
    wanted.fill(colour)
    return frame.image == wanted


def test_one_screen_is_the_whole_picture() -> None:
    (frame,) = split(
        picture(1500, 900, (QRect(0, 0, 1500, 900), RED)), [_screen(0, 0, 1000, 600, 1.5)]
    )
    assert (frame.width, frame.ratio, frame.image.width()) == (1000, 1.5, 1500)
    assert is_all(frame, RED)


def test_screens_of_one_scale_are_cut_apart() -> None:
    left, right = _screen(-800, 60, 800, 600, 1.0), _screen(0, 0, 1024, 768, 1.0)
    image = picture(1824, 768, (QRect(0, 60, 800, 600), RED), (QRect(800, 0, 1024, 768), BLUE))
    first, second = split(image, [left, right])
    assert (first.x, first.y, second.x, second.y) == (-800, 60, 0, 0)
    assert is_all(first, RED)
    assert is_all(second, BLUE)


def test_a_screen_of_a_lower_scale_is_made_as_small_as_it_is() -> None:
    low, high = _screen(0, 0, 800, 600, 1.0), _screen(800, 0, 640, 400, 2.0)
    image = picture(
        *(2880, 1200),
        (QRect(0, 0, 1600, 1200), RED),
        (QRect(40, 60, 100, 80), BLUE),
        (QRect(1600, 0, 1280, 800), BLUE),
    )
    first, second = split(image, [low, high])
    assert (first.ratio, second.ratio) == (1.0, 2.0)
    assert (first.image.width(), second.image.width()) == (800, 1280)
    expected = picture(800, 600, (QRect(0, 0, 800, 600), RED), (QRect(20, 30, 50, 40), BLUE))
    assert first.image == expected
    assert is_all(second, BLUE)


def test_a_scale_that_qt_rounds_up_is_that_of_the_picture() -> None:
    """Wayland's outputs have whole scales; the desktop may draw with less."""
    image = picture(1500, 900, (QRect(0, 0, 1500, 900), RED))
    (frame,) = split(image, [_screen(0, 0, 1000, 600, 2.0)])
    assert frame.ratio == 1.5
    assert frame.image.size() == image.size()
    assert frame.crop(QRect(10, 10, 20, 10)).width() == 30


def test_fractional_scales_lose_no_pixel() -> None:
    low, high = _screen(0, 0, 1067, 600, 1.5), _screen(1067, 0, 1097, 617, 1.75)
    image = picture(3787, 1080, (QRect(0, 0, 1867, 1050), RED), (QRect(1867, 0, 1920, 1080), BLUE))
    first, second = split(image, [low, high])
    assert (first.image.width(), second.image.width()) == (1600, 1920)
    assert (first.ratio, second.ratio) == (1.5, 3787 / 2164)
    assert is_all(first, RED)
    assert is_all(second, BLUE)


def test_rounding_enlarges_nothing() -> None:
    image = picture(1602, 900, (QRect(0, 0, 1602, 900), RED))
    (frame,) = split(image, [_screen(0, 0, 1067, 600, 1.5)])
    assert frame.image.size() == image.size()  # every pixel as it came


def test_under_xwayland_every_pixel_may_be_there() -> None:
    low, high = _screen(0, 0, 1280, 720, 1.0), _screen(1280, 0, 800, 450, 2.0)
    image = picture(2880, 900, (QRect(0, 0, 1280, 720), RED), (QRect(1280, 0, 1600, 900), BLUE))
    first, second = split(image, [low, high])
    assert (first.ratio, second.ratio) == (1.0, 2.0)
    assert is_all(first, RED)
    assert is_all(second, BLUE)


def test_a_picture_of_something_else_is_refused() -> None:
    screens = [_screen(0, 0, 800, 600, 1.0), _screen(800, 0, 640, 400, 1.0)]
    with pytest.raises(AppError, match="another size"):
        split(picture(300, 200), screens)


def _screen(x: int, y: int, width: int, height: int, ratio: float) -> ScreenPlace:
    return ScreenPlace(f"{x}", QRect(x, y, width, height), ratio)
