"""Documents in the composer: chips, passwords, questions with one click, what fills the context."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.core.conversation import Document, Stats, Video
from app.core.errors import AppError
from app.core.reading.tasks import DocumentTask
from app.main import RESOURCES
from app.session.attached import DraftAttachment
from app.session.chat_documents import ChatDocument
from app.ui.composer.chip import Chip
from app.ui.composer.context_meter import ContextMeter
from app.ui.composer.preset_row import PresetRow
from app.ui.composer.standing import number_of, standing
from app.ui.composer.unlock_dialog import UnlockDialog
from app.ui.export.pdf import pdf
from app.ui.overlay.languages import name_of, own_language
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme
from app.ui.transcript.text_segment import TextSegment
from tests.gui.ui.conftest import Desktop

PDF = Document("d" * 64, "lease.pdf", "application/pdf", kind="pdf", pages=37, tokens=21_200)
BOOK = Document(
    "b" * 64, "R & S.epub", "application/epub+zip", kind="epub", unit="section", pages=9
)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield made
    made.deleteLater()


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[QWidget]:
    """A window for what is tested."""
    made = QWidget()
    made.resize(720, 300)
    yield made
    made.close()
    made.deleteLater()


def attached(state: str = "ready", **known: object) -> DraftAttachment:
    part = PDF if state == "ready" else None
    fields: dict[str, object] = {"part": part, "detail": "37 pages" if part else "", **known}
    return DraftAttachment(1, "lease.pdf", "/lease.pdf", "document", state, **fields)  # type: ignore[arg-type]


def menu_of(widget: QWidget) -> dict[str, object]:
    """The entries of the menu that is open over ``widget``, by their words."""
    (menu,) = [one for one in widget.findChildren(Menu) if one.isVisible()]
    found = {action.text(): action for action in menu.actions() if action.text()}
    menu.close()
    return found  # type: ignore[return-value]


class TestChips:
    def chip(self, theme: Theme, host: QWidget, attachment: DraftAttachment) -> Chip:
        chip = Chip(theme, attachment, parent=host)
        chip.resize(chip.sizeHint())
        host.show()
        return chip

    def line(self, theme: Theme, chip: Chip) -> float:
        """How much of the lower edge is in the accent."""
        image, accent = chip.grab().toImage(), theme.color("accent").name()
        edge = [image.pixelColor(x, chip.height() - 2).name() for x in range(chip.width())]
        return edge.count(accent) / len(edge)

    def test_reading_shows_how_far_it_is(self, theme: Theme, host: QWidget) -> None:
        chip = self.chip(theme, host, attached("reading", fraction=0.29))
        assert chip.second_line() == "Reading… 29 %"
        assert self.line(theme, chip) == pytest.approx(0.29, abs=0.06)
        chip.show_attachment(attached("reading", fraction=0.6, detail="Page 120 of 412"))
        assert chip.second_line() == "Page 120 of 412"
        chip.show_attachment(attached())
        assert chip.second_line() == "37 pages"
        assert self.line(theme, chip) == 0

    def test_a_document_that_has_been_read_opens(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        chip = self.chip(theme, host, attached("reading"))
        opened: list[int] = []
        chip.opened.connect(opened.append)
        qtbot.mouseClick(chip, LEFT)
        assert opened == []
        chip.show_attachment(attached())
        qtbot.mouseClick(chip, LEFT)
        chip._tile.setFocus()
        qtbot.keyClick(chip._tile, Qt.Key.Key_Return)
        assert opened == [1, 1]

    def test_what_will_be_left_out_is_told(self, theme: Theme, host: QWidget) -> None:
        notes = ("This model can't see pictures: 3 of 37 pages, 5, 9 and 31.", "And another.")
        chip = self.chip(theme, host, attached(notes=notes))
        assert chip.second_line() == f"37 pages · {notes[0]}"
        assert chip.toolTip() == "\n".join(notes)
        assert chip._color_of_second_line() == theme.color("warn")

    def test_a_protected_one_asks_for_its_password(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        chip = self.chip(theme, host, attached("locked", problem=AppError("It is protected.")))
        assert chip.second_line() == "Protected: type its password"
        with qtbot.waitSignal(chip.unlock_wanted) as wanted:
            qtbot.mouseClick(chip._detail, LEFT)
        assert wanted.args == [1]

    def test_a_film_has_an_icon_and_its_length(self, theme: Theme, host: QWidget) -> None:
        film = Video("v" * 64, "harbour.mp4", "video/mp4", 61.0)
        attachment = DraftAttachment(1, film.name, "", "video", "ready", film, detail="1:01")
        chip = self.chip(theme, host, attachment)
        assert chip.second_line() == "1:01"
        assert chip._icon() == "play"

    def test_documents_of_the_chat_stand_beside_those_of_the_draft(self) -> None:
        (one,) = standing([ChatDocument(PDF, 2, 21_200)])
        assert one.detail == "37 pages · in this chat"
        assert number_of(one.key) == 2
        assert number_of(7) == 0


class LockedDraft(QObject):
    """A draft with one document, whose password is "open"."""

    attachments_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.attachments: tuple[DraftAttachment, ...] = (attached("locked"),)
        self.tried: list[str] = []

    def unlock(self, key: int, password: str) -> None:
        assert key == 1
        self.tried.append(password)
        self.become(attached("reading"))

    def become(self, *attachments: DraftAttachment) -> None:
        self.attachments = attachments
        self.attachments_changed.emit()


class TestPasswords:
    def test_a_wrong_one_says_so_and_a_right_one_closes(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        host.show()
        draft = LockedDraft()
        dialog = UnlockDialog(theme, draft, 1, host)  # type: ignore[arg-type]
        dialog.open()
        assert not dialog.open_button.isEnabled()
        qtbot.keyClicks(dialog.field, "shut")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
        assert draft.tried == ["shut"]
        assert not dialog.field.isEnabled()
        draft.become(attached("locked", problem=AppError("Wrong.", code="document-password")))
        assert dialog.problem.text() == "This is not its password. Try another one."
        assert dialog.isVisible()
        qtbot.keyClicks(dialog.field, "open")
        assert dialog.problem.text() == ""
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
        draft.become(attached("reading", fraction=0.1))
        assert not dialog.isVisible()
        assert draft.tried == ["shut", "open"]

    def test_it_goes_with_its_document(self, theme: Theme, host: QWidget) -> None:
        host.show()
        draft = LockedDraft()
        dialog = UnlockDialog(theme, draft, 1, host)  # type: ignore[arg-type]
        dialog.open()
        draft.become()
        assert not dialog.isVisible()


class TestPresets:
    def row(self, theme: Theme, host: QWidget, *kinds: str) -> tuple[PresetRow, list[DocumentTask]]:
        row = PresetRow(theme, host)
        asked: list[DocumentTask] = []
        row.chosen.connect(asked.append)
        row.show_tasks([DocumentTask(kind) for kind in kinds])  # type: ignore[arg-type]
        row.setGeometry(0, 100, 700, row.height_at(700, 200))
        host.show()
        return row, asked

    def test_one_click_asks(self, theme: Theme, host: QWidget, qtbot: QtBot) -> None:
        row, asked = self.row(theme, host, "summarise", "points", "questions", "table", "translate")
        own = own_language()
        assert [preset.button.text() for preset in row.presets()] == [
            "Summarise",
            "Key points",
            "Questions and answers",
            "Extract a table",
            f"Translate into {name_of(own)}",
        ]
        qtbot.mouseClick(row.presets()[0].button, LEFT)
        qtbot.mouseClick(row.presets()[4].button, LEFT)
        assert [(task.kind, task.length) for task in asked] == [
            ("summarise", "standard"),
            ("translate", "standard"),
        ]
        assert asked[1].language

    def test_lengths_and_languages_are_in_menus(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        row, asked = self.row(theme, host, "summarise", "translate")
        summarise, translate = row.presets()
        assert summarise.arrow is not None
        assert translate.arrow is not None
        qtbot.mouseClick(summarise.arrow, LEFT)
        menu_of(summarise)["Detailed: section by section"].trigger()  # type: ignore[attr-defined]
        qtbot.mouseClick(translate.arrow, LEFT)
        menu_of(translate)["Polish"].trigger()  # type: ignore[attr-defined]
        assert [(task.length, task.language) for task in asked] == [
            ("detailed", ""),
            ("standard", "Polish"),
        ]

    def test_without_room_one_button_has_them_in_a_menu(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        row, asked = self.row(theme, host, "summarise", "points", "translate")
        assert row.height_at(200, 300) > row.height_at(200, 40)
        row.setGeometry(0, 100, 200, row.height_at(200, 40))
        assert not any(preset.isVisible() for preset in row.presets())
        qtbot.mouseClick(row._all, LEFT)
        entries = menu_of(row)
        assert list(entries)[:3] == ["Summarise", "How long", "Key points"]
        entries["Key points"].trigger()  # type: ignore[attr-defined]
        assert [task.kind for task in asked] == ["points"]
        row.setGeometry(0, 100, 700, row.height_at(700, 40))
        assert all(preset.isVisible() for preset in row.presets())

    def test_without_tasks_it_is_gone(self, theme: Theme, host: QWidget) -> None:
        row, _ = self.row(theme, host, "points")
        assert row.isVisible()
        row.show_tasks(())
        assert not row.isVisible()


class TestContext:
    def test_documents_have_their_share_and_can_be_taken_out(
        self, theme: Theme, host: QWidget, qtbot: QtBot
    ) -> None:
        meter = ContextMeter(theme, host)
        host.show()
        meter.show_context(24_300, 32_768)
        assert meter.label.isVisible()
        assert not meter.button.isVisible()
        meter.show_documents([ChatDocument(PDF, 1, 21_200), ChatDocument(BOOK, 2, 0)])
        assert not meter.label.isVisible()
        assert meter.button.text() == "24.3K of 32K"
        meter.resize(meter.sizeHint())
        qtbot.mouseClick(meter.button, LEFT)
        entries = menu_of(meter)
        assert list(entries) == [
            "lease.pdf\t21.2K",
            "R && S.epub\tsearched",
            "Everything else\t3.1K",
            "Free\t8.5K",
            "Remove lease.pdf",
            "Remove R && S.epub",
        ]
        opened: list[Document] = []
        removed: list[str] = []
        meter.document_opened.connect(opened.append)
        meter.document_removed.connect(removed.append)
        entries["lease.pdf\t21.2K"].trigger()  # type: ignore[attr-defined]
        entries["Remove R && S.epub"].trigger()  # type: ignore[attr-defined]
        assert opened == [PDF]
        assert removed == [BOOK.blob]


class TestComposer:
    def attach(self, desktop: Desktop, *attachments: DraftAttachment) -> None:
        """Put attachments into the draft as if they had been read."""
        draft = desktop.office.chat.draft
        draft._attachments = attachments
        draft.attachments_changed.emit()
        QApplication.processEvents()

    def test_the_row_comes_with_a_document_and_goes_with_the_first_letter(
        self, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        composer, chat = desktop.window.page.composer, desktop.office.chat
        assert not composer.presets.isVisible()
        self.attach(desktop, attached())
        assert composer.presets.isVisible()
        assert composer.edit.accessibleDescription() == "Ask about the document"
        sent: list[DocumentTask | None] = []
        monkeypatch.setattr(chat, "send", lambda task=None: sent.append(task))
        desktop.click(composer.presets.presets()[0].button)
        assert sent[0] is not None
        assert sent[0].kind == "summarise"
        desktop.type("W")
        assert not composer.presets.isVisible()

    def test_enter_with_a_protected_one_says_so(self, desktop: Desktop) -> None:
        self.attach(desktop, attached("locked"))
        desktop.type("What is it?")
        desktop.key(Qt.Key.Key_Return)
        notice = desktop.window.page.notice
        assert notice.text == "lease.pdf is protected. Type its password, or remove it."

    def test_a_chip_opens_its_document(self, desktop: Desktop) -> None:
        self.attach(desktop, attached())
        opened: list[Document] = []
        desktop.window.page.composer.document_opened.connect(opened.append)
        (chip,) = desktop.window.page.composer.chips.chips()
        desktop.click(chip)
        assert opened == [PDF]

    def test_a_folder_is_chosen_from_the_menu(
        self, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/src/facet")
        composer = desktop.window.page.composer
        added: list[str] = []
        monkeypatch.setattr(desktop.office.chat.draft, "add_file", added.append)
        desktop.click(composer._attach)
        desktop.choose("Folder…")
        assert added == ["/src/facet"]


def test_a_document_from_the_drop_to_its_citations(desktop: Desktop, tmp_path: Path) -> None:
    """With the real reader; only the model's words are the test's."""
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(pdf("Lease", "The Landlord returns the deposit within twenty-one days."))
    page, office = desktop.window.page, desktop.office
    composer = page.composer
    composer.add_files([str(lease)])
    desktop.until(composer.presets.isVisible)
    desktop.click(composer.presets.presets()[0].button)
    desktop.until(lambda: office.engine.questions)
    assert "returns the deposit" in office.engine.questions[-1].prompt.turns[-1].text
    office.engine.write("It comes back within twenty-one days. [p. 1]\n\nInterest is 5 %. [p. 7]")
    view = page.chat_view
    assert view is not None
    key = office.chat.entries[-1].id
    answer = view.transcript.answer(key)
    assert answer is not None
    desktop.until(lambda: len(answer.body.citations()) == 2)
    office.engine.end(stats=Stats(context_used=700, context_size=4096))
    desktop.until(lambda: office.chat.check(key))
    assert answer.stats is not None
    assert answer.stats.label.text() == "1 of 2 citations found"
    assert answer.sources is not None
    assert answer.sources.row is not None
    assert answer.sources.row.text == "Read all of it, 1 page"
    (chip,) = composer.chips.chips()
    assert chip.second_line() == "1 page · in this chat"
    assert composer.context.button.isVisible()
    opened: list[tuple[str, int]] = []
    page.citation_opened.connect(lambda *which: opened.append(which))
    (segment,) = answer.body.segments()
    assert isinstance(segment, TextSegment)
    place = segment.place_of(segment.pills()[1].position)
    QTest.mouseClick(segment.viewport(), LEFT, pos=place.center())
    assert opened == [(key, 1)]
    desktop.click(chip._remove)
    desktop.until(lambda: not composer.chips.chips())
    assert not composer.context.button.isVisible()
