"""A run of text in an answer: one document, selectable, with its decorations painted and its
citations to be clicked."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QToolTip, QWidget

from app.core.markdown import Heading, Paragraph
from app.ui.announce import announce
from app.ui.theme.shapes import paint_focus_ring
from app.ui.theme.tokens import RADIUS_PILL
from app.ui.transcript.decorations import Decorations
from app.ui.transcript.formats import BLEED, Formats
from app.ui.transcript.pills import (
    SCHEME,
    Pill,
    Pills,
    State,
    explained,
    pills_of,
    source_at,
)
from app.ui.transcript.plain import plain
from app.ui.transcript.writer import Cites, TextBlock, Writer

SCROLL_KEYS = (
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Space,
)


class TextSegment(QTextBrowser):
    """Text blocks of an answer, as tall as they are; the transcript scrolls, this does not.

    The widget is BLEED px wider on each side than its text. Links are announced by ``link_clicked``
    and never followed; nothing is ever loaded.
    """

    link_clicked = Signal(str)
    citation_clicked = Signal(int)  # its place in the document
    menu_wanted = Signal(QContextMenuEvent)

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._stale = False
        self._width = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setUndoRedoEnabled(False)
        self.setOpenLinks(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.anchorClicked.connect(lambda url: self.open_address(url.toString()))
        document = self.document()
        document.setDocumentMargin(0)
        frame = document.rootFrame().frameFormat()
        frame.setLeftMargin(BLEED)
        frame.setRightMargin(BLEED)
        document.rootFrame().setFrameFormat(frame)
        self._writer = Writer(document, formats)
        self._decorations = Decorations(document, formats)
        self._pills: Pills | None = None
        self._by_keys = False  # what has the focus got it from the keyboard

    # -- content ----------------------------------------------------------------------------

    def set_blocks(self, blocks: Sequence[TextBlock]) -> bool:
        """Show ``blocks``; only what differs from the first difference on is touched. Returns
        whether anything was. The height may be another afterwards."""
        changed = self._writer.set_blocks(blocks)
        if changed:
            self._follow_links()
        return changed

    def set_cites(self, cites: Cites) -> None:
        """Show what ``cites`` finds as citations, from now on."""
        if self._pills is None:
            self._pills = Pills(self._formats.theme, self.document())
            self._writer.set_cites(cites)
            self.setAccessibleDescription(self.tr("Tab goes from one citation to the next"))
            self._follow_links()

    def pills(self) -> list[Pill]:
        """The citations, in the order of reading."""
        return list(pills_of(self.document())) if self._pills is not None else []

    def set_states(self, states: dict[int, State]) -> bool:
        """Tell what is known of the citations, by their places; whether the height may be another
        for that."""
        if self._pills is None:
            return False
        resized = self._pills.set_states(states)
        self.viewport().update()
        return resized

    def set_opened(self, position: int) -> None:
        """The citation at ``position`` is open beside the chat; -1 for none."""
        if self._pills is not None and self._pills.opened != position:
            self._pills.opened = position
            self.viewport().update()

    def restyle(self) -> None:
        """The theme has changed: write the text in the new colours, when it is next seen."""
        self._stale = True
        self.viewport().update()

    def height_for(self, width: int) -> int:
        """The height that the text needs at ``width`` px (without BLEED)."""
        if self._stale:
            self._rewrite()
        if width != self._width:
            self._width = width
            self.setLineWrapColumnOrWidth(width + 2 * BLEED)
        return round(self.document().size().height())

    def words(self) -> str:
        """All of the text, as it would be copied."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        return plain(cursor)

    def place_of(self, position: int) -> QRect:
        """Where the pill at ``position`` is, in coordinates of the viewport."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        line = self.cursorRect(cursor)
        cursor.setPosition(position + 1)
        after = self.cursorRect(cursor)
        if after.top() > line.top():  # it ends its line
            return QRect(line.left(), line.top(), self.width() - line.left(), line.height())
        left, right = sorted((line.left(), after.left()))
        return QRect(left, line.top(), right - left, line.height())

    # -- overridden -------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            pill = self._pill_with(self.anchorAt(event.pos()))
            if pill is not None:
                QToolTip.showText(event.globalPos(), self._explained(pill), self)
                return True
        return super().viewportEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self._by_keys = True
        moved = super().focusNextPrevChild(forward)
        pill = self._focused_pill() if moved else None
        if pill is not None:
            announce(self, self._explained(pill))
        return moved

    def sizeHint(self) -> QSize:
        return QSize(self._width, round(self.document().size().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        return None  # no picture, style sheet or page is ever fetched

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(plain(self.textCursor()))
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SCROLL_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys = False
        super().mousePressEvent(event)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self.focusNextPrevChild(True)  # on to the first link
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self.focusNextPrevChild(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        kept = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in kept:
            cursor = self.textCursor()
            if cursor.hasSelection():
                cursor.clearSelection()
                self.setTextCursor(cursor)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt would scroll to a cursor that the selection moves; here nothing scrolls."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale:
            self._rewrite()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._decorations.paint(painter, event.rect(), self.width())
        painter.end()
        super().paintEvent(event)
        if self._pills is not None and (self.extraSelections() or self.textCursor().hasSelection()):
            self._paint_marked_pills(self._pills)

    # -- citations --------------------------------------------------------------------------

    def _pill_with(self, address: str) -> Pill | None:
        """The pill whose address this is."""
        if not address.startswith(SCHEME):
            return None
        for pill in self.pills():
            if _address_at(self.document(), pill.position) == address:
                return pill
        return None

    def _focused_pill(self) -> Pill | None:
        """The pill that Tab has come to."""
        cursor = self.textCursor()
        if self._pills is None or not self.hasFocus() or not cursor.hasSelection():
            return None
        start = cursor.selectionStart()
        if cursor.selectionEnd() != start + 1 or not source_at(self.document(), start):
            return None
        return next((pill for pill in self.pills() if pill.position == start), None)

    def _paint_marked_pills(self, pills: Pills) -> None:
        """Citations that are selected, found, or have the focus."""
        focused, color = self._focused_pill(), self._formats.color
        marks = [
            (mark.cursor.selectionStart(), mark.cursor.selectionEnd(), mark.format.background())
            for mark in self.extraSelections()
        ]
        cursor = self.textCursor()
        own = QBrush(color("selection" if focused is None else "canvas"))
        marks.append((cursor.selectionStart(), cursor.selectionEnd(), own))
        painter = QPainter(self.viewport())
        for pill in self.pills():
            for start, end, ground in marks:
                if start <= pill.position < end:
                    here = pill == focused
                    place = pills.paint_over(painter, pill.position, ground.color(), int(here))
                    if here and self._by_keys:
                        ring = place.adjusted(-3, -3, 3, 3)
                        paint_focus_ring(painter, ring, RADIUS_PILL + 2, color("accent"))

    def _explained(self, pill: Pill) -> str:
        assert self._pills is not None
        return explained(pill.label, self._pills.state(pill.position))

    def _follow_links(self) -> None:
        """Tab stops here if there is something to go to."""
        links = any(_has_link(block) for block in self._writer.blocks)
        links = links or self._writer.has_cited
        policy = Qt.FocusPolicy.StrongFocus if links else Qt.FocusPolicy.ClickFocus
        if policy != self.focusPolicy():
            self.setFocusPolicy(policy)

    # -- painting ---------------------------------------------------------------------------

    def _rewrite(self) -> None:
        self._stale = False
        self._writer.rewrite()

    def open_address(self, address: str) -> None:
        """Announce that a link or a citation was clicked."""
        pill = self._pill_with(address)
        if pill is not None:
            self.citation_clicked.emit(pill.position)
        else:
            self.link_clicked.emit(address)


def _address_at(document: QTextDocument, position: int) -> str:
    cursor = QTextCursor(document)
    cursor.setPosition(position + 1)  # a cursor has the format of the character before it
    return cursor.charFormat().anchorHref()


def _has_link(block: TextBlock) -> bool:
    return isinstance(block, Paragraph | Heading) and any(span.link for span in block.spans)
