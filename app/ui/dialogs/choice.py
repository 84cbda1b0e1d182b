"""A button that shows what is chosen and opens a menu of the other choices."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from app.ui.theme.controls import Button, Menu
from app.ui.theme.theme import Theme

Value = TypeVar("Value")


class Choice(Button, Generic[Value]):
    """``choices`` are (value, words); ``chosen`` is called with the value of a new choice."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[Value, str]],
        value: Value,
        chosen: Callable[[Value], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, "", trailing="down", parent=parent)
        self._name = name
        self._choices = tuple(choices)
        self._chosen = chosen
        self._value = value
        self.set_value(value)
        self.clicked.connect(self._open)

    @property
    def value(self) -> Value:
        """What is chosen."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Show ``value`` as chosen; one that is no choice is shown as it is."""
        self._value = value
        words = next((words for each, words in self._choices if each == value), str(value))
        self.setText(words.partition(":")[0])
        self.setAccessibleName(f"{self._name}: {words}")
        self.refresh()

    def _open(self) -> None:
        menu = Menu(self.theme, self)
        menu.setAccessibleName(self._name)
        for value, words in self._choices:
            menu.add(words, partial(self._take, value), checked=value == self._value)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self, at_end=True)

    def _take(self, value: Value) -> None:
        if value != self._value:
            self.set_value(value)
            self._chosen(value)
