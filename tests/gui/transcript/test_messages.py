"""What stands around the words: progress, thought, notice, error, stats; and the person's own."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.core.conversation import Audio, Document, Image, Message, Outcome, Stats
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme
from app.ui.transcript import answer_message, view, words
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.formats import BLEED
from app.ui.transcript.rows import Action
from app.ui.transcript.tiles import FileTile, PictureTile
from app.ui.transcript.user_message import UserMessage
from tests.gui.transcript.conftest import MakeStage
from tests.gui.transcript.scenes import CHART, OUTLIER, Entry, Stage, entries, question, reply


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is told."""
    heard: list[str] = []
    for module in (view, answer_message):
        monkeypatch.setattr(module, "announce", lambda _widget, text: heard.append(text))
    return heard


def begin(stage: Stage, key: str = "now") -> AnswerMessage:
    """An answer that is about to be written."""
    stage.view.add_entry(Entry(key, reply("", outcome=Outcome.WRITING, stats=None)))
    answer = stage.view.answer(key)
    assert answer is not None
    return answer


def shown_answer(stage: Stage, message: Message) -> AnswerMessage:
    stage.view.show_conversation([Entry("a", message)])
    answer = stage.view.answer("a")
    assert answer is not None
    return answer


class TestProgress:
    @pytest.mark.parametrize(
        ("stage_name", "done", "total", "expected"),
        [
            ("waiting", 0, 0, "Waiting for the model"),
            ("image", 0, 1, "Looking at the picture"),
            ("image", 1, 3, "Looking at picture 2 of 3"),
            ("audio", 0, 1, "Listening to the sound"),
            ("prefill", 1240, 5300, "Reading 1,240 of 5,300 tokens"),
        ],
    )
    def test_words(
        self, stage: Stage, stage_name: str, done: int, total: int, expected: str
    ) -> None:
        answer = begin(stage)
        stage.view.set_progress("now", stage_name, done, total)
        assert answer.progress is not None
        assert answer.progress.text == expected

    def test_the_first_word_takes_its_place(self, stage: Stage) -> None:
        answer = begin(stage)
        stage.view.set_progress("now", "prefill", 1, 2)
        stage.view.add_text("now", "\n")
        assert answer.progress is not None
        stage.view.add_text("now", "Yes")
        assert answer.progress is None
        assert answer.body.isVisible()
        stage.view.set_progress("now", "prefill", 2, 2)
        assert answer.progress is None

    def test_the_mark_is_coloured_while_it_is_written(self, stage: Stage) -> None:
        answer = begin(stage)
        assert answer.mark is not None
        assert answer.mark.working
        assert answer.mark.x() == answer.x() + answer.inset - 30
        stage.view.add_text("now", "Yes")
        stage.view.finish("now", reply("Yes"))
        assert not answer.mark.working
        assert answer.mark.isVisible()

    def test_a_narrow_window_has_no_mark_but_says_that_it_answers(
        self, make_stage: MakeStage
    ) -> None:
        stage = make_stage((720, 480))
        answer = begin(stage)
        stage.view.add_text("now", "Yes")
        assert answer.mark is None or answer.mark.isHidden()
        assert "Answering" in [label.text() for label in answer.findChildren(Label)]


class TestAnnouncements:
    def test_the_beginning_and_the_whole_are_said_and_no_piece(
        self, stage: Stage, said: list[str]
    ) -> None:
        begin(stage)
        for piece in ("One ", "two ", "three."):
            stage.view.add_text("now", piece)
        assert said == ["Answering"]
        stage.view.finish("now", reply("One two three."))
        assert said == ["Answering", "One two three."]

    def test_old_answers_are_not_read_out(self, stage: Stage, said: list[str]) -> None:
        stage.view.show_conversation(entries(question("a"), reply("b")))
        assert said == []


