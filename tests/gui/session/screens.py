"""Frames of screens that show what the miniature can name."""

from PIL import Image
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.desktop.capture.frame import Frame
from tests.data.pictures import draw

SIDE = 384  # pixels of each picture on the screen
ROOM = 40  # pixels around each, and between them


def frame_of(
    *pictures: Image.Image, ratio: float = 1.0, side: tuple[int, int] = (SIDE, SIDE)
) -> Frame:
    """A dark screen with ``pictures`` of ``side`` pixels in a row."""
    width, height = ROOM + len(pictures) * (side[0] + ROOM), side[1] + 2 * ROOM
    screen = Image.new("RGB", (width, height), (20, 60, 70))
    for number, picture in enumerate(pictures):
        screen.paste(picture, (ROOM + number * (side[0] + ROOM), ROOM))
    data = screen.convert("RGBA").tobytes()
    image = QImage(data, width, height, QImage.Format.Format_RGBA8888)
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    return Frame("DP-1", 0, 0, round(width / ratio), round(height / ratio), ratio, rgb)


def place(number: int, ratio: float = 1.0) -> QRect:
    """Where picture ``number`` lies, in logical pixels of the frame."""
    left = ROOM + number * (SIDE + ROOM)
    return QRect(*(round(value / ratio) for value in (left, ROOM, SIDE, SIDE)))


RED_CIRCLE = draw("red", "circle", "at the top left")
BLUE_SQUARE = draw("blue", "square", "at the bottom right")
