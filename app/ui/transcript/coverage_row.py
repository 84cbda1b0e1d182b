"""What was read for an answer: one line above it, and what stands behind it."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.conversation import Reading
from app.ui.theme.controls import Button, IconLabel, Label
from app.ui.theme.theme import Theme
from app.ui.transcript import coverage_words
from app.ui.transcript.rows import ROW

_ICONS = {"ok": ("check", "ok"), "warn": ("warn", "warn"), "note": ("info", "text-3")}


class DetailsButton(Button):
    """Opens and closes what is below; checked is open."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(theme, text, kind="quiet", size=28, trailing="right", parent=parent)
        self.setCheckable(True)
        self.toggled.connect(self._turn)

    def _turn(self, opened: bool) -> None:
        self._trailing = "down" if opened else "right"
        self.update()


class CoverageRow(QWidget):
    """ "Read all 37 pages (3 from pictures)", and Details at the other end."""

    def __init__(self, theme: Theme, reading: Reading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        said = coverage_words.summary(reading)
        self._said = said
        icon, color = _ICONS[said.tone]
        self._icon = IconLabel(theme, icon, size=16, color=color, parent=self)
        ink = "warn" if said.tone == "warn" else "text-2"
        self.label = Label(theme, said.words, role="ui", color=ink, wrap=True, parent=self)
        self._aside = Label(theme, said.aside, role="ui", color="text-3", parent=self)
        self.details = DetailsButton(theme, self.tr("Details"), self)
        self.details.setAccessibleName(self.tr("Details of what was read"))
        self.setAccessibleName(said.text)

    @property
    def text(self) -> str:
        """What it says."""
        return self._said.text

    def height_for(self, width: int) -> int:
        """One line where there is room, else as many as the words need."""
        px = self._theme.px
        icon, row, line = px(16), px(ROW), self._theme.line_height("ui")
        left = icon + 8
        button = self.details.sizeHint()
        room = width - left - button.width() - 8
        metrics = QFontMetricsF(self._theme.font("ui"))
        words = round(metrics.horizontalAdvance(self._said.words)) + 2
        aside = round(metrics.horizontalAdvance(self._said.aside)) + 2
        beside = bool(self._said.aside) and words + 4 + aside <= room
        self._aside.setVisible(beside)
        shown = self._said.words if beside else self._said.text
        if self.label.text() != shown:
            self.label.setText(shown)
        alone = round(metrics.horizontalAdvance(shown)) + 2
        one_line = beside or alone <= room
        taken = words if beside else min(alone, room)
        height = line if one_line else max(line, self.label.heightForWidth(room))
        top = (row - height) // 2 if height <= row else 4
        for widget, place in (
            (self._icon, QRect(0, (row - icon) // 2, icon, icon)),
            (self.label, QRect(left, top, taken, height)),
            (self._aside, QRect(left + words + 2, top, aside, line)),
            (self.details, QRect(width - button.width(), 0, button.width(), row)),
        ):
            if self.isRightToLeft():
                place.moveLeft(width - place.x() - place.width())
            widget.setGeometry(place)
        return max(row, top + height + 4)


class CoverageDetails(QWidget):
    """The documents one below the other, with the pages that were read, and those that weren't."""

    def __init__(self, theme: Theme, reading: Reading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        self.labels: list[Label] = []
        for place, coverage in enumerate(reading.coverage):
            if place:
                column.addSpacing(8)
            name = Label(theme, coverage.name, role="ui-medium", wrap=True)
            self._add(column, name)
            for line in coverage_words.lines(coverage):
                color = "warn" if line in coverage.left_out else "text-2"
                self._add(column, Label(theme, line, role="caption", color=color, wrap=True))

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(label.text() for label in self.labels)

    def _add(self, column: QVBoxLayout, label: Label) -> None:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.labels.append(label)
        column.addWidget(label)