class TestThought:
    def test_it_is_folded_away_and_opens_by_keyboard(self, stage: Stage, qtbot: QtBot) -> None:
        answer = begin(stage)
        stage.view.add_thought("now", "First **this**, ")
        row = answer.thought_row
        assert row is not None
        assert row.text() == "Thinking…"
        before = answer.height()
        row.setFocus()
        qtbot.keyClick(row, Qt.Key.Key_Space)
        assert row.isChecked()
        qtbot.waitUntil(lambda: answer.height() > before)
        stage.view.add_thought("now", "then that.")
        (thought,) = [
            child for child in answer.findChildren(QWidget) if child.accessibleName() == "Thought"
        ]
        assert thought.text == "First **this**, then that."  # type: ignore[attr-defined]
        assert thought.isVisible()
        qtbot.keyClick(row, Qt.Key.Key_Return)
        assert not row.isChecked()
        qtbot.waitUntil(lambda: not thought.isVisible())
        assert answer.height() == before

    def test_it_tells_how_long_it_took(self, stage: Stage) -> None:
        answer = begin(stage)
        stage.view.add_thought("now", "Hm")
        stage.view.add_text("now", "Yes")
        assert answer.thought_row is not None
        assert answer.thought_row.text().startswith("Thought for ")
        stage.view.finish("now", reply("Yes", thought="Hm", stats=Stats(thought_ms=6200)))
        assert answer.thought_row.text() == "Thought for 6 s"

    def test_an_old_one_without_a_time(self, stage: Stage) -> None:
        answer = shown_answer(stage, reply("Yes", thought="Hm", stats=None))
        assert answer.thought_row is not None
        assert answer.thought_row.text() == "Thought"
        assert answer.thought == "Hm"


class TestEnd:
    def test_the_stats(self, stage: Stage) -> None:
        answer = shown_answer(stage, reply("Yes"))
        assert answer.stats is not None
        assert answer.stats.label.text() == "246 tokens · 22.4 tok/s · first word after 0.6 s"

    def test_what_was_read_before_and_what_it_cost(self, stage: Stage) -> None:
        stats = Stats(
            prompt_tokens=1300,
            cached_tokens=1240,
            answer_tokens=9,
            encode_ms=8600,
            prefill_tps=55.4,
            restored="disk",
        )
        answer = shown_answer(stage, reply("Yes", stats=stats))
        assert answer.stats is not None
        told = [
            "Read before, from disk: 1,240 of 1,300 tokens",
            "Pictures and sounds: 8.6 s",
            "Reading: 55 tok/s",
        ]
        assert answer.stats.label.toolTip() == "\n".join(told)
        assert answer.stats.label.accessibleDescription() == ", ".join(told)

    def test_effort_names_its_source(self) -> None:
        assert words.effort(None) == words.effort(Stats()) == []
        known = Stats(prompt_tokens=10, cached_tokens=9)
        assert words.effort(known) == ["Read before: 9 of 10 tokens"]
        known = Stats(prompt_tokens=10, cached_tokens=9, restored="memory")
        assert words.effort(known) == ["Read before, from memory: 9 of 10 tokens"]

    @pytest.mark.parametrize(
        ("outcome", "expected"),
        [
            (Outcome.STOPPED, "Stopped · "),
            (Outcome.LENGTH, "Ended at the token limit · "),
            (Outcome.CONTEXT, "Ended because the context is full · "),
        ],
    )
    def test_another_end_is_said(self, stage: Stage, outcome: Outcome, expected: str) -> None:
        answer = shown_answer(stage, reply("Yes", outcome=outcome))
        assert answer.stats is not None
        assert answer.stats.label.text().startswith(expected)

    def test_copy_and_retry(self, stage: Stage, qtbot: QtBot) -> None:
        answer = shown_answer(stage, reply(OUTLIER))
        assert answer.stats is not None
        with qtbot.waitSignal(stage.view.copied) as copied:
            qtbot.mouseClick(answer.stats.copy_button, Qt.MouseButton.LeftButton)
        assert copied.args == ["a"]
        assert QGuiApplication.clipboard().text() == OUTLIER.strip()
        with qtbot.waitSignal(stage.view.retry_requested) as retried:
            qtbot.mouseClick(answer.stats.retry_button, Qt.MouseButton.LeftButton)
        assert retried.args == ["a"]

    def test_an_answer_without_words_has_nothing_to_copy(self, stage: Stage) -> None:
        begin(stage)
        stage.view.finish("now", reply("", outcome=Outcome.STOPPED, stats=None))
        answer = stage.view.answer("now")
        assert answer is not None
        assert answer.stats is not None
        assert answer.stats.copy_button.isHidden()
        assert answer.stats.label.text() == "Stopped"

    def test_what_was_left_out_is_told(self, stage: Stage) -> None:
        answer = shown_answer(stage, reply("Yes", stats=Stats(dropped_messages=4)))
        assert answer.notice is not None
        expected = "The oldest 4 messages no longer fit and were left out"
        assert answer.notice.label.text() == expected

    @pytest.mark.parametrize(
        ("milliseconds", "expected"),
        [(600, "0.6 s"), (9940, "9.9 s"), (9960, "10 s"), (65_000, "1 min 5 s")],
    )
    def test_times(self, milliseconds: float, expected: str) -> None:
        assert words.seconds(milliseconds) == expected


