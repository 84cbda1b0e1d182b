"""The words of an answer: the same streamed and whole, selectable, and nothing is ever fetched."""

import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeySequence,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextEdit
from pytestqt.qtbot import QtBot

from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import DARK, LIGHT
from app.ui.transcript import body
from app.ui.transcript.body import AnswerBody
from app.ui.transcript.code_block import CodeBlock
from app.ui.transcript.formats import Formats, numeric
from app.ui.transcript.text_segment import TextSegment
from tests.gui.transcript.scenes import EVERYTHING, OUTLIER
from tests.gui.transcript.stalls import long_answer

WIDTH = 700


class Shown:
    """A body on the screen."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.body = AnswerBody(theme, Formats(theme))
        self.body.height_changed.connect(self.fit)
        self.body.resize(WIDTH, 600)
        self.body.show()
        qtbot.waitExposed(self.body)
        self.body.activateWindow()
        qtbot.waitUntil(self.body.isActiveWindow)

    def fit(self) -> None:
        self.body.resize(WIDTH, self.body.height_for(WIDTH))

    def whole(self, text: str) -> AnswerBody:
        self.body.show_text(text)
        self.fit()
        return self.body

    def streamed(self, text: str, sizes: Iterator[int]) -> AnswerBody:
        position = 0
        self.fit()
        while position < len(text):
            size = next(sizes)
            self.body.add_text(text[position : position + size])
            position += size
        self.body.close_text()
        return self.body

    def segment(self, index: int = 0) -> TextSegment:
        found = self.body.segments()[index]
        assert isinstance(found, TextSegment)
        return found

    def code(self, index: int = 0) -> CodeBlock:
        return [s for s in self.body.segments() if isinstance(s, CodeBlock)][index]


@pytest.fixture
def shown(theme: Theme, qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(theme, qtbot)
    yield made
    made.body.close()
    made.body.deleteLater()


@pytest.fixture
def other(theme: Theme, qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(theme, qtbot)
    yield made
    made.body.close()
    made.body.deleteLater()


def told(body: AnswerBody) -> list[object]:
    """Everything that a body shows: its documents with their formats, and the code's colours."""
    result: list[object] = []
    for segment in body.segments():
        if isinstance(segment, CodeBlock):
            result.append((segment.code, segment.runs))
        else:
            result.append(segment.document().toHtml())
    return result


def colored(body: AnswerBody, qtbot: QtBot) -> None:
    """Wait until all code has its final colours."""
    for segment in body.segments():
        if isinstance(segment, CodeBlock):
            qtbot.waitUntil(lambda segment=segment: segment.settled)


