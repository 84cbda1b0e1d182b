"""What this machine has: four cells in a row, or two by two, or one below the other."""

import re

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.hardware import Hardware
from app.ui import figures
from app.ui.first_run.parts import Card, set_shown
from app.ui.models.words import amount
from app.ui.theme.controls import IconLabel, Label
from app.ui.theme.theme import Theme

_NOISE = re.compile(
    r"\((?:R|TM|C)\)|\b(?:CPU|Processor|\d+-Core|\d+th Gen)\b|@.*|\bwith .*Graphics\b|\bRev\b.*",
    re.I,
)
_FOUR, _TWO = 800, 440  # px at 100 % text, from which so many cells stand side by side


def brief(processor: str) -> str:
    """The name of a processor without what every name has: "Intel Core i5-10210U"."""
    return " ".join(_NOISE.sub(" ", processor).split())


class MachineStrip(Card):
    """Processor, memory, graphics and disk. It says so while they are examined."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(self.tr("This machine"))
        self.cells = {name: _Cell(theme, icon) for name, icon in _ICONS.items()}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 1, 1, 1)
        self._grid.setSpacing(1)
        self.fit(theme.px(_FOUR))
        self.show_machine(None)

    def show_machine(self, hardware: Hardware | None) -> None:
        """Show what is known; None: not examined yet."""
        names = {
            "processor": self.tr("Processor"),
            "memory": self.tr("Memory"),
            "graphics": self.tr("Graphics"),
            "disk": self.tr("Disk"),
        }
        for name, cell in self.cells.items():
            if hardware is None:
                cell.show_words(names[name], self.tr("being examined"))
            else:
                cell.show_words(*getattr(self, f"_{name}")(hardware))
                cell.setToolTip(hardware.unknown.get(_FIELDS[name], ""))

    def fit(self, width: int) -> None:
        """Arrange the cells for ``width`` px."""
        columns = 4 if width >= self.theme.px(_FOUR) else 2 if width >= self.theme.px(_TWO) else 1
        if columns == self._columns:
            return
        self._columns = columns
        for place, cell in enumerate(self.cells.values()):
            self._grid.addWidget(cell, place // columns, place % columns)
        for column in range(4):
            self._grid.setColumnStretch(column, int(column < columns))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        color = self.theme.color("border")
        for place, cell in enumerate(self.cells.values()):
            box = cell.geometry()
            if place % self._columns:
                x = box.right() + 1 if self.isRightToLeft() else box.left() - 1
                painter.fillRect(x, box.top(), 1, box.height(), color)
            if place >= self._columns:
                painter.fillRect(box.left(), box.top() - 1, box.width(), 1, color)

    # -- what stands in the cells ------------------------------------------------------------

    def _processor(self, hardware: Hardware) -> tuple[str, str]:
        unknown = self.tr("not known")
        if hardware.cores is not None:
            title = self.tr("{0} cores").format(hardware.cores)
            if hardware.cores == 1:
                title = self.tr("1 core")
        elif hardware.threads is not None:
            title = self.tr("{0} threads").format(hardware.threads)
        else:
            return brief(hardware.processor) or self.tr("Processor"), unknown
        return title, brief(hardware.processor)

    def _memory(self, hardware: Hardware) -> tuple[str, str]:
        if hardware.memory is None:
            return self.tr("Memory"), self.tr("not known")
        free = ""
        if hardware.available is not None:
            free = self.tr("{0} free now").format(amount(hardware.available))
        return self.tr("{0} memory").format(figures.size(hardware.memory)), free

    def _graphics(self, hardware: Hardware) -> tuple[str, str]:
        if not hardware.gpus:
            if "gpus" in hardware.unknown:
                return self.tr("Graphics"), self.tr("not known")
            return self.tr("No graphics card"), self.tr("the processor computes")
        gpu = max(hardware.gpus, key=lambda one: (not one.unified, one.total))
        name = gpu.description or gpu.name
        if gpu.unified:
            return name, self.tr("shares the memory")
        return name, self.tr("{0}, {1} free").format(
            figures.size(gpu.total), figures.size(gpu.free)
        )

    def _disk(self, hardware: Hardware) -> tuple[str, str]:
        if hardware.disk_free is None:
            return self.tr("Disk"), self.tr("not known")
        words = self.tr("{0} free").format(figures.size(hardware.disk_free))
        return words, self.tr("on this disk")


_ICONS = {"processor": "cpu", "memory": "mem", "graphics": "gpu", "disk": "disk"}
_FIELDS = {"processor": "cores", "memory": "memory", "graphics": "gpus", "disk": "disk_free"}


class _Cell(QWidget):
    """An icon, what it is, and more about it."""

    def __init__(self, theme: Theme, icon: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(17, 12, 12, 12)
        row.setSpacing(13)
        row.addWidget(IconLabel(theme, icon, size=18))
        lines = QVBoxLayout()
        lines.setSpacing(1)
        self.title = Label(theme, role="ui-medium", wrap=True)
        self.words = Label(theme, role="caption", color="text-3", wrap=True)
        lines.addStretch(1)
        lines.addWidget(self.title)
        lines.addWidget(self.words)
        lines.addStretch(1)
        row.addLayout(lines, 1)

    def show_words(self, title: str, words: str) -> None:
        self.title.setText(title)
        self.words.setText(words)
        set_shown(self.words, bool(words))