class TestErrors:
    ERROR = "The answer stopped because the engine ended unexpectedly. Facet restarted it. Retry."

    def test_a_failed_answer_keeps_its_words_and_offers_retry(
        self, stage: Stage, qtbot: QtBot
    ) -> None:
        answer = begin(stage)
        stage.view.add_text("now", "Half an ")
        stage.view.finish("now", reply("Half an ", outcome=Outcome.FAILED, error=self.ERROR))
        panel = answer.error
        assert panel is not None
        assert answer.text == "Half an "
        assert panel.title.text() == "The answer stopped because the engine ended unexpectedly."
        assert panel.text.text() == "Facet restarted it. Retry."
        retry = panel.buttons[0]
        retry.setFocus(Qt.FocusReason.TabFocusReason)
        with qtbot.waitSignal(stage.view.retry_requested):
            qtbot.keyClick(retry, Qt.Key.Key_Return)

    def test_other_buttons_and_details_by_keyboard(self, stage: Stage, qtbot: QtBot) -> None:
        answer = shown_answer(stage, reply("Half"))
        actions = (Action("retry", "Retry", "primary"), Action("continue", "Continue from here"))
        stage.view.fail("a", "It stopped.", "Nothing is lost.", actions, "exit code −9")
        panel = answer.error
        assert panel is not None
        assert [button.text() for button in panel.buttons] == [
            "Retry",
            "Continue from here",
            "Show details",
        ]
        panel.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(panel.buttons[0], Qt.Key.Key_Tab)
        assert panel.buttons[1].hasFocus()
        with qtbot.waitSignal(stage.view.action_requested) as asked:
            qtbot.keyClick(panel.buttons[1], Qt.Key.Key_Space)
        assert asked.args == ["a", "continue"]
        before = answer.height()
        qtbot.keyClick(panel.buttons[2], Qt.Key.Key_Space)
        assert panel.details.isVisible()
        assert panel.details.text() == "exit code −9"
        assert answer.height() > before
        qtbot.keyClick(panel.buttons[2], Qt.Key.Key_Space)
        assert answer.height() == before

    def test_another_failure_takes_its_place(self, stage: Stage) -> None:
        answer = shown_answer(stage, reply("", outcome=Outcome.FAILED, error="One."))
        first = answer.error
        stage.view.fail("a", "Two.", "")
        assert answer.error is not first
        assert answer.error is not None
        assert answer.error.title.text() == "Two."

    def test_the_notice_has_buttons(self, stage: Stage, qtbot: QtBot) -> None:
        answer = shown_answer(stage, reply("Yes"))
        stage.view.set_notice("a", "Something is left out", (Action("new", "New chat"),))
        assert answer.notice is not None
        with qtbot.waitSignal(stage.view.action_requested) as asked:
            qtbot.keyClick(answer.notice.buttons[0], Qt.Key.Key_Space)
        assert asked.args == ["a", "new"]
        stage.view.set_notice("a", "")
        assert answer.notice is None

    def test_a_sentence_alone_is_the_title(self) -> None:
        assert words.error_parts("It broke") == ("It broke", "")
        assert words.error_parts("A. B. C.") == ("A.", "B. C.")


