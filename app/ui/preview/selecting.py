"""Selecting text on pages with the mouse, and copying it."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent

from app.ui.preview.marking import Marking, Selected
from app.ui.preview.pages_view import PagesView
from app.ui.preview.sheets import TextSheet

_SCROLL_MS = 40  # between two steps while the mouse is above or below the pages


class Selecting(QObject):
    """Watches the mouse over ``view`` and keeps ``marking.selected``."""

    changed = Signal()

    def __init__(self, view: PagesView, marking: Marking) -> None:
        super().__init__(view)
        self._view = view
        self._marking = marking
        self._from: tuple[int, int] | None = None
        self._last = QPointF()
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_MS)
        self._scroll.timeout.connect(self._scroll_on)
        view.viewport().installEventFilter(self)
        view.viewport().setMouseTracking(True)

    @property
    def text(self) -> str:
        """What is selected; "" for nothing."""
        chosen = self._marking.selected
        if chosen is None:
            return ""
        pieces = []
        for sheet in self._view.sheets:
            if isinstance(sheet, TextSheet) and chosen.page <= sheet.number <= chosen.last_page:
                start = chosen.place if sheet.number == chosen.page else 0
                whole = sheet.number < chosen.last_page
                end = len(sheet.page.text) if whole else chosen.last_place
                pieces.append(sheet.text_between(start, end))
        return "\n".join(pieces)

    def copy(self) -> bool:
        """Put what is selected on the clipboard. Whether there was anything."""
        text = self.text
        if text:
            QGuiApplication.clipboard().setText(text)
        return bool(text)

    def select_page(self, page: int) -> None:
        """Select all of a page that is set from its text."""
        sheet = self._view.sheet_of(page)
        if isinstance(sheet, TextSheet):
            self._set(Selected(page, 0, page, len(sheet.page.text)))

    def clear(self) -> None:
        """Select nothing."""
        self._from = None
        self._set(None)

    # -- the mouse --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent):
            return False
        left = Qt.MouseButton.LeftButton
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and event.button() == left:
            self._press(event)
        elif kind == QEvent.Type.MouseMove:
            if event.buttons() & left and self._from is not None:
                self._drag(event.position())
            self._show_cursor(event.position())
        elif kind == QEvent.Type.MouseButtonRelease:
            self._scroll.stop()
        elif kind == QEvent.Type.MouseButtonDblClick and event.button() == left:
            self._select_word(event.position())
        return False

    def _press(self, event: QMouseEvent) -> None:
        hit = self._view.hit(event.position())
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if extend and self._from is not None:
            self._drag(event.position())
            return
        self._from = (hit[0].number, hit[1]) if hit is not None else None
        self._set(None)

    def _drag(self, point: QPointF) -> None:
        self._last = point
        hit = self._view.hit(point)
        if hit is None or self._from is None:
            return
        one, other = sorted((self._from, (hit[0].number, hit[1])))
        self._set(Selected(*one, *other) if one != other else None)
        outside = not 0 <= point.y() < self._view.viewport().height()
        if outside and not self._scroll.isActive():
            self._scroll.start()
        elif not outside:
            self._scroll.stop()

    def _scroll_on(self) -> None:
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + (24 if self._last.y() > 0 else -24))
        self._drag(self._last)

    def _select_word(self, point: QPointF) -> None:
        hit = self._view.hit(point)
        if hit is None:
            return
        sheet, place = hit
        text = sheet.page.text
        start = end = min(place, len(text))
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "_'’"):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] in "_'’"):
            end += 1
        if end > start:
            self._from = (sheet.number, start)
            self._set(Selected(sheet.number, start, sheet.number, end))

    def _show_cursor(self, point: QPointF) -> None:
        view = self._view
        over = view.hit(point) is not None
        view.viewport().setCursor(
            Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor
        )

    def _set(self, selected: Selected | None) -> None:
        if selected != self._marking.selected:
            self._marking.selected = selected
            self.changed.emit()
