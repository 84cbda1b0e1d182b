"""Who uses the memory: Facet, other programs, nobody."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.ui.mirror import placed
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme

_HEIGHT = 8
_GAP = 2


class MemoryBar(QProgressBar):
    """A bar in three parts. To assistive technology it is a progress bar: what is in use, in
    percent."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ours = 0.0
        self._others = 0.0
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_shares(self, ours: float, others: float) -> None:
        """Shares of all memory, 0 to 1."""
        self._ours = min(1.0, max(0.0, ours))
        self._others = min(1.0 - self._ours, max(0.0, others))
        self.setValue(round(100 * (self._ours + self._others)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        outline: QPainterPath = box(rect, rect.height() / 2)
        painter.setClipPath(outline)
        painter.fillRect(rect, theme.color("track"))
        x = 0.0
        for share, color in ((self._ours, "accent"), (self._others, "track-2")):
            width = share * rect.width()
            if width < 1:
                continue
            part = QRectF(x, 0, width, rect.height())
            painter.fillRect(placed(self, part), theme.color(color))
            x += width
            gap = QRectF(x, 0, _GAP, rect.height())
            painter.fillRect(placed(self, gap), theme.color("surface"))
            x += _GAP
        painter.setPen(Qt.PenStyle.NoPen)
