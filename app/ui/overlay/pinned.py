"""An answer that stays on top of other windows after the overlay has gone."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.core.boxes import as_json
from app.session.exchange import Exchange
from app.ui.focus_order import neighbour
from app.ui.mirror import set_margins
from app.ui.overlay.card_frame import PAD, Exchanges
from app.ui.overlay.exchange_view import ExchangeView
from app.ui.theme.controls import ElidedLabel, IconButton, Mark
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PILL
from app.ui.transcript.formats import Formats

_THUMBNAIL, _HIGHEST = 96, 560  # px high


class PinnedCard(QWidget):
    """A small window with the picture that was asked about, and what was asked and answered. Esc
    closes it, and it is deleted then. ``picture`` has the boxes on it already."""

    link_clicked = Signal(str)

    def __init__(
        self, theme: Theme, exchanges: Sequence[Exchange], picture: QImage, model_title: str
    ) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowStaysOnTopHint)
        self._theme = theme
        self._picture = picture
        self._formats = Formats(theme, "panel")
        self._thought_formats = Formats(theme, "ui", "text-2")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(exchanges[-1].question)

        self.thumbnail = _Thumbnail(theme, picture)
        self.copy_button = IconButton(theme, "copy", self.tr("Copy answer"), size=28)
        self.copy_button.clicked.connect(self.copy)
        head = QHBoxLayout()
        set_margins(head, self, PAD, 10, 10, 6)
        head.setSpacing(8)
        head.addWidget(Mark(theme, theme.px(18)))
        head.addWidget(ElidedLabel(theme, model_title, role="caption", color="text-3"), 1)
        head.addWidget(self.copy_button)
        self.exchanges = Exchanges(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.thumbnail)
        column.addWidget(self.exchanges, 1)
        for exchange in exchanges:
            self._add(exchange)
        self.exchanges.stack.height_changed.connect(self._lay)
        self.setMinimumSize(theme.px(240), theme.px(240))
        theme.changed.connect(self._restyle)

    def show_at(self, place: QRect) -> None:
        """Show it where the card was, in pixels of the desktop, and as high as it takes to show all
        of it."""
        room = self.exchanges.lay_out(place.width())
        layout = self.layout()
        assert layout is not None
        around = layout.minimumSize().height() - self.exchanges.minimumSizeHint().height()
        height = min(around + room, self._theme.px(_HIGHEST))
        self.setGeometry(place.x(), place.y(), place.width(), height)
        self.show()
        self._lay()

    def copy(self) -> None:
        """Put the last answer on the clipboard."""
        QGuiApplication.clipboard().setText(self.exchanges.views[-1].text())

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(420), self._theme.px(320))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        found = neighbour(self, QApplication.focusWidget(), forward=forward)
        if found is None:
            return False
        reasons = Qt.FocusReason
        found.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("surface"))

    def _add(self, exchange: Exchange) -> None:
        view = ExchangeView(self._theme, self._formats, self._thought_formats, exchange, None)
        view.link_clicked.connect(self.link_clicked)
        view.json_wanted.connect(
            lambda: QGuiApplication.clipboard().setText(as_json(exchange.boxes))
        )
        view.picture_wanted.connect(lambda: QGuiApplication.clipboard().setImage(self._picture))
        self.exchanges.add(view)

    def _lay(self) -> None:
        self.exchanges.lay_out(self.width())

    def _restyle(self) -> None:
        self.update()
        self._lay()


class _Thumbnail(QWidget):
    """The picture, small, whole and with round corners."""

    def __init__(self, theme: Theme, picture: QImage) -> None:
        super().__init__()
        self._theme = theme
        self._picture = picture
        self.setAccessibleName(self.tr("What was asked about"))
        self._refresh()
        theme.changed.connect(self._refresh)

    def _refresh(self) -> None:
        self.setFixedHeight(self._theme.px(_THUMBNAIL))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        room = QSize(self.width() - 2 * PAD, self.height())
        if self._picture.isNull() or room.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        size = self._picture.size().scaled(room * ratio, Qt.AspectRatioMode.KeepAspectRatio)
        if size.width() > self._picture.width():
            size = self._picture.size()
        small = QPixmap.fromImage(
            self._picture.scaled(
                size,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        x = PAD if not self.isRightToLeft() else self.width() - PAD - small.width() / ratio
        place = QRectF(x, 0, small.width() / ratio, small.height() / ratio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath(box(place, RADIUS_PILL))
        painter.setClipPath(clip)
        painter.drawPixmap(place, small, QRectF(small.rect()))
        painter.setClipping(False)
        painter.setPen(self._theme.color("border"))
        painter.drawPath(clip)
