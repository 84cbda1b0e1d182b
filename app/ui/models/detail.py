"""What unfolds below a row: why a model doesn't fit, what went wrong, a question."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.models.orders import Detail, Order
from app.ui.theme.controls import Button, IconLabel, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

_FACES = {
    "danger": ("danger-soft", "warn", "danger"),
    "info": ("sunken", "info", "text-2"),
}


class DetailPanel(QWidget):
    """Two sentences and buttons below, the first of which stands out."""

    ordered = Signal(Order)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._face = "sunken"
        self._shown: Detail | None = None
        self._icon = IconLabel(theme, "info")
        self._what = Label(theme, role="ui-medium", wrap=True)
        self._next = Label(theme, role="ui", color="text-2", wrap=True)
        for label in (self._what, self._next):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pressable: list[Button] = []
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch(1)
        self._words = QVBoxLayout()
        self._words.setSpacing(2)
        self._words.addWidget(self._what)
        self._words.addWidget(self._next)
        self._words.addLayout(self._buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words, 1)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def shown(self) -> Detail | None:
        """What it says; None while it is folded away."""
        return self._shown

    def buttons(self) -> list[Button]:
        """Its buttons, in reading order."""
        return list(self._pressable)

    def show_detail(self, detail: Detail | None) -> None:
        """Say something else, or fold away."""
        if detail == self._shown:
            return
        self._shown = detail
        self.setVisible(detail is not None)
        if detail is None:
            return
        self._face, icon, color = _FACES[detail.kind]
        self._icon.set_icon(icon, color)
        self._what.setText(detail.what)
        self._next.setText(detail.next_step)
        self._next.setVisible(bool(detail.next_step))
        self.setAccessibleName(f"{detail.what} {detail.next_step}".strip())
        for button in self._pressable:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._pressable = []
        for place, (order, words) in enumerate(detail.actions):
            kind = "danger" if order in (Order.REMOVE, Order.DELETE) else "secondary"
            button = Button(self._theme, words, kind="quiet" if place else kind, size=28)
            button.clicked.connect(lambda _checked=False, order=order: self.ordered.emit(order))
            self._buttons.insertWidget(place, button)
            self._pressable.append(button)
            button.show()  # or its room is not counted yet
        self._buttons.setContentsMargins(0, 8 if detail.actions else 0, 0, 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(box(QRectF(self.rect()), RADIUS_CONTROL), self._theme.color(self._face))
