"""What stands in place of text and tools while somebody is being recorded."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.theme.controls import (
    Button,
    ElidedLabel,
    IconButton,
    Label,
    OctagonButton,
    StatusDot,
    WorkingMark,
)
from app.ui.theme.theme import Theme
from app.ui.voice.waveform import Waveform

_SOON = 10  # seconds that are left when the words say so in another colour
_ROOM = 340  # px that the whole row needs at the usual size of text


class RecordingRow(QWidget):
    """Red dot, time, waveform, what time is left, Cancel and Send. A recording that goes on without
    a key being held can also be stopped and kept, or written down."""

    cancelled = Signal()
    sent = Signal()
    kept = Signal()
    write_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget, *, compact: bool = False) -> None:
        """A ``compact`` one says what time is left when that becomes little."""
        super().__init__(parent)
        self._theme = theme
        self._compact = compact
        self._shown = (-1, -1)  # the seconds that have passed, and are left
        self.setAccessibleName(self.tr("Recording"))
        self._dot = StatusDot(theme, "danger", size=10)
        self._mark = WorkingMark(theme)
        self.words = ElidedLabel(theme, role="ui", color="text-2")
        self.time = Label(theme, "0:00", role="reading", weight=600)
        self.wave = Waveform(theme)
        self.left = Label(theme, role="ui", color="text-2")
        self.keep_button = IconButton(
            theme, "stop", self.tr("Stop, and don't send yet"), shortcut=self.tr("Space"), size=28
        )
        self.write_button = IconButton(
            theme, "text", self.tr("Stop, and write it down"), shortcut="Ctrl+D", size=28
        )
        self.cancel_button = _KeyButton(theme, self.tr("Cancel"), self.tr("Esc"))
        self.send_button = OctagonButton(theme, self.tr("Send"))
        self.send_button.set_state("ready")
        self.keep_button.clicked.connect(self.kept)
        self.write_button.clicked.connect(self.write_wanted)
        self.cancel_button.clicked.connect(self.cancelled)
        self.send_button.clicked.connect(self.sent)
        # The field that lies below goes on having the keyboard.
        for button in (
            self.keep_button, self.write_button, self.cancel_button, self.send_button
        ):  # fmt: skip
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(5, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._dot)
        row.addWidget(self._mark)
        row.addSpacing(11)
        row.addWidget(self.words, 1)
        row.addWidget(self.time)
        row.addSpacing(14)
        row.addWidget(self.wave, 1)
        row.addSpacing(14)
        row.addWidget(self.left)
        row.addSpacing(8)
        row.addWidget(self.keep_button)
        row.addWidget(self.write_button)
        row.addSpacing(4)
        row.addWidget(self.cancel_button)
        row.addSpacing(12)
        row.addWidget(self.send_button)
        theme.changed.connect(self._fit)
        self._recorded: tuple[QWidget, ...] = (
            self._dot, self.time, self.wave, self.left, self.send_button,
            self.keep_button, self.write_button,
        )  # fmt: skip
        self._fit()
        self.set_writing("")
        self.hide()

    def set_writing(self, words: str) -> None:
        """Say in ``words`` that what was said is being written down; "" for a recording."""
        self._shown = (-1, -1)
        for widget in self._recorded:
            widget.setVisible(not words)
        self._mark.setVisible(bool(words))
        self.words.setVisible(bool(words))
        self._mark.set_working(bool(words))
        self.words.setText(words)
        self.setAccessibleName(words or self.tr("Recording"))

    def show_take(self, seconds: float, levels: Sequence[float], longest: float) -> None:
        """How far the recording has come."""
        left = max(0, round(longest - seconds))
        shown = int(seconds), left
        if shown != self._shown:  # once a second, not at each level
            self._shown = shown
            self.time.setText(f"{int(seconds) // 60}:{int(seconds) % 60:02}")
            self.left.setText(self.tr("{0} s left").format(left))
            self.left.set_color("danger" if left < _SOON / 2 else "text-2")
            self.left.setVisible(not (self._compact or self._narrow) or left <= _SOON)
        self.wave.show_levels(levels, longest)

    def set_free(self, free: bool, *, writes: bool) -> None:
        """``free``: nothing is held; ``writes``: the recording is to be written down, so that this
        is what the octagon does."""
        self.keep_button.setVisible(free and not writes)
        self.write_button.setVisible(free and not writes)
        words = self.tr("Write it down") if writes else self.tr("Send")
        self.send_button.set_name(words, self.tr("Enter"))

    @property
    def _narrow(self) -> bool:
        """With very large text there is no room for all."""
        return self.width() < self._theme.px(_ROOM)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("surface"))

    def _fit(self) -> None:
        # Figures that change don't move what stands beside them.
        self.time.setFixedWidth(self._width_of(self.time, "0:00"))
        self.left.setFixedWidth(self._width_of(self.left, self.tr("{0} s left").format(30)))
        self.left.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self.update()

    @staticmethod
    def _width_of(label: Label, words: str) -> int:
        return round(QFontMetricsF(label.font()).horizontalAdvance(words)) + 3


class _KeyButton(Button):
    """A quiet button that names its key in small letters."""

    def __init__(self, theme: Theme, words: str, key: str) -> None:
        super().__init__(theme, words, kind="quiet", size=32)
        self._key = key
        self.setToolTip(f"{words}  {key}")

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        key = QFontMetricsF(self.theme.font("micro")).horizontalAdvance(self._key)
        return QSize(round(size.width() + 6 + key), size.height())

    def _paint_label(self, painter: QPainter, rect: QRectF, ink: QColor) -> None:
        theme = self.theme
        small = theme.font("micro")
        key = QFontMetricsF(small).horizontalAdvance(self._key)
        if rect.width() < self.sizeHint().width():  # large text: the word is what counts
            super()._paint_label(painter, rect, ink)
            return
        mirrored = self.isRightToLeft()
        words = rect.adjusted(key + 6, 0, 0, 0) if mirrored else rect.adjusted(0, 0, -key - 6, 0)
        super()._paint_label(painter, words, ink)
        painter.setFont(small)
        painter.setPen(theme.color("text-3"))
        room = rect.adjusted(10, 1, -10, 1)
        side = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, self._key)