class TestStreaming:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("text", [EVERYTHING, OUTLIER, long_answer(9000)])
    def test_streamed_it_looks_as_it_does_whole(
        self, shown: Shown, other: Shown, qtbot: QtBot, text: str, seed: int
    ) -> None:
        chance = random.Random(seed)
        sizes = iter(lambda: chance.choice((1, 2, 3, 30, 200)), 0)
        streamed, whole = shown.streamed(text, sizes), other.whole(text)
        colored(streamed, qtbot)
        colored(whole, qtbot)
        assert told(streamed) == told(whole)
        assert streamed.height_for(WIDTH) == whole.height_for(WIDTH)
        shown.fit()
        assert streamed.grab().toImage() == whole.grab().toImage()

    def test_what_is_finished_is_not_touched_again(self, shown: Shown) -> None:
        shown.fit()
        shown.body.add_text("# One\n\nfirst paragraph\n\nsecond paragraph\n\nthird")
        segment = shown.segment()
        block = segment.document().findBlockByNumber(1)
        revision = block.revision()
        start = len("One\nfirst paragraph\n")
        changes: list[int] = []
        segment.document().contentsChange.connect(lambda at, _out, _in: changes.append(at))
        shown.body.add_text(" and more of it\nand a line\n\n- a list\n- of two\n")
        assert shown.segment() is segment
        assert block.revision() == revision
        assert changes
        assert min(changes) >= start

    def test_code_grows_in_its_block(self, shown: Shown) -> None:
        shown.fit()
        shown.body.add_text("text\n\n```python\nimport os\n")
        block = shown.code()
        shown.body.add_text("os.getcwd()\n``")
        assert shown.code() is block
        assert block.code == "import os\nos.getcwd()"
        shown.body.add_text("`\n\nafter\n")
        assert [type(s) for s in shown.body.segments()] == [TextSegment, CodeBlock, TextSegment]
        assert block.code == "import os\nos.getcwd()"

    def test_after_slow_drawing_text_waits_but_is_not_lost(
        self, shown: Shown, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(body, "SLOW_MS", 0)
        monkeypatch.setattr(body, "PAUSE", 10)
        monkeypatch.setattr(body.time, "thread_time", iter(range(1000)).__next__)
        shown.fit()
        shown.body.add_text("first")
        shown.body.add_text(" second")
        assert shown.segment().words() == "first"
        shown.body.close_text()
        assert shown.segment().words() == "first second"

    def test_a_table_grows_row_by_row(self, shown: Shown) -> None:
        shown.fit()
        shown.body.add_text("| a | b |\n|---|--:|\n| 1 | 2 |\n")
        document = shown.segment().document()
        table = document.rootFrame().childFrames()[0]
        shown.body.add_text("| 3 | 4 |\n| 5")
        assert document.rootFrame().childFrames()[0] is table
        assert shown.segment().words() == "a\tb\n1\t2\n3\t4\n5\t"

    def test_a_selection_above_stays_while_more_arrives(self, shown: Shown) -> None:
        shown.fit()
        shown.body.add_text("one two three\n\nsecond\n\nthird\nline\n")
        segment = shown.segment()
        segment.setFocus()
        cursor = QTextCursor(segment.document())
        cursor.setPosition(4)
        cursor.setPosition(7, QTextCursor.MoveMode.KeepAnchor)
        segment.setTextCursor(cursor)
        shown.body.add_text("more\n\nand more\n\nof it\n")
        assert segment.textCursor().selectedText() == "two"


class TestTables:
    @pytest.mark.parametrize(
        "cell", ["1", "1,204", "−2 %", "+32 %", "402 kWh", "$3.50", "12:30", "€ 4"]
    )
    def test_numbers(self, cell: str) -> None:
        assert numeric(cell)

    @pytest.mark.parametrize("cell", ["", "words", "row 1 of it all", "version2name", "March"])
    def test_no_numbers(self, cell: str) -> None:
        assert not numeric(cell)

    def test_numbers_stand_right_unless_the_text_says_otherwise(self, shown: Shown) -> None:
        shown.whole("| n | m | w |\n|---|:--|---|\n| 1 | 2 | x |\n| 30 | 4 | y |\n")
        document = shown.segment().document()
        block = document.begin()
        alignments = []
        while block.isValid():
            if block.text() in ("1", "2", "x"):
                alignments.append(block.blockFormat().alignment())
            block = block.next()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        assert alignments == [right, left, left]


class TestCopying:
    def test_the_button_copies_the_code_exactly(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("```python\nif x:\n\tprint('ä')  \n\n```\n")
        button = shown.code().copy_button
        assert button.accessibleName() == "Copy code"
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == "if x:\n\tprint('ä')  \n"
        assert button.text() == "Copied"
        qtbot.waitUntil(lambda: button.text() == "Copy")

    def test_selected_text_is_copied_with_its_markers(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("para\n\n1. one\n2. **two**\n   - [x] done\n\n| a | b |\n|--|--|\n| 1 | 2 |\n")
        segment = shown.segment()
        segment.setFocus()
        segment.selectAll()
        QTest.keySequence(segment, QKeySequence(QKeySequence.StandardKey.Copy))
        text = QGuiApplication.clipboard().text()
        assert text.strip() == "para\n1. one\n2. two\n- [x] done\na\tb\n1\t2"

    def test_the_menu(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("some words")
        segment = shown.segment()
        QTest.mouseClick(segment.viewport(), Qt.MouseButton.RightButton, pos=QPoint(20, 10))
        QApplication.sendEvent(
            segment.viewport(), _context_menu(segment.viewport().mapToGlobal(QPoint(20, 10)))
        )
        (menu,) = shown.body.findChildren(Menu)
        entries = {a.text(): a for a in menu.actions() if a.text()}
        assert list(entries) == ["Copy", "Copy message", "Select all"]
        assert not entries["Copy"].isEnabled()
        with qtbot.waitSignal(shown.body.copy_message_wanted):
            entries["Copy message"].trigger()
        entries["Select all"].trigger()
        assert segment.textCursor().selectedText() == "some words"
        menu.close()


def _context_menu(at: QPoint) -> QEvent:
    return QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(20, 10), at)


class TestLinks:
    def click(self, segment: TextSegment, words: str) -> None:
        cursor = segment.document().find(words)
        assert not cursor.isNull()
        cursor.setPosition(cursor.selectionStart() + 1)
        QTest.mouseClick(
            segment.viewport(), Qt.MouseButton.LeftButton, pos=segment.cursorRect(cursor).center()
        )

    def test_a_click_announces_the_link_and_goes_nowhere(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("see [the page](https://example.org/a?b=c)")
        with qtbot.waitSignal(shown.body.link_clicked) as clicked:
            self.click(shown.segment(), "the page")
        assert clicked.args == ["https://example.org/a?b=c"]
        assert shown.segment().words() == "see the page"

    def test_the_keyboard_reaches_it(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("[one](https://example.org/1) and [two](mailto:a@example.org)")
        segment = shown.segment()
        assert segment.focusPolicy() == Qt.FocusPolicy.StrongFocus
        segment.setFocus(Qt.FocusReason.TabFocusReason)
        with qtbot.waitSignal(shown.body.link_clicked) as clicked:
            qtbot.keyClick(segment, Qt.Key.Key_Return)
        assert clicked.args == ["https://example.org/1"]

    @pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "x.html"])
    def test_nothing_else_opens(self, shown: Shown, qtbot: QtBot, address: str) -> None:
        shown.whole(f"[words]({address})")
        with qtbot.assertNotEmitted(shown.body.link_clicked):
            self.click(shown.segment(), "words")
            shown.segment().link_clicked.emit(address)

    def test_no_picture_is_fetched(self, shown: Shown) -> None:
        shown.whole('![a cat](https://example.org/cat.png) <img src="https://example.org/d.png">')
        segment = shown.segment()
        document = segment.document()
        block = document.begin()
        while block.isValid():
            iterator = block.begin()
            while not iterator.atEnd():
                made = iterator.fragment().charFormat()
                assert made.objectType() == QTextFormat.ObjectTypes.NoObject.value
                iterator += 1
            block = block.next()
        assert segment.words() == 'a cat <img src="https://example.org/d.png">'
        for kind in QTextDocument.ResourceType:
            assert segment.loadResource(kind.value, QUrl("https://example.org/cat.png")) is None


class TestLook:
    def ink(self, shown: Shown, words: str) -> QColor:
        cursor = shown.segment().document().find(words)
        return cursor.charFormat().foreground().color()

    def test_a_theme_change_is_seen_at_once(self, shown: Shown, theme: Theme, qtbot: QtBot) -> None:
        shown.whole("text with [a link](https://example.org)\n\n```python\nimport os\n```\n")
        colored(shown.body, qtbot)
        assert self.ink(shown, "a link") == QColor(LIGHT["accent-text"])
        light = shown.body.grab().toImage()
        theme.set_mode("dark")
        dark = shown.body.grab().toImage()
        assert dark != light
        assert self.ink(shown, "a link") == QColor(DARK["accent-text"])
        assert self.ink(shown, "text with") == QColor(DARK["text"])
        colors = {
            dark.pixelColor(x, y).name().upper()
            for x in range(200)
            for y in range(shown.code().y(), shown.code().geometry().bottom())
        }
        assert DARK["sunken"] in colors
        assert DARK["c-kw"] in colors

    def test_text_grows_with_the_text_scale(self, shown: Shown, theme: Theme) -> None:
        body = shown.whole(EVERYTHING)
        before = body.height_for(WIDTH)
        theme.set_text_scale(1.5)
        assert body.height_for(WIDTH) > 1.4 * before
        (font,) = {shown.segment().document().find("A paragraph").charFormat().font().pixelSize()}
        assert font == 22

    def test_wide_code_scrolls_inside_its_block(self, shown: Shown, qtbot: QtBot) -> None:
        shown.whole("```\n" + "x" * 400 + "\n```\n")
        block = shown.code()
        bar = block.edit.horizontalScrollBar()
        qtbot.waitUntil(lambda: bar.maximum() > 0)
        assert bar.value() == 0
        assert block.height() == block.height_for(WIDTH)

    def test_the_wheel_is_left_to_the_transcript(self, shown: Shown) -> None:
        shown.whole("text\n\n```\n" + "x" * 400 + "\n```\n")
        edits: list[QTextEdit] = list(shown.body.editors())
        for edit in edits:
            event = QWheelEvent(
                QPointF(5, 5),
                edit.mapToGlobal(QPointF(5, 5)),
                QPoint(),
                QPoint(0, -120),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            edit.wheelEvent(event)
            assert not event.isAccepted()
