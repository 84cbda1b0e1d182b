"""One attachment in the composer."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImageReader,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.budget import AUTOMATIC
from app.core.conversation import Image
from app.session.draft import DraftAttachment
from app.ui.composer.detail_menu import cost, detail_menu, level
from app.ui.mirror import placed, placed_exactly
from app.ui.theme.controls import IconButton, ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP

_ICONS = {"image": "image", "audio": "wave", "document": "doc"}
_LONGEST = 230  # px of words; a longer name ends in "…"
_SHORTEST = 84


class Chip(QWidget):
    """Tile, name, a second line that says what is known or what is wrong, and a way to remove it.

    The second line of a picture that is ready opens the menu of detail.
    """

    removed = Signal(int)  # the attachment's key
    budget_chosen = Signal(int, int)  # key, tokens
    opened = Signal(int)

    def __init__(
        self,
        theme: Theme,
        attachment: DraftAttachment,
        usual_budget: int = AUTOMATIC,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._usual_budget = usual_budget
        self._attachment = attachment
        self._thumbnail = QPixmap()
        self._tile = _Tile(theme, self)
        self._tile.clicked.connect(lambda: self.opened.emit(self._attachment.key))
        self._detail = _DetailButton(theme, self)
        self._detail.clicked.connect(self._choose_detail)
        self._remove = IconButton(theme, "x", self.tr("Remove"), shortcut="Del", size=28)
        self._remove.setParent(self)
        self._remove.clicked.connect(lambda: self.removed.emit(self._attachment.key))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self.show_attachment(attachment)

    @property
    def key(self) -> int:
        """The key of the attachment that is shown."""
        return self._attachment.key

    def show_attachment(self, attachment: DraftAttachment) -> None:
        """Take over what is known of the attachment now."""
        self._attachment = attachment
        if self._thumbnail.isNull() and attachment.thumbnail_path:
            self._thumbnail = square_thumbnail(
                attachment.thumbnail_path, round(34 * self.devicePixelRatioF() * 2)
            )
        picture = attachment.kind == "image" and attachment.state == "ready"
        self._tile.show_as(_ICONS[attachment.kind], self._thumbnail, attachment.state == "failed")
        self._tile.setEnabled(picture)
        self._tile.setAccessibleName(self.tr("Open {0}").format(attachment.name))
        self._tile.setToolTip(self.tr("Open") if picture else "")
        self._detail.setVisible(picture and not attachment.warning)
        self._detail.setText(self.second_line())
        self._detail.setAccessibleName(
            self.tr("{0}, {1}").format(attachment.name, self.second_line())
        )
        self._remove.set_name(self.tr("Remove {0}").format(attachment.name), "Del")
        self.setAccessibleName(f"{attachment.name}, {self.second_line()}")
        problem = attachment.problem
        self.setToolTip(str(problem) if problem else attachment.warning or attachment.name)
        self.updateGeometry()
        self._place()
        self.update()

    def set_usual_budget(self, budget: int) -> None:
        """What a picture without a budget of its own costs, in tokens."""
        self._usual_budget = budget
        self.show_attachment(self._attachment)

    def second_line(self) -> str:
        """What stands under the name."""
        attachment = self._attachment
        if attachment.problem is not None:
            what = attachment.problem.what.removeprefix(f"{attachment.name} ")
            return what[:1].upper() + what[1:]  # the name stands above already
        if attachment.state == "reading":
            return self.tr("Reading…")
        if attachment.warning:
            return attachment.warning
        if isinstance(attachment.part, Image):
            budget = attachment.budget or self._usual_budget
            return self.tr("Detail: {0} · {1} tokens").format(
                level(budget), f"{cost(attachment.part, budget):,}"
            )
        return attachment.detail

    # -- how it looks -----------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        theme = self._theme
        name = QFontMetricsF(theme.font("ui-medium")).horizontalAdvance(self._attachment.name)
        second = QFontMetricsF(theme.font("caption")).horizontalAdvance(self.second_line())
        if self._icon_of_second_line() is not None or self._detail.isVisibleTo(self):
            second += 8 + theme.px(14)
        words = min(max(name, second, _SHORTEST), theme.px(_LONGEST))
        return QSize(round(5 + theme.px(34) + 9 + words + 8 + theme.px(28) + 4), theme.px(44))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self._attachment.key)
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, attachment = self._theme, self._attachment
        failed = attachment.state == "failed"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP)
        painter.fillPath(outline, theme.color("danger-soft" if failed else "canvas"))
        if attachment.state == "reading":
            painter.save()
            painter.setClipPath(outline)
            painter.fillRect(
                QRectF(0, self.height() - 2, self.width() / 3, 2), theme.color("accent")
            )
            painter.restore()
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawPath(outline)
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        theme = self._theme
        name, second = self._lines()
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        font = theme.font("ui-medium")
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        painter.drawText(
            placed(self, name),
            align,
            QFontMetricsF(font).elidedText(
                self._attachment.name, Qt.TextElideMode.ElideMiddle, name.width()
            ),
        )
        if self._detail.isVisibleTo(self):
            return  # the button says it
        color = self._color_of_second_line()
        icon = self._icon_of_second_line()
        if icon is not None:
            side = theme.px(14)
            at = QRectF(second.left(), second.center().y() - side / 2, side, side)
            second.setLeft(at.right() + 4)
            theme.paint_icon(painter, icon, placed(self, at), color)
        font = theme.font("caption")
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(
            placed(self, second),
            align,
            QFontMetricsF(font).elidedText(
                self.second_line(), Qt.TextElideMode.ElideRight, second.width()
            ),
        )

    def _lines(self) -> tuple[QRectF, QRectF]:
        """Where the name and the second line stand, read from the left."""
        theme = self._theme
        left = 5 + theme.px(34) + 9
        width = self.width() - left - theme.px(28) - 4 - 4
        height, gap = theme.px(17), theme.px(5)
        return (
            QRectF(left, gap, width, height),
            QRectF(left, gap + height, width, theme.px(17)),
        )

    def _icon_of_second_line(self) -> str | None:
        bad = self._attachment.state == "failed" or self._attachment.warning
        return "warn" if bad else None

    def _color_of_second_line(self) -> QColor:
        if self._attachment.state == "failed":
            return self._theme.color("danger")
        return self._theme.color("warn" if self._attachment.warning else "text-3")

    def _place(self) -> None:
        side, x = self._theme.px(34), self._remove.sizeHint()
        second = self._lines()[1].toRect()
        width = min(self._detail.sizeHint().width(), second.width() + 8)
        for widget, rect in (
            (self._tile, QRect(5, (self.height() - side) // 2, side, side)),
            (self._detail, QRect(second.left() - 4, second.top() - 1, width, second.height() + 2)),
            (
                self._remove,
                QRect(
                    self.width() - 4 - x.width(),
                    (self.height() - x.height()) // 2,
                    x.width(),
                    x.height(),
                ),
            ),
        ):
            widget.setGeometry(placed_exactly(self, rect))

    def _restyle(self) -> None:
        self.updateGeometry()
        self._place()
        self.update()

    def _choose_detail(self) -> None:
        key = self._attachment.key
        menu = detail_menu(
            self._theme,
            self._attachment.budget,
            self._usual_budget,
            lambda budget: self.budget_chosen.emit(key, budget),
            self,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self._detail)


class _Tile(ThemedButton):
    """The 34 px square: a thumbnail, or an icon on the soft accent."""

    radius = 5.0

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._icon = "doc"
        self._picture = QPixmap()
        self._failed = False

    def show_as(self, icon: str, picture: QPixmap, failed: bool) -> None:
        self._icon, self._picture, self._failed = icon, picture, failed
        self.setFocusPolicy(
            Qt.FocusPolicy.NoFocus if picture.isNull() else Qt.FocusPolicy.StrongFocus
        )
        self.update()

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


class _DetailButton(ThemedButton):
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
