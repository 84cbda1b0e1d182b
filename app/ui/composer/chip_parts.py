"""What a chip is put together from: its picture and the button of its second line."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from app.ui.mirror import placed
from app.ui.theme.controls import ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme


class Tile(ThemedButton):
    """The 34 px square: a thumbnail, or an icon on the soft accent."""

    radius = 5.0

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._icon = "doc"
        self._picture = QPixmap()
        self._failed = False

    def show_as(self, icon: str, picture: QPixmap, failed: bool) -> None:
        self._icon, self._picture, self._failed = icon, picture, failed
        self.update()

    def set_openable(self, openable: bool) -> None:
        """Whether a press opens something."""
        self.setEnabled(openable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if openable else Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        side = self.theme.px(34)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect())
        shape = box(rect, self.radius)
        if not self._picture.isNull():
            painter.setClipPath(shape)
            painter.drawPixmap(rect, self._picture, QRectF(self._picture.rect()))
            if self.hover:
                shade = QColor(theme.color("text"))
                shade.setAlphaF(0.12 * self.hover)
                painter.fillPath(shape, shade)
            return
        painter.fillPath(shape, theme.color("canvas" if self._failed else "accent-soft"))
        side = theme.px(18)
        icon = QRectF(0, 0, side, side)
        icon.moveCenter(rect.center())
        theme.paint_icon(painter, self._icon, icon, "danger" if self._failed else "accent-text")


class DetailButton(ThemedButton):
    """The second line of a picture: "Detail: high · 560 tokens" and a small arrow."""

    radius = 4.0

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self.theme.font("caption")).horizontalAdvance(self.text())
        return QSize(round(4 + words + 2 + self.theme.px(12) + 6), self.theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.hover:
            painter.setOpacity(self.hover)
            painter.fillPath(box(rect, self.radius), theme.color("hover"))
            painter.setOpacity(1)
        ink = theme.color("text" if self.hover > 0.5 else "text-3")
        font = theme.font("caption")
        side = theme.px(12)
        words = rect.adjusted(4, 0, -side - 6, 0)
        text = QFontMetricsF(font).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, words.width() + 1
        )
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(placed(self, words), align, text)
        x = words.left() + QFontMetricsF(font).horizontalAdvance(text) + 2
        arrow = QRectF(round(x), round(rect.center().y() - side / 2), side, side)
        theme.paint_icon(painter, "down", placed(self, arrow), ink)


def square_thumbnail(path: str, side: int) -> QPixmap:
    """The middle of the picture at ``path``, ``side`` pixels square; null if it can't be read."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and min(size.width(), size.height()) > side:
        reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    picture = QPixmap.fromImage(reader.read())
    if picture.isNull():
        return picture
    short = min(picture.width(), picture.height())
    return picture.copy(
        (picture.width() - short) // 2, (picture.height() - short) // 2, short, short
    )
