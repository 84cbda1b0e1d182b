"""Where the labels of boxes stand: above the box at its left, else at its right, else below.

Plain geometry, in logical pixels; ``box_paint`` paints.
"""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QRectF, QSizeF

# What is worse than what: a label over another is unreadable, one outside of the region may be cut
# off or belong to nothing, one over writing or over another box hides what was asked about.
_OVER_LABEL, _OUTSIDE, _OVER_BOX, _OVER_WRITING, _LATER = 1000.0, 100.0, 6.0, 4.0, 1.0
_STEPS = 16

Sides = tuple[float, float, float, float]  # left, top, right, bottom


def place_tags(
    boxes: Sequence[QRectF],
    sizes: Sequence[QSizeF],
    bounds: QRectF,
    writing: Callable[[QRectF], bool] = lambda _place: False,
    known: Sequence[QRectF] = (),
) -> list[QRectF]:
    """A place for the label of each of ``boxes``, which is as large as ``sizes`` says. All within
    ``bounds`` and none over another, as far as that is possible; ``writing`` tells whether a place
    hides something that can be read. The first ones are ``known`` and stay."""
    around = [_sides(box) for box in boxes]
    limits = _sides(bounds)
    placed = [_sides(place) for place in known]
    for box, size in zip(around[len(known) :], sizes[len(known) :], strict=True):
        best, least = box, float("inf")
        for order, place in enumerate(_candidates(box, size.width(), size.height(), limits)):
            cost = _LATER * order
            if cost >= least:
                break  # none of those that follow can be better
            cost += sum(_OVER_LABEL * (1.0 + share) for share in _shares(place, placed))
            cost += _OUTSIDE * (1.0 - sum(_shares(place, [limits])))
            cost += _OVER_BOX * sum(_shares(place, around))
            if cost < least and writing(_rect(place)):
                cost += _OVER_WRITING
            if cost < least:
                best, least = place, cost
        placed.append(best)
    return [_rect(place) for place in placed]


def _candidates(box: Sides, width: float, height: float, bounds: Sides) -> Iterator[Sides]:
    """The places around ``box``, the best first. The last ones are within it, for boxes that fill
    the picture."""
    left, top, right, bottom = box
    steps = min(_STEPS, int((bottom - top) / height))
    for x, y in (
        (left, top - height),
        (right, top),
        (left, bottom),
        (right - width, top - height),
        (right - width, bottom),
        (left - width, top),
        (right, bottom - height),
        (left - width, bottom - height),
        (left, top),
        (right - width, bottom - height),
        *((left, top + step * height) for step in range(1, steps)),  # where boxes crowd
    ):
        # Moved sideways where it would stand out of the picture a little.
        inside = max(bounds[0], min(x, bounds[2] - width))
        if abs(inside - x) <= width:
            x = inside
        yield x, y, x + width, y + height


def _shares(place: Sides, others: Sequence[Sides]) -> Iterator[float]:
    """How much of ``place`` lies over each of ``others`` that it touches, up to 1."""
    left, top, right, bottom = place
    whole = max(1.0, (right - left) * (bottom - top))
    for other in others:
        across = min(right, other[2]) - max(left, other[0])
        down = min(bottom, other[3]) - max(top, other[1])
        if across > 0 and down > 0:
            yield across * down / whole


def _sides(rect: QRectF) -> Sides:
    return rect.left(), rect.top(), rect.right(), rect.bottom()


def _rect(sides: Sides) -> QRectF:
    left, top, right, bottom = sides
    return QRectF(left, top, right - left, bottom - top)
