"""How loud somebody has been, as bars along the time."""

from collections.abc import Sequence
from math import log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme.theme import Theme

LEVELS_A_SECOND = 20
_BAR, _STEP = 2, 4  # px
_QUIETEST, _LOUDEST = -52.0, -12.0  # dB of full scale; speech lies between


class Waveform(QWidget):
    """Bars of 2 px in the accent as far as the sound has come, dots for the rest of its time."""

    HEIGHT = 38

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._levels: Sequence[float] = ()
        self._bars: list[float] = []  # that are painted
        self._seconds = 30.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Sound level"))
        theme.changed.connect(self.updateGeometry)

    def show_levels(self, levels: Sequence[float], seconds: float) -> None:
        """Show ``levels`` (RMS, 0..1, 20 a second) on a line that stands for ``seconds``."""
        self._levels, self._seconds = levels, max(seconds, 0.1)
        bars = self.bars(self.width())
        if bars[: len(self._bars)] != self._bars or len(bars) < len(self._bars):
            self.update()
        elif len(bars) > len(self._bars):  # the rest is seen already
            begin = max(0, len(self._bars) - 1) * _STEP
            right_to_left = self.isRightToLeft()
            self.update(0 if right_to_left else begin, 0, self.width() - begin, self.height())
        self._bars = bars

    def bars(self, width: int) -> list[float]:
        """The heights, 0..1, of the bars that a line of ``width`` px has so far."""
        count = max(1, width // _STEP)
        per_bar = self._seconds * LEVELS_A_SECOND / count
        heights = []
        for place in range(count):
            begin = round(place * per_bar)
            if begin >= len(self._levels):
                break
            part = self._levels[begin : max(begin + 1, round((place + 1) * per_bar))]
            heights.append(height_of(max(part)))
        return heights

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(self.HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(self.HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isRightToLeft():  # time runs as one reads
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        heights = self.bars(self.width())
        shown = event.rect()
        if self.isRightToLeft():
            shown.moveLeft(self.width() - shown.right() - 1)
        first = max(0, shown.left() // _STEP)
        for place in range(first, max(1, min(self.width(), shown.right() + _STEP) // _STEP)):
            spoken = place < len(heights)
            tall = max(_BAR, heights[place] * self.height()) if spoken else _BAR
            painter.setBrush(self._theme.color("accent" if spoken else "border"))
            bar = QRectF(QPointF(place * _STEP, middle - tall / 2), QPointF(0, 0))
            bar.setSize(QRectF(0, 0, _BAR, tall).size())
            painter.drawRoundedRect(bar, 1, 1)


def height_of(level: float) -> float:
    """How tall a bar is, 0..1, for a loudness as RMS: by decibels, as it is heard."""
    if level <= 0:
        return 0.0
    decibels = 20 * log10(level)
    return min(1.0, max(0.0, (decibels - _QUIETEST) / (_LOUDEST - _QUIETEST)))
