"""Which keys do what, in one line at the bottom of the screen."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.overlay.panel import Panel
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP


class HintLine(Panel):
    """Pairs of a key and what it does: ("Esc", "close")."""

    def __init__(self, theme: Theme, hints: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(theme, parent, radius=RADIUS_CHIP)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 16, 8)
        self._row.setSpacing(6)
        self.set_hints(hints)

    def set_hints(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show these instead."""
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (key, words) in enumerate(hints):
            if number:
                self._row.addSpacing(14)
            self._row.addWidget(Label(self.theme, key, role="caption", weight=600))
            self._row.addWidget(Label(self.theme, words, role="caption", color="text-2"))
        self.setAccessibleName(", ".join(f"{key}: {words}" for key, words in hints))
        self.adjustSize()
