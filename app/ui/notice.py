"""A few words above the composer about something that went wrong or has to be known."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpacerItem, QVBoxLayout, QWidget

from app.ui.theme.controls import Button, IconButton, IconLabel, Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD

Action = tuple[str, Callable[[], None]]
_FACES = {
    "danger": ("danger-soft", "warn", "danger"),
    "warn": ("warn-soft", "warn", "warn"),
    "info": ("accent-soft", "info", "accent-text"),
}


class Notice(QWidget):
    """One bold sentence, one plain one, buttons below. Stays until it is closed or replaced.

    ``subject`` tells whose notice it is, so that only its own news takes it away.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._face = "danger-soft"
        self.subject = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon = IconLabel(theme, "warn", color="danger")
        self._what = Label(theme, role="ui-strong", wrap=True)
        self._next = Label(theme, role="ui", color="text-2", wrap=True)
        for label in (self._what, self._next):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = IconButton(theme, "x", self.tr("Close"), size=28)
        self._close.clicked.connect(lambda: self.dismiss())
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._what)
        words.addWidget(self._next)
        self._gap = QSpacerItem(0, 10)
        words.addItem(self._gap)
        words.addLayout(self._buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 8, 12)
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._words = words
        theme.changed.connect(self.update)
        self.hide()

    @property
    def text(self) -> str:
        """All its words."""
        return f"{self._what.text()} {self._next.text()}".strip()

    def tell(
        self,
        what: str,
        next_step: str = "",
        *,
        kind: str = "danger",
        subject: str = "",
        actions: Sequence[Action] = (),
    ) -> None:
        """Show a notice; ``kind`` is "danger", "warn" or "info". The first action stands out."""
        self._face, icon, color = _FACES[kind]
        self._icon.set_icon(icon, color)
        self.subject = subject
        self._what.setText(what)
        self._next.setText(next_step)
        self._next.setVisible(bool(next_step))
        while self._buttons.count() > 1:
            taken = self._buttons.takeAt(0)
            button = taken.widget() if taken else None
            if button is not None:
                button.hide()
                button.deleteLater()
        for place, (words, act) in enumerate(actions):
            button = Button(self._theme, words, kind="quiet" if place else "secondary", size=28)
            button.clicked.connect(act)
            self._buttons.insertWidget(place, button)
        self._gap.changeSize(0, 10 if actions else 0)
        self._words.invalidate()
        self.setAccessibleName(self.text)
        self.show()
        self.update()

    def dismiss(self, subject: str | None = None) -> None:
        """Go; with ``subject`` only if the notice is about that."""
        if subject is None or subject == self.subject:
            self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(box(QRectF(self.rect()), RADIUS_CARD), self._theme.color(self._face))
