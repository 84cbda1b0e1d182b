"""The small rows around an answer: thought, progress, writing, notice, stats."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme.controls import (
    Button,
    IconButton,
    IconLabel,
    Label,
    ProgressLine,
    ThemedButton,
    WorkingMark,
    blend,
)
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import EXPAND_MS
from app.ui.transcript.stack import height_of

ROW = 28  # px


@dataclass(frozen=True)
class Action:
    """A button of a message. ``key`` comes back in ``action_requested``; ``kind`` and ``icon`` are
    those of a Button."""

    key: str
    text: str
    kind: str = "secondary"
    icon: str | None = None


class ThoughtRow(ThemedButton):
    """The row that opens and closes the thought. It is checkable: checked is open."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setCheckable(True)
        self.setText(self.tr("Thinking…"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self.theme.font("ui")).horizontalAdvance(self.text())
        return QSize(round(words) + 20 + 12, self.theme.px(ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        ink = blend(theme.color("text-3"), theme.color("text"), self.hover)
        icon = "down" if self.isChecked() else "left" if self.isRightToLeft() else "right"
        rect = QRectF(self.rect())
        middle = rect.center().y()
        glyph = QRectF(0, round(middle - 8), 16, 16)
        words = rect.adjusted(20, 0, 0, 0)
        if self.isRightToLeft():
            glyph.moveRight(rect.right())
            words = rect.adjusted(0, 0, -20, 0)
        theme.paint_icon(painter, icon, glyph, ink)
        painter.setFont(theme.font("ui"))
        painter.setPen(ink)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter, self.text())


class Reveal(QWidget):
    """Shows its content opened or not, and unfolds in between. A bar stands at its left."""

    height_changed = Signal()
    INSET = 14  # px from the bar to the content
    BELOW = 10  # px

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._content = content
        content.setParent(self)
        self._share = 0.0
        self._full = 0
        self._motion: QVariantAnimation | None = None
        theme.changed.connect(self.update)
        self.hide()

    def set_open(self, opened: bool) -> None:
        """Open or close, in the time of the theme."""
        if self._motion is not None:
            self._motion.stop()
            self._motion = None
        milliseconds = self._theme.duration(EXPAND_MS) if self.window().isVisible() else 0
        if opened:
            self.show()
        if not milliseconds:
            self._set_share(1.0 if opened else 0.0)
            return
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(milliseconds)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.setStartValue(self._share)
        self._motion.setEndValue(1.0 if opened else 0.0)
        self._motion.valueChanged.connect(self._set_share)
        self._motion.start(QVariantAnimation.DeletionPolicy.DeleteWhenStopped)

    def height_for(self, width: int) -> int:
        """The height at ``width``, at this moment of the unfolding."""
        inset = self._theme.px(self.INSET)
        inner = height_of(self._content, width - inset)
        x = 0 if self.isRightToLeft() else inset
        self._content.setGeometry(x, 0, width - inset, inner)
        self._full = inner + self._theme.px(self.BELOW)
        return round(self._full * self._share)

    def paintEvent(self, event: QPaintEvent) -> None:
        x = self.width() - 6 if self.isRightToLeft() else 4
        height = max(0, self._full - self._theme.px(self.BELOW))
        QPainter(self).fillRect(x, 0, 2, height, self._theme.color("track"))

    def _set_share(self, value: object) -> None:
        self._share = float(value)  # type: ignore[arg-type]
        if self._share == 0.0:
            self.hide()
        self.height_changed.emit()


class ProgressRow(QWidget):
    """What is being done before the first word, with a thin bar where a number is known."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = Label(theme, role="ui", color="text-3")
        self._bar = ProgressLine(theme, self.tr("Progress"), thickness=3)
        self._bar.setFixedWidth(theme.px(220))
        self._bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 6)
        column.setSpacing(6)
        column.addWidget(self._label)
        column.addWidget(self._bar)
        column.addStretch(1)

    @property
    def text(self) -> str:
        """The words shown."""
        return self._label.text()

    def tell(self, words: str, share: float | None) -> None:
        """Show ``words`` and, if given, how much is done."""
        self._label.setText(words)
        self._bar.setVisible(share is not None)
        if share is not None:
            self._bar.set_share(share)

    def height_for(self, width: int) -> int:
        """The same with and without the bar, so that nothing jumps."""
        return self._theme.px(20) + 20


class ReadingRow(QWidget):
    """How far the reading of documents is, with a thin bar as wide as the words' column."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = Label(theme, role="ui", color="text-3", wrap=True, parent=self)
        self._bar = ProgressLine(theme, self.tr("Progress"), thickness=3, parent=self)

    @property
    def text(self) -> str:
        """The words shown."""
        return self._label.text()

    @property
    def share(self) -> float:
        """How much of the bar is full, 0 to 1."""
        return self._bar.value() / self._bar.maximum()

    def tell(self, words: str, share: float) -> None:
        """Show ``words`` and how much is done. The bar never goes back."""
        self._label.setText(words)
        self._bar.set_share(max(share, self.share))

    def height_for(self, width: int) -> int:
        """As many lines as the words need, and the bar."""
        line = self._theme.line_height("ui")
        height = max(line, self._label.heightForWidth(width))
        self._label.setGeometry(0, 4, width, height)
        bar = min(width, self._theme.px(320))
        x = width - bar if self.isRightToLeft() else 0
        self._bar.setGeometry(x, 4 + height + 6, bar, 3)
        return 4 + height + 6 + 3 + 7


class WritingRow(QWidget):
    """ "Answering", where the moving mark in the gutter cannot say it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = WorkingMark(theme, size=14)
        self._mark.set_working(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(Label(theme, self.tr("Answering"), role="caption", color="text-3"))
        row.addStretch(1)

    def set_moving(self, moving: bool) -> None:
        """Have the mark move only while it is shown."""
        self._mark.set_working(moving)


class NoticeRow(QWidget):
    """A quiet sentence about an answer, with buttons."""

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        text: str,
        actions: Sequence[Action] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = IconLabel(theme, "info", size=16, color="text-3", parent=self)
        self.label = Label(theme, text, role="caption", color="text-3", wrap=True, parent=self)
        self.buttons: list[Button] = []
        self._first_is_quiet = bool(actions) and actions[0].kind == "quiet"
        for action in actions:
            button = Button(
                theme, action.text, kind=action.kind, size=28, icon=action.icon, parent=self
            )
            button.clicked.connect(lambda _=False, key=action.key: self.chosen.emit(key))
            self.buttons.append(button)

    def height_for(self, width: int) -> int:
        """Buttons stand beside the sentence where there is room, else below it."""
        px = self._theme.px
        icon, row = px(16), px(ROW)
        left = icon + 8
        metrics = QFontMetricsF(self.label.font())
        words = round(metrics.horizontalAdvance(self.label.text())) + 2
        buttons = sum(button.sizeHint().width() + 4 for button in self.buttons)
        beside = left + words + 8 + buttons <= width
        room = words if beside else width - left
        height = max(self.label.heightForWidth(room), px(16))
        top = (row - height) // 2 if height <= row else 4
        self._put(self._icon, 0, (row - icon) // 2, icon, icon, width)
        self._put(self.label, left, top, room, height, width)
        x = left + words + 8 if beside else left - 10 * self._first_is_quiet
        y = 0 if beside else max(row, height + 8)
        for button in self.buttons:
            size = button.sizeHint()
            self._put(button, x, y, size.width(), row, width)
            x += size.width() + 4
        return row if beside else y + (row if self.buttons else 0)

    def _put(self, widget: QWidget, x: int, y: int, width: int, height: int, all_: int) -> None:
        if self.isRightToLeft():
            x = all_ - x - width
        widget.setGeometry(x, y, width, height)


class StatsRow(QWidget):
    """Copy, Retry, reading aloud and Save as icons, then what the answer cost."""

    copy_wanted = Signal()
    retry_wanted = Signal()
    aloud_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.copy_button = IconButton(
            theme, "copy", self.tr("Copy message"), size=28, color="text-3"
        )
        self.retry_button = IconButton(theme, "retry", self.tr("Retry"), size=28, color="text-3")
        self.copy_button.clicked.connect(self.copy_wanted)
        self.save_button = IconButton(
            theme, "download", self.tr("Save as…"), size=28, color="text-3"
        )
        self.aloud_button = IconButton(theme, "speaker", "", size=28, color="text-3")
        self.set_aloud(False)
        self.retry_button.clicked.connect(self.retry_wanted)
        self.save_button.clicked.connect(self.save_wanted)
        self.aloud_button.clicked.connect(self.aloud_wanted)
        self.label = Label(theme, role="caption", color="text-3")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.copy_button)
        self._row.addWidget(self.retry_button)
        self._row.addWidget(self.aloud_button)
        self._row.addWidget(self.save_button)
        self._row.addSpacing(8)
        self._row.addWidget(self.label)
        self._row.addStretch(1)

    def set_aloud(self, reading: bool) -> None:
        """Whether this answer is being read aloud."""
        self.aloud_button.set_icon("stop" if reading else "speaker")
        name = self.tr("Stop reading aloud") if reading else self.tr("Read aloud")
        self.aloud_button.set_name(name, self.tr("Esc") if reading else "")

    def add_button(self, button: QWidget) -> None:
        """Another icon after the others."""
        self._row.insertWidget(4, button)
