"""The words of an answer: a column of segments, text and code in turn.

``AnswerBody`` can be used on its own (quick ask shows an answer with it): give it blocks with
``set_blocks``, or feed it text with ``add_text`` and end it with ``close``.
"""

import time
from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from app.core.markdown import Block, Code, MarkdownStream, parse
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme
from app.ui.transcript.code_block import CodeBlock
from app.ui.transcript.formats import BLEED, Formats, gap_above, indent
from app.ui.transcript.pills import SCHEME, Pill, State
from app.ui.transcript.stack import Stack
from app.ui.transcript.text_segment import TextSegment
from app.ui.transcript.writer import Cites, TextBlock

SLOW_MS = 8  # drawing that takes longer than this is followed by a pause
PAUSE = 4  # times as long
ALLOWED = ("http://", "https://", "mailto:")


class AnswerBody(Stack):
    """Markdown, drawn. ``link_clicked`` has been checked: http, https or mailto."""

    link_clicked = Signal(str)
    citation_clicked = Signal(int)  # which one in the text, from 0
    copy_message_wanted = Signal()
    save_wanted = Signal()
    aloud_wanted = Signal(str)  # the selected words

    def __init__(
        self, theme: Theme, formats: Formats, parent: QWidget | None = None, *, inset: int = 0
    ) -> None:
        super().__init__(parent, inset=inset)
        self._theme = theme
        self._formats = formats
        self._stream: MarkdownStream | None = None
        self._waiting = ""  # text that has not been drawn yet
        self._pause: QTimer | None = None
        self._settled = 0  # blocks from the beginning that are shown and cannot change
        self._segments: list[_Segment] = []
        self._cites: Cites | None = None
        self._scale = theme.text_scale
        self.text = ""
        self.saveable = False  # whether the menu offers it
        theme.changed.connect(self._restyle)

    # -- content ----------------------------------------------------------------------------

    def show_text(self, text: str) -> None:
        """Show a whole text."""
        if self._pause is not None:
            self._pause.stop()
        self.text, self._waiting = text, ""
        self._stream = None
        self._settled = 0
        self._show(0, parse(text), final=True)

    def add_text(self, piece: str) -> None:
        """More of a text that is being written.

        Where drawing is slow (a table of hundreds of rows) the text is drawn less often, so that
        most of the time is left for everything else.
        """
        self.text += piece
        self._waiting += piece
        if self._pause is None or not self._pause.isActive():
            self._take()

    def _take(self) -> None:
        """Draw the text that is waiting."""
        begun = time.thread_time()
        if self._stream is None:
            self._stream = MarkdownStream()
        stream = self._stream
        piece, self._waiting = self._waiting, ""
        stream.feed(piece)
        settled = len(stream.finished)
        self._show(self._settled, (*stream.finished[self._settled :], *stream.tail), final=False)
        self._settled = settled
        spent = round((time.thread_time() - begun) * 1000)
        if spent >= SLOW_MS:
            if self._pause is None:
                self._pause = QTimer(self)
                self._pause.setSingleShot(True)
                self._pause.timeout.connect(self._take)
            self._pause.start(PAUSE * spent)

    def close_text(self) -> None:
        """The text that was being written has ended."""
        if self._pause is not None:
            self._pause.stop()
        if self._stream is not None:
            self._stream.feed(self._waiting)
            self._stream.close()
            self._waiting = ""
            blocks = self._stream.finished
            self._stream = None
            self._settled = 0
            self._show(0, blocks, final=True)

    def blocks(self) -> list[Block]:
        """What is shown."""
        return [block for segment in self._segments for block in segment.blocks]

    def segments(self) -> list[TextSegment | CodeBlock]:
        """The widgets, from top to bottom."""
        return [segment.widget for segment in self._segments]

    def editors(self) -> Iterator[QTextEdit]:
        """The text widgets in reading order, to look for words in."""
        for segment in self._segments:
            widget = segment.widget
            yield widget.edit if isinstance(widget, CodeBlock) else widget

    # -- citations --------------------------------------------------------------------------

    def set_cites(self, cites: Cites) -> None:
        """Show what ``cites`` finds in the words as citations, from now on."""
        if self._cites is None:
            self._cites = cites
            for segment in self._texts():
                segment.set_cites(cites)
            self.relayout()

    def citations(self) -> list[Pill]:
        """The citations that are shown, in the order of reading."""
        return [pill for segment in self._texts() for pill in segment.pills()]

    def set_states(self, states: Sequence[State]) -> None:
        """Tell what is known of the citations, in their order."""
        waiting = list(reversed(states))
        resized = False
        for segment in self._texts():
            known = {pill.position: waiting.pop() for pill in segment.pills() if waiting}
            resized |= segment.set_states(known)
        if resized:
            self.relayout()

    def set_opened(self, number: int) -> None:
        """The citation ``number``, from 0, is open beside the chat; -1 for none."""
        for segment in self._texts():
            pills = segment.pills()
            here = 0 <= number < len(pills)
            segment.set_opened(pills[number].position if here else -1)
            number = number - len(pills) if number >= len(pills) else -1

    def _texts(self) -> Iterator[TextSegment]:
        for segment in self._segments:
            if isinstance(segment.widget, TextSegment):
                yield segment.widget

    def _clicked(self, segment: TextSegment, position: int) -> None:
        number = 0
        for other in self._texts():
            for pill in other.pills():
                if other is segment and pill.position == position:
                    self.citation_clicked.emit(number)
                    return
                number += 1

    # -- segments ---------------------------------------------------------------------------

    def _show(self, first: int, blocks: Sequence[Block], final: bool) -> None:
        """Show ``blocks`` in place of everything from the block ``first`` on."""
        keep = 0  # segments before this one stay as they are
        start = 0  # the index of the first block of segment ``keep``
        while keep < len(self._segments) - 1 and start + len(self._segments[keep].blocks) <= first:
            start += len(self._segments[keep].blocks)
            keep += 1
        if self._segments:
            blocks = [*self._segments[keep].blocks[: first - start], *blocks]
        changed = False
        index = keep
        before = self._segments[keep - 1].blocks[-1] if keep else None
        for group in _groups(blocks):
            is_last = final or group[-1] is not blocks[-1]
            changed |= self._fill(index, group, before, is_last)
            before = group[-1]
            index += 1
        while len(self._segments) > index:
            self.remove(self._segments.pop().widget)
            changed = True
        if changed:
            self.relayout()

    def _fill(self, index: int, group: list[Block], before: Block | None, final: bool) -> bool:
        """Have segment ``index`` show ``group``; whether that changed anything in size."""
        code = isinstance(group[0], Code)
        if index < len(self._segments):
            segment = self._segments[index]
            if isinstance(segment.widget, CodeBlock) != code:
                for old in self._segments[index:]:
                    self.remove(old.widget)
                del self._segments[index:]
        if index >= len(self._segments):
            self._segments.append(self._make(group[0], code))
        segment = self._segments[index]
        segment.blocks, segment.before = group, before
        if isinstance(segment.widget, CodeBlock):
            block = group[0]
            assert isinstance(block, Code)
            return segment.widget.set_code(block.text, block.language, final)
        texts: list[TextBlock] = [block for block in group if not isinstance(block, Code)]
        return segment.widget.set_blocks(texts)

    def _make(self, block: Block, code: bool) -> "_Segment":
        if code:
            made = CodeBlock(self._theme, self)
            made.menu_wanted.connect(self._open_menu)
            segment = _Segment(made)
            shift = self._theme.px(indent(block.nesting))
            self.add(made, lambda: self._gap(segment), shift=shift)
        else:
            text = TextSegment(self._formats, self)
            text.link_clicked.connect(self._link)
            text.citation_clicked.connect(lambda place: self._clicked(text, place))
            if self._cites is not None:
                text.set_cites(self._cites)
            text.menu_wanted.connect(self._open_menu)
            text.setAccessibleName(self.tr("Answer"))
            segment = _Segment(text)
            self.add(text, lambda: self._gap(segment), bleed=BLEED)
        segment.widget.show()
        return segment

    def _gap(self, segment: "_Segment") -> int:
        return self._theme.px(gap_above(segment.blocks[0], segment.before))

    def _restyle(self) -> None:
        """New colours wait until the text is seen; another size of text does not."""
        for segment in self._segments:
            if isinstance(segment.widget, TextSegment):
                segment.widget.restyle()
        if self._scale != self._theme.text_scale:
            self._scale = self._theme.text_scale
            self.relayout()

    # -- links and menu ---------------------------------------------------------------------

    def _link(self, address: str) -> None:
        if address.lower().startswith(ALLOWED):
            self.link_clicked.emit(address)

    def _open_menu(self, event: QContextMenuEvent) -> None:
        sender = self.sender()
        edit = sender.edit if isinstance(sender, CodeBlock) else sender
        if not isinstance(edit, QTextEdit):
            return
        address = edit.anchorAt(event.pos())
        menu = Menu(self._theme, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selected = edit.textCursor().hasSelection()
        menu.add(self.tr("Copy"), edit.copy, icon="copy", shortcut="Ctrl+C", enabled=selected)
        if address.startswith(SCHEME) and isinstance(edit, TextSegment):
            menu.add(self.tr("Show the place"), lambda: edit.open_address(address), icon="open")
        elif address:
            menu.add(self.tr("Copy link"), lambda: QGuiApplication.clipboard().setText(address))
        menu.add(self.tr("Copy message"), self.copy_message_wanted.emit)
        if self.saveable:
            menu.add(self.tr("Save as…"), self.save_wanted.emit, icon="download")
        if selected:
            words = edit.textCursor().selection().toPlainText()
            menu.add(self.tr("Read aloud"), lambda: self.aloud_wanted.emit(words), icon="speaker")
        menu.addSeparator()
        menu.add(self.tr("Select all"), lambda: _select_all(edit), shortcut="Ctrl+A")
        menu.open_at(event.globalPos())


class _Segment:
    """A widget, the blocks that it shows, and the one before them."""

    def __init__(self, widget: TextSegment | CodeBlock) -> None:
        self.widget = widget
        self.blocks: list[Block] = []
        self.before: Block | None = None


def _groups(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Each code block alone, the text between together."""
    group: list[Block] = []
    for block in blocks:
        if isinstance(block, Code):
            if group:
                yield group
            yield [block]
            group = []
        else:
            group.append(block)
    if group:
        yield group


def _select_all(edit: QTextEdit) -> None:
    edit.setFocus()
    cursor = QTextCursor(edit.document())
    cursor.select(QTextCursor.SelectionType.Document)
    edit.setTextCursor(cursor)
