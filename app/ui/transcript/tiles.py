"""What is attached to a message: pictures, films, and everything else with an icon."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImageReader, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy

from app.core.conversation import Audio, Document, Frame, Image, Video
from app.ui.attachment_icon import icon_of
from app.ui.mirror import placed
from app.ui.theme.controls import ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP, RADIUS_PILL, RADIUS_TAG
from app.ui.transcript import words

PICTURE = QSize(172, 104)
FRAME = QSize(56, 36)  # px of a picture of a film
FRAMES = 5  # of them that are shown, at most

Thumbnails = Callable[[Image, Callable[[str], None]], None]


class PictureTile(ThemedButton):
    """A picture of a message, cropped to fill; a click opens it large."""

    radius = RADIUS_PILL

    def __init__(self, theme: Theme, picture: Image, thumbnails: Thumbnails | None) -> None:
        super().__init__(theme)
        self.picture = picture
        self._pixmap: QPixmap | None = None
        self._path = ""
        self.setAccessibleName(self.tr("Picture {0}").format(picture.name))
        self.setToolTip(picture.name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if thumbnails is not None:
            thumbnails(picture, self.set_path)

    def set_path(self, path: str) -> None:
        """The thumbnail is in this file."""
        self._path = path
        self._pixmap = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.theme.px(PICTURE.width()), self.theme.px(PICTURE.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect())
        outline = box(rect, self.radius)
        painter.fillPath(outline, theme.color("surface"))
        if self._pixmap is None and self._path:
            self._pixmap = cropped(self._path, self.size(), self.devicePixelRatioF())
        if self._pixmap is not None and not self._pixmap.isNull():
            painter.setClipPath(outline)
            painter.drawPixmap(self.rect(), self._pixmap)
            painter.setClipping(False)
        else:
            side = theme.px(20)
            icon = QRectF(0, 0, side, side)
            icon.moveCenter(rect.center())
            theme.paint_icon(painter, "image", icon, "text-3")
        painter.setPen(QPen(theme.color("border-strong" if self.hover > 0.5 else "border"), 1))
        painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), self.radius))


class FileTile(ThemedButton):
    """A sound or a file of a message."""

    radius = RADIUS_CHIP

    def __init__(self, theme: Theme, part: Audio | Document | Video) -> None:
        super().__init__(theme)
        self.part = part
        self._icon = "play" if isinstance(part, Audio) else icon_of(part)
        self._second = words.attachment(part)
        self.setAccessibleName(f"{part.name}, {self._second}")
        self.setToolTip(part.name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        if icon != self._icon:
            self._icon = icon
            self.update()

    def sizeHint(self) -> QSize:
        theme = self.theme
        name = QFontMetrics(theme.font("ui-medium")).horizontalAdvance(self.part.name)
        second = QFontMetrics(theme.font("caption")).horizontalAdvance(self._second)
        width = min(max(name, second) + 1, theme.px(220))
        return QSize(theme.px(34) + 5 + 9 + width + 14, theme.px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.fillPath(box(rect, self.radius), theme.color("canvas"))
        painter.setPen(QPen(theme.color("border-strong" if self.hover > 0.5 else "border"), 1))
        painter.drawPath(box(rect.adjusted(0.5, 0.5, -0.5, -0.5), self.radius))
        rect.setHeight(theme.px(44))
        side = theme.px(34)
        mirrored = self.isRightToLeft()
        tile = QRectF(5, 5, side, rect.height() - 10)
        text = rect.adjusted(side + 14, 4, -10, -4)
        if mirrored:
            tile.moveRight(rect.right() - 5)
            text = rect.adjusted(10, 4, -side - 14, -4)
        painter.fillPath(box(tile, 5), theme.color("accent-soft"))
        icon = QRectF(0, 0, theme.px(18), theme.px(18))
        icon.moveCenter(tile.center())
        theme.paint_icon(painter, self._icon, icon, "accent-text")
        upper = QRectF(text.left(), text.top() + 1, text.width(), text.height() / 2)
        lower = upper.translated(0, text.height() / 2 - 2)
        side_flag = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        flags = side_flag | Qt.AlignmentFlag.AlignVCenter
        for role, color, line, where in (
            ("ui-medium", "text", self.part.name, upper),
            ("caption", "text-3", self._second, lower),
        ):
            font = theme.font(role)
            painter.setFont(font)
            painter.setPen(theme.color(color))
            shown = QFontMetrics(font).elidedText(
                line, Qt.TextElideMode.ElideMiddle, int(where.width())
            )
            painter.drawText(where, flags, shown)


class FilmTile(FileTile):
    """A film of a message, and below its name some of the pictures that were looked at."""

    def __init__(self, theme: Theme, film: Video, thumbnails: Thumbnails | None) -> None:
        super().__init__(theme, film)
        self._frames = _spread(film.frames, FRAMES)
        self._paths: list[str] = [""] * len(self._frames)
        self._pixmaps: dict[str, QPixmap] = {}
        for place, frame in enumerate(self._frames):
            if thumbnails is not None:
                picture = Image(frame.blob, film.name, "image/jpeg", frame.width, frame.height)
                thumbnails(picture, partial(self._arrived, place))

    def sizeHint(self) -> QSize:
        size, theme = super().sizeHint(), self.theme
        if not self._frames:
            return size
        strip = len(self._frames) * (theme.px(FRAME.width()) + 4) + 6
        return QSize(max(size.width(), strip), size.height() + theme.px(FRAME.height()) + 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = QSize(theme.px(FRAME.width()), theme.px(FRAME.height()))
        x = 5
        for path in self._paths:
            place = placed(self, QRectF(x, theme.px(44), size.width(), size.height()))
            x += size.width() + 4
            outline = box(place, RADIUS_TAG)
            painter.fillPath(outline, theme.color("sunken"))
            if path:
                if path not in self._pixmaps:
                    self._pixmaps[path] = cropped(path, size, self.devicePixelRatioF())
                painter.setClipPath(outline)
                painter.drawPixmap(place.toRect(), self._pixmaps[path])
                painter.setClipping(False)

    def _arrived(self, place: int, path: str) -> None:
        self._paths[place] = path
        self.update()


def cropped(path: str, size: QSize, ratio: float) -> QPixmap:
    """The picture at ``path``, cropped to ``size`` px; null if it can't be read."""
    size = size * ratio
    image = QImageReader(path).read()
    if image.isNull():
        return QPixmap()
    image = image.scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    crop = QRect(0, 0, size.width(), size.height())
    crop.moveCenter(image.rect().center())
    pixmap = QPixmap.fromImage(image.copy(crop))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _spread(frames: tuple[Frame, ...], most: int) -> tuple[Frame, ...]:
    """At most ``most`` of the pictures, from the first to the last."""
    if len(frames) <= most:
        return frames
    return tuple(frames[round(i * (len(frames) - 1) / (most - 1))] for i in range(most))
