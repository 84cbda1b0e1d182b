"""A take before it is sent: heard again, and trimmed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.desktop.player.player import Player
from app.session.jobs import Jobs
from app.session.recorder import Spoken
from app.session.takes import levels_of, part_of
from app.ui.dialogs.base import Dialog
from app.ui.mirror import placed
from app.ui.theme.controls import Button, Label
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.shapes import octagon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL
from app.ui.voice.waveform import Waveform

_LEAST = 0.3  # seconds that have to stay
_STEP, _FAST = 0.1, 1.0  # seconds that a key moves a handle by
_HANDLE = 15  # px


class TrimmedWave(Waveform):
    """A waveform between two handles. Left and right move the handle that was moved last, with
    Shift further; Tab within it goes to the other one."""

    trimmed = Signal()

    def __init__(self, theme: Theme, seconds: float) -> None:
        super().__init__(theme)
        self.seconds = seconds
        self.start, self.end = 0.0, seconds
        self._at_end = False  # which handle the keys move
        self._drags = False
        self._place = 0.0  # what is heard, in seconds
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(theme.px(self.HEIGHT + 16))

    def set_levels(self, levels: tuple[float, ...]) -> None:
        """How loud the take is."""
        self.show_levels(levels, self.seconds)

    def set_place(self, seconds: float) -> None:
        """What is heard now; 0 for nothing."""
        self._place = seconds
        self.update()

    def nudge(self, by: float) -> None:
        """Move the handle of the keys by so many seconds."""
        self._put((self.end if self._at_end else self.start) + by)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        sign = -1 if self.isRightToLeft() else 1
        if event.key() == Qt.Key.Key_Left:
            self.nudge(-sign * step)
        elif event.key() == Qt.Key.Key_Right:
            self.nudge(sign * step)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self._at_end != forward:
            self._at_end = forward
            self.update()
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._at_end = event.reason() == Qt.FocusReason.BacktabFocusReason
            self._theme.focus_ring.show_around(self, RADIUS_CONTROL)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._seconds_at(event.position().x())
        self._at_end = abs(at - self.end) < abs(at - self.start)
        self._drags = True
        self._put(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drags:
            self._put(self._seconds_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drags = False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        half = theme.px(_HANDLE) / 2
        width = self.width() - 2 * half
        middle = self.height() / 2
        heights = self.bars(round(width))
        for place, height in enumerate(heights):
            seconds = place * 4 / width * self.seconds
            kept = self.start <= seconds <= self.end
            heard = kept and self._place and seconds <= self._place
            painter.setBrush(
                theme.color("accent-press" if heard else "accent" if kept else "track")
            )
            tall = max(2.0, height * theme.px(self.HEIGHT))
            bar = QRectF(half + place * 4, middle - tall / 2, 2, tall)
            painter.drawRoundedRect(placed(self, bar), 1, 1)
        for seconds in (self.start, self.end):
            x = half + seconds / self.seconds * width
            painter.setPen(QPen(theme.color("accent"), 2))
            line = placed(self, QRectF(x, 0, 0, self.height()))
            painter.drawLine(line.topLeft(), line.bottomLeft())
            painter.setBrush(theme.color("surface"))
            painter.drawPolygon(octagon(line.left(), middle, 2 * half - 2))

    # -- inside -----------------------------------------------------------------------------

    def _seconds_at(self, x: float) -> float:
        if self.isRightToLeft():
            x = self.width() - x
        half = self._theme.px(_HANDLE) / 2
        return (x - half) / max(1.0, self.width() - 2 * half) * self.seconds

    def _put(self, seconds: float) -> None:
        if self._at_end:
            self.end = min(self.seconds, max(self.start + _LEAST, seconds))
        else:
            self.start = max(0.0, min(self.end - _LEAST, seconds))
        self.update()
        self.trimmed.emit()


class TakeDialog(Dialog):
    """Plays a take and lets its beginning and end be cut away; ``keep`` gets what is left."""

    def __init__(
        self,
        theme: Theme,
        path: Path,
        seconds: float,
        player: Player,
        jobs: Jobs,
        keep: Callable[[Spoken], None],
        remove: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, self.tr("Voice message"), parent)
        self._path = path
        self._player = player
        self._jobs = jobs
        self._keep = keep
        self.wave = TrimmedWave(theme, max(seconds, 0.1))
        self.wave.setAccessibleName(self.tr("What is kept of the recording"))
        self.wave.trimmed.connect(self._follow)
        self.length = Label(theme, role="caption", color="text-2")
        row = QHBoxLayout()
        self.play_button = Button(theme, "", size=28)
        self.play_button.clicked.connect(self._toggle)
        row.addWidget(self.play_button)
        row.addSpacing(8)
        row.addWidget(self.length, 1)
        self.body.addWidget(self.wave)
        self.body.addLayout(row)
        self.remove_button = Button(theme, self.tr("Remove"), kind="quiet")
        self.remove_button.clicked.connect(remove)
        self.remove_button.clicked.connect(self.close)
        self.buttons.insertWidget(0, self.remove_button)
        cancel = self.add_button(self.tr("Close"))
        cancel.clicked.connect(self.close)
        self.keep_button = self.add_button(self.tr("Keep this part"), kind="primary")
        self.keep_button.clicked.connect(self._cut)
        player.changed.connect(self._follow)
        player.moved.connect(self._show_place)
        jobs.run(partial(levels_of, path), self.wave.set_levels)
        self.resize(theme.px(480), self.sizeHint().height())
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._player.playing == self._path:
            self._player.stop()

    # -- inside -----------------------------------------------------------------------------

    @property
    def _whole(self) -> bool:
        return self.wave.start <= 0 and self.wave.end >= self.wave.seconds

    def _toggle(self) -> None:
        if self._player.playing == self._path:
            self._player.stop()
        else:
            self._player.play(self._path, self.wave.start, self.wave.end)

    def _show_place(self) -> None:
        if self._player.playing == self._path:
            self.wave.set_place(self._player.seconds)

    def _follow(self) -> None:
        playing = self._player.playing == self._path
        self.play_button.set_icon("stop" if playing else "play")
        self.play_button.setText(self.tr("Stop") if playing else self.tr("Play"))
        if not playing:
            self.wave.set_place(0.0)
        kept = f"{self.wave.end - self.wave.start:.1f}"
        words = self.tr("{0} s").format(kept)
        if not self._whole:
            words = self.tr("{0} of {1} s").format(kept, f"{self.wave.seconds:.1f}")
        self.length.setText(words)
        self.wave.setAccessibleDescription(words)
        self.keep_button.setEnabled(not self._whole)

    def _cut(self) -> None:
        start, end = self.wave.start, self.wave.end
        self._jobs.run(partial(part_of, self._path, start, end), self._keep)
        self.close()
