"""A column of slots that scrolls, and keeps to its end while it grows there."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.ui.theme.controls import Button
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL, READING_WIDTH
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.slots import Slot, Slots

TOP, BOTTOM, MARGIN = 12, 28, 24  # px
NEAR_END = 8  # px from the end that still count as being there


class Column(QScrollArea):
    """Puts the slots in their places. Whoever fills them overrides ``_settle``."""

    scrolled = Signal(bool)  # whether something is above what is in sight
    following_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._slots = Slots()
        self._column = READING_WIDTH
        self._gutter = True
        self._following = True
        self._moving = False
        self._above = False
        self._content = QWidget()
        self.setWidget(self._content)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self._content.setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._value_changed)
        self.latest = Button(theme, self.tr("Latest"), size=32, icon="down", parent=self)
        self.latest.setToolTip(self.tr("Go to the latest words"))
        self.latest.clicked.connect(self.scroll_to_end)
        self.latest.hide()

    # -- scrolling --------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the view keeps to the end while words arrive."""
        return self._following

    def scroll_to_end(self) -> None:
        """Go to the latest words and follow them again."""
        self._set_following(True)
        self._settle()

    # -- overridden -------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        page = max(24, self.viewport().height() - 48)
        step = {
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Space: page,
            Qt.Key.Key_Up: -bar.singleStep() * 2,
            Qt.Key.Key_Down: bar.singleStep() * 2,
        }.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            self.scroll_to_end()
        elif step is not None:
            bar.setValue(bar.value() + step)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, RADIUS_PANEL, inside=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self.viewport()).fillRect(event.rect(), self._theme.color("canvas"))

    # -- places -----------------------------------------------------------------------------

    def _settle(self) -> None:
        """Fill and lay out what is in sight."""
        raise NotImplementedError

    def _nearest(self, reach: int | None) -> Slot | None:
        """The slot nearest to what is in sight that is not laid out, within ``reach`` px."""
        top = self.verticalScrollBar().value()
        return self._slots.nearest_inexact(top, top + self.viewport().height(), reach)

    def _place(self, first: int) -> None:
        """Move the slots from ``first`` on to where they belong, and keep what is in sight where it
        is, or the end in sight while following."""
        bar = self.verticalScrollBar()
        anchor = None if self._following else self._slots.at(bar.value())
        offset = bar.value() - anchor.y if anchor is not None else 0
        height = self._slots.place(first, TOP, self._theme.px) + BOTTOM
        left = self._left()
        for slot in self._slots[max(first, 0) :]:
            if slot.widget is not None:
                inset = slot.widget.inset if isinstance(slot.widget, AnswerMessage) else 0
                width = self._column + 2 * inset
                slot.widget.setGeometry(left - inset, slot.y, width, slot.height)
                if slot.widget.isHidden():
                    slot.widget.show()
        self._moving = True
        self._content.resize(self.viewport().width(), max(height, self.viewport().height()))
        if self._following:
            bar.setValue(bar.maximum())
        elif anchor is not None:
            bar.setValue(anchor.y + offset)
        self._moving = False
        self._tell_scrolled()

    def _left(self) -> int:
        return (self.width() - self._column) // 2

    def _measure(self) -> None:
        """Take the width of the column from the width of the view."""
        width = self.width()  # with the scroll bar, so that nothing moves when it comes
        column = max(200, min(self._theme.px(READING_WIDTH), width - 2 * MARGIN))
        room = (width - column) // 2 >= self._theme.px(36)
        gutter = room and self.window().width() >= 800
        if column != self._column or gutter != self._gutter:
            self._column = column
            self._gutter = gutter
            for slot in self._slots:
                slot.exact = False
        self._place_latest()

    # -- following --------------------------------------------------------------------------

    def _value_changed(self, value: int) -> None:
        if self._moving:
            return
        self._set_following(value >= self.verticalScrollBar().maximum() - NEAR_END)
        self._tell_scrolled()
        if self._nearest(0) is not None:
            self._settle()

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)
        self._place_latest()

    def _tell_scrolled(self) -> None:
        above = self.verticalScrollBar().value() > TOP // 2
        if above != self._above:
            self._above = above
            self.scrolled.emit(above)
        self._place_latest()

    def _place_latest(self) -> None:
        bar = self.verticalScrollBar()
        wanted = not self._following and bar.maximum() - bar.value() > 40
        if wanted:
            size = self.latest.sizeHint()
            x = (self.width() - size.width()) // 2
            self.latest.setGeometry(
                x, self.height() - size.height() - 12, size.width(), size.height()
            )
            self.latest.raise_()
        if wanted == self.latest.isHidden():
            if self.latest.hasFocus():
                # Left to Qt, the focus would go to a message far above and the view with it.
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.latest.setVisible(wanted)
