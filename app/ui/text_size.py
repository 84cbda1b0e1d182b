"""Larger and smaller text, by the keys."""

from collections.abc import Callable

from app.session.preferences import Preferences
from app.ui.commands import TEXT_SIZES
from app.ui.theme.theme import Theme


class TextSize:
    """Goes through the sizes that the settings offer."""

    def __init__(self, theme: Theme, preferences: Preferences) -> None:
        self._theme = theme
        self._preferences = preferences

    def larger(self) -> None:
        """The next larger size."""
        self._change(min, [size for size in TEXT_SIZES if size > self._now()])

    def smaller(self) -> None:
        """The next smaller size."""
        self._change(max, [size for size in TEXT_SIZES if size < self._now()])

    def usual(self) -> None:
        """As large as the system has it."""
        self._preferences.change(text_percent=0)

    def _now(self) -> int:
        return round(self._theme.text_scale * 100)

    def _change(self, nearest: Callable[[list[int]], int], sizes: list[int]) -> None:
        if sizes:
            self._preferences.change(text_percent=nearest(sizes))
