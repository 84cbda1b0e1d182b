"""One screen at one moment."""

from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QScreen


@dataclass(frozen=True)
class ScreenPlace:
    """A screen's name, its place on the desktop in logical pixels, and how many of its own pixels
    make a logical one."""

    name: str
    rect: QRect
    ratio: float

    @classmethod
    def of(cls, screen: QScreen) -> "ScreenPlace":
        return cls(screen.name(), screen.geometry(), screen.devicePixelRatio())

    @property
    def physical(self) -> QRect:
        """Its place in pixels of its own, as X11 and Windows count: Qt scales the size of a screen,
        but not where it begins."""
        width, height = self.rect.width() * self.ratio, self.rect.height() * self.ratio
        return QRect(self.rect.x(), self.rect.y(), round(width), round(height))


@dataclass(frozen=True, eq=False)
class Frame:
    """What one screen showed.

    ``screen`` is the name of the QScreen; ``x``, ``y``, ``width`` and ``height`` its place on the
    desktop in logical pixels, ``ratio`` how many pixels of the image make a logical one, ``image``
    the pixels themselves: opaque, in Format_RGB32, with a device pixel ratio of 1.
    """

    screen: str
    x: int
    y: int
    width: int
    height: int
    ratio: float
    image: QImage

    @classmethod
    def of(cls, screen: ScreenPlace, image: QImage, ratio: float = 0.0) -> "Frame":
        """``image`` as what ``screen`` shows, with the ratio of the screen unless told another."""
        place = screen.rect
        return cls(
            screen.name,
            place.x(),
            place.y(),
            place.width(),
            place.height(),
            ratio or screen.ratio,
            image,
        )

    @property
    def rect(self) -> QRect:
        """The whole frame, relative to itself, in logical pixels."""
        return QRect(0, 0, self.width, self.height)

    def physical(self, rect: QRect) -> QRect:
        """``rect`` (logical, relative to the frame) in pixels of the image. Rectangles that touch
        share no pixel and lose none; what lies outside of the frame is cut off. Empty if nothing
        is left."""
        # A QRect's right() is one short of where the next one begins.
        logical_right, logical_bottom = rect.x() + rect.width(), rect.y() + rect.height()
        right, bottom = self._pixel(logical_right), self._pixel(logical_bottom)
        # The last logical pixel may reach over the edge of the screen, or end short of it.
        if logical_right >= self.width:
            right = self.image.width()
        if logical_bottom >= self.height:
            bottom = self.image.height()
        left, top = self._pixel(rect.x()), self._pixel(rect.y())
        return QRect(left, top, right - left, bottom - top) & self.image.rect()

    def logical(self, rect: QRect) -> QRectF:
        """``rect`` (pixels of the image) in logical pixels, relative to the frame."""
        ratio = self.ratio
        return QRectF(
            rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio
        )

    def crop(self, rect: QRect) -> QImage:
        """The pixels under ``rect`` (logical, relative to the frame), one for one; a null image if
        it lies outside."""
        place = self.physical(rect)
        return QImage() if place.isEmpty() else self.image.copy(place)

    def _pixel(self, logical: int) -> int:
        return floor(logical * self.ratio + 0.5)
