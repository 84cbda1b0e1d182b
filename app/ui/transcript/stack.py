"""Widgets one below the other, each as tall as it needs to be at the width it gets.

Qt's layouts ask every child for its height again whenever one of them changes; in a conversation
of hundreds of messages that is what makes streaming slow. Here a change is passed up as
``height_changed`` and only what is below it moves.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget


@runtime_checkable
class Tall(Protocol):
    """A widget whose height follows from its width."""

    def height_for(self, width: int) -> int: ...


def height_of(widget: QWidget, width: int) -> int:
    """The height that ``widget`` needs at ``width``."""
    if isinstance(widget, Tall):
        return widget.height_for(width)
    if widget.hasHeightForWidth():
        return widget.heightForWidth(width)
    return widget.sizeHint().height()


class Stack(QWidget):
    """A column of widgets. ``add`` says how far below the one before a widget stands, and how
    much wider than the column it is on each side (``bleed``).

    Qt cuts a child off at its parent's edge. So that nothing of a bleeding child is lost, a stack
    can itself be wider than its column, by ``inset`` px on each side.
    """

    height_changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, inset: int = 0) -> None:
        super().__init__(parent)
        self.inset = inset
        self._rows: list[tuple[QWidget, Callable[[], int], int, int]] = []
        self._column = -1
        self._height = 0
        self._stale = True  # what was laid out last no longer holds
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def add(
        self,
        widget: QWidget,
        gap: Callable[[], int] = lambda: 0,
        *,
        bleed: int = 0,
        shift: int = 0,
        index: int | None = None,
    ) -> None:
        """Put ``widget`` at the end, or before the one at ``index``. ``shift`` moves it to the
        right."""
        row = (widget, gap, bleed, shift)
        self._rows.insert(len(self._rows) if index is None else index, row)
        widget.setParent(self)
        self._stale = True

    def remove(self, widget: QWidget) -> None:
        """Take ``widget`` out and delete it."""
        self._rows = [row for row in self._rows if row[0] is not widget]
        widget.hide()
        widget.deleteLater()
        self._stale = True

    def widgets(self) -> list[QWidget]:
        """From top to bottom."""
        return [row[0] for row in self._rows]

    def height_for(self, width: int) -> int:
        """Lay everything out in a column of ``width``, unless that has been done, and return the
        height."""
        if width == self._column and not self._stale:
            return self._height
        self._column = width
        self._stale = False
        mirrored = self.isRightToLeft()
        y = 0
        first = True
        for widget, gap, bleed, shift in self._rows:
            if widget.isHidden():
                continue
            if not first:
                y += gap()
            first = False
            room = width - shift
            height = height_of(widget, room)
            x = self.inset - bleed + (0 if mirrored else shift)
            widget.setGeometry(x, y, room + 2 * bleed, height)
            y += height
        self._height = y
        return y

    def relayout(self) -> None:
        """Something inside has another height now."""
        self._stale = True
        if self._column >= 0:
            before = self._height
            if self.height_for(self._column) != before:
                self.height_changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(max(self._column, 0) + 2 * self.inset, self._height)
