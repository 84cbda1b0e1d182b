"""Answers about documents: citations as pills, what was read, how far the reading is."""

from collections.abc import Sequence

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.conversation import Document, Frame, Message, Outcome, Reading, Stats, Video
from app.core.document import Coverage
from app.core.reading.citations import Citation, Verdict, find
from app.session.reading_run import ReadingStage
from app.ui.theme.controls import Button, Menu
from app.ui.theme.theme import Theme
from app.ui.transcript import coverage_words, text_segment
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.sources import matched
from app.ui.transcript.text_segment import TextSegment
from app.ui.transcript.tiles import FilmTile
from app.ui.transcript.user_message import UserMessage
from tests.gui.transcript.conftest import MakeStage
from tests.gui.transcript.scenes import Entry, Stage, entries, question, reply

TEXT = """\
## In short [p. 3]

The deposit is 1,450, and `[p. 9]` is code. [p. 8]

- It comes back within 21 days. [p. 12][p. 29]
- A late return adds 5 %. [p. 31]

| Item | Source |
|---|---|
| Rent | [p. 3] |
"""
BLOB = "d" * 64
LABELS = ["p. 3", "p. 8", "p. 12", "p. 29", "p. 31", "p. 3"]
PDF = Document(BLOB, "lease.pdf", "application/pdf", kind="pdf", pages=37, tokens=21_200)
WHOLE = Coverage("lease.pdf", BLOB, "page", 37, tuple(range(1, 38)), (5, 9, 31))


def about(text: str, *coverage: Coverage, paused: bool = False, thought: str = "") -> Message:
    """An answer that rests on documents."""
    outcome = Outcome.STOPPED if paused else Outcome.DONE
    stats = Stats(answer_tokens=246, decode_tps=21.8, ttft_ms=600)
    message = reply(text, stats=stats, outcome=outcome, thought=thought)
    return msgspec.structs.replace(message, parts=(*message.parts, Reading(coverage, paused)))


def show(stage: Stage, message: Message) -> AnswerMessage:
    stage.view.show_conversation(entries(question("What of my deposit?", PDF), message))
    answer = stage.view.answer("m1")
    assert answer is not None
    return answer


def begin(stage: Stage) -> AnswerMessage:
    stage.view.show_conversation(entries(question("What of my deposit?", PDF)))
    stage.view.add_entry(Entry("now", reply("", outcome=Outcome.WRITING, stats=None)))
    answer = stage.view.answer("now")
    assert answer is not None
    return answer


def checked(text: str, bad: Sequence[str] = ("p. 31",)) -> list[tuple[Citation, Verdict]]:
    return [(one, Verdict("not_found" if one.label in bad else "found", "")) for one in find(text)]


def segment_of(answer: AnswerMessage) -> TextSegment:
    (segment,) = answer.body.segments()
    assert isinstance(segment, TextSegment)
    return segment


def shade(segment: TextSegment, position: int) -> str:
    """The colour of a pill's edge, where it has no letters."""
    place = segment.place_of(position)
    return (
        segment.viewport().grab().toImage().pixelColor(place.left() + 6, place.center().y()).name()
    )


def ringed(segment: TextSegment, number: int) -> bool:
    """Whether the focus ring is around a pill."""
    place = segment.place_of(segment.pills()[number].position)
    image = segment.viewport().grab().toImage()
    edge = {image.pixelColor(place.left() + x, place.center().y()).name() for x in range(-3, 3)}
    return segment._formats.color("accent").name() in edge


