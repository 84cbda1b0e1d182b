"""One attachment in the composer."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.budget import AUTOMATIC, tokens_at
from app.core.conversation import Audio, Document, Image, Video
from app.session.draft import DraftAttachment
from app.session.preparation import Stage
from app.ui.attachment_icon import icon_of
from app.ui.composer.chip_parts import DetailButton, Tile, square_thumbnail
from app.ui.composer.detail_menu import about, detail_menu, level, lost
from app.ui.mirror import placed, placed_exactly
from app.ui.theme.controls import IconButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP

_ICONS = {"image": "image", "audio": "wave", "document": "doc", "video": "play"}
_LONGEST = 230  # px of words; a longer name ends in "…"
_LONGEST_WARNING = 300  # px of a second line that says what will be lost
_SHORTEST = 84
_BEGUN = 0.04  # of the line on the lower edge that is always seen


class Chip(QWidget):
    """Tile, name, a second line that says what is known or what is wrong, and a way to remove it.
    A line on the lower edge grows while it is read, from its file and then ahead by the model.

    The second line of a picture that is ready opens the menu of detail, that of a protected
    document asks for its password. A picture, or a document that has been read, can be opened.
    """

    removed = Signal(int)  # the attachment's key
    budget_chosen = Signal(int, int)  # key, tokens
    opened = Signal(int)
    played = Signal(int)  # a sound
    unlock_wanted = Signal(int)

    def __init__(
        self,
        theme: Theme,
        attachment: DraftAttachment,
        usual_budget: int = AUTOMATIC,
        seconds: Callable[[int], float | None] = lambda _tokens: None,
        parent: QWidget | None = None,
    ) -> None:
        """``usual_budget`` is that of the settings; ``seconds`` tells what image tokens cost."""
        super().__init__(parent)
        self._theme = theme
        self._usual_budget = usual_budget
        self._seconds = seconds
        self._attachment = attachment
        self._stage: Stage = ""
        self._fraction = 0.0
        self._widest = 0.0  # that the words have been: a shorter one moves no neighbour
        self._thumbnail = QPixmap()
        self._tile = Tile(theme, self)
        self._playing = False
        self._tile.clicked.connect(self._press_tile)
        self._detail = DetailButton(theme, self)
        self._detail.clicked.connect(self._choose)
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
        if attachment.part != self._attachment.part:
            self._widest = 0.0
        self._attachment = attachment
        if self._thumbnail.isNull() and attachment.thumbnail_path:
            self._thumbnail = square_thumbnail(
                attachment.thumbnail_path, round(34 * self.devicePixelRatioF() * 2)
            )
        picture = attachment.kind == "image" and attachment.state == "ready"
        openable = self._openable
        self._tile.show_as(self._icon(), self._thumbnail, attachment.state == "failed")
        self._tile.set_openable(openable)
        does = self.tr("Open")
        if isinstance(attachment.part, Audio):
            self._tile.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # who clicks it writes on
            does = self.tr("Stop") if self._playing else self.tr("Play")
        self._tile.setAccessibleName(f"{does} {attachment.name}")
        self._tile.setToolTip(does if openable else "")
        shape = Qt.CursorShape.PointingHandCursor if openable else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        locked = attachment.state == "locked"
        self._detail.setVisible(locked or (picture and not attachment.warning))
        self._detail.setText(self.second_line())
        self._detail.setAccessibleName(
            self.tr("{0}, {1}").format(attachment.name, self.second_line())
        )
        self._remove.set_name(self.tr("Remove {0}").format(attachment.name), "Del")
        self.setAccessibleName(f"{attachment.name}, {self.second_line()}")
        problem = attachment.problem
        notes = "\n".join(attachment.notes)
        self.setToolTip(str(problem) if problem else attachment.warning or notes or attachment.name)
        self.updateGeometry()
        self._place()
        self.update()

    def set_usual_budget(self, budget: int) -> None:
        """What the settings say that a picture may cost, in tokens."""
        self._usual_budget = budget
        self.show_attachment(self._attachment)

    def set_playing(self, blob: str) -> None:
        """What is being played is another sound, "" for silence."""
        part = self._attachment.part
        playing = isinstance(part, Audio) and part.blob == blob
        if playing != self._playing:
            self._playing = playing
            self.show_attachment(self._attachment)

    def show_stage(self, stage: Stage, fraction: float) -> None:
        """How far the model is with reading it ahead; ``fraction`` counts while "reading"."""
        fraction = fraction if stage == "reading" else 0.0
        if fraction != self._fraction:
            self._fraction = fraction
            self.update()
        if stage != self._stage:
            self._stage = stage
            self.show_attachment(self._attachment)
            self.setAccessibleDescription(
                self.tr("Being read by the model") if stage == "reading" else ""
            )

    def second_line(self) -> str:
        """What stands under the name."""
        attachment = self._attachment
        if attachment.state == "locked":
            return self.tr("Protected: type its password")
        if attachment.problem is not None:
            what = attachment.problem.what.removeprefix(f"{attachment.name} ")
            return what[:1].upper() + what[1:]  # the name stands above already
        if attachment.state == "reading":
            if attachment.fraction and not attachment.detail:
                return self.tr("Reading… {0} %").format(round(100 * attachment.fraction))
            return attachment.detail or self.tr("Reading…")
        if attachment.warning:
            return attachment.warning
        part = attachment.part
        if attachment.notes:
            return f"{attachment.detail} · {attachment.notes[0]}"
        if not isinstance(part, Image):
            return self._read_line() if self._stage == "read" else attachment.detail
        tokens = tokens_at(part.width, part.height, part.budget)
        seconds = self._seconds(tokens)
        if self._stage == "read":
            state = self.tr("read")
        elif seconds is not None:
            state = about(seconds)
        else:
            state = self.tr("{0} tokens").format(f"{tokens:,}")
        words = self.tr("Detail: {0} · {1}").format(level(part.budget), state)
        if self._loses_text():
            words = self.tr("{0} · small text may be lost").format(words)
        return words

    def _read_line(self) -> str:
        """The second line of a sound or a text that the model has read."""
        return self.tr("{0} · read").format(self._attachment.detail)

    def _loses_text(self) -> bool:
        part = self._attachment.part
        return isinstance(part, Image) and lost(part, part.budget)

    @property
    def _openable(self) -> bool:
        """Whether there is something to see."""
        attachment = self._attachment
        seen = attachment.kind == "image" or isinstance(attachment.part, Document | Audio)
        return attachment.state == "ready" and seen

    def _icon(self) -> str:
        attachment = self._attachment
        if attachment.state == "locked":
            return "lock"
        part = attachment.part
        if isinstance(part, Document | Video):
            return icon_of(part)
        if isinstance(part, Audio):
            return "stop" if self._playing else "play"
        return _ICONS[attachment.kind]

    # -- how it looks -----------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        theme = self._theme
        name = QFontMetricsF(theme.font("ui-medium")).horizontalAdvance(self._attachment.name)
        caption = QFontMetricsF(theme.font("caption"))
        second = caption.horizontalAdvance(self.second_line())
        if self._attachment.state == "ready" and self._attachment.kind != "image":
            second = max(second, caption.horizontalAdvance(self._read_line()))
        if self._icon_of_second_line() is not None or self._detail.isVisibleTo(self):
            second += 8 + theme.px(14)
        warned = self._loses_text() or bool(self._attachment.notes)
        longest = theme.px(_LONGEST_WARNING if warned else _LONGEST)
        self._widest = words = max(
            self._widest, min(name, theme.px(_LONGEST)), min(second, longest), _SHORTEST
        )
        return QSize(round(5 + theme.px(34) + 9 + words + 8 + theme.px(28) + 4), theme.px(44))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._openable and inside and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self._attachment.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the composer would take it for a click on itself

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
        share = self._fraction
        if attachment.state == "reading":
            share = max(attachment.fraction, _BEGUN) if attachment.fraction else 1 / 3
        if share:
            painter.save()
            painter.setClipPath(outline)
            line = QRectF(0, self.height() - 2, self.width() * share, 2)
            painter.fillRect(placed(self, line), theme.color("accent"))
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
        attachment = self._attachment
        bad = attachment.state == "failed" or attachment.warning or attachment.notes
        return "warn" if bad else None

    def _color_of_second_line(self) -> QColor:
        if self._attachment.state == "failed":
            return self._theme.color("danger")
        warned = self._attachment.warning or self._attachment.notes
        return self._theme.color("warn" if warned else "text-3")

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
        self._widest = 0.0
        self.updateGeometry()
        self._place()
        self.update()

    def _press_tile(self) -> None:
        sound = isinstance(self._attachment.part, Audio)
        (self.played if sound else self.opened).emit(self._attachment.key)

    def _choose(self) -> None:
        key, part = self._attachment.key, self._attachment.part
        if self._attachment.state == "locked":
            self.unlock_wanted.emit(key)
            return
        assert isinstance(part, Image)
        menu = detail_menu(
            self._theme,
            part,
            self._usual_budget,
            self._seconds,
            lambda budget: self.budget_chosen.emit(key, budget),
            self,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self._detail)
