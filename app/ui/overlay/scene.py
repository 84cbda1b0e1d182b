"""What is to be seen over the picture of one screen: worked out, and painted."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion

from app.desktop.capture.frame import Frame
from app.desktop.capture.places import WindowPlace
from app.ui.overlay.handles import paint_edge, paint_handles
from app.ui.overlay.look import CROSS, Look
from app.ui.overlay.magnifier import caption_height, magnifier_rect, paint_magnifier
from app.ui.overlay.picture import paint_picture
from app.ui.overlay.readout import (
    HINT_BOTTOM,
    Piece,
    hint_pieces,
    hint_size,
    paint_hint,
    paint_readout,
    readout_rect,
    readout_size,
    size_pieces,
)
from app.ui.overlay.region import Region
from app.ui.overlay.selection import Selection, WindowOutline
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL

_NEAR_HINT = 32  # px from the hint line where the mouse has it go away
_LONGEST_TITLE = 48  # characters of a window's title


@dataclass(frozen=True)
class Scene:
    """A frame in a window whose logical pixels have ``ratio`` of the screen's own, and what stands
    on it. ``marked`` is the region of which ``picture_words`` tell, ``by_keys`` whether the point
    is moved by the keyboard."""

    theme: Theme
    frame: Frame
    screen: QRect
    ratio: float
    panels: Sequence[QRect] = ()
    marked: QRect | None = None
    picture_words: tuple[str, str] = ("", "")
    by_keys: bool = False

    def look(self, selection: Selection) -> Look:
        """What is to be seen now."""
        hovered = selection.hovered
        if selection.region is not None:
            lit, title = rect_of(selection.region), ""
        elif hovered is not None:
            lit, title = rect_of(hovered.region), _short(hovered.title)
        else:
            lit, title = QRect(), ""
        words = self._size_words(lit, title) if not lit.isNull() else ()
        magnifier, middle = self._magnifier(selection)
        hint_words = _hint_words(selection.region is not None)
        by_keys = self.by_keys and selection.point is not None
        return Look(
            lit=lit,
            marked=selection.region is not None,
            boxed=lit if lit == self.marked else QRect(),
            readout=self._readout(lit, words),
            size_words=words,
            magnifier=magnifier,
            middle=middle,
            cross=QPoint(*selection.point) if by_keys and selection.point else None,
            hint=self._hint(selection, hint_words),
            hint_words=hint_words,
        )

    def paint(self, painter: QPainter, look: Look, shown: Frame) -> None:
        """Everything but the picture, the boxes on it, and the magnifier. ``shown`` is the frame
        with the pixels of the window."""
        theme = self.theme
        if not look.lit.isNull():
            place = shown.physical(look.lit)
            paint_edge(painter, place, theme, shown.image.rect(), shown.ratio)
            if look.marked:
                paint_handles(painter, look.lit, theme, self.screen)
        if look.cross is not None:
            _paint_cross(painter, look.cross, theme.color("tag"))
        if not look.readout.isNull():
            paint_readout(painter, theme, look.readout, look.size_words)
        if not look.hint.isNull():
            paint_hint(painter, theme, look.hint, look.hint_words)

    def paint_magnifier(self, painter: QPainter, look: Look) -> None:
        """The magnifier, which lies above all else."""
        if not look.magnifier.isNull():
            paint_magnifier(
                painter, self.theme, look.magnifier, self.frame.image, look.middle, self.ratio
            )

    # -- inside ------------------------------------------------------------------------------

    def _size_words(self, lit: QRect, title: str) -> tuple[Piece, ...]:
        pixels = self.frame.physical(lit)
        detail, ready = self.picture_words if lit == self.marked else ("", "")
        return size_pieces(pixels.width(), pixels.height(), title, detail, ready)

    def _readout(self, lit: QRect, words: tuple[Piece, ...]) -> QRect:
        if not words:
            return QRect()
        return readout_rect(lit, self.screen, readout_size(self.theme, words), self.panels)

    def _magnifier(self, selection: Selection) -> tuple[QRect, QRect]:
        if not selection.aiming or selection.point is None:
            return QRect(), QRect()
        at = QPoint(*selection.point)
        left, up = selection.heading
        caption = caption_height(self.theme)
        place = magnifier_rect(at, self.screen, self.ratio, caption, left=left, up=up)
        return place, self.frame.physical(QRect(at.x(), at.y(), 1, 1))

    def _hint(self, selection: Selection, words: tuple[Piece, ...]) -> QRect:
        """At the bottom of the screen that is in use; nowhere once something comes near."""
        if selection.pressed or (selection.point is None and selection.region is None):
            return QRect()
        size = hint_size(self.theme, words)
        x = (self.screen.width() - size.width()) // 2
        if x < 0:
            return QRect()
        place = QRect(QPoint(x, self.screen.height() - HINT_BOTTOM - size.height()), size)
        near = place.adjusted(-_NEAR_HINT, -_NEAR_HINT, _NEAR_HINT, _NEAR_HINT)
        pointed = selection.point is not None and near.contains(QPoint(*selection.point))
        if pointed or any(place.adjusted(-8, -8, 8, 8).intersects(panel) for panel in self.panels):
            return QRect()
        return place


def rehearse(theme: Theme) -> None:
    """Paint all of it once where nobody sees it: fonts, icons and shadows are ready then."""
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(0)
    frame = Frame("", 0, 0, image.width(), image.height(), 1.0, image.copy())
    lit = QRect(100, 100, 200, 200)
    scene = Scene(theme, frame, frame.rect, 1.0, (), lit, ("Detail: high", "Picture ready"))
    selection = Selection(frame.width, frame.height)
    selection.point_at(50, 50)
    painter = QPainter(image)
    for region in (None, region_of(lit)):
        selection.region = region
        look = scene.look(selection)
        paint_picture(painter, frame, lit, QRegion(frame.rect))
        scene.paint(painter, look, frame)
        scene.paint_magnifier(painter, look)
    theme.paint_shadow(painter, lit.toRectF(), RADIUS_PANEL)
    painter.end()


def outlines_of(windows: Sequence[WindowPlace], frame: Frame) -> list[WindowOutline]:
    """Those of the desktop's ``windows`` that lie on ``frame``, in its coordinates."""
    screen = QRect(frame.x, frame.y, frame.width, frame.height)
    places = [(window.title, window.rect & screen) for window in windows]
    return [
        WindowOutline(title, region_of(place.translated(-frame.x, -frame.y)))
        for title, place in places
        if not place.isEmpty()
    ]