class TestPills:
    def test_they_are_shown_while_the_answer_is_written(self, stage: Stage) -> None:
        answer = begin(stage)
        stage.view.show_sources("now")
        for start in range(0, len(TEXT), 5):
            stage.view.add_text("now", TEXT[start : start + 5])
        assert [pill.label for pill in answer.body.citations()] == LABELS
        stage.view.finish("now", about(TEXT, WHOLE))
        assert [pill.label for pill in answer.body.citations()] == LABELS

    def test_an_answer_about_nothing_has_words_in_brackets(self, stage: Stage) -> None:
        answer = show(stage, reply("See [p. 3] there."))
        assert answer.body.citations() == []
        assert segment_of(answer).words() == "See [p. 3] there."

    def test_the_verdict_changes_colours_and_words_and_nothing_else(
        self, stage: Stage, theme: Theme
    ) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        segment = segment_of(answer)
        first, bad = segment.pills()[0], segment.pills()[4]
        assert shade(segment, first.position) == theme.color("hover").name()
        touched: list[tuple[int, int, int]] = []
        segment.document().contentsChange.connect(
            lambda *change: touched.append(change), Qt.ConnectionType.DirectConnection
        )
        stage.view.set_checked("m1", checked(TEXT))
        QApplication.processEvents()
        assert touched == [], "no word was written anew"
        assert shade(segment, first.position) == theme.color("accent-soft").name()
        assert shade(segment, bad.position) == theme.color("warn-soft").name()
        wide = segment.place_of(bad.position).width()
        assert wide > 3 * segment.place_of(first.position).width(), "it says what is wrong"
        stage.view.set_opened("m1", 0)
        QApplication.processEvents()
        assert shade(segment, first.position) == theme.color("accent").name()
        stage.view.set_opened("", -1)
        QApplication.processEvents()
        assert shade(segment, first.position) == theme.color("accent-soft").name()

    def test_verdicts_outlive_another_theme(self, stage: Stage, theme: Theme) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        stage.view.set_checked("m1", checked(TEXT))
        theme.set_mode("dark")
        QApplication.processEvents()
        segment = segment_of(answer)
        bad = segment.pills()[4]
        assert shade(segment, bad.position) == theme.color("warn-soft").name()

    def test_a_click_opens_it_by_its_number(self, stage: Stage, qtbot: QtBot) -> None:
        show(stage, about(TEXT, WHOLE))
        answer = stage.view.answer("m1")
        assert answer is not None
        segment = segment_of(answer)
        place = segment.place_of(segment.pills()[3].position)
        with qtbot.waitSignal(stage.view.citation_opened) as opened:
            qtbot.mouseClick(segment.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
        assert opened.args == ["m1", 3]
        assert not ringed(segment, 3)

    def test_the_keyboard_reaches_and_opens_it_and_it_is_told(
        self, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        heard: list[str] = []
        monkeypatch.setattr(text_segment, "announce", lambda _widget, words: heard.append(words))
        answer = show(stage, about(TEXT, WHOLE))
        stage.view.set_checked("m1", checked(TEXT))
        segment = segment_of(answer)
        segment.setFocus(Qt.FocusReason.TabFocusReason)
        for _ in range(4):
            qtbot.keyClick(segment, Qt.Key.Key_Tab)
        assert ringed(segment, 4)
        assert heard[0] == "p. 3, found in the text"
        assert heard[-1] == "p. 31, not found in the text. Check it before you rely on it."
        with qtbot.waitSignal(stage.view.citation_opened) as opened:
            qtbot.keyClick(segment, Qt.Key.Key_Return)
        assert opened.args == ["m1", 4]

    def test_its_menu_shows_the_place(self, stage: Stage, qtbot: QtBot) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        segment = segment_of(answer)
        place = segment.place_of(segment.pills()[1].position).center()
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, place, segment.viewport().mapToGlobal(place)
        )
        segment.contextMenuEvent(event)
        (menu,) = answer.body.findChildren(Menu)
        actions = {action.text(): action for action in menu.actions()}
        assert "Copy link" not in actions
        menu.close()
        with qtbot.waitSignal(stage.view.citation_opened) as opened:
            actions["Show the place"].trigger()
        assert opened.args == ["m1", 1]

    def test_copying_gives_what_was_written(self, stage: Stage) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        segment = segment_of(answer)
        segment.selectAll()
        copied = segment.createMimeDataFromSelection().text()
        assert copied.startswith("In short [p. 3]\n")
        assert "- It comes back within 21 days. [p. 12][p. 29]" in copied
        assert copied.endswith("Rent\t[p. 3]")
        assert answer.text == TEXT, "the message itself is copied as Markdown"

    def test_words_beside_them_and_they_themselves_are_found(self, stage: Stage) -> None:
        show(stage, about(TEXT, WHOLE))
        assert stage.view.find_words("deposit")[1] == 2  # the question has it as well
        assert stage.view.find_words("p. 3")[1] == 3  # p. 31 as well
        assert stage.view.find_words("days. ")[1] == 1

    def test_selected_ones_can_be_read(self, stage: Stage, theme: Theme) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        stage.view.set_checked("m1", checked(TEXT))
        segment = segment_of(answer)
        segment.setFocus()
        segment.selectAll()
        QApplication.processEvents()
        assert shade(segment, segment.pills()[0].position) == theme.color("accent-soft").name()

    def test_a_table_that_grows_keeps_its_pills(self, stage: Stage) -> None:
        answer = begin(stage)
        stage.view.show_sources("now")
        for piece in ("| a | b |\n|---|---|\n", "| 1 [p. 1] | x |\n", "| 2 [p. 2] ", "| y |\n"):
            stage.view.add_text("now", piece)
        assert [pill.label for pill in answer.body.citations()] == ["p. 1", "p. 2"]

    @pytest.mark.parametrize(
        ("shown", "written", "numbers"),
        [
            ([], ["a"], []),
            (["a", "b"], ["a", "b"], [0, 1]),
            (["a", "b"], ["code", "a", "b"], [1, 2]),
            (["a", "x", "b"], ["a", "b"], [0, -1, 1]),
            (["a", "a"], ["a", "b", "a"], [0, 2]),
        ],
    )
    def test_pills_are_matched_in_order(
        self, shown: list[str], written: list[str], numbers: list[int]
    ) -> None:
        assert matched(shown, written) == numbers


class TestCoverage:
    @pytest.mark.parametrize(
        ("reading", "text", "tone"),
        [
            (Reading((WHOLE,)), "Read all 37 pages (3 from pictures)", "ok"),
            (
                Reading((Coverage("a", "b", "slide", 1, (1,)),)),
                "Read all of it, 1 slide",
                "ok",
            ),
            (
                Reading((Coverage("a", "b", "page", 2, (1, 2), (1, 2)),)),
                "Read all 2 pages (from pictures)",
                "ok",
            ),
            (
                Reading((Coverage("a", "b", "time", 25, tuple(range(1, 26))),)),
                "Heard all 25 parts",
                "ok",
            ),
            (
                Reading((Coverage("a", "b", "page", 3, (1, 3), left_out=("Page 2 is damaged.",)),)),
                "Read 2 of 3 pages. Page 2 is damaged.",
                "warn",
            ),
            (
                Reading((Coverage("a", "b", "page", 412, (3, 4), how="search"),)),
                "Read 2 of 412 pages (those that fit the question)",
                "note",
            ),
            (
                Reading((Coverage("a", "b", "page", 412, (1, 2), how="sections"),), paused=True),
                "Read 2 of 412 pages so far",
                "note",
            ),
            (
                Reading((WHOLE, Coverage("b", "c", "page", 3, (1, 2, 3)))),
                "Read all 40 pages of 2 documents (3 from pictures)",
                "ok",
            ),
            (
                Reading((WHOLE, Coverage("b", "c", "sheet", 3, (1,)))),
                "Read 1 of 2 documents as a whole (3 from pictures)",
                "warn",
            ),
        ],
    )
    def test_the_sentence(self, reading: Reading, text: str, tone: str) -> None:
        said = coverage_words.summary(reading)
        assert said.text == text
        assert said.tone == tone

    def test_ranges_are_joined(self) -> None:
        assert coverage_words.ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"

    def test_it_stands_above_the_words_and_opens(self, stage: Stage, qtbot: QtBot) -> None:
        partly = Coverage("lease.pdf", BLOB, "page", 37, tuple(range(1, 36)), (5,), (), ("No.",))
        answer = show(stage, about("Yes. [p. 3]", partly))
        assert answer.sources is not None
        row = answer.sources.row
        assert row is not None
        assert row.text == "Read 35 of 37 pages. No. (1 from pictures)"
        assert row.y() < answer.body.y()
        before = answer.height()
        row.details.setFocus()
        qtbot.keyClick(row.details, Qt.Key.Key_Space)
        details = answer.sources.details
        assert details is not None
        assert details.text.split("\n") == [
            "lease.pdf",
            "Read: pages 1–35",
            "From pictures: page 5",
            "Not read: pages 36–37",
            "No.",
        ]
        assert answer.height() > before
        qtbot.keyClick(row.details, Qt.Key.Key_Space)
        assert answer.height() == before

    @pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
    def test_a_long_reason_wraps(
        self, make_stage: MakeStage, theme: Theme, size: tuple[int, int]
    ) -> None:
        theme.set_text_scale(2.0)
        reason = "Pages 31 to 40 are pictures, and this model can't see; choose one that does."
        partly = Coverage("lease.pdf", BLOB, "page", 40, tuple(range(1, 31)), left_out=(reason,))
        answer = show(make_stage(size), about("Yes.", partly))
        assert answer.sources is not None
        row = answer.sources.row
        assert row is not None
        assert row.label.height() >= row.label.heightForWidth(row.label.width())
        assert row.rect().contains(row.label.geometry())
        assert not row.label.geometry().intersects(row.details.geometry())

    def test_the_stats_count_what_was_found(self, stage: Stage) -> None:
        answer = show(stage, about(TEXT, WHOLE))
        assert answer.stats is not None
        assert answer.stats.label.text().startswith("246 tokens · 21.8 tok/s")
        stage.view.set_checked("m1", checked(TEXT))
        assert answer.stats.label.text() == "5 of 6 citations found · 21.8 tok/s"
        assert "Answer: 246 tokens" in answer.stats.label.toolTip()


class TestReading:
    def test_progress_stands_until_the_first_word_of_the_answer(self, stage: Stage) -> None:
        answer = begin(stage)
        stage.view.set_progress("now", "prefill", 1, 2)
        label = "Section 7 of 31 · pages 84–96"
        stage.view.set_reading("now", ReadingStage("notes", 7, 31, label, 128.0))
        assert answer.progress is None
        assert answer.reading is not None
        assert answer.reading.text == "Section 7 of 31 · pages 84–96 · about 2 min left"
        assert answer.reading.share == pytest.approx(6 / 31, abs=0.01)
        stage.view.add_thought("now", "- The deposit is 1,450.")
        assert answer.thought_row is not None
        assert answer.thought_row.text() == "Notes"
        stage.view.set_progress("now", "prefill", 1, 2)
        assert answer.progress is None, "the reading says more"
        stage.view.add_text("now", "It is 1,450.")
        assert answer.reading is None
        assert answer.thought_row.text() == "Notes"
        stage.view.finish("now", about("It is 1,450.", WHOLE, thought="- The deposit is 1,450."))
        assert answer.thought_row.text() == "Notes"

    def test_a_stopped_one_can_go_on(self, stage: Stage, qtbot: QtBot) -> None:
        answer = begin(stage)
        stage.view.set_reading("now", ReadingStage("notes", 7, 31, "Section 7 of 31"))
        partly = Coverage("lease.pdf", BLOB, "page", 412, tuple(range(1, 84)), how="sections")
        stage.view.finish("now", about("- The deposit is 1,450. [p. 3]", partly, paused=True))
        assert answer.paused is not None
        said = answer.paused.label.text()
        assert said == "Stopped after section 6 of 31. The notes so far are kept."
        (resume,) = answer.paused.buttons
        with qtbot.waitSignal(stage.view.action_requested) as asked:
            qtbot.mouseClick(resume, Qt.MouseButton.LeftButton)
        assert asked.args == ["now", "resume"]

    def test_after_a_restart_it_counts_pages(self, stage: Stage) -> None:
        partly = Coverage("lease.pdf", BLOB, "page", 412, tuple(range(1, 84)), how="sections")
        answer = show(stage, about("- Notes. [p. 3]", partly, paused=True))
        assert answer.paused is not None
        assert answer.paused.label.text().startswith("Stopped after 83 of 412 pages.")

    def test_answers_about_documents_ask_for_their_verdicts(self, stage: Stage) -> None:
        asked: list[str] = []
        stage.view.sources_shown.connect(asked.append)
        show(stage, about(TEXT, WHOLE))
        assert asked == ["m1"]


class TestAttached:
    def test_documents_and_films_say_what_they_are(self, stage: Stage) -> None:
        frames = tuple(Frame(str(n) * 64, n * 8.0, 640, 360) for n in range(8))
        film = Video("v" * 64, "harbour.mp4", "video/mp4", 61.0, frames)
        folder = Document(
            "f" * 64, "facet", "inode/directory", kind="folder", unit="file", pages=412
        )
        stage.view.show_conversation(entries(question("What is this?", PDF, folder, film)))
        message = stage.view.widget_of("m0")
        assert isinstance(message, UserMessage)
        assert [tile.accessibleName() for tile in message.tiles] == [
            "lease.pdf, 37 pages",
            "facet, 412 files",
            "harbour.mp4, 1:01 · 8 pictures",
        ]
        tile = message.tiles[2]
        assert isinstance(tile, FilmTile)
        assert tile.height() > message.tiles[0].height()
        image = tile.grab().toImage()
        chart = {image.pixelColor(QPoint(x, 60)).name() for x in range(10, 60)}
        assert len(chart) > 3, "its pictures are shown"


def test_buttons_and_pills_stay_inside_at_twice_the_size(
    make_stage: MakeStage, theme: Theme
) -> None:
    theme.set_text_scale(2.0)
    stage = make_stage((720, 480))
    partly = Coverage("lease.pdf", BLOB, "page", 412, tuple(range(1, 84)), how="sections")
    answer = show(stage, about(TEXT, partly, paused=True))
    stage.view.set_checked("m1", checked(TEXT))
    QApplication.processEvents()
    for button in answer.findChildren(Button):
        if button.isVisible():
            corner = button.mapTo(answer, button.rect().bottomRight())
            assert answer.rect().contains(corner)
    segment = segment_of(answer)
    cursor = QTextCursor(segment.document())
    for pill in segment.pills():
        cursor.setPosition(pill.position + 1)
        assert segment.cursorRect(cursor).right() <= segment.width()