class TestUserMessage:
    def message(self, stage: Stage, *parts: Image | Audio | Document, text: str) -> UserMessage:
        stage.view.show_conversation([Entry("u", question(text, *parts))])
        found = stage.view.widget_of("u")
        assert isinstance(found, UserMessage)
        return found

    def test_a_short_one_stands_right_in_a_bubble_that_fits(self, stage: Stage) -> None:
        message = self.message(stage, text="Short")
        image = message.grab().toImage()
        user = stage.view._theme.color("user")
        row = [image.pixelColor(x, 22) == user for x in range(image.width())]
        assert row[-1]
        assert 40 < sum(row) < 120
        assert image.pixelColor(image.width() - 1, image.height() - 1) != user  # the cut corner
        assert message.height() == 43

    def test_a_long_one_is_548_wide(self, stage: Stage) -> None:
        message = self.message(stage, text="many words " * 40)
        image = message.grab().toImage()
        user = stage.view._theme.color("user")
        x = next(x for x in range(image.width()) if image.pixelColor(x, 22) == user)
        assert image.width() - x in range(520, 549)

    def test_markdown_in_it_is_shown_as_it_was_typed(self, stage: Stage) -> None:
        message = self.message(stage, text="**bold** <b>x</b>\n\n- a")
        assert message.text is not None
        assert message.text.words() == "**bold** <b>x</b>\n\n- a"

    def test_a_picture_opens_on_click_and_by_keyboard(self, stage: Stage, qtbot: QtBot) -> None:
        message = self.message(stage, CHART, text="What is it?")
        (tile,) = message.tiles
        assert isinstance(tile, PictureTile)
        assert (tile.width(), tile.height()) == (172, 104)
        assert tile.accessibleName() == "Picture chart.png"
        with qtbot.waitSignal(stage.view.picture_opened) as opened:
            qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
        assert opened.args == [CHART]
        with qtbot.waitSignal(stage.view.picture_opened):
            qtbot.keyClick(tile, Qt.Key.Key_Return)

    def test_a_picture_is_painted_from_its_thumbnail(self, stage: Stage) -> None:
        message = self.message(stage, CHART, text="")
        image = message.tiles[0].grab().toImage()
        reds = [
            1
            for x in range(0, image.width(), 2)
            for y in range(0, image.height(), 2)
            if image.pixelColor(x, y).name() == "#c4573f"
        ]
        assert len(reds) > 20

    def test_files_say_what_they_are(self, stage: Stage, qtbot: QtBot) -> None:
        sound = Audio("a" * 64, "note.mp3", "audio/mpeg", 72.4)
        text = Document("d" * 64, "sheet.txt", "text/plain", "one\ntwo")
        message = self.message(stage, sound, text, text="Hear this")
        names = [tile.accessibleName() for tile in message.tiles]
        assert names == ["note.mp3, 1:12", "sheet.txt, 2 lines"]
        assert all(isinstance(tile, FileTile) for tile in message.tiles)
        with qtbot.waitSignal(stage.view.attachment_opened) as opened:
            qtbot.mouseClick(message.tiles[0], Qt.MouseButton.LeftButton)
        assert opened.args == [sound]

    @pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
    def test_many_pictures_wrap_inside_the_bubble(
        self, make_stage: MakeStage, size: tuple[int, int]
    ) -> None:
        stage = make_stage(size)
        message = self.message(stage, *[CHART] * 5, text="All of them")
        for tile in message.tiles:
            assert message.rect().contains(tile.geometry())
        rects = [tile.geometry() for tile in message.tiles]
        assert not any(a.intersects(b) for a in rects for b in rects if a != b)

    def test_right_to_left_it_stands_left(self, stage: Stage) -> None:
        stage.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        message = self.message(stage, text="Short")
        user = stage.view._theme.color("user")
        assert message.grab().toImage().pixelColor(QPoint(2, 22)) == user


def test_a_theme_change_recolours_messages(stage: Stage, theme: Theme) -> None:
    stage.view.show_conversation(entries(question("Short"), reply("Yes")))
    light = stage.view.grab().toImage()
    theme.set_mode("dark")
    dark = stage.view.grab().toImage()
    assert dark.pixelColor(5, 5) == theme.color("canvas")
    assert light.pixelColor(5, 5) != dark.pixelColor(5, 5)


def test_nothing_that_is_painted_beside_the_words_is_cut_off(stage: Stage) -> None:
    answer = begin(stage)
    stage.view.add_text("now", "`code` first\n\n10. ten\n100. a hundred")
    stage.view.finish("now", reply("`code` first\n\n10. ten\n100. a hundred"))
    QApplication.processEvents()
    (segment,) = answer.body.segments()
    assert answer.body.rect().contains(segment.geometry())
    assert answer.rect().contains(answer.body.geometry())
    assert segment.mapTo(answer, segment.rect().topLeft()).x() == answer.inset - BLEED
