"""Boxes painted on a picture, pixel by pixel, and their labels.

A box is a line of the tag colour with a white one on either side, wholly around the place that it
names, so that nothing in it is hidden and it stands out from whatever is behind it. At the edge of
the picture the lines move inwards, so that all of them stay in sight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath

from app.core.boxes import Box
from app.ui.overlay.tags import place_tags
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import CUT_TAG

LINE, LINE_HOVERED = 2, 3  # logical px
FILL = 0.1  # of the tag colour, in a hovered box
_LONGEST = 220  # logical px of a label's words
_TAG_HEIGHT, _TAG_SIDE, _TAG_GAP = 22, 8, 6
_EDGE = 1.5  # px of white around a label
_CONTRAST = (
    60  # steps of grey between the darkest and the lightest pixel that make something writing
)


@dataclass(frozen=True)
class Tag:
    """The label of one box: where it stands, its number, and its words as far as they fit."""

    place: QRectF
    number: str
    words: str


def pixels_of(boxes: Sequence[Box], width: int, height: int) -> list[QRect]:
    """The boxes in pixels of a picture of that size."""
    return [QRect(*box.pixels(width, height)) for box in boxes]


def paint_box(
    painter: QPainter, place: QRect, bounds: QRect, unit: int, tag: QColor, hovered: bool
) -> None:
    """Paint one box around ``place``, both it and ``bounds`` in pixels of the painter's device;
    ``unit`` is how many of them a logical pixel is."""
    line = (LINE_HOVERED if hovered else LINE) * unit
    out = line + 2 * unit
    outer = place.adjusted(-out, -out, out, out) & bounds
    if hovered:
        fill = QColor(tag)
        fill.setAlphaF(FILL)
        painter.fillRect(place, fill)
    white = QColor(Qt.GlobalColor.white)
    _ring(painter, outer, unit, white)
    _ring(painter, outer.adjusted(unit, unit, -unit, -unit), line, tag)
    inset = unit + line
    _ring(painter, outer.adjusted(inset, inset, -inset, -inset), unit, white)


def lay_tags(
    theme: Theme,
    boxes: Sequence[Box],
    places: Sequence[QRectF],
    bounds: QRectF,
    picture: QImage | None = None,
    ratio: float = 1.0,
    known: Sequence[Tag] = (),
) -> list[Tag]:
    """The labels of ``boxes``, which stand at ``places``, all in logical pixels. With the
    ``picture`` that lies at ``bounds`` (``ratio`` of its pixels in a logical one) they keep off
    what is written there. The first ones are ``known`` and stay where they are."""
    bold, plain = theme.font("caption", weight=600), theme.font("caption", weight=500)
    numbers = [str(number + 1) for number in range(len(boxes))]
    words = [
        QFontMetricsF(plain).elidedText(box.label, Qt.TextElideMode.ElideRight, theme.px(_LONGEST))
        for box in boxes
    ]
    sizes = [
        QSizeF(_width(theme, bold, plain, number, label), theme.px(_TAG_HEIGHT))
        for number, label in zip(numbers, words, strict=True)
    ]
    reach = LINE + 1  # to the outer edge of the coloured line
    around = [place.adjusted(-reach, -reach, reach, reach) for place in places]

    def writing(place: QRectF) -> bool:
        if picture is None:
            return False
        moved = place.translated(-bounds.topLeft()).adjusted(-3, -3, 3, 3)  # with its white edge
        pixels = QRectF(moved.topLeft() * ratio, moved.size() * ratio).toAlignedRect()
        return _has_contrast(picture, pixels & picture.rect())

    found = place_tags(around, sizes, bounds, writing, [tag.place for tag in known])
    return [Tag(*tag) for tag in zip(found, numbers, words, strict=True)]


def paint_tag(painter: QPainter, theme: Theme, tag: Tag) -> None:
    """Paint one label, in logical pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # pictures are never mirrored
    bold, plain = theme.font("caption", weight=600), theme.font("caption", weight=500)
    painter.setPen(Qt.PenStyle.NoPen)
    cut = theme.px(CUT_TAG)
    edge = tag.place.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)
    painter.fillPath(_cut(edge, cut + _EDGE / 2), Qt.GlobalColor.white)
    painter.fillPath(_cut(tag.place, cut), theme.color("tag"))
    painter.setPen(theme.color("on-tag"))
    inside = tag.place.adjusted(theme.px(_TAG_SIDE), 0, -2, 0)
    middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    painter.setFont(bold)
    painter.drawText(inside, middle, tag.number)
    if tag.words:
        painter.setFont(plain)
        step = QFontMetricsF(bold).horizontalAdvance(tag.number) + theme.px(_TAG_GAP)
        painter.drawText(inside.adjusted(step, 0, 0, 0), middle, tag.words)
    painter.restore()


