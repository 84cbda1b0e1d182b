"""What the person said: right aligned, with the cut corner, its pictures and files."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.conversation import Attached, Audio, Document, Image, Message, Video
from app.core.markdown import Paragraph, Span
from app.ui.theme.controls import Menu, ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import CUT_MESSAGE, RADIUS_CHIP, RADIUS_PANEL, RADIUS_PILL
from app.ui.transcript import words
from app.ui.transcript.formats import BLEED, Formats
from app.ui.transcript.text_segment import TextSegment

MAX_WIDTH = 548  # px
PICTURE = QSize(172, 104)
BESIDE = 160  # px of text that must fit beside a picture
GAP = 8

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
            self._pixmap = self._read()
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

    def _read(self) -> QPixmap:
        """The thumbnail, cropped to the shape of the tile."""
        size = self.size() * self.devicePixelRatioF()
        reader = QImageReader(self._path)
        image = reader.read()
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
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        return pixmap


class FileTile(ThemedButton):
    """A sound or a file of a message."""

    radius = RADIUS_CHIP

    def __init__(self, theme: Theme, part: Audio | Document | Video) -> None:
        super().__init__(theme)
        self.part = part
        self._icon = "wave" if isinstance(part, Audio) else "doc"
        self._second = words.attachment(part)
        self.setAccessibleName(f"{part.name}, {self._second}")
        self.setToolTip(part.name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

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


class UserMessage(QWidget):
    """The person's message in its bubble, at the right of the column."""

    picture_opened = Signal(Image)
    attachment_opened = Signal(object)  # Audio or Document
    link_clicked = Signal(str)
    height_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        formats: Formats,
        message: Message,
        thumbnails: Thumbnails | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.message = message
        self.tiles: list[PictureTile | FileTile] = []
        for part in message.attachments:
            tile: PictureTile | FileTile
            if isinstance(part, Image):
                tile = PictureTile(theme, part, thumbnails)
            else:
                tile = FileTile(theme, part)
            tile.setParent(self)
            tile.clicked.connect(lambda _=False, part=part: self._opened(part))
            self.tiles.append(tile)
        self.text: TextSegment | None = None
        if message.text:
            self.text = TextSegment(formats, self)
            self.text.set_blocks([Paragraph((Span(message.text),))])
            self.text.setAccessibleName(self.tr("Your message"))
            self.text.menu_wanted.connect(self._open_menu)
        self._bubble = QRectF()
        self.setAccessibleName(self.tr("Your message"))
        theme.changed.connect(self._restyle)

    def height_for(self, width: int) -> int:
        """Lay out at ``width``."""
        px = self._theme.px
        most = min(px(MAX_WIDTH), width)
        if self.text is None or not self.tiles:
            left, top, right, bottom = (16, 10, 18, 10) if not self.tiles else (12, 12, 18, 12)
        else:
            left, top, right, bottom = 12, 12, 18, 12
        room = most - left - right
        picture = self.tiles[0] if self.tiles else None
        beside = (
            len(self.tiles) == 1
            and isinstance(picture, PictureTile)
            and self.text is not None
            and room - picture.sizeHint().width() - 14 >= px(BESIDE)
        )
        if beside and picture is not None and self.text is not None:
            size = picture.sizeHint()
            words_room = room - size.width() - 14
            text_width, text_height = self._fit_text(words_room)
            inner = max(size.height(), text_height)
            bubble = left + size.width() + 14 + text_width + right
            x = width - bubble if not self.isRightToLeft() else 0
            self._bubble = QRectF(x, 0, bubble, top + inner + bottom)
            self._put(picture, left, top + (inner - size.height()) // 2, size)
            text_at = left + size.width() + 14
            self._put_text(text_at, top + (inner - text_height) // 2, text_width, text_height)
            return round(self._bubble.height())
        rows, tiles_width, tiles_height = self._wrap_tiles(room)
        text_width = text_height = 0
        if self.text is not None:
            text_width, text_height = self._fit_text(room)
        gap = 10 if self.tiles and self.text is not None else 0
        bubble = left + max(tiles_width, text_width) + right
        height = top + tiles_height + gap + text_height + bottom
        x = width - bubble if not self.isRightToLeft() else 0
        self._bubble = QRectF(x, 0, bubble, height)
        for tile, tile_x, tile_y, size in rows:
            self._put(tile, left + tile_x, top + tile_y, size)
        if self.text is not None:
            extra = 4 if self.tiles else 0
            self._put_text(left + extra, top + tiles_height + gap, text_width, text_height)
        return height

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isRightToLeft():  # the cut corner is on the side of the person
            painter.translate(2 * self._bubble.center().x(), 0)
            painter.scale(-1, 1)
        painter.fillPath(box(self._bubble, RADIUS_PANEL, CUT_MESSAGE), self._theme.color("user"))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._open_menu(event)

    # -- inside -----------------------------------------------------------------------------

    def _wrap_tiles(
        self, room: int
    ) -> tuple[list[tuple[PictureTile | FileTile, int, int, QSize]], int, int]:
        rows: list[tuple[PictureTile | FileTile, int, int, QSize]] = []
        x = y = line = widest = 0
        for tile in self.tiles:
            size = tile.sizeHint()
            size.setWidth(min(size.width(), room))
            if x and x + size.width() > room:
                x, y, line = 0, y + line + GAP, 0
            rows.append((tile, x, y, size))
            x += size.width() + GAP
            line = max(line, size.height())
            widest = max(widest, x - GAP)
        return rows, widest, y + line

    def _fit_text(self, room: int) -> tuple[int, int]:
        assert self.text is not None
        height = self.text.height_for(room)
        ideal = round(self.text.document().idealWidth() + 0.5) - 2 * BLEED + 1
        if ideal < room:
            height = self.text.height_for(ideal)
        return min(ideal, room), height

    def _put(self, widget: QWidget, x: int, y: int, size: QSize) -> None:
        left = round(self._bubble.left())
        if self.isRightToLeft():
            x = round(self._bubble.width()) - x - size.width()
        widget.setGeometry(left + x, y, size.width(), size.height())

    def _put_text(self, x: int, y: int, width: int, height: int) -> None:
        assert self.text is not None
        self._put(self.text, x - BLEED, y - 2, QSize(width + 2 * BLEED, height + 4))

    def _opened(self, part: Attached) -> None:
        if isinstance(part, Image):
            self.picture_opened.emit(part)
        else:
            self.attachment_opened.emit(part)

    def _open_menu(self, event: QContextMenuEvent) -> None:
        menu = Menu(self._theme, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self.text
        if text is not None:
            chosen = text.textCursor().hasSelection()
            menu.add(self.tr("Copy"), text.copy, icon="copy", shortcut="Ctrl+C", enabled=chosen)
        clipboard = QGuiApplication.clipboard()
        menu.add(
            self.tr("Copy message"),
            lambda: clipboard.setText(self.message.text),
            enabled=bool(self.message.text),
        )
        if text is not None:
            menu.addSeparator()
            menu.add(self.tr("Select all"), text.selectAll, shortcut="Ctrl+A")
        menu.open_at(event.globalPos())
        event.accept()

    def _restyle(self) -> None:
        if self.text is not None:
            self.text.restyle()
        self.update()
        self.height_changed.emit()
