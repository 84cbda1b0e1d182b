"""Scrolls through the pages of a document. Only what is in sight is laid out and painted."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.ui.preview.sheets import Sheet, TextSheet
from app.ui.preview.stack import TOP, Stack
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme

BEGIN, END = 20, 14  # px before and after the paper
RAIL = 19  # px kept free for the rail, beside the scroll bar
STEP = 40  # px
ZOOMS = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
NEIGHBOURS = 2  # pages after what is in sight that are rendered as well
MOST_PIXELS = 2600  # of the width of a page's picture
_ROUNDS = 6  # of making exact what is in sight
_PLACE = 0.22  # share of the height at which a passage is put


class PagesView(QAbstractScrollArea):
    """Shows sheets, from top to bottom. ``want`` is told which pages are in sight or near, the
    most urgent first, and how wide their pictures should be, in pixels of the screen."""

    page_changed = Signal(int)
    zoom_changed = Signal()
    focus_changed = Signal()
    menu_wanted = Signal(QPoint)  # global

    def __init__(
        self,
        theme: Theme,
        want: Callable[[Sequence[int], int], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._want = want
        self._stack = Stack()
        self._zoom = 1.0
        self._scales_letters = False
        self._page = 0
        self._going = False
        self._asked: tuple[tuple[int, ...], int] = ((), 0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setStyleSheet("QScrollBar::handle:disabled { background: transparent; }")
        self.verticalScrollBar().setSingleStep(STEP)
        self.horizontalScrollBar().setSingleStep(STEP)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._coloring = QTimer(self)
        self._coloring.setInterval(0)
        self._coloring.timeout.connect(self._color_on)
        theme.changed.connect(self._restyle)
        self._fit_margins()

    # -- what is shown ----------------------------------------------------------------------

    def show_sheets(self, sheets: Sequence[Sheet], *, page: int = 1) -> None:
        """Show ``sheets`` from ``page`` on."""
        self._stack = Stack(sheets)
        self._scales_letters = bool(sheets) and isinstance(sheets[0], TextSheet)
        self._asked = ((), 0)
        self._page = 0
        self._lay()
        self.horizontalScrollBar().setValue(0)
        self.go_to(page)

    @property
    def sheets(self) -> Sequence[Sheet]:
        """What is shown."""
        return self._stack.sheets

    @property
    def page(self) -> int:
        """The number of the page in sight; 0 without pages."""
        return self._page

    def sheet_of(self, page: int) -> Sheet | None:
        """The sheet of a page."""
        index = self._stack.index_of(page)
        return None if index is None else self.sheets[index]

    def refresh(self) -> None:
        """Paint anew: marks have changed, or a picture has come."""
        self.viewport().update()

    # -- going about ------------------------------------------------------------------------

    def go_to(self, page: int) -> None:
        """Show a page from its top. Nothing happens if there is none."""
        index = self._stack.index_of(page)
        if index is not None:
            self._go(self._stack.tops[index] - TOP, page)

    def go_to_place(self, page: int, place: int) -> None:
        """Show a place in the text of a page that is set from its text."""
        self._go_below(page, lambda sheet: sheet.top_of(self._fit(), self._scale(), place))

    def go_to_share(self, page: int, share: float) -> None:
        """Show what is ``share`` (0 to 1) of the height of a page's picture below its top."""
        self._go_below(
            page, lambda sheet: round(share * sheet.size(self._fit(), self._scale()).height())
        )

    def _go_below(self, page: int, below: Callable[[Sheet], int]) -> None:
        """Have a line of a page in sight, a little below the top; a page that is in sight
        with that line stays as it is."""
        index = self._stack.index_of(page)
        if index is None:
            return
        line = below(self.sheets[index])
        self._lay_again((index,))
        height = self.viewport().height()
        y = self._stack.tops[index] + line
        seen = self.verticalScrollBar().value()
        if seen + height * 0.05 <= y <= seen + height * 0.8:
            self._set_page(page)
            return
        wanted = y - round(height * _PLACE)
        # The top of the page, where that shows the line as well.
        if line < height * 0.6:
            wanted = self._stack.tops[index] - TOP
        self._go(wanted, page)

    def _go(self, value: int, page: int) -> None:
        self._going = True
        self.verticalScrollBar().setValue(value)
        self._going = False
        self._set_page(page)
        self._settle()

    def _set_page(self, page: int) -> None:
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)

    # -- zoom -------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """1.0 fits the width of the pane."""
        return self._zoom

    def zoom_by(self, steps: int) -> None:
        """The next larger zoom, or the next smaller for -1."""
        if steps > 0:
            self.set_zoom(next((zoom for zoom in ZOOMS if zoom > self._zoom), ZOOMS[-1]))
        else:
            smaller = [zoom for zoom in ZOOMS if zoom < self._zoom]
            self.set_zoom(smaller[-1] if smaller else ZOOMS[0])

    def set_zoom(self, zoom: float) -> None:
        """Zoom about what is in sight."""
        if zoom != self._zoom:
            index, share = self._where()
            self._zoom = zoom
            self._lay()
            self._back(index, share)
            bar = self.horizontalScrollBar()
            bar.setValue((bar.maximum() + bar.minimum()) // 2)
            self.zoom_changed.emit()

    def _where(self) -> tuple[int, float]:
        """Which sheet is at the top, and how much of it is above."""
        return self._stack.where(self.verticalScrollBar().value())

    def _back(self, index: int, share: float) -> None:
        self._go(self._stack.back(index, share), self._page)

    # -- geometry ---------------------------------------------------------------------------

    def _fit(self) -> int:
        """The width of a paper that fits."""
        return max(80, self.viewport().width() - BEGIN - END)

    def _scale(self) -> float:
        """What pages grow by: letters with the text of the window, pictures not."""
        return self._zoom * (self._theme.text_scale if self._scales_letters else 1.0)

    def _lay(self) -> None:
        """Lay all sheets, each as high as it is known to be."""
        self._stack.lay(self._fit(), self._scale())
        self._fit_bars()

    def _lay_again(self, changed: Iterable[int]) -> None:
        """The same, where the others are as they were."""
        self._stack.lay_again(changed, self._fit(), self._scale())
        self._fit_bars()

    def _fit_bars(self) -> None:
        height, width = self.viewport().height(), self.viewport().width()
        bar, across = self.verticalScrollBar(), self.horizontalScrollBar()
        bar.setRange(0, max(0, self._stack.height - height))
        bar.setPageStep(max(1, height - STEP))
        bar.setEnabled(bar.maximum() > 0)
        across.setRange(0, max(0, self._stack.width + BEGIN + END - width))
        across.setPageStep(width)

    def paper(self, index: int) -> QRect:
        """Where the paper of a sheet is, in the viewport."""
        size = self._stack.sizes[index]
        room = self.viewport().width()
        across = self.horizontalScrollBar()
        mirrored = self.isRightToLeft()
        if size.width() + BEGIN + END <= room:
            free = room - BEGIN - END - size.width()
            left = (END if mirrored else BEGIN) + free // 2
        else:
            shift = across.maximum() - across.value() if mirrored else across.value()
            left = (END if mirrored else BEGIN) - shift
        top = self._stack.tops[index] - self.verticalScrollBar().value()
        return QRect(left, top, size.width(), size.height())

    def _seen(self) -> range:
        """The sheets that are in sight."""
        top = self.verticalScrollBar().value()
        return self._stack.between(top, top + self.viewport().height())

    def _settle(self) -> None:
        """Make exact what is in sight, with what is read already staying in its place, and tell
        which pages are wanted."""
        fit, scale = self._fit(), self._scale()
        height = self.viewport().height()
        for _ in range(_ROUNDS):
            top = self.verticalScrollBar().value()
            anchor = self._anchor()
            changed = []
            for index in self._seen():
                begin = top - self._stack.tops[index]
                if self.sheets[index].settle(fit, scale, begin, begin + height):
                    changed.append(index)
            if not changed:
                break
            self._lay_again(changed)
            self._hold(anchor)
        self._tell_wanted()
        if self._seen():
            self._coloring.start()
        self.viewport().update()

    def _anchor(self) -> tuple[int, int, int] | None:
        """The first thing in sight whose place is certain: sheet, strip, y in the viewport."""
        top = self.verticalScrollBar().value()
        for index in self._seen():
            sheet = self.sheets[index]
            found = (
                sheet.anchor(top - self._stack.tops[index])
                if isinstance(sheet, TextSheet)
                else None
            )
            if found is not None:
                return index, found[0], self._stack.tops[index] + found[1] - top
        return None

    def _hold(self, anchor: tuple[int, int, int] | None) -> None:
        if anchor is None:
            return
        index, strip, y = anchor
        sheet = self.sheets[index]
        assert isinstance(sheet, TextSheet)
        going, self._going = self._going, True
        self.verticalScrollBar().setValue(self._stack.tops[index] + sheet.top_of_strip(strip) - y)
        self._going = going

    def _tell_wanted(self) -> None:
        if self._scales_letters or not self.sheets:
            return
        seen = self._seen()
        after = range(seen.stop, min(seen.stop + NEIGHBOURS, len(self.sheets)))
        before = range(max(0, seen.start - 1), seen.start)
        pages = tuple(self.sheets[index].number for near in (seen, after, before) for index in near)
        width = round(self._fit() * self._zoom * self.devicePixelRatioF())
        asked = pages, min(width, MOST_PIXELS)
        if asked != self._asked:
            self._asked = asked
            self._want(*asked)

    def _scrolled(self) -> None:
        if self._going:
            return
        top = self.verticalScrollBar().value()
        line = top + self.viewport().height() // 3
        index = self._stack.index_at(line)
        if index is not None:
            end = top >= self.verticalScrollBar().maximum() > 0
            self._set_page(self.sheets[-1 if end else index].number)
        self._settle()

    def _color_on(self) -> None:
        """Colour the code in sight, a little at each turn of the event loop."""
        for index in self._seen():
            sheet = self.sheets[index] if index < len(self.sheets) else None
            if isinstance(sheet, TextSheet) and sheet.color_on():
                return
        self._coloring.stop()
        self.viewport().update()

    # -- what happens to it -----------------------------------------------------------------

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            index, share = self._where()
            self._lay()
            self._back(index, share)
        else:
            self._lay()
            self._settle()

    def event(self, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.LayoutDirectionChange,
            QEvent.Type.DevicePixelRatioChange,
        ):
            self._restyle()
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar, keys = self.verticalScrollBar(), Qt.Key
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        key = event.key()
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        elif key == keys.Key_PageDown or (key == keys.Key_Space and not shift):
            self._turn(1) if control else bar.triggerAction(bar.SliderAction.SliderPageStepAdd)
        elif key == keys.Key_PageUp or (key == keys.Key_Space and shift):
            self._turn(-1) if control else bar.triggerAction(bar.SliderAction.SliderPageStepSub)
        elif key == keys.Key_Home:
            bar.setValue(0)
        elif key == keys.Key_End:
            bar.setValue(bar.maximum())
        elif key in (keys.Key_Down, keys.Key_Up):
            bar.setValue(bar.value() + (STEP if key == keys.Key_Down else -STEP))
        elif key in (keys.Key_Left, keys.Key_Right):
            ahead = (key == keys.Key_Right) != self.isRightToLeft()
            across = self.horizontalScrollBar()
            if across.maximum():
                across.setValue(across.value() + (STEP if ahead else -STEP))
            else:
                self._turn(1 if ahead else -1)
        else:
            event.ignore()  # Esc, and what one begins to write, are for others

    def _turn(self, step: int) -> None:
        index = (self._stack.index_of(self._page) or 0) + step
        if 0 <= index < len(self.sheets):
            self.go_to(self.sheets[index].number)

    def next_page(self) -> None:
        """Go on by a page."""
        self._turn(1)

    def previous_page(self) -> None:
        """Go back by a page."""
        self._turn(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        corner = self.viewport().mapToGlobal(QPoint(BEGIN + 20, 40))
        self.menu_wanted.emit(corner if keyboard else event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, 8, inside=True)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)
        self.focus_changed.emit()

    # -- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        clip = event.rect()
        painter.fillRect(clip, self._theme.color("sidebar"))
        edge = QPen(self._theme.color("border"), 1)
        for index in self._seen():
            if index >= len(self._stack.sizes):
                break
            paper = self.paper(index)
            if not paper.intersects(clip):
                continue
            painter.save()
            painter.setClipRect(paper & clip)
            self.sheets[index].paint(painter, paper, clip & paper)
            painter.restore()
            self._paint_edge(painter, index, paper, edge)

    def _paint_edge(self, painter: QPainter, index: int, paper: QRect, edge: QPen) -> None:
        """A hairline around the paper, which joined sheets share."""
        painter.setPen(edge)
        painter.setBrush(QColor(0, 0, 0, 0))
        before = index > 0 and self.sheets[index - 1].joined
        if before or self.sheets[index].joined:
            painter.drawLine(paper.topLeft(), paper.bottomLeft())
            painter.drawLine(paper.topRight(), paper.bottomRight())
            if not before:
                painter.drawLine(paper.topLeft(), paper.topRight())
            if not self.sheets[index].joined:
                painter.drawLine(paper.bottomLeft(), paper.bottomRight())
        else:
            painter.drawRect(paper.adjusted(0, 0, -1, -1))

    def hit(self, point: QPointF) -> tuple[TextSheet, int] | None:
        """The sheet with text nearest to a point of the viewport, and the place in its text."""
        found = self.hit_sheet(point)
        if found is None:
            return None
        sheet, paper = found
        if not isinstance(sheet, TextSheet):
            return None
        return sheet, sheet.place_at(point - QPointF(paper.topLeft()))

    def hit_sheet(self, point: QPointF) -> tuple[Sheet, QRect] | None:
        """The sheet nearest to a point of the viewport, and where its paper is."""
        y = point.y() + self.verticalScrollBar().value()
        index = self._stack.index_at(round(y))
        return None if index is None else (self.sheets[index], self.paper(index))

    def is_in_sight(self, page: int) -> bool:
        """Whether anything of a page is shown."""
        index = self._stack.index_of(page)
        return index is not None and index in self._seen()

    # -- inside -----------------------------------------------------------------------------

    def _restyle(self) -> None:
        index, share = self._where()
        self._fit_margins()
        self._asked = ((), 0)
        self._lay()
        self._back(index, share)
        self.viewport().update()

    def _fit_margins(self) -> None:
        mirrored = self.isRightToLeft()
        self.setViewportMargins(RAIL if mirrored else 0, 0, 0 if mirrored else RAIL, 0)
