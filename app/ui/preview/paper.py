"""What paper looks like: white, in both themes, with the inks of the light one."""

from functools import lru_cache

from PySide6.QtGui import QColor, QFont, QFontMetricsF

from app.ui.theme import fonts
from app.ui.theme.tokens import LIGHT

# px at 100 %
SIDE = 28  # from the edge of the paper to the words
ABOVE = 20
BELOW = 24
HEAD = 30  # with the name of the page, and its number
CELL_GAP = 14  # between two columns of a table


@lru_cache(maxsize=64)
def ink(name: str) -> QColor:
    """A colour of the light theme."""
    return QColor(LIGHT[name])


PAPER = "surface"
HIGHLIGHT = "mark-hi"
FIND = "selection"


@lru_cache(maxsize=4)
def print_at(scale: float) -> "Print":
    """The fonts of all pages at one size."""
    return Print(scale)


class Print:
    """Fonts and lines of text on paper at one size: 1.0 is that of the window's own text."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._letters: dict[str, float] = {}

    def px(self, pixels: float) -> int:
        """A length that grows with the text."""
        return round(pixels * self.scale)

    def font(self, role: str, weight: int | None = None) -> QFont:
        """A font of the theme at this size."""
        key = (role, weight)
        if key not in self._fonts:
            self._fonts[key] = fonts.make_font(fonts.ROLES[role], weight=weight, scale=self.scale)
        return self._fonts[key]

    def line(self, role: str) -> int:
        """The distance of two lines."""
        return self.px(fonts.ROLES[role].line)

    def letter(self, role: str) -> float:
        """How wide a usual letter is."""
        if role not in self._letters:
            self._letters[role] = QFontMetricsF(self.font(role)).averageCharWidth()
        return self._letters[role]
