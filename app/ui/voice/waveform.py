"""How loud somebody has been, as bars along the time."""

from collections.abc import Sequence
from math import log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleValueChangeEvent, QPainter, QPaintEvent
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
        self._seconds = 30.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Sound level"))
        theme.changed.connect(self.updateGeometry)

    def show_levels(self, levels: Sequence[float], seconds: float) -> None:
        """Show ``levels`` (RMS, 0..1, 20 a second) on a line that stands for ``seconds``."""
        self._levels, self._seconds = levels, max(seconds, 0.1)
        self.update()
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, self.percent))

    @property
    def percent(self) -> int:
        """How loud it is now, 0 to 100."""
        return round(100 * height_of(self._levels[-1])) if len(self._levels) else 0

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
        for place in range(max(1, self.width() // _STEP)):
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
