"""The pane over real documents: pages, citations, finding, copying, the keyboard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QDesktopServices, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.core.conversation import Document
from app.core.document import Extract, Page
from app.core.reading.citations import Citation, Verdict
from app.documents.reader.client import Reader
from app.main import RESOURCES
from app.session.documents import ChatDocument
from app.ui.preview.pane import PreviewPane
from app.ui.preview.sheets import TextSheet
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import LIGHT
from tests.gui.session.looking import PAGES, Looking
from tests.gui.ui.preview.papers import CLAUSES, PASSAGE, write_agreement

YELLOW = QColor(LIGHT["mark-hi"])
NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Chat(QObject):
    """As much of a chat as the pane asks: documents, and citations that have been looked up."""

    checked = Signal(str)

    def __init__(self, *documents: Document) -> None:
        super().__init__()
        self.documents = tuple(
            ChatDocument(document, number, 0) for number, document in enumerate(documents, 1)
        )
        self.items: tuple[tuple[Citation, Verdict], ...] = ()

    def check(self, _entry: str) -> tuple[tuple[Citation, Verdict], ...]:
        return self.items


def cited(page: int, words: str, passage: str = "", document: int = 1) -> tuple[Citation, Verdict]:
    citation = Citation(0, 0, document, f"p. {page}", (page,))
    state = "found" if passage else "not_found" if page <= PAGES else "no_page"
    return citation, Verdict(state, words, page if page <= PAGES else 0, passage)  # type: ignore[arg-type]


ANSWER = (
    cited(12, "You pay one month’s rent", CLAUSES[0]),
    cited(12, "within 21 days", PASSAGE),
    cited(14, "a late return adds interest of 5 %"),
    cited(3, "Clause 2", "3.2 Clause 2 of page 3 says"),
    cited(99, "a garden"),
)


@dataclass
class Stage:
    """The pane in a window of its own. ``shown`` are the citations whose pills are lit."""

    looking: Looking
    theme: Theme
    window: QWidget
    pane: PreviewPane
    agreement: Document
    shown: list[tuple[str, int]] = field(default_factory=list)

    def open(self, document: Document | None = None) -> None:
        self.pane.open_document(document or self.agreement)
        self.looking.wait(lambda: self.looking.preview.extract)
        QApplication.processEvents()

    def cite(self, index: int, items: tuple[tuple[Citation, Verdict], ...] = ANSWER) -> Chat:
        chat = Chat(self.agreement)
        chat.items = items
        self.pane.open_citation(chat, "answer", index)  # type: ignore[arg-type]
        self.looking.wait(lambda: self.looking.preview.extract)
        return chat

    def keep(self, extract: Extract) -> Document:
        """A document that has been read as ``extract`` says."""
        blob = self.looking.blobs.put(repr(extract).encode())
        self.looking.documents.keep(blob, extract)
        return Document(
            blob, extract.name, "", kind=extract.kind, unit=extract.unit, pages=extract.total
        )

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.pane, key, modifiers)

    @property
    def place(self) -> str:
        """What the head says of where one is."""
        return f"{self.pane.head.field.text()} {self.pane.head.last}"

    def colors(self) -> set[int]:
        """What colours the pages show."""
        QApplication.processEvents()
        image = self.pane.view.viewport().grab().toImage()
        return {
            image.pixel(x, y)
            for y in range(0, image.height(), 2)
            for x in range(0, image.width(), 2)
        }

    def has_color(self, color: QColor) -> bool:
        """Whether the pages show a colour somewhere."""
        return color.rgb() in self.colors()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, qapp: object) -> Path:
    return write_agreement(tmp_path_factory.mktemp("papers") / "agreement.pdf", PAGES)


@pytest.fixture
def stage(tmp_path: Path, reader: Reader, file: Path, qtbot: QtBot) -> Iterator[Stage]:
    looking = Looking(tmp_path, reader, qtbot)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
    window = QWidget()
    window.resize(468, 800)
    pane = PreviewPane(theme, looking.preview, window)
    pane.setGeometry(0, 0, 468, 800)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    stage = Stage(looking, theme, window, pane, looking.keep(file))
    pane.citation_shown.connect(lambda entry, index: stage.shown.append((entry, index)))
    yield stage
    looking.preview.close()
    looking.jobs.close(seconds=20)
    window.close()
    window.deleteLater()
    theme.deleteLater()
    QApplication.clipboard().clear()
    QApplication.processEvents()


# -- pages -----------------------------------------------------------------------------------


def test_a_document_opens_on_its_first_page(stage: Stage) -> None:
    stage.open()
    assert stage.pane.head.title.text() == "Tenancy agreement.pdf"
    assert stage.place == f"1 of {PAGES}"
    assert not stage.pane.head.previous.isEnabled()
    assert not stage.pane.footer.isVisible()
    assert not stage.pane.rail.isVisible()
    stage.looking.wait(lambda: stage.looking.preview.picture(1, 400))
    assert min(QColor(color).lightness() for color in stage.colors()) < 100, "there are words"


def test_only_what_is_in_sight_is_rendered(stage: Stage) -> None:
    stage.open()
    stage.pane.view.go_to(9)
    stage.looking.wait(lambda: stage.looking.preview.picture(12, 400))
    assert set(stage.looking.reader.rendered) <= {1, 2, 3, 4, 8, 9, 10, 11, 12}
    after = [page for page in stage.looking.reader.rendered if page > 4]
    assert after[:2] == [9, 10], "what is in sight comes first"


def test_a_page_can_be_typed(stage: Stage) -> None:
    stage.open()
    head = stage.pane.head
    for typed, shown in (("9", "9"), ("400", str(PAGES)), ("nothing", str(PAGES)), ("0", "1")):
        head.field.setFocus()
        head.field.selectAll()
        QTest.keyClicks(head.field, typed)
        stage.key(Qt.Key.Key_Return)
        assert stage.place == f"{shown} of {PAGES}"
        assert stage.pane.view.hasFocus()
    head.next.click()
    assert stage.place == f"2 of {PAGES}"
    head.previous.click()
    assert stage.place == f"1 of {PAGES}"


def test_the_keyboard_goes_through_the_pages(stage: Stage) -> None:
    stage.open()
    stage.pane.focus_pages()
    bar = stage.pane.view.verticalScrollBar()
    stage.key(Qt.Key.Key_PageDown)
    assert bar.value() > 500
    stage.key(Qt.Key.Key_PageUp)
    assert bar.value() == 0
    stage.key(Qt.Key.Key_PageDown, CONTROL)
    assert stage.place == f"2 of {PAGES}"
    stage.key(Qt.Key.Key_End)
    assert stage.place == f"{PAGES} of {PAGES}"
    stage.key(Qt.Key.Key_Left)
    assert stage.place == f"{PAGES - 1} of {PAGES}"
    stage.key(Qt.Key.Key_Home)
    stage.key(Qt.Key.Key_Space)
    stage.key(Qt.Key.Key_Down)
    assert bar.value() > 500


def test_zoom_keeps_the_place(stage: Stage) -> None:
    stage.open()
    view = stage.pane.view
    view.go_to(7)
    width = view.paper(6).width()
    view.zoom_by(1)
    assert view.paper(6).width() == round(width * 1.25)
    assert stage.place == f"7 of {PAGES}"
    assert abs(view.paper(6).top() - 5) <= 8
    assert view.horizontalScrollBar().maximum() > 0
    view.zoom_by(-1)
    view.zoom_by(-1)
    assert view.paper(6).width() == round(width * 0.75)
    view.set_zoom(1.0)
    assert view.paper(6).width() == width


def test_a_page_that_cannot_be_shown_says_why(stage: Stage) -> None:
    gone = Document("0" * 64, "gone.pdf", "application/pdf", kind="pdf", pages=3)
    stage.pane.open_document(gone)
    stage.looking.wait(stage.pane._message.isVisible)
    assert "gone.pdf" in stage.pane._message.text()


def test_the_document_opens_in_its_own_program(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    stage.open()
    stage.pane.head.open.click()
    stage.looking.wait(lambda: opened)
    assert Path(opened[0]).name == "Tenancy agreement.pdf"
    folder = Extract("src", "folder", "file", (Page(1, "x", label="a.py", first_line=1),), 1)
    stage.open(stage.keep(folder))
    assert not stage.pane.head.open.isVisible()


# -- text ------------------------------------------------------------------------------------


def test_the_text_of_pages_can_be_shown_selected_and_copied(stage: Stage) -> None:
    stage.open()
    view = stage.pane.view
    view.go_to(12)
    stage.pane.head.text.click()
    assert stage.place == f"12 of {PAGES}"
    sheet = view.sheet_of(12)
    assert isinstance(sheet, TextSheet)
    paper = view.paper(11)
    start = QPoint(paper.left() + 28, paper.top() + 60)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), start + QPoint(320, 2))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(320, 2))
    stage.key(Qt.Key.Key_C, CONTROL)
    words = QGuiApplication.clipboard().text()
    assert words.startswith("4.1 The Tenant pays")
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(60, 2))
    assert stage.pane.selecting.text == "Tenant"
    stage.pane.focus_pages()
    stage.key(Qt.Key.Key_A, CONTROL)
    stage.key(Qt.Key.Key_C, CONTROL)
    copied = QGuiApplication.clipboard().text()
    assert copied.split() == sheet.page.text.split()
    stage.pane.head.text.click()
    assert stage.place == f"12 of {PAGES}"


def test_without_a_selection_the_page_is_copied(stage: Stage) -> None:
    stage.open()
    stage.pane.view.go_to(3)
    stage.pane.focus_pages()
    stage.key(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().startswith("3.1 Clause 1")


def test_the_menu_of_the_pages(stage: Stage) -> None:
    stage.open()
    stage.pane.view.menu_wanted.emit(QPoint(40, 40))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text() for action in menu.actions() if action.text()]
    menu.close()
    assert words == [
        "Copy the text of this page",
        "Find in the document",
        "Larger",
        "Smaller",
        "Fit the width",
        "Open in its own program",
        "Close the document",
    ]


def test_code_has_numbers_and_cited_lines_are_marked(stage: Stage) -> None:
    code = "\n".join(f"value_{number} = {number}" for number in range(1, 400))
    pages = (Page(1, "# Read me", label="README.md", first_line=1),)
    pages += (Page(2, code, label="src/app.py", first_line=1),)
    document = stage.keep(Extract("project", "folder", "file", pages, 2))
    chat = Chat(document)
    citation = Citation(0, 0, 1, "src/app.py:250-252", path="src/app.py", lines=(250, 252))
    chat.items = ((citation, Verdict("found", "value_251 is 251", 2, "value_251 = 251")),)
    stage.pane.open_citation(chat, "answer", 0)  # type: ignore[arg-type]
    stage.looking.wait(lambda: stage.looking.preview.extract)
    passage = stage.pane.marking.passage
    assert passage is not None
    assert code[passage.start : passage.end].split("\n")[0] == "value_250 = 250"
    assert code[passage.start : passage.end].count("\n") == 3
    assert stage.place == "2 of 2"
    assert stage.has_color(YELLOW)
    assert stage.pane.footer.words[0] == "Found in src/app.py"
    stage.looking.wait(lambda: stage.has_color(QColor(LIGHT["c-num"])))


def test_a_recording_shows_times_and_goes_to_one(stage: Stage) -> None:
    pages = tuple(
        Page(
            number,
            "" if number == 2 else f"Piece {number} of what was said.",
            "sound",
            number != 2,
            label=f"{(number - 1) * 30 // 60:02}:{(number - 1) * 30 % 60:02}",
            start=30.0 * (number - 1),
            end=30.0 * number,
        )
        for number in range(1, 121)
    )
    stage.open(stage.keep(Extract("talk.mp3", "recording", "time", pages, 120)))
    assert stage.place == "00:00 of 1:00:00"
    field = stage.pane.head.field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "30:10")
    stage.key(Qt.Key.Key_Return)
    assert stage.pane.view.page == 61
    assert field.text() == "30:00"


# -- hearing a recording -----------------------------------------------------------------------


class Loudspeaker(QObject):
    """In place of the player: notes what it is told to play, and is where it is put."""

    changed = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.playing: Path | None = None
        self.seconds = 0.0

    def play(self, path: Path, start: float = 0.0, end: float = 0.0) -> None:
        assert end == 0.0, "it goes on to the end"
        self.playing, self.seconds = path, start
        self.changed.emit()

    def stop(self) -> None:
        self.playing = None
        self.changed.emit()

    def go_to(self, seconds: float) -> None:
        self.seconds = seconds
        self.moved.emit()


TIMES = (0.0, 20.4, 50.2, 75.0)
TALK = Extract(
    "talk.m4a",
    "recording",
    "time",
    tuple(
        Page(
            number,
            f"Piece {number} of what was said." if number < 3 else "",
            "sound",
            number < 3,
            label=f"{int(TIMES[number - 1]) // 60:02}:{int(TIMES[number - 1]) % 60:02}",
            start=TIMES[number - 1],
            end=TIMES[number],
        )
        for number in (1, 2, 3)
    ),
    3,
)


@pytest.fixture
def hearing(stage: Stage, qtbot: QtBot) -> tuple[Stage, Loudspeaker]:
    """The pane with a recording in it, where it can be heard."""
    loudspeaker = Loudspeaker()
    stage.pane.hide()
    stage.pane = PreviewPane(
        stage.theme,
        stage.looking.preview,
        stage.window,
        player=loudspeaker,  # type: ignore[arg-type]
    )
    stage.pane.setGeometry(0, 0, 468, 800)
    stage.pane.show()
    stage.open(stage.keep(TALK))
    return stage, loudspeaker


def time_of(stage: Stage, page: int) -> QPoint:
    """Where the time of a piece is, in the viewport."""
    view = stage.pane.view
    sheet = view.sheet_of(page)
    assert isinstance(sheet, TextSheet)
    return sheet.time_place(view.paper(page - 1)).center()


def click(stage: Stage, point: QPoint) -> None:
    QTest.mouseClick(stage.pane.view.viewport(), Qt.MouseButton.LeftButton, NONE, point)


def test_a_click_on_a_time_plays_that_place_and_another_stops(
    hearing: tuple[Stage, Loudspeaker],
) -> None:
    stage, loudspeaker = hearing
    click(stage, time_of(stage, 2))
    document = stage.pane.document
    assert document is not None
    assert loudspeaker.playing == stage.looking.blobs.path_of(document.blob)
    assert loudspeaker.seconds == 20.4
    assert stage.pane.marking.on_time(2) == "playing"
    click(stage, time_of(stage, 3))
    assert loudspeaker.seconds == 50.2, "one that waits to be read by the model can be heard, too"
    click(stage, time_of(stage, 3))
    assert loudspeaker.playing is None
    assert stage.pane.marking.on_time(3) == "lit"


def test_the_piece_that_is_heard_is_shown(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    click(stage, time_of(stage, 1))
    loudspeaker.go_to(20.3)
    assert stage.pane.marking.playing == 1
    loudspeaker.go_to(20.5)
    assert stage.pane.marking.playing == 2
    assert stage.place == "00:20 of 01:15"


def test_words_are_selected_and_not_played(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    point = time_of(stage, 1) + QPoint(120, 0)
    QTest.mouseDClick(stage.pane.view.viewport(), Qt.MouseButton.LeftButton, NONE, point)
    assert loudspeaker.playing is None
    assert stage.pane.selecting.text
    viewport = stage.pane.view.viewport()
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(time_of(stage, 1)),
        QPointF(viewport.mapToGlobal(time_of(stage, 1))),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        NONE,
    )
    QApplication.sendEvent(viewport, move)
    assert viewport.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert stage.pane.marking.on_time(1) == "lit"


def test_enter_plays_the_piece_in_sight_and_stops_it(
    hearing: tuple[Stage, Loudspeaker],
) -> None:
    stage, loudspeaker = hearing
    stage.pane.focus_pages()
    stage.key(Qt.Key.Key_Right)
    assert stage.pane.marking.on_time(2) == "lit"
    stage.key(Qt.Key.Key_Return)
    assert (loudspeaker.playing is not None, loudspeaker.seconds) == (True, 20.4)
    stage.key(Qt.Key.Key_Return)
    assert loudspeaker.playing is None


def test_what_is_heard_ends_with_the_pane(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    click(stage, time_of(stage, 1))
    stage.key(Qt.Key.Key_Escape)
    assert loudspeaker.playing is None


def test_another_sound_is_left_alone(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    loudspeaker.play(Path("voice"))
    assert stage.pane.marking.playing == 0
    stage.pane.close_pane()
    assert loudspeaker.playing == Path("voice")


def test_the_place_of_a_citation_can_be_heard(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    document = stage.pane.document
    assert document is not None
    chat = Chat(document, stage.agreement)
    marks = (("00:20", 20.0), ("00:31", 31.0))
    found = Verdict("found", "what was said", 2, "Piece 2")
    chat.items = (
        *((Citation(0, 0, 1, mark, seconds=(at,)), found) for mark, at in marks),
        cited(12, "within 21 days", PASSAGE, document=2),
    )
    stage.pane.open_citation(chat, "answer", 0)  # type: ignore[arg-type]
    play = stage.pane.footer.play
    assert stage.pane.footer.words[0] == "Found at 00:20"
    assert (play.isVisible(), play.accessibleName()) == (True, "Listen to this place")
    play.click()
    assert loudspeaker.seconds == 20.4, "the piece that begins within that second"
    assert play.accessibleName() == "Stop playing"
    play.click()
    assert loudspeaker.playing is None
    stage.pane.cited.step(1)
    play.click()
    assert loudspeaker.seconds == 31.0
    stage.pane.cited.step(1)
    stage.looking.wait(lambda: stage.place == f"12 of {PAGES}")
    assert not play.isVisible(), "a page of paper makes no sound"
    assert loudspeaker.playing is None


def test_a_recording_that_is_gone_is_said(hearing: tuple[Stage, Loudspeaker]) -> None:
    stage, loudspeaker = hearing
    document = stage.pane.document
    assert document is not None
    stage.looking.blobs.path_of(document.blob).unlink()
    click(stage, time_of(stage, 1))
    assert loudspeaker.playing is None
    assert "no longer in Facet's folder" in stage.pane._message.text()


# -- citations -------------------------------------------------------------------------------


def test_a_citation_shows_its_passage(stage: Stage) -> None:
    stage.cite(1)
    preview, pane = stage.looking.preview, stage.pane
    stage.looking.wait(lambda: preview.is_located(12, PASSAGE))
    stage.looking.wait(lambda: preview.picture(12, 400))
    assert stage.place == f"12 of {PAGES}"
    assert pane.footer.isVisible()
    assert pane.footer.words == (
        "Found on page 12",
        "4 Deposit, supports “within 21 days”",
        "2 of 5",
    )
    assert stage.has_color(YELLOW)
    assert stage.shown == [("answer", 1)]
    assert [(tick.index, tick.page, tick.found) for tick in pane.rail.ticks] == [
        (0, 12, True),
        (1, 12, True),
        (2, 14, False),
        (3, 3, True),
    ]
    pane.close_pane()
    assert stage.shown[-1] == ("", -1)
    assert not pane.rail.isVisible()


def test_one_goes_from_citation_to_citation(stage: Stage) -> None:
    stage.cite(1)
    pane = stage.pane
    pane.footer.next.click()
    assert pane.footer.words == (
        "Not found on page 14",
        "Check before you rely on “a late return adds interest of 5 %”",
        "3 of 5",
    )
    assert stage.place == f"14 of {PAGES}"
    pane.focus_pages()
    stage.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert stage.place == f"3 of {PAGES}"
    pane.footer.next.click()
    assert pane.footer.words[0] == "p. 99 is not in the document"
    assert not pane.footer.next.isEnabled()
    stage.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert pane.footer.words[2] == "4 of 5"
    assert stage.shown == [("answer", index) for index in (1, 2, 3, 4, 3)]


def test_the_rail_leads_to_its_pages(stage: Stage) -> None:
    stage.cite(1)
    rail = stage.pane.rail
    late = next(tick for tick in rail.ticks if tick.index == 2)
    QTest.mouseClick(rail, Qt.MouseButton.LeftButton, pos=rail.place_of(late).toPoint())
    assert stage.place == f"14 of {PAGES}"
    assert rail.open_index == 2
    rail.setFocus()
    stage.key(Qt.Key.Key_Up)
    assert stage.pane.cited.index == 1
    assert QAccessible.queryAccessibleInterface(rail).text(QAccessible.Text.Name) == (
        "Cited pages: Found on page 12"
    )


def test_citations_that_have_still_to_be_looked_up(stage: Stage) -> None:
    chat = Chat(stage.agreement)
    stage.pane.open_citation(chat, "answer", 1)  # type: ignore[arg-type]
    assert stage.pane.document is None
    chat.items = ANSWER
    chat.checked.emit("another")
    assert stage.pane.document is None
    chat.checked.emit("answer")
    stage.looking.wait(lambda: stage.looking.preview.extract)
    assert stage.pane.footer.words[0] == "Found on page 12"


def test_a_citation_of_another_document_opens_that(stage: Stage) -> None:
    notes = Document("", "notes.txt", "text/plain", text="Tides\n\nTwo each day.")
    chat = Chat(stage.agreement, notes)
    chat.items = (
        ANSWER[1],
        cited(1, "two tides", "Two each day.", document=2),
        cited(1, "x", "", 3),
    )
    stage.pane.open_citation(chat, "answer", 0)  # type: ignore[arg-type]
    stage.looking.wait(lambda: stage.looking.preview.extract)
    stage.pane.footer.next.click()
    assert stage.pane.head.title.text() == "notes.txt"
    assert stage.has_color(YELLOW)
    assert [tick.index for tick in stage.pane.rail.ticks] == [1]
    stage.pane.footer.next.click()
    assert stage.pane.footer.words[0] == "The document is not in this chat any more"


# -- finding words ---------------------------------------------------------------------------


def test_words_are_found_and_marked(stage: Stage) -> None:
    stage.open()
    pane, preview = stage.pane, stage.looking.preview
    pane.open_find()
    QTest.keyClicks(pane.find_bar.field, "deposit")
    stage.looking.wait(lambda: preview.finds)
    assert {find.page for find in preview.finds} == {12}
    count = len(preview.finds)
    assert pane.find_bar._count.text() == f"1 of {count}"
    assert stage.place == f"12 of {PAGES}"
    stage.looking.wait(lambda: preview.picture(12, 400) and preview.found_places(12))
    places = preview.found_places(12)
    assert places is not None
    assert len(places) == count
    shown = [color for _, color in pane.marking.on_picture(12)]
    assert shown == ["mark-hi"] + ["selection"] * (count - 1)
    assert stage.has_color(YELLOW)
    QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Return)
    assert pane.find_bar._count.text() == f"2 of {count}"
    assert [color for _, color in pane.marking.on_picture(12)].index("mark-hi") == 1
    QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Return, SHIFT)
    QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Return, SHIFT)
    assert pane.find_bar._count.text() == f"{count} of {count}"
    QTest.keyClicks(pane.find_bar.field, "xyz")
    stage.looking.wait(lambda: pane.find_bar._count.text() == "Not found")
    pane.find_bar.field.clear()
    QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Escape)
    assert not pane.find_bar.isVisible()
    assert pane.view.hasFocus()
    assert not stage.has_color(YELLOW)


def test_finds_in_text_are_gone_to(stage: Stage) -> None:
    stage.open()
    pane, preview = stage.pane, stage.looking.preview
    pane.show_text(True)
    pane.open_find()
    QTest.keyClicks(pane.find_bar.field, "page 9 says")
    stage.looking.wait(lambda: preview.finds)
    assert stage.place == f"9 of {PAGES}"
    assert stage.has_color(YELLOW)


# -- the whole -------------------------------------------------------------------------------


def test_esc_closes_what_is_on_top(stage: Stage) -> None:
    closed: list[bool] = []
    stage.pane.closed.connect(lambda: closed.append(True))
    stage.open()
    stage.pane.focus_pages()
    stage.pane.open_find()
    stage.key(Qt.Key.Key_Escape)
    assert not stage.pane.find_bar.isVisible()
    assert closed == []
    stage.key(Qt.Key.Key_Escape)
    assert closed == [True]
    assert stage.pane.document is None


def test_everything_has_a_name_and_room(stage: Stage) -> None:
    stage.cite(1)
    for scale in (1.0, 2.0):
        stage.theme.set_text_scale(scale)
        QApplication.processEvents()
        for widget in stage.pane.findChildren(QWidget):
            if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
                continue
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name), widget
            corner = widget.mapTo(stage.pane, QPoint(0, 0))
            assert 0 <= corner.x() <= 468 - widget.width(), widget
    name = stage.pane.view.accessibleName()
    assert name == f"Page 12 of {PAGES}, Tenancy agreement.pdf"
    assert "The Landlord returns" in stage.pane.view.accessibleDescription()


def test_right_to_left_mirrors_all_but_the_pages(stage: Stage) -> None:
    stage.cite(1)
    view, rail = stage.pane.view, stage.pane.rail
    left = view.paper(11).left()
    x = rail.mapTo(stage.pane, QPoint(0, 0)).x()
    stage.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()
    viewport = view.viewport().mapTo(stage.pane, QPoint(0, 0)).x()
    assert viewport + view.paper(11).right() == 467 - (left + 1)
    assert rail.mapTo(stage.pane, QPoint(0, 0)).x() == 468 - x - rail.width()
    assert stage.pane.head.next.x() < stage.pane.head.previous.x()
    sheet = view.hit(QPointF(100, 100))
    assert sheet is None, "the pages are pictures"
