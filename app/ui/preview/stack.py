"""Sheets below each other: how high they are, and which is where."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from PySide6.QtCore import QSize

from app.ui.preview.sheets import Sheet

TOP, BOTTOM = 5, 20  # px above the first paper and below the last
GAP = 10  # px between two papers


class Stack:
    """``tops`` and ``sizes`` are those of ``sheets``, px. Sheets with text have sizes that are
    only a guess until they have been in sight."""

    def __init__(self, sheets: Sequence[Sheet] = ()) -> None:
        self.sheets = sheets
        self.tops: list[int] = []
        self.sizes: list[QSize] = []
        self.height = 0
        self.width = 0  # of the widest
        self._steps: list[int] = []  # from the top of each to that of the next
        self._of_page = {sheet.number: index for index, sheet in enumerate(sheets)}

    def lay(self, fit: int, scale: float) -> None:
        """Lay all of them where ``fit`` is the width that fits."""
        self.sizes = [sheet.size(fit, scale) for sheet in self.sheets]
        self._steps = [
            size.height() + (0 if sheet.joined else GAP)
            for sheet, size in zip(self.sheets, self.sizes, strict=True)
        ]
        self.width = max((size.width() for size in self.sizes), default=0)
        self._pile()

    def lay_again(self, changed: Iterable[int], fit: int, scale: float) -> None:
        """The same, where all but ``changed`` are as they were."""
        for index in changed:
            sheet = self.sheets[index]
            size = self.sizes[index] = sheet.size(fit, scale)
            self._steps[index] = size.height() + (0 if sheet.joined else GAP)
            self.width = max(self.width, size.width())
        self._pile()

    def index_of(self, page: int) -> int | None:
        """Which sheet is that of a page."""
        return self._of_page.get(page)

    def index_at(self, y: int) -> int | None:
        """The sheet that ``y`` is on, or is below; None without any."""
        return max(0, bisect_right(self.tops, y) - 1) if self.tops else None

    def between(self, top: int, bottom: int) -> range:
        """The sheets of which something is between ``top`` and ``bottom``."""
        first = max(0, bisect_right(self.tops, top) - 1)
        if first < len(self.tops) and self.tops[first] + self.sizes[first].height() <= top:
            first += 1  # of that one only the gap below it is
        return range(first, max(bisect_right(self.tops, bottom), first))

    def where(self, y: int) -> tuple[int, float]:
        """The sheet that ``y`` is on, and how much of it is above."""
        index = self.index_at(y)
        if index is None:
            return 0, 0.0
        return index, (y - self.tops[index]) / max(1, self.sizes[index].height())

    def back(self, index: int, share: float) -> int:
        """The place that ``where`` has told, after everything has been laid anew."""
        if index >= len(self.tops):
            return 0
        return self.tops[index] + round(share * self.sizes[index].height())

    def _pile(self) -> None:
        self.tops = list(accumulate(self._steps, initial=TOP))
        self.height = self.tops.pop() - GAP + BOTTOM
