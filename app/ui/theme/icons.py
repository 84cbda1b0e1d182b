"""Icons: one family on a 20 px grid, drawn as vectors from resources/icons/*.svg.

The family has only straight strokes with corners cut at 45 degrees, so a small reader of path data
(M L H V Z) replaces an SVG engine. The stroke stays at 1.35 px whatever the size.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

GRID = 20.0
_PATH = re.compile(r'<path[^>]*\bd="([^"]+)"')
_WIDTH = re.compile(r'stroke-width="([\d.]+)"')
_FILL = re.compile(r'<svg[^>]*\bfill="([^"]+)"')
_TOKEN = re.compile(r"[MmLlHhVvZz]|-?(?:\d+\.?\d*|\.\d+)")


class Glyph:
    """One icon's shape on the 20 px grid."""

    def __init__(self, path: QPainterPath, stroke: float, filled: bool) -> None:
        self.path = path
        self.stroke = stroke
        self.filled = filled

    def paint(self, painter: QPainter, rect: QRectF, color: QColor) -> None:
        """Draw into ``rect`` (taken as a square) in ``color``."""
        scale = rect.width() / GRID
        width = min(self.stroke * 0.9 / scale, 2.4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        painter.scale(scale, scale)
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(color if self.filled else Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path)
        painter.restore()


def parse_path(data: str) -> QPainterPath:
    """A QPainterPath from SVG path data of straight lines. Raises ValueError for anything else."""
    if set(re.findall(r"[A-Za-z]", data)) - set("MmLlHhVvZz"):
        raise ValueError("icons have straight lines only")
    path = QPainterPath()
    tokens: Iterator[str] = iter(_TOKEN.findall(data))
    here = start = QPointF()
    command = "M"
    for token in tokens:
        if token.isalpha():
            command = token
            if command in "Zz":
                path.closeSubpath()
                here = start
                continue
            token = next(tokens)
        first = float(token)
        base = here if command.islower() else QPointF()
        if command in "Hh":
            here = QPointF(base.x() + first, here.y())
        elif command in "Vv":
            here = QPointF(here.x(), base.y() + first)
        else:
            here = QPointF(base.x() + first, base.y() + float(next(tokens)))
        if command in "Mm":
            path.moveTo(here)
            start = here
            command = "L" if command == "M" else "l"
        else:
            path.lineTo(here)
    return path


def parse_svg(text: str) -> Glyph:
    """The glyph in an icon file. Raises ValueError when there is no path in it."""
    path = _PATH.search(text)
    if path is None:
        raise ValueError("no path in the icon")
    stroke = _WIDTH.search(text)
    fill = _FILL.search(text)
    return Glyph(
        parse_path(path.group(1)),
        float(stroke.group(1)) if stroke else 1.5,
        bool(fill and fill.group(1) != "none"),
    )


class Icons:
    """The icons in a folder, read when first asked for; pixmaps are cached."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._glyphs: dict[str, Glyph] = {}
        self._pixmaps: dict[tuple[str, int, str, float], QPixmap] = {}

    def glyph(self, name: str) -> Glyph:
        """The icon ``name`` (its file without ``.svg``). Raises FileNotFoundError."""
        if name not in self._glyphs:
            text = (self._folder / f"{name}.svg").read_text(encoding="utf-8")
            self._glyphs[name] = parse_svg(text)
        return self._glyphs[name]

    def paint(self, painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
        """Draw the icon into ``rect`` in ``color``."""
        self.glyph(name).paint(painter, rect, color)

    def pixmap(self, name: str, size: int, color: QColor, dpr: float = 1.0) -> QPixmap:
        """A ``size`` x ``size`` (device-independent px) picture of the icon."""
        key = (name, size, color.name(QColor.NameFormat.HexArgb), dpr)
        if key not in self._pixmaps:
            pixmap = QPixmap(round(size * dpr), round(size * dpr))
            pixmap.setDevicePixelRatio(dpr)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self.paint(painter, name, QRectF(0, 0, size, size), color)
            painter.end()
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]

    def icon(self, name: str, size: int, normal: QColor, hover: QColor, disabled: QColor) -> QIcon:
        """A QIcon for menus and Qt's own widgets, at 1x and 2x."""
        icon = QIcon()
        for dpr in (1.0, 2.0):
            icon.addPixmap(self.pixmap(name, size, normal, dpr), QIcon.Mode.Normal)
            icon.addPixmap(self.pixmap(name, size, hover, dpr), QIcon.Mode.Active)
            icon.addPixmap(self.pixmap(name, size, hover, dpr), QIcon.Mode.Selected)
            icon.addPixmap(self.pixmap(name, size, disabled, dpr), QIcon.Mode.Disabled)
        return icon
