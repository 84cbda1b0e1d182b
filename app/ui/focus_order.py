"""The order in which Tab visits a window: that in which it is read.

Qt goes by the order in which widgets were made. Chips, messages and rows come and go, so here the
order follows from where things stand.
"""

from collections.abc import Callable, Sequence
from functools import cmp_to_key

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget


def neighbour(root: QWidget, focused: QWidget | None, *, forward: bool) -> QWidget | None:
    """What Tab (or Shift+Tab) goes to from ``focused`` within ``root``, round again at the end."""
    stops = tab_stops(root)
    if not stops:
        return None
    while focused is not None and focused not in stops:
        focused = focused.parentWidget() if focused is not root else None
    if focused is None:
        return stops[0 if forward else -1]
    return stops[(stops.index(focused) + (1 if forward else -1)) % len(stops)]


def tab_stops(root: QWidget) -> list[QWidget]:
    """All widgets below ``root`` that Tab may visit, in reading order."""
    stops: list[QWidget] = []
    for child in _in_reading_order(root):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isEnabled():
            stops.append(child)
        stops.extend(tab_stops(child))
    return stops


def next_part(
    parts: Sequence[tuple[QWidget, Callable[[], object]]], focused: QWidget | None, step: int
) -> None:
    """Go on from the part of the window where the focus is by ``step``, round again at the end.
    ``parts`` are in reading order, each with what gives it the focus; one that lies within
    another comes after it."""
    around = [
        place
        for place, (part, _) in enumerate(parts)
        if focused is not None and part.isAncestorOf(focused)
    ]
    here = around[-1] if around else min(-step, 0)  # the last one is the closest
    parts[(here + step) % len(parts)][1]()


def _in_reading_order(parent: QWidget) -> list[QWidget]:
    children = [
        child
        for child in parent.children()
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow()
    ]
    if len(children) < 2:
        return children
    mirrored = parent.isRightToLeft()

    def compare(one: QWidget, other: QWidget) -> int:
        first, second = one.geometry(), other.geometry()
        if not _in_one_row(first, second):
            return first.top() - second.top()
        across = first.left() - second.left()
        return -across if mirrored else across

    return sorted(children, key=cmp_to_key(compare))


def _in_one_row(one: QRect, other: QRect) -> bool:
    """Whether two things stand beside rather than below each other: they share more than half
    of the height of the lower one."""
    shared = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    return shared > 0.5 * min(one.height(), other.height())
