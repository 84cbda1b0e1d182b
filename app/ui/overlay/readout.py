"""Small panels of words over the picture: the size of the region, and what the keys do."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CHIP, RADIUS_PILL

READOUT_GAP = 10  # px above the region
HINT_BOTTOM = 28  # px from the lower edge of the screen
_READOUT_HEIGHT, _READOUT_PAD = 26, 11
_HINT_HEIGHT, _HINT_PAD = 34, 16
_ICON = 14


@dataclass(frozen=True)
class Piece:
    """Some words in one look, ``gap`` px after those before; an icon may stand before them."""

    words: str
    role: str = "caption"
    weight: int | None = None
    color: str = "text-2"
    gap: int = 0
    icon: str = ""


def size_pieces(width: int, height: int, title: str, detail: str, ready: str) -> tuple[Piece, ...]:
    """The read-out of a region of so many pixels: its size, and what is known of the picture."""
    pieces = [Piece(f"{width} × {height}", "table", 500, "text")]
    if title:
        pieces.append(Piece(title, gap=10))
    if detail:
        pieces.append(Piece(detail, gap=8))
    if ready:
        pieces.append(Piece(ready, weight=500, color="ok", gap=10, icon="check"))
    return tuple(pieces)


def hint_pieces(keys: Sequence[tuple[str, str]]) -> tuple[Piece, ...]:
    """What keys do: name and effect of each."""
    pieces: list[Piece] = []
    for name, effect in keys:
        pieces.append(Piece(name, weight=600, color="text", gap=20 if pieces else 0))
        pieces.append(Piece(effect, gap=6))
    return tuple(pieces)


def readout_size(theme: Theme, pieces: Sequence[Piece]) -> QSize:
    """The size of a read-out of ``pieces``."""
    return QSize(_length(theme, pieces) + 2 * _READOUT_PAD, theme.px(_READOUT_HEIGHT))


def hint_size(theme: Theme, pieces: Sequence[Piece]) -> QSize:
    """The size of a hint line of ``pieces``."""
    return QSize(_length(theme, pieces) + 2 * _HINT_PAD, theme.px(_HINT_HEIGHT))


def readout_rect(region: QRect, screen: QRect, size: QSize, taken: Sequence[QRect] = ()) -> QRect:
    """Above the region at its left edge; inside where there is no room, or where one of ``taken``
    stands."""
    left = max(screen.x(), min(region.x(), screen.x() + screen.width() - size.width()))
    above = QRect(QPoint(left, region.y() - READOUT_GAP - size.height()), size)
    if above.y() >= screen.y() and not any(above.intersects(each) for each in taken):
        return above
    inside = QRect(
        QPoint(max(left, region.x() + READOUT_GAP), region.y() + READOUT_GAP),
        size,
    )
    if inside.x() + inside.width() > screen.x() + screen.width():
        inside.moveLeft(left)
    return inside


def paint_readout(painter: QPainter, theme: Theme, rect: QRect, pieces: Sequence[Piece]) -> None:
    """The read-out in a rectangle of its size."""
    _paint(painter, theme, rect, pieces, RADIUS_PILL, _READOUT_PAD)


def paint_hint(painter: QPainter, theme: Theme, rect: QRect, pieces: Sequence[Piece]) -> None:
    """The hint line in a rectangle of its size."""
    _paint(painter, theme, rect, pieces, RADIUS_CHIP, _HINT_PAD)


def _paint(
    painter: QPainter, theme: Theme, rect: QRect, pieces: Sequence[Piece], radius: int, pad: int
) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(box(QRectF(rect), radius), theme.color("surface"))
    x = float(rect.x() + pad)
    for piece in pieces:
        x += piece.gap
        if piece.icon:
            side = theme.px(_ICON)
            middle = rect.y() + (rect.height() - side) / 2
            theme.paint_icon(painter, piece.icon, QRectF(x, middle, side, side), piece.color)
            x += side + 4
        width = _width(theme, piece)
        painter.setFont(_font(theme, piece))
        painter.setPen(theme.color(piece.color))
        place = QRectF(x, rect.y(), width + 1, rect.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, piece.words)
        x += width
    painter.restore()


def _length(theme: Theme, pieces: Sequence[Piece]) -> int:
    icons = sum(theme.px(_ICON) + 4 for piece in pieces if piece.icon)
    return ceil(sum(piece.gap + _width(theme, piece) for piece in pieces) + icons)


def _width(theme: Theme, piece: Piece) -> float:
    return QFontMetricsF(_font(theme, piece)).horizontalAdvance(piece.words)


def _font(theme: Theme, piece: Piece) -> QFont:
    return theme.font(piece.role, weight=piece.weight)
