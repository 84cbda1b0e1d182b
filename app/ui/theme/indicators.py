"""Small painted things that show a state: meter, dot, working mark, progress line."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.ui.theme.shapes import octagon, paint_line_mark, paint_mark, paint_meter
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import WORKING_STEP_MS


class FacetMeter(QProgressBar):
    """A ring of eight facets for a share of something; always beside its number or word.

    It is a progress bar to assistive technology, in percent. ``color`` is a colour name.
    """

    def __init__(
        self, theme: Theme, name: str, *, size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._side = size
        self._color = "accent"
        self._lit = 0
        self.setRange(0, 100)
        self.setValue(0)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_share(self, share: float, color: str = "accent") -> None:
        """Show ``share`` (0 to 1). Anything above nothing lights at least one facet."""
        self._color = color
        self.setValue(round(100 * min(1.0, max(0.0, share))))
        self._lit = 0 if share <= 0 else max(1, round(8 * min(1.0, share)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(self._side), self._theme.px(self._side))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = min(self.width(), self.height())
        rect = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_meter(
            painter, rect, self._lit, self._theme.color(self._color), self._theme.color("track")
        )


class ProgressLine(QProgressBar):
    """A thin rounded bar, 4 px (2 px for a chip). Range 0 to 1000."""

    def __init__(
        self, theme: Theme, name: str, *, thickness: int = 4, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._thickness = thickness
        self._color = "accent"
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setFixedHeight(thickness)
        theme.changed.connect(self.update)

    def set_share(self, share: float, color: str = "accent") -> None:
        """Show ``share`` (0 to 1)."""
        self._color = color
        self.setValue(round(1000 * min(1.0, max(0.0, share))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self._thickness)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        painter.setBrush(self._theme.color("track"))
        painter.drawRoundedRect(rect, radius, radius)
        share = self.value() / 1000
        if share > 0:
            done = QRectF(rect)
            done.setWidth(max(rect.height(), rect.width() * share))
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                done.moveRight(rect.right())
            painter.setBrush(self._theme.color(self._color))
            painter.drawRoundedRect(done, radius, radius)


class StatusDot(QWidget):
    """An 8 px octagon in a status colour; a word beside it says the same."""

    def __init__(
        self, theme: Theme, color: str = "ok", *, size: int = 8, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        self._side = size
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def set_color(self, color: str) -> None:
        """Change the colour, by name."""
        self._color = color
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._color))
        painter.drawPolygon(octagon(self._side / 2, self._side / 2, self._side))


class WorkingMark(QWidget):
    """The mark beside an answer: coloured while it is made (the lit facet moves on one place every
    120 ms), in lines once it is finished. With reduced motion the coloured one stands still."""

    def __init__(self, theme: Theme, *, size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._side = size
        self._working = False
        self._step = 1
        self._timer: QTimer | None = None
        self.setFixedSize(theme.px(size), theme.px(size))
        theme.changed.connect(self._refresh)

    @property
    def working(self) -> bool:
        """Whether an answer is being made."""
        return self._working

    @property
    def step(self) -> int:
        """Which facet is lit, 0 to 7 clockwise from the top."""
        return self._step

    def set_working(self, working: bool) -> None:
        """Colour and movement, or lines."""
        self._working = working
        self._step = 1
        self._run()
        self.update()

    def _refresh(self) -> None:
        self.setFixedSize(self._theme.px(self._side), self._theme.px(self._side))
        self._run()
        self.update()

    def _run(self) -> None:
        moving = self._working and not self._theme.reduced_motion
        if moving and self._timer is None:
            self._timer = QTimer(self)
            self._timer.setInterval(WORKING_STEP_MS)
            self._timer.timeout.connect(self._advance)
            self._timer.start()
        elif not moving and self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None
            self._step = 1

    def _advance(self) -> None:
        self._step = (self._step + 1) % 8
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        if self._working:
            paint_mark(painter, rect, self._theme, lit=self._step)
        else:
            inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
            paint_line_mark(painter, inner, self._theme.color("text-3"))


class Mark(QWidget):
    """The coloured mark at a fixed size: brand row, empty state, dialogs."""

    def __init__(self, theme: Theme, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_mark(QPainter(self), QRectF(self.rect()), self._theme)
