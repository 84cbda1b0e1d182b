"""What the pages of the first run are put together from."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme.controls import Button, Divider, IconLabel, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD

NARROW = 800  # px at 100 % text; below it, what stands side by side stands below each other


def set_shown(widget: QWidget, shown: bool) -> None:
    """Hide ``widget`` or let it be seen again. One that was never hidden is left alone: Qt would
    style it here and now, and forget its colours once it is put into the window."""
    if not shown:
        widget.hide()
    elif widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
        widget.show()


class Page(QScrollArea):
    """A page: one column in the middle, scrolled where the window is too small for it.

    ``width`` is the widest that the column becomes at 100 % text. A page says which of its buttons
    is the primary one now.
    """

    def __init__(self, theme: Theme, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._width = width
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        body = QWidget()
        body.setAutoFillBackground(False)
        self.content = QWidget()
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.content, 1000)
        middle.addStretch(1)
        around = QVBoxLayout(body)
        around.setContentsMargins(24, 12, 24, 24)
        around.addStretch(2)
        around.addLayout(middle)
        around.addStretch(3)
        self.setWidget(body)
        theme.changed.connect(self._fit)

    def primary(self) -> Button | None:
        """The button that Enter presses; None while there is none."""
        raise NotImplementedError

    def fit(self, width: int) -> None:
        """Arrange the parts for a column of ``width`` px."""

    def reveal(self, widget: QWidget) -> None:
        """Scroll so that ``widget`` is seen, with the ring around it."""
        self.ensureWidgetVisible(widget, 12, 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        widest = self.theme.px(self._width)
        self.content.setMaximumWidth(widest)
        self.fit(max(200, min(widest, self.viewport().width() - 48)))


class Card(QWidget):
    """A surface with a hairline around it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._face, self._edge, self._thick = "surface", "border", 1
        theme.changed.connect(self.update)

    def set_face(self, face: str = "surface", edge: str = "border", thick: int = 1) -> None:
        """Change the colours, by name, and how thick the edge is."""
        self._face, self._edge, self._thick = face, edge, thick
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = self._thick / 2
        shape = box(QRectF(self.rect()).adjusted(inner, inner, -inner, -inner), RADIUS_CARD)
        painter.fillPath(shape, self.theme.color(self._face))
        painter.setPen(QPen(self.theme.color(self._edge), self._thick))
        painter.drawPath(shape)


class InfoRow(QWidget):
    """An icon, a few words, and a second line that tells more."""

    def __init__(self, theme: Theme, icon: str, title: str, words: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 13, 18, 13)
        row.setSpacing(14)
        row.addWidget(IconLabel(theme, icon, size=20, color="accent-text"))
        lines = QVBoxLayout()
        lines.setSpacing(1)
        self.title = Label(theme, title, role="ui-medium", wrap=True)
        self.words = Label(theme, words, role="ui", color="text-2", wrap=True)
        lines.addWidget(self.title)
        lines.addWidget(self.words)
        row.addLayout(lines, 1)


class InfoCard(Card):
    """Rows of information, a hairline between two."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)

    def show_rows(self, rows: list[InfoRow]) -> None:
        """Replace what is in it."""
        while (taken := self._column.takeAt(0)) is not None:
            widget = taken.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, row in enumerate(rows):
            if place:
                self._column.addWidget(Divider(self.theme))
            self._column.addWidget(row)


class LockLine(QWidget):
    """That nothing leaves this machine."""

    def __init__(self, theme: Theme, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(7)
        row.addWidget(IconLabel(theme, "lock", size=16, color="text-2"))
        row.addWidget(Label(theme, words, role="caption", color="text-2"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
