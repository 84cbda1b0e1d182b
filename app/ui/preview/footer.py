"""What is said of the citation that is open, below the pages."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.mirror import set_margins
from app.ui.theme.controls import IconButton, IconLabel, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD

_ROOM = 300  # px that everything needs side by side at the usual size of text


class Footer(QWidget):
    """A card with the verdict, what it is about, and the way to the next citation."""

    step_wanted = Signal(int)  # 1 or -1

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = IconLabel(theme, "check", size=16, color="ok")
        self._verdict = Label(theme, role="ui-strong", wrap=True)
        self._about = Label(theme, role="caption", color="text-3", wrap=True)
        self._count = Label(theme, role="caption", color="text-3")
        self.previous = IconButton(
            theme, "up", self.tr("Previous citation"), shortcut="Alt+Up", size=28
        )
        self.next = IconButton(
            theme, "down", self.tr("Next citation"), shortcut="Alt+Down", size=28
        )
        self.play = IconButton(theme, "play", "", size=28)
        self.show_play(None)
        self.previous.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.step_wanted.emit(1))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._verdict)
        words.addWidget(self._about)
        told = QHBoxLayout()
        told.setSpacing(8)
        told.addWidget(self._icon)
        told.addLayout(words, 1)
        steps = QHBoxLayout()
        steps.setSpacing(0)
        steps.addStretch(1)
        steps.addWidget(self.play)
        steps.addSpacing(8)
        steps.addWidget(self._count)
        steps.addSpacing(8)
        steps.addWidget(self.previous)
        steps.addWidget(self.next)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setSpacing(8)
        self._row.addLayout(told, 1)
        self._row.addLayout(steps)
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_verdict(self, *, found: bool, verdict: str, about: str) -> None:
        """Say ``verdict``, and in a second line what it is ``about``, "" for nothing."""
        self._icon.set_icon("check" if found else "warn", "ok" if found else "warn")
        self._verdict.setText(verdict)
        self._verdict.set_color("text" if found else "warn")
        self._about.setText(about)
        self._about.setVisible(bool(about))

    def show_play(self, playing: bool | None) -> None:
        """Whether the place is heard; None where there is nothing to hear."""
        self.play.setVisible(playing is not None)
        self.play.set_icon("stop" if playing else "play")
        self.play.set_name(self.tr("Stop playing") if playing else self.tr("Listen to this place"))

    def show_place(self, place: int, count: int) -> None:
        """``place`` (from 1) of ``count`` citations."""
        self._count.setText(self.tr("{0} of {1}").format(place, count))
        self.previous.setEnabled(place > 1)
        self.next.setEnabled(place < count)

    @property
    def words(self) -> tuple[str, str, str]:
        """What it says: verdict, what it is about, which of how many."""
        return self._verdict.text(), self._about.text(), self._count.text()

    def restyle(self) -> None:
        """The theme, or the direction of reading, has changed."""
        px = self._theme.px
        set_margins(self._row, self, 20 + 14, 11 + px(10), 14 + 6, 16 + px(10))
        self._verdict.setMinimumHeight(self._theme.line_height("ui-strong"))
        self._about.setMinimumHeight(self._theme.line_height("caption"))
        self._fit()
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """With very large text the buttons stand below the words."""
        directions = QBoxLayout.Direction
        beside = self.width() >= self._theme.px(_ROOM)
        self._row.setDirection(directions.LeftToRight if beside else directions.TopToBottom)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        painter.fillRect(0, 0, self.width(), 1, theme.color("border"))
        begin, end = (14, 20) if self.isRightToLeft() else (20, 14)
        card = QRectF(self.rect()).adjusted(begin + 0.5, 11.5, -end - 0.5, -16.5)
        painter.fillPath(box(card, RADIUS_CARD), theme.color("surface"))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(box(card, RADIUS_CARD))
