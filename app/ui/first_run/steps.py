"""Where one is in the first run."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.first_run.parts import set_shown
from app.ui.theme.controls import IconLabel, Label
from app.ui.theme.theme import Theme


class Steps(QWidget):
    """The names of the pages, with numbers; those passed have a check. Where there is little room,
    only the present one."""

    def __init__(self, theme: Theme, names: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = names
        self._compact = False
        self._now = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        self._steps = [_Step(theme, place + 1, name) for place, name in enumerate(names)]
        for step in self._steps:
            row.addWidget(step)
        self._show()

    def set_step(self, now: int) -> None:
        """Mark the page that is shown, counted from 0."""
        self._now = now
        self._show()

    def set_compact(self, compact: bool) -> None:
        """Show the present page only."""
        if compact != self._compact:
            self._compact = compact
            self._show()

    def _show(self) -> None:
        count = len(self._names)
        words = self.tr("Step {0} of {1}: {2}")
        self.setAccessibleName(words.format(self._now + 1, count, self._names[self._now]))
        for place, step in enumerate(self._steps):
            set_shown(step, not self._compact or place == self._now)
            step.set_state(passed=place < self._now, present=place == self._now)


class _Step(QWidget):
    def __init__(self, theme: Theme, number: int, name: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(7)
        self._check = IconLabel(theme, "check", size=14, color="text-2")
        self._number = Label(theme, str(number), role="caption")
        self._name = Label(theme, name, role="caption")
        for part in (self._check, self._number, self._name):
            row.addWidget(part)

    def set_state(self, *, passed: bool, present: bool) -> None:
        set_shown(self._check, passed)
        set_shown(self._number, not passed)
        for label in (self._number, self._name):
            label.set_color("text" if present else "text-2" if passed else "text-3")
            label.set_weight(600 if present else None)