def annotated(theme: Theme, picture: QImage, boxes: Sequence[Box], ratio: float) -> QImage:
    """``picture`` with ``boxes`` and labels painted on it, at its own size."""
    copy = picture.convertToFormat(QImage.Format.Format_RGB32)
    copy.setDevicePixelRatio(1.0)
    places = pixels_of(boxes, copy.width(), copy.height())
    logical = [QRectF(place.topLeft() / ratio, QSizeF(place.size()) / ratio) for place in places]
    bounds = QRectF(0, 0, copy.width() / ratio, copy.height() / ratio)
    tags = lay_tags(theme, boxes, logical, bounds, picture, ratio)
    painter = QPainter(copy)
    for place in places:
        paint_box(painter, place, copy.rect(), unit_of(ratio), theme.color("tag"), False)
    painter.scale(ratio, ratio)
    for tag in tags:
        paint_tag(painter, theme, tag)
    painter.end()
    return copy


def unit_of(ratio: float) -> int:
    """The whole pixels that a line of one logical pixel has."""
    return max(1, round(ratio))


def _ring(painter: QPainter, rect: QRect, thick: int, color: QColor) -> None:
    """A frame just within ``rect``."""
    if rect.isEmpty():
        return
    down = min(thick, (rect.height() + 1) // 2)
    across = min(thick, (rect.width() + 1) // 2)
    left, top, width, height = rect.x(), rect.y(), rect.width(), rect.height()
    painter.fillRect(left, top, width, down, color)
    painter.fillRect(left, top + height - down, width, down, color)
    painter.fillRect(left, top + down, across, height - 2 * down, color)
    painter.fillRect(left + width - across, top + down, across, height - 2 * down, color)


def _width(theme: Theme, bold: QFont, plain: QFont, number: str, words: str) -> float:
    width = QFontMetricsF(bold).horizontalAdvance(number) + 2 * theme.px(_TAG_SIDE)
    if words:
        width += theme.px(_TAG_GAP) + QFontMetricsF(plain).horizontalAdvance(words) + 2
    return round(width + 0.5)


def _cut(rect: QRectF, cut: float) -> QPainterPath:
    """A rectangle whose upper right corner is cut."""
    path = QPainterPath(rect.topLeft())
    path.lineTo(QPointF(rect.right() - cut, rect.top()))
    path.lineTo(QPointF(rect.right(), rect.top() + cut))
    path.lineTo(rect.bottomRight())
    path.lineTo(rect.bottomLeft())
    path.closeSubpath()
    return path


def _has_contrast(picture: QImage, place: QRect) -> bool:
    """Whether there is something to be seen at ``place``, rather than one even colour."""
    if place.isEmpty():
        return False
    grey = picture.copy(place).convertToFormat(QImage.Format.Format_Grayscale8)
    step = grey.bytesPerLine()
    data = bytes(grey.constBits())
    rows = [data[row * step : row * step + grey.width()] for row in range(grey.height())]
    return max(map(max, rows)) - min(map(min, rows)) > _CONTRAST
