"""Where the labels of boxes stand: above the box at its left, else at its right, else below.

Plain geometry, in logical pixels; ``box_layer`` paints.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF

# What is worse than what: a label over another is unreadable, one outside of the region may be cut
# off or belong to nothing, one over writing or over another box hides what was asked about.
_OVER_LABEL, _OUTSIDE, _OVER_BOX, _OVER_WRITING, _LATER = 1000.0, 100.0, 6.0, 4.0, 1.0


def place_tags(
    boxes: Sequence[QRectF],
    sizes: Sequence[QSizeF],
    bounds: QRectF,
    writing: Callable[[QRectF], bool] = lambda _place: False,
) -> list[QRectF]:
    """A place for the label of each of ``boxes``, which is as large as ``sizes`` says. All within
    ``bounds`` and none over another, as far as that is possible; ``writing`` tells whether a place
    hides something that can be read."""
    placed: list[QRectF] = []
    for box, size in zip(boxes, sizes, strict=True):

        def cost(entry: tuple[int, QRectF]) -> float:
            order, place = entry
            return (
                _LATER * order
                + _OVER_LABEL * sum(place.intersects(other) for other in placed)
                + _OVER_LABEL * sum(_share(place, other) for other in placed)
                + _OUTSIDE * (1.0 - _share(place, bounds))
                + _OVER_BOX * sum(_share(place, other) for other in boxes)
                + _OVER_WRITING * writing(place)
            )

        places = [_inside(place, bounds) for place in _candidates(box, size)]
        placed.append(min(enumerate(places), key=cost)[1])
    return placed


def _candidates(box: QRectF, size: QSizeF) -> list[QRectF]:
    """The places around ``box``, the best first. The last ones are within it, for boxes that fill
    the picture."""
    width, height = size.width(), size.height()
    right = box.right() - width
    corners = [
        QPointF(box.left(), box.top() - height),
        QPointF(box.right(), box.top()),
        QPointF(box.left(), box.bottom()),
        QPointF(right, box.top() - height),
        QPointF(right, box.bottom()),
        QPointF(box.left() - width, box.top()),
        QPointF(box.right(), box.bottom() - height),
        QPointF(box.left() - width, box.bottom() - height),
        QPointF(box.left(), box.top()),
        QPointF(right, box.bottom() - height),
    ]
    return [QRectF(corner, size) for corner in corners]


def _inside(place: QRectF, bounds: QRectF) -> QRectF:
    """``place`` moved sideways as far as it takes to be within ``bounds``; up and down it would
    come over its own box."""
    x = max(bounds.left(), min(place.left(), bounds.right() - place.width()))
    near = abs(x - place.left()) <= place.width()
    return QRectF(QPointF(x if near else place.left(), place.top()), place.size())


def _share(place: QRectF, other: QRectF) -> float:
    """How much of ``place`` lies over ``other``, 0 to 1."""
    both = place.intersected(other)
    return both.width() * both.height() / max(1.0, place.width() * place.height())
