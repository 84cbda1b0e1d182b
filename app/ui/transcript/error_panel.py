"""Why an answer ended too soon, what was kept, and what can be done: in place, below the words."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme.controls import Button, IconLabel, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD
from app.ui.transcript.rows import Action

PAD, TEXT_LEFT = 16, 44  # px


class ErrorPanel(QWidget):
    """One bold sentence, one plain one, buttons; details last and folded away."""

    chosen = Signal(str)
    height_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str,
        actions: Sequence[Action] = (),
        details: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = IconLabel(theme, "warn", size=18, color="danger", parent=self)
        self.title = Label(theme, title, role="ui-strong", wrap=True, parent=self)
        self.text = Label(theme, text, role="ui", color="text-2", wrap=True, parent=self)
        self.details = Label(theme, details, role="caption", color="text-2", wrap=True, parent=self)
        for label in (self.title, self.text, self.details):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setVisible(False)
        self.buttons: list[Button] = []
        for action in actions:
            button = Button(
                theme, action.text, kind=action.kind, size=28, icon=action.icon, parent=self
            )
            button.clicked.connect(lambda _=False, key=action.key: self.chosen.emit(key))
            self.buttons.append(button)
        if details:
            self._more = Button(theme, self.tr("Show details"), kind="quiet", size=28, parent=self)
            self._more.clicked.connect(self._toggle_details)
            self.buttons.append(self._more)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        theme.changed.connect(self.update)

    def height_for(self, width: int) -> int:
        """Lay out at ``width``."""
        px = self._theme.px
        left = px(TEXT_LEFT)
        room = width - left - PAD
        y = 13
        self._put(self._icon, PAD - 1, y + (px(20) - px(18)) // 2, px(18), px(18), width)
        for label in (self.title, self.text):
            if label.text():
                height = self._lines(label, room) * px(20)
                self._put(label, left, y, room, height, width)
                y += height
            label.setVisible(bool(label.text()))
        if self.buttons:
            y += 13
            x = left
            for button in self.buttons:
                size = button.sizeHint()
                if x > left and x + size.width() > left + room:
                    x, y = left, y + size.height() + 6
                self._put(button, x, y, size.width(), size.height(), width)
                x += size.width() + 8
            y += px(28)
        if not self.details.isHidden():
            y += 12
            height = self.details.heightForWidth(room)
            self._put(self.details, left, y, room, height, width)
            y += height
        return y + 14

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(box(QRectF(self.rect()), RADIUS_CARD), self._theme.color("danger-soft"))

    def _toggle_details(self) -> None:
        opened = self.details.isHidden()
        self.details.setVisible(opened)
        self._more.setText(self.tr("Hide details") if opened else self.tr("Show details"))
        self.height_changed.emit()

    def _lines(self, label: Label, room: int) -> int:
        metrics = QFontMetricsF(label.font())
        flags = int(Qt.TextFlag.TextWordWrap)
        rect = metrics.boundingRect(QRectF(0, 0, room, 10_000), flags, label.text())
        return max(1, round(rect.height() / metrics.lineSpacing()))

    def _put(self, widget: QWidget, x: int, y: int, width: int, height: int, all_: int) -> None:
        if self.isRightToLeft():
            x = all_ - x - width
        widget.setGeometry(x, y, width, height)
