"""The frozen picture of a screen, dimmed outside of what is marked."""

from dataclasses import replace

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QRegion

from app.desktop.capture.frame import Frame

DIM = QColor(9, 14, 14, round(0.56 * 255))


def fitted(frame: Frame, ratio: float) -> Frame:
    """``frame`` with as many pixels as a window of its size has where ``ratio`` of them make a
    logical one. Usually these are its own; a portal may deliver others."""
    width, height = round(frame.width * ratio), round(frame.height * ratio)
    own = frame.image.size()
    # A screen whose size is no multiple of its scale has up to a logical pixel more or less.
    if abs(own.width() - width) <= ratio and abs(own.height() - height) <= ratio:
        return frame if frame.ratio == ratio else replace(frame, ratio=ratio)
    scaled = frame.image.scaled(
        width,
        height,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return replace(frame, ratio=ratio, image=scaled)


def paint_picture(painter: QPainter, frame: Frame, lit: QRect | None, dirty: QRegion) -> None:
    """The picture in ``dirty`` (logical), one pixel of it for one of the screen, dimmed but for
    ``lit``: exactly the pixels that ``frame.crop(lit)`` has."""
    image, ratio = frame.image, frame.ratio
    bright = frame.physical(lit) if lit is not None else QRect()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.scale(1 / ratio, 1 / ratio)
    for rect in rects_of(dirty):
        place = QRectF(
            rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio
        ).toAlignedRect()
        part = place & image.rect()
        painter.drawImage(part, image, part)
        for dark in rects_of(QRegion(part) - QRegion(bright)):
            painter.fillRect(dark, DIM)
        for beyond in rects_of(QRegion(place) - QRegion(image.rect())):
            painter.fillRect(beyond, Qt.GlobalColor.black)
    painter.restore()


def rects_of(region: QRegion) -> list[QRect]:
    """The rectangles that make up a region, none of which overlap."""
    # It can be iterated over; PySide's types don't know.
    rects: list[QRect] = list(region)  # type: ignore[call-overload]
    return rects
