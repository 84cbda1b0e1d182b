"""The list of chats: headings by date, one row a chat, a menu on each."""

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.session.chats import ChatSummary
from app.ui.sidebar.chat_list_model import ID_ROLE, ChatListModel
from app.ui.sidebar.overlay_bar import OverlayBar
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.shapes import box, paint_focus_ring
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

_INSET = 8
_MORE = 28  # width of the place for "…", px


class Order(str, Enum):
    """What can be done with a chat from its row."""

    RENAME = "rename"
    DELETE = "delete"


class ChatList(QListView):
    """Shows chats and says what is wanted of them; knows nothing of where they come from."""

    chosen = Signal(str)  # the chat's id
    ordered = Signal(str, Order)
    menu_wanted = Signal(str, QPoint)  # the chat's id, where on the screen

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._open_id = ""
        self._chats: tuple[ChatSummary, ...] = ()
        self._waiting = False  # a new order that comes once the pointer has left
        self._empty_text = ""
        self.keyboard_focus = False
        self._rows = ChatListModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(_RowPainter(theme, self))
        self.setAccessibleName(self.tr("Chats"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.viewport().setAutoFillBackground(False)
        OverlayBar(self)
        theme.changed.connect(self._restyle)

    def show_chats(self, chats: Sequence[ChatSummary]) -> None:
        """Show ``chats``, newest first. While the pointer is over the list nothing changes place;
        rows that are gone leave at once, the rest comes when the pointer has left."""
        self._chats = tuple(chats)
        shown = self._rows.ids
        fresh = [chat.id for chat in chats]
        moves = bool(shown) and fresh != [id_ for id_ in shown if id_ in set(fresh)]
        if moves and set(fresh) >= set(shown) and self._pointer_inside():
            self._waiting = True
            self._rows.retitle(chats)
            return
        self._take_over()

    def show_results(self, chats: Sequence[ChatSummary], empty_text: str) -> None:
        """Show what a search found, whatever the pointer does; ``empty_text`` if it is nothing."""
        self._chats = tuple(chats)
        self._empty_text = empty_text
        self._take_over()

    def set_open(self, chat_id: str) -> None:
        """Mark the chat that is open; "" for none."""
        self._open_id = chat_id
        index = self._rows.index_of(chat_id)
        selection = self.selectionModel()
        if index.isValid():
            selection.select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if not self.hasFocus():
                selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        else:
            selection.clearSelection()
        self.viewport().update()

    def first_id(self) -> str:
        """The topmost chat, "" if there is none."""
        return next(iter(self._rows.ids), "")

    def focus_first(self) -> None:
        """Give the keyboard to the first chat."""
        index = self._rows.index_of(self.first_id())
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- what happens to it -----------------------------------------------------------------

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        # The selection is the chat that is open; moving about does not open anything.
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_F2
        ):
            event.accept()  # else the window would rename the open chat
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._set_keyboard_focus(True)
        chat = self._rows.chat(self.currentIndex())
        if chat is not None:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
                self.chosen.emit(chat.id)
                return
            if event.key() == Qt.Key.Key_F2:
                self.ordered.emit(chat.id, Order.RENAME)
                return
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.ordered.emit(chat.id, Order.DELETE)
                return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_keyboard_focus(False)
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        chat = self._rows.chat(index)
        if chat is None or event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.more_rect(index)
        if place.contains(event.position().toPoint()):
            self._menu(chat, place.bottomLeft())
        else:
            self.chosen.emit(chat.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        chat = self._rows.chat(index)
        if chat is not None:
            self._menu(chat, self.more_rect(index).bottomLeft() if by_key else event.pos())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._waiting:
            self._take_over()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._set_keyboard_focus(True)
        if self._rows.chat(self.currentIndex()) is None:
            index = self._rows.index_of(self._open_id or self.first_id())
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            chat = self._rows.chat(index)
            if chat is not None and self._is_cut_short(chat.title):
                QToolTip.showText(event.globalPos(), chat.title, self, self.visualRect(index))
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._rows.rowCount() or not self._empty_text:
            return
        painter = QPainter(self.viewport())
        painter.setPen(self._theme.color("text-3"))
        painter.setFont(self._theme.font("ui"))
        painter.drawText(
            self.viewport().rect().adjusted(18, self._theme.px(14), -18, 0),
            Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap,
            self._empty_text,
        )

    def more_rect(self, index: QModelIndex) -> QRect:
        """Where "…" is on the row of ``index``, in the viewport."""
        row = self.visualRect(index)
        left = row.left() + _INSET if self.isRightToLeft() else row.right() - _INSET - _MORE
        return QRect(left, row.top(), _MORE, row.height())

    # -- inside -----------------------------------------------------------------------------

    def _menu(self, chat: ChatSummary, place: QPoint) -> None:
        self.menu_wanted.emit(chat.id, self.viewport().mapToGlobal(place))

    def _take_over(self) -> None:
        self._waiting = False
        current = self._rows.chat(self.currentIndex())
        row = self.currentIndex().row()
        offset = self.verticalScrollBar().value()
        self._rows.set_chats(self._chats)
        self.set_open(self._open_id)
        index = self._rows.index_of(current.id) if current else QModelIndex()
        if current and not index.isValid():  # it was deleted: its neighbour is next
            index = self._nearest(row)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.verticalScrollBar().setValue(offset)

    def _nearest(self, row: int) -> QModelIndex:
        for candidate in (*range(row, self._rows.rowCount()), *range(row, -1, -1)):
            index = self._rows.index(candidate)
            if self._rows.chat(index) is not None:
                return index
        return QModelIndex()

    def _pointer_inside(self) -> bool:
        return self.viewport().underMouse()

    def _set_keyboard_focus(self, on: bool) -> None:
        if on != self.keyboard_focus:
            self.keyboard_focus = on
            self.viewport().update()

    def _is_cut_short(self, title: str) -> bool:
        room = self.viewport().width() - 2 * _INSET - 20
        return QFontMetrics(self._theme.font("ui-medium")).horizontalAdvance(title) > room

    def _restyle(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class _RowPainter(QStyledItemDelegate):
    """Paints headings and chats."""

    def __init__(self, theme: Theme, view: ChatList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        if index.data(ID_ROLE):
            return QSize(0, self._theme.px(32))
        return QSize(0, self._theme.px(34))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        if index.data(ID_ROLE):
            state: QStyle.StateFlag = option.state
            self._paint_chat(painter, rect, state, index)
        else:
            self._paint_heading(painter, rect, str(index.data()))
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setFont(self._theme.font("micro", weight=600))
        painter.setPen(self._theme.color("text-3"))
        painter.drawText(
            rect.adjusted(18, 0, -18, -self._theme.px(4)),
            self._aligned(Qt.AlignmentFlag.AlignBottom),
            text,
        )

    def _paint_chat(
        self,
        painter: QPainter,
        rect: QRect,
        state: QStyle.StateFlag,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = self._theme
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = (
            self._view.hasFocus()
            and self._view.keyboard_focus
            and index.row() == self._view.currentIndex().row()
        )
        face = QRectF(rect).adjusted(_INSET, 0, -_INSET, 0)
        if selected or hovered:
            painter.fillPath(
                box(face, RADIUS_CONTROL), theme.color("selected" if selected else "hover")
            )
        if focused:
            paint_focus_ring(painter, face, RADIUS_CONTROL, theme.color("accent"))
        words = rect.adjusted(18, 0, -18, 0)
        if hovered or focused:
            more = self._view.more_rect(self._view.model().index(index.row(), 0))
            icon = QRectF(0, 0, 16, 16)
            icon.moveCenter(QRectF(more).center())
            theme.paint_icon(painter, "more", icon, "text-2")
            if self._view.isRightToLeft():
                words.setLeft(more.right() + 4)
            else:
                words.setRight(more.left() - 4)
        font = theme.font("ui-medium" if selected else "ui")
        painter.setFont(font)
        painter.setPen(theme.color("text" if selected else "text-2"))
        title = QFontMetrics(font).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, self._aligned(Qt.AlignmentFlag.AlignVCenter), title)

    def _aligned(self, vertical: Qt.AlignmentFlag) -> Qt.AlignmentFlag:
        return vertical | Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextSingleLine
