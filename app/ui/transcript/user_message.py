"""What the person said: right aligned, with the cut corner, its pictures and files."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from app.core.conversation import Attached, Audio, Image, Message, Video
from app.core.markdown import Paragraph, Span
from app.ui.theme.controls import Menu
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import CUT_MESSAGE, RADIUS_PANEL
from app.ui.transcript.formats import BLEED, Formats
from app.ui.transcript.text_segment import TextSegment
from app.ui.transcript.tiles import FileTile, FilmTile, PictureTile, Thumbnails

MAX_WIDTH = 548  # px
BESIDE = 160  # px of text that must fit beside a picture
GAP = 8


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
            elif isinstance(part, Video):
                tile = FilmTile(theme, part, thumbnails)
            else:
                tile = FileTile(theme, part)
            tile.setParent(self)
            tile.clicked.connect(lambda _=False, part=part: self._opened(part))
            self.tiles.append(tile)
        self.text: TextSegment | None = None
        if words := message.text or message.spoken:
            self.text = TextSegment(formats, self)
            self.text.set_blocks([Paragraph((Span(words),))])
            self.text.setAccessibleName(self.tr("Your message"))
            self.text.menu_wanted.connect(self._open_menu)
        self._bubble = QRectF()
        self.setAccessibleName(self.tr("Your message"))
        theme.changed.connect(self._restyle)

    def set_playing(self, blob: str) -> None:
        """What is being played is this sound, "" for silence."""
        for tile in self.tiles:
            if isinstance(tile, FileTile) and isinstance(tile.part, Audio):
                tile.set_icon("stop" if tile.part.blob == blob else "play")

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
        words = self.message.text or self.message.spoken
        menu.add(
            self.tr("Copy message"),
            lambda: clipboard.setText(words),
            enabled=bool(words),
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
