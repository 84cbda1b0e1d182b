"""Whether the model thinks before it answers."""

from functools import partial

from PySide6.QtCore import Signal

from app.ui.theme.controls import Button, Menu
from app.ui.theme.theme import Theme


class ThinkingButton(Button):
    """Says what is chosen, and opens the menu of choices."""

    chosen = Signal(object)  # True, False, or None for what the settings say

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", kind="quiet", size=28, trailing="down")
        self._choice: bool | None = None
        self.clicked.connect(self._open_menu)
        self.show_choice(None)

    def show_choice(self, choice: bool | None) -> None:
        """This is chosen."""
        self._choice = choice
        words = {
            None: self.tr("Thinking: Auto"),
            True: self.tr("Thinking: On"),
            False: self.tr("Thinking: Off"),
        }[choice]
        self.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()

    def _open_menu(self) -> None:
        menu = Menu(self.theme, self)
        for value, words in (
            (None, self.tr("Auto: as the settings say")),
            (True, self.tr("On: thinks before it answers")),
            (False, self.tr("Off: answers at once")),
        ):
            menu.add(words, partial(self.chosen.emit, value), checked=self._choice is value)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self)
