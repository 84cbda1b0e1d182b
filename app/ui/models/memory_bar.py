"""Who uses the memory: Facet, other programs, nobody."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui import figures
from app.ui.mirror import placed
from app.ui.theme.controls import ElidedLabel, Label
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


class MemoryLine(QWidget):
    """One kind of memory: its name and size, who uses how much, and the bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel(theme, role="ui-medium")
        self._ours = Label(theme, role="table", color="accent-text", weight=600)
        self._rest = Label(theme, role="table", color="text-3")
        self.bar = MemoryBar(theme, self.tr("Memory in use"))
        use = QHBoxLayout()
        use.setSpacing(0)
        use.addWidget(self._ours)
        use.addWidget(self._rest)
        use.addStretch(0)
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self._head.addWidget(self._title, 1)
        self._head.addLayout(use)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addLayout(self._head)
        column.addWidget(self.bar)
        column.addStretch(1)

    @property
    def told(self) -> str:
        """Its words."""
        return f"{self._title.text()}: {self._ours.text()}{self._rest.text()}"

    def words_fit(self) -> bool:
        """Whether none of its words is cut."""
        labels = (self._ours, self._rest)
        whole = all(label.width() >= label.sizeHint().width() for label in labels)
        return whole and not self._title.toolTip()

    def show_use(self, name: str, total: int, ours: int, others: int | None) -> None:
        """All of it, what Facet uses, and what other programs do (None: nobody knows), in bytes;
        the rest is free."""
        self._title.setText(self.tr("{0}, {1}").format(name, figures.size(total)))
        self._ours.setText(self.tr("{0} Facet").format(_gb(ours)))
        if others is None:
            self._rest.setText("")
        else:
            free = max(0, total - ours - others)
            rest = self.tr(" · {0} other programs · {1} free")
            self._rest.setText(rest.format(_gb(others), _gb(free)))
        self.bar.set_shares(ours / max(1, total), (others or 0) / max(1, total))
        self.bar.setAccessibleName(name)
        self.bar.setAccessibleDescription(self.told)

    def set_narrow(self, narrow: bool) -> None:
        """Name and figures below each other, where there is no room side by side."""
        directions = QBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)
        self._head.setSpacing(2 if narrow else 8)


def _gb(amount: int) -> str:
    """``amount`` bytes in GB with one decimal, without the unit."""
    return f"{amount / 1e9:.1f}"