def region_of(rect: QRect) -> Region:
    """A QRect as a region."""
    return Region(rect.x(), rect.y(), rect.x() + rect.width(), rect.y() + rect.height())


def rect_of(region: Region) -> QRect:
    """A region as a QRect."""
    return QRect(region.left, region.top, region.width, region.height)


def _hint_words(marked: bool) -> tuple[Piece, ...]:
    if marked:
        return hint_pieces(
            (
                (_tr("Arrows"), _tr("move the region")),
                (_tr("Shift Arrows"), _tr("resize")),
                (_tr("Hold Space"), _tr("talk")),
                (_tr("Esc"), _tr("back")),
            )
        )
    return hint_pieces(
        (
            (_tr("Drag"), _tr("mark a region")),
            (_tr("Click"), _tr("take a window")),
            (_tr("Enter"), _tr("whole screen")),
            (_tr("Esc"), _tr("close")),
        )
    )


def _paint_cross(painter: QPainter, at: QPoint, color: QColor) -> None:
    for each, width in ((QColor("white"), 3), (color, 1)):
        painter.setPen(QPen(each, width))
        painter.drawLine(at.x() - CROSS, at.y(), at.x() + CROSS, at.y())
        painter.drawLine(at.x(), at.y() - CROSS, at.x(), at.y() + CROSS)


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def _tr(words: str) -> str:
    return QCoreApplication.translate("Overlay", words)
