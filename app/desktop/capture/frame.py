"""One screen at one moment."""

from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QScreen


@dataclass(frozen=True, eq=False)
class Frame:
    """What one screen showed.

    ``screen`` is the name of the QScreen; ``x``, ``y``, ``width`` and ``height`` its place on the
    desktop in logical pixels, ``ratio`` how many pixels of the screen make a logical one, ``image``
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
    def of(cls, screen: QScreen, image: QImage) -> "Frame":
        """``image`` as what ``screen`` shows; it may be off in size by what rounding does."""
        place = screen.geometry()
        ratio = screen.devicePixelRatio()
        return cls(screen.name(), place.x(), place.y(), place.width(), place.height(), ratio, image)

    @property
    def rect(self) -> QRect:
        """The whole frame, relative to itself, in logical pixels."""
        return QRect(0, 0, self.width, self.height)

    def physical(self, rect: QRect) -> QRect:
        """``rect`` (logical, relative to the frame) in pixels of the image. Every pixel that lies
        under it to the half belongs to it, so rectangles side by side share none and lose none;
        what lies outside of the frame is cut off. Empty if nothing is left."""
        left, top = self._pixel(rect.left()), self._pixel(rect.top())
        # A QRect's right edge is one short of where the next one begins.
        right, bottom = (
            self._pixel(rect.left() + rect.width()),
            self._pixel(rect.top() + rect.height()),
        )
        if rect.left() + rect.width() >= self.width:
            right = self.image.width()  # where a logical pixel is cut by the edge of the screen
        if rect.top() + rect.height() >= self.height:
            bottom = self.image.height()
        return QRect(left, top, right - left, bottom - top) & self.image.rect()

    def logical(self, rect: QRect) -> QRectF:
        """``rect`` (pixels of the image) in logical pixels, relative to the frame."""
        return QRectF(
            rect.x() / self.ratio,
            rect.y() / self.ratio,
            rect.width() / self.ratio,
            rect.height() / self.ratio,
        )

    def crop(self, rect: QRect) -> QImage:
        """The pixels of the screen under ``rect`` (logical, relative to the frame), one for one;
        a null image if it lies outside."""
        place = self.physical(rect)
        return QImage() if place.isEmpty() else self.image.copy(place)

    def _pixel(self, logical: int) -> int:
        return floor(logical * self.ratio + 0.5)
