"""One picture of all screens -> a frame of each."""

from collections.abc import Iterable, Sequence
from threading import Event

from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import QImage

from app.core.errors import AppError
from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.portal import ScreenshotPortal, damaged

_ENLARGED = 1.02  # times the size: more than rounding does
_SLACK = 2  # pixels that a desktop may round away along the whole of an edge


class PortalScreens:
    """Has the portal take all screens, which may take as long as the person needs to allow it."""

    waits = True

    def __init__(self, portal: ScreenshotPortal) -> None:
        self._portal = portal

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        """There is nothing to prepare."""

    def take(self, screens: Sequence[ScreenPlace], given_up: Event) -> tuple[Frame, ...]:
        """A frame of each of ``screens``. Raises AppError; NotWanted once ``given_up`` is set."""
        image = QImage.fromData(self._portal.take(given_up))
        if image.isNull():
            raise damaged()
        return split(image.convertToFormat(QImage.Format.Format_RGB32), screens)

    def close(self) -> None:
        """There is nothing to let go of."""


def split(image: QImage, screens: Sequence[ScreenPlace]) -> tuple[Frame, ...]:
    """The part of ``image`` that each of ``screens`` has.

    On Wayland the picture is as large as the screens are together in logical pixels, times the
    highest scale of them: a screen of a lower one comes enlarged, and is made as small again as it
    is. Under Xwayland it may be as large as all their pixels are together. Raises AppError if it is
    neither.
    """
    box = _around(screen.rect for screen in screens)
    ratio = image.width() / max(box.width(), 1)
    if abs(image.height() - box.height() * ratio) <= _SLACK:
        return tuple(
            _frame(screen, _part(image, screen.rect.translated(-box.topLeft()), ratio), ratio)
            for screen in screens
        )
    box = _around(screen.physical for screen in screens)
    if image.size() == box.size():
        return tuple(
            Frame.of(screen, _part(image, screen.physical.translated(-box.topLeft()), 1.0))
            for screen in screens
        )
    raise AppError(
        QCoreApplication.translate(
            "Capture", "The desktop gave a picture of another size than its screens have."
        ),
        QCoreApplication.translate(
            "Capture", "Try again, and choose all screens if the desktop asks what to take."
        ),
        code="capture-damaged",
    )


def _frame(screen: ScreenPlace, image: QImage, ratio: float) -> Frame:
    if ratio < screen.ratio * _ENLARGED:  # far below it where Qt rounds a scale up, as 1.5 to 2
        return Frame.of(screen, image, ratio)
    ignore, smooth = (
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    small = image.scaled(screen.physical.size(), ignore, smooth)
    return Frame.of(screen, small.convertToFormat(QImage.Format.Format_RGB32))


def _part(image: QImage, place: QRect, ratio: float) -> QImage:
    left, top = round(place.x() * ratio), round(place.y() * ratio)
    right = round((place.x() + place.width()) * ratio)
    bottom = round((place.y() + place.height()) * ratio)
    return image.copy(QRect(left, top, right - left, bottom - top) & image.rect())


def _around(rects: Iterable[QRect]) -> QRect:
    box = QRect()
    for rect in rects:
        box |= rect
    return box
