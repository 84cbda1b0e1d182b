"""A table of models: heading, the heads of its columns, rows in a frame."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.session.models import ModelShelf
from app.session.offers import Offer
from app.ui.mirror import placed
from app.ui.models.columns import EDGE, columns
from app.ui.models.orders import Order
from app.ui.models.row import OfferRow
from app.ui.theme.controls import Label
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD


class Section(QWidget):
    """Shows offers as rows, one widget for each id as long as it is offered. Only one row is a
    stop for Tab: the one where one was last."""

    ordered = Signal(str, Order)  # the id of the offer
    menu_wanted = Signal(str, object)  # and where, a QPoint on the screen or None
    left = Signal(int)  # Up (-1) from the first row, Down (1) from the last

    def __init__(
        self,
        theme: Theme,
        shelf: ModelShelf,
        title: str,
        caption: str = "",
        *,
        headed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``headed``: with the heads of the columns above the rows."""
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._current = ""
        self._rows: dict[str, OfferRow] = {}
        self.setAccessibleName(title)
        self._caption = Label(theme, caption, role="caption", color="text-3", wrap=True)
        self._heads = _Heads(theme, self) if headed else None
        self._empty = Label(theme, role="ui", color="text-3", wrap=True)
        self._empty.setContentsMargins(EDGE, 12, EDGE, 12)
        self._card = _Card(theme, self)
        self._card.column.addWidget(self._empty)
        self._empty.hide()
        heading = QHBoxLayout()
        heading.setSpacing(10)
        heading.addWidget(Label(theme, title, role="ui-strong"), 0, Qt.AlignmentFlag.AlignTop)
        heading.addWidget(self._caption, 1, Qt.AlignmentFlag.AlignVCenter)
        heading.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(heading)
        column.addSpacing(9)
        if self._heads is not None:
            column.addWidget(self._heads)
        column.addWidget(self._card)
        self._caption.setVisible(bool(caption))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> list[OfferRow]:
        """Its rows from top to bottom."""
        return list(self._rows.values())

    def row(self, offer_id: str) -> OfferRow | None:
        """The row of an offer; None if it has none here."""
        return self._rows.get(offer_id)

    def set_caption(self, caption: str) -> None:
        """Say something beside the heading."""
        if caption != self._caption.text():
            self._caption.setText(caption)
            self._caption.setVisible(bool(caption))

    def show_offers(self, offers: Sequence[Offer], best: str = "", empty: str = "") -> None:
        """Show ``offers``; the one with the id ``best`` is marked as recommended. Without any,
        the words ``empty`` stand in the frame, or the section is hidden if there are none."""
        rows: dict[str, OfferRow] = {}
        for offer in offers:
            row = self._rows.pop(offer.id, None)
            if row is None:
                row = self._new_row(offer)
            row.show_offer(offer, recommended=offer.id == best)
            rows[offer.id] = row
        for gone in self._rows.values():
            self._card.column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, row in enumerate(rows.values()):
            if self._card.column.indexOf(row) != place:
                self._card.column.insertWidget(place, row)
                row.show()
        self._rows = rows
        self._empty.setText(empty)
        self._empty.setVisible(not rows and bool(empty))
        self.setVisible(bool(rows) or bool(empty))
        if self._heads is not None:
            self._heads.setVisible(bool(rows))
        self._set_current(self._current if self._current in rows else next(iter(rows), ""))
        self._card.update()

    def focus(self, reason: Qt.FocusReason) -> bool:
        """Give the keyboard to the row where one was last; False without any."""
        if not self._rows:
            return False
        row = self._rows[self._current]
        row.clearFocus()  # Qt has given it back already when the page is shown again
        row.setFocus(reason)
        return True

    # -- inside -------------------------------------------------------------------------------

    def _new_row(self, offer: Offer) -> OfferRow:
        row = OfferRow(self._theme, offer, self._shelf, self._card)
        name = offer.id
        row.ordered.connect(lambda order: self.ordered.emit(name, order))
        row.menu_wanted.connect(lambda where: self.menu_wanted.emit(name, where))
        row.step_wanted.connect(lambda step: self._step(name, step))
        row.entered.connect(lambda: self._set_current(name))
        return row

    def _set_current(self, offer_id: str) -> None:
        self._current = offer_id
        for name, row in self._rows.items():
            row.set_reachable(name == offer_id)

    def _step(self, offer_id: str, step: int) -> None:
        names = list(self._rows)
        to = names.index(offer_id) + step
        if 0 <= to < len(names):
            self._rows[names[to]].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit(step)


class _Card(QWidget):
    """The frame around the rows, with a hairline between two."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 1, 0, 1)
        self.column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD)
        painter.fillPath(shape, theme.color("surface"))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawPath(shape)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for place in range(1, self.column.count()):
            item = self.column.itemAt(place)
            widget = item.widget() if item else None
            if isinstance(widget, OfferRow):
                painter.drawLine(1, widget.y(), self.width() - 2, widget.y())


class _Heads(QWidget):
    """What the columns are called; not there where there are none."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        stacked = columns(self.width(), self._theme.px).stacked
        self.setFixedHeight(0 if stacked else self._theme.px(22))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        place = columns(self.width(), theme.px)
        if place.stacked:
            return
        painter = QPainter(self)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("text-2"))
        height = theme.px(16)
        begin = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        end = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        wide = theme.px(160)
        for at, words in (
            (float(EDGE), self.tr("Model")),
            (place.takes, self.tr("Takes")),
            (place.fit, self.tr("Fit")),
        ):
            if at is not None:
                painter.drawText(placed(self, QRectF(at, 0, wide, height)), begin, words)
        for at, words in (
            (place.disk, self.tr("On disk")),
            (place.memory, self.tr("Memory")),
            (place.speed, self.tr("Speed")),
        ):
            if at is not None:
                painter.drawText(placed(self, QRectF(at - wide, 0, wide, height)), end, words)
