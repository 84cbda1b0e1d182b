"""The attachments of the composer, in rows."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.core.budget import AUTOMATIC
from app.session.draft import DraftAttachment
from app.session.preparation import Preparation
from app.ui.composer.chip import Chip
from app.ui.composer.flow import FlowLayout
from app.ui.theme.theme import Theme

_GAP = 8


class ChipStrip(QScrollArea):
    """Chips wrap to a second row, then scroll; with ``max_rows`` 1 they scroll at once."""

    removed = Signal(int)
    budget_chosen = Signal(int, int)
    opened = Signal(int)
    played = Signal(int)
    unlock_wanted = Signal(int)
    height_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._max_rows = 2
        self._usual_budget = AUTOMATIC
        self._seconds: Callable[[int], float | None] = lambda _tokens: None
        self._chips: dict[int, Chip] = {}
        self._body = QWidget()
        self._flow = FlowLayout(self._body, _GAP)
        self.setWidget(self._body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Attachments"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setViewportMargins(0, 0, 0, _GAP)
        self.viewport().setAutoFillBackground(False)
        self._body.setAutoFillBackground(False)
        theme.changed.connect(self._fit)
        self.hide()

    def show_attachments(self, attachments: Sequence[DraftAttachment]) -> None:
        """Show ``attachments`` in this order; chips that stay keep their focus."""
        wanted = {attachment.key for attachment in attachments}
        grown = not wanted <= set(self._chips)
        for key in [key for key in self._chips if key not in wanted]:
            chip = self._chips.pop(key)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for place, attachment in enumerate(attachments):
            shown = self._chips.get(attachment.key)
            if shown is not None:
                shown.show_attachment(attachment)
                continue
            chip = Chip(self._theme, attachment, self._usual_budget, self._expected, self._body)
            chip.removed.connect(self.removed)
            chip.budget_chosen.connect(self.budget_chosen)
            chip.opened.connect(self.opened)
            chip.played.connect(self.played)
            chip.unlock_wanted.connect(self.unlock_wanted)
            self._chips[attachment.key] = chip
            self._flow.insert_widget(place, chip)
            chip.show()
        self._chips = {one.key: self._chips[one.key] for one in attachments}
        self.setVisible(bool(attachments))
        self._flow.invalidate()
        self._fit()
        if grown:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def set_usual_budget(self, budget: int) -> None:
        """What the settings say that pictures may cost, in tokens; 0 is automatic."""
        self._usual_budget = budget
        for chip in self._chips.values():
            chip.set_usual_budget(budget)

    def set_costs(self, seconds: Callable[[int], float | None]) -> None:
        """How to ask what so many image tokens cost in seconds; None while that is unknown."""
        self._seconds = seconds

    def show_stages(self, attachments: Sequence[DraftAttachment], preparation: Preparation) -> None:
        """Show how far the model is with reading ``attachments`` ahead."""
        fraction = preparation.fraction
        for attachment in attachments:
            if (chip := self._chips.get(attachment.key)) is not None:
                chip.show_stage(preparation.stage(attachment.part), fraction)

    def set_playing(self, blob: str) -> None:
        """What is being played is this sound, "" for silence."""
        for chip in self._chips.values():
            chip.set_playing(blob)

    def set_max_rows(self, rows: int) -> None:
        """How many rows may be seen at once."""
        if rows != self._max_rows:
            self._max_rows = rows
            self._fit()

    def chips(self) -> list[Chip]:
        """The chips, in order."""
        return [self._chips[key] for key in self._chips]

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _expected(self, tokens: int) -> float | None:
        return self._seconds(tokens)

    def _fit(self) -> None:
        rows = self._theme.px(44) * self._max_rows + _GAP * (self._max_rows - 1)
        needed = self._flow.heightForWidth(self.width())
        height = min(needed, rows) + _GAP
        if height != self.height():
            self.setFixedHeight(max(height, 1))
            self.height_wanted.emit()
