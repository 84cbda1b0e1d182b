"""The picture and what is marked on it, pixel by pixel."""

from functools import lru_cache

import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from pytestqt.qtbot import QtBot

from app.desktop.capture.frame import Frame
from app.ui.overlay.handles import paint_edge
from app.ui.overlay.picture import DIM, fitted, paint_picture
from app.ui.theme.tokens import LIGHT

RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0)
WIDTH, HEIGHT = 160, 120  # logical


@lru_cache
def pattern(width: int, height: int) -> QImage:
    """A picture in which every pixel has a colour of its own."""
    data = bytearray()
    for y in range(height):
        for x in range(width):
            data += bytes(((x ^ y) % 256, y * 5 % 256, x * 7 % 256, 255))
    return QImage(bytes(data), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def frame(ratio: float) -> Frame:
    image = pattern(round(WIDTH * ratio), round(HEIGHT * ratio))
    return Frame("one", 0, 0, WIDTH, HEIGHT, ratio, image)


def painted(frame: Frame, lit: QRect | None, dirty: QRegion) -> QImage:
    """What a screen of the frame's ratio shows."""
    screen = QImage(frame.image.size(), QImage.Format.Format_RGB32)
    screen.fill(Qt.GlobalColor.magenta)
    screen.setDevicePixelRatio(frame.ratio)
    painter = QPainter(screen)
    paint_picture(painter, frame, lit, dirty)
    painter.end()
    screen.setDevicePixelRatio(1)
    return screen


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(
    "region",
    [
        QRect(0, 0, 8, 8),
        QRect(33, 21, 57, 43),
        QRect(1, 119 - 8, 9, 9),
        QRect(151, 111, 9, 9),
        QRect(0, 0, WIDTH, HEIGHT),
    ],
)
def test_what_is_lit_is_what_is_marked(qtbot: QtBot, ratio: float, region: QRect) -> None:
    shot = frame(ratio)
    screen = painted(shot, region, QRegion(shot.rect))
    place = shot.physical(region)
    assert screen.copy(place) == shot.crop(region)
    expected = shot.image.copy()
    painter = QPainter(expected)
    painter.fillRect(expected.rect(), DIM)
    painter.drawImage(place.topLeft(), shot.crop(region))
    painter.end()
    assert screen == expected


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_line_around_it_covers_none_of_it(qtbot: QtBot, ratio: float) -> None:
    shot = frame(ratio)
    place = shot.physical(QRect(33, 21, 57, 43))
    screen = edged(shot, place)
    assert screen.copy(place) == shot.image.copy(place)
    line, white = round(2 * ratio), round(ratio)
    middle = place.center().x()
    colors = [screen.pixelColor(middle, place.y() - 1 - away) for away in range(line + white)]
    assert colors == [QColor("#0B6876")] * line + [QColor("white")] * white
    assert screen.pixel(middle, place.y() - line - white - 1) == shot.image.pixel(
        middle, place.y() - line - white - 1
    )


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_line_around_the_whole_screen_is_on_it(qtbot: QtBot, ratio: float) -> None:
    shot = frame(ratio)
    screen = edged(shot, shot.image.rect())
    line = round(2 * ratio)
    inside = screen.rect().adjusted(line, line, -line, -line)
    assert screen.copy(inside) == shot.image.copy(inside)
    for x, y in ((0, 0), (line - 1, 50), (screen.width() - 1, screen.height() - line)):
        assert screen.pixelColor(x, y) == QColor("#0B6876")


def edged(frame: Frame, place: QRect) -> QImage:
    screen = frame.image.copy()
    screen.setDevicePixelRatio(frame.ratio)
    painter = QPainter(screen)
    paint_edge(painter, place, Light(), frame.image.rect(), frame.ratio)
    painter.end()
    screen.setDevicePixelRatio(1)
    return screen


class Light:
    def color(self, name: str) -> QColor:
        return QColor(LIGHT[name])


@pytest.mark.parametrize("ratio", RATIOS)
def test_painting_a_part_anew_leaves_the_rest(qtbot: QtBot, ratio: float) -> None:
    shot = frame(ratio)
    region, part = QRect(33, 21, 57, 43), QRegion(30, 20, 11, 13) + QRegion(80, 50, 30, 30)
    whole, again = painted(shot, region, QRegion(shot.rect)), painted(shot, region, part)
    for x, y, width, height in ((30, 20, 11, 13), (80, 50, 30, 30)):
        place = QRectF(x * ratio, y * ratio, width * ratio, height * ratio).toAlignedRect()
        assert again.copy(place) == whole.copy(place)
        painter = QPainter(again)
        painter.fillRect(place, Qt.GlobalColor.magenta)
        painter.end()
    untouched = QImage(again.size(), again.format())
    untouched.fill(Qt.GlobalColor.magenta)
    assert again == untouched


def test_the_dimming_is_the_design_s() -> None:
    assert QColor(9, 14, 14, 143) == DIM


def test_a_portal_s_picture_is_fitted_to_the_window(qtbot: QtBot) -> None:
    shot = frame(2.0)
    assert fitted(shot, 2.0) is shot
    small = fitted(shot, 1.25)
    assert (small.image.width(), small.image.height()) == (200, 150)
    assert small.ratio == 1.25


def test_a_screen_of_odd_size_is_not_scaled(qtbot: QtBot) -> None:
    # 1366 × 768 at 1.25: Qt's screen is 1093 × 614.
    shot = Frame("one", 0, 0, 1093, 614, 1.25, QImage(1366, 768, QImage.Format.Format_RGB32))
    assert fitted(shot, 1.25) is shot
