"""The column of messages: following, scrolling, opening long conversations, finding words."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.conversation import Message, Outcome
from app.ui.transcript.view import TranscriptView
from tests.gui.transcript.scenes import EVERYTHING, OUTLIER, Entry, Stage, entries, question, reply


def wheel(view: TranscriptView, notches: int) -> None:
    """Turn the wheel over the view; positive is up."""
    port = view.viewport()
    center = QPointF(port.rect().center())
    event = QWheelEvent(
        center,
        port.mapToGlobal(center),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(port, event)


def long_conversation(pairs: int) -> list[Entry]:
    messages: list[Message] = []
    for number in range(pairs):
        messages.append(question(f"Question {number}"))
        messages.append(reply(f"Answer {number}\n\n" + (OUTLIER if number % 2 else EVERYTHING)))
    return entries(*messages)


def at_end(view: TranscriptView) -> bool:
    bar = view.verticalScrollBar()
    return bar.value() == bar.maximum()


@pytest.fixture
def view(stage: Stage) -> TranscriptView:
    return stage.view


def start_answer(view: TranscriptView) -> None:
    view.show_conversation(long_conversation(2))
    view.add_entry(Entry("q", question("And now?")))
    view.add_entry(Entry("now", reply("", outcome=Outcome.WRITING, stats=None)))


class TestFollowing:
    def test_the_end_stays_in_sight_while_words_arrive(self, view: TranscriptView) -> None:
        start_answer(view)
        for number in range(60):
            view.add_text("now", f"paragraph {number}\n\n")
            assert at_end(view)
        assert view.latest.isHidden()

    def test_scrolling_up_stops_it_and_the_button_brings_it_back(
        self, view: TranscriptView, qtbot: QtBot
    ) -> None:
        start_answer(view)
        view.add_text("now", "words\n\n" * 60)
        with qtbot.waitSignal(view.following_changed):
            wheel(view, 3)
        assert not view.following
        place = view.verticalScrollBar().value()
        view.add_text("now", "more words\n\n" * 40)
        assert view.verticalScrollBar().value() == place
        assert view.latest.isVisible()
        view.latest.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(view.latest, Qt.Key.Key_Return)
        assert view.following
        assert at_end(view)
        assert view.latest.isHidden()
        view.add_text("now", "and more\n\n" * 10)
        assert at_end(view)

    def test_scrolling_back_down_follows_again(self, view: TranscriptView) -> None:
        start_answer(view)
        view.add_text("now", "words\n\n" * 60)
        wheel(view, 2)
        assert not view.following
        wheel(view, -10)
        assert view.following

    def test_a_new_question_comes_into_sight(self, view: TranscriptView) -> None:
        view.show_conversation(long_conversation(3))
        view.verticalScrollBar().setValue(0)
        assert not view.following
        view.add_entry(Entry("q", question("And now?")))
        assert view.following
        assert at_end(view)

    def test_what_is_read_does_not_move_when_a_thought_above_is_opened(
        self, view: TranscriptView, qtbot: QtBot
    ) -> None:
        view.show_conversation(
            entries(
                *[reply(OUTLIER, thought="word\n\n" * 20), question("x")] * 3, reply(EVERYTHING)
            )
        )
        qtbot.waitUntil(lambda: view.complete)
        bar = view.verticalScrollBar()
        bar.setValue(bar.maximum() - 200)
        above = view.answer("m0")
        read = view.widget_of("m6")
        assert above is not None
        assert above.thought_row is not None
        assert read is not None
        before = read.mapTo(view, QPoint()).y()
        value = bar.value()
        above.thought_row.click()
        assert bar.value() > value
        assert read.mapTo(view, QPoint()).y() == before


class TestKeyboard:
    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            (Qt.Key.Key_PageUp, -1),
            (Qt.Key.Key_Up, -1),
            (Qt.Key.Key_PageDown, 1),
            (Qt.Key.Key_Down, 1),
            (Qt.Key.Key_Space, 1),
        ],
    )
    def test_it_scrolls(
        self, view: TranscriptView, qtbot: QtBot, key: Qt.Key, expected: int
    ) -> None:
        view.show_conversation(long_conversation(3))
        bar = view.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        before = bar.value()
        view.setFocus()
        qtbot.keyClick(view, key)
        assert (bar.value() - before) * expected > 0

    def test_home_and_end(self, view: TranscriptView, qtbot: QtBot) -> None:
        view.show_conversation(long_conversation(3))
        view.setFocus()
        qtbot.keyClick(view, Qt.Key.Key_Home)
        assert view.verticalScrollBar().value() == 0
        assert not view.following
        qtbot.keyClick(view, Qt.Key.Key_End)
        assert at_end(view)
        assert view.following

    def test_keys_in_a_text_scroll_the_transcript(self, view: TranscriptView, qtbot: QtBot) -> None:
        view.show_conversation(long_conversation(2))
        answer = view.answer("m3")
        assert answer is not None
        editor = next(iter(answer.body.editors()))
        editor.setFocus()
        before = view.verticalScrollBar().value()
        qtbot.keyClick(editor, Qt.Key.Key_PageUp)
        assert view.verticalScrollBar().value() < before

    def test_keyboard_focus_is_ringed(self, view: TranscriptView) -> None:
        view.show_conversation(long_conversation(1))
        view.clearFocus()
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        assert view._theme.focus_ring.target is view
        view.clearFocus()
        assert view._theme.focus_ring.target is None


class TestLongConversations:
    def test_the_newest_is_there_first_and_the_rest_follows_unseen(
        self, view: TranscriptView, qtbot: QtBot
    ) -> None:
        view.show_conversation(long_conversation(60))
        made = [key for key in view.keys if view.widget_of(key) is not None]
        assert at_end(view)
        assert "m119" in made
        assert "m0" not in made
        assert len(made) < 20
        bar = view.verticalScrollBar()
        bar.setValue(bar.maximum() - 300)
        qtbot.waitUntil(bar.isVisible)
        port = view.viewport()
        before = port.grab().toImage()
        qtbot.waitUntil(lambda: view.complete, timeout=60_000)
        assert all(view.widget_of(key) is not None for key in view.keys)
        assert port.grab().toImage() == before

    def test_scrolling_to_what_is_not_made_makes_it(self, view: TranscriptView) -> None:
        view.show_conversation(long_conversation(60))
        view.verticalScrollBar().setValue(0)
        first = view.widget_of("m0")
        assert first is not None
        assert first.isVisible()
        assert first.y() == 12

    def test_messages_never_overlap(self, view: TranscriptView, qtbot: QtBot) -> None:
        view.show_conversation(long_conversation(8))
        qtbot.waitUntil(lambda: view.complete)
        rects = [view.widget_of(key).geometry() for key in view.keys]  # type: ignore[union-attr]
        for above, below in pairwise(rects):
            assert below.top() - above.bottom() - 1 in (10, 18)

    def test_another_conversation_takes_its_place(self, view: TranscriptView, qtbot: QtBot) -> None:
        view.show_conversation(long_conversation(10))
        old = view.widget_of("m19")
        assert old is not None
        view.show_conversation(entries(question("Other")))
        assert view.keys == ("m0",)
        assert not old.isVisible()
        gone: list[bool] = []
        old.destroyed.connect(lambda: gone.append(True))
        qtbot.waitUntil(lambda: bool(gone))

    def test_a_removed_message_leaves_no_gap(self, view: TranscriptView) -> None:
        view.show_conversation(entries(question("a"), reply("b"), question("c")))
        view.remove_entry("m1")
        view.remove_entry("unknown")
        assert view.keys == ("m0", "m2")
        first, second = view.widget_of("m0"), view.widget_of("m2")
        assert first is not None
        assert second is not None
        assert second.y() == first.geometry().bottom() + 1 + 18

    def test_resizing_lays_out_anew_and_keeps_the_place(
        self, stage: Stage, view: TranscriptView, qtbot: QtBot
    ) -> None:
        view.show_conversation(long_conversation(10))
        qtbot.waitUntil(lambda: view.complete)
        target = view.widget_of("m10")
        assert target is not None
        view.verticalScrollBar().setValue(target.y() + 5)
        stage.resize(900, 700)
        qtbot.waitUntil(lambda: view.complete)
        assert target.width() == 592
        assert abs(target.mapTo(view, QPoint()).y() + 5) <= 1


class TestFinding:
    def test_places_are_counted_and_visited(self, view: TranscriptView) -> None:
        view.show_conversation(
            entries(question("Tides"), reply("The **tides** turn.\n\n```\ntides()\n```\n"))
        )
        assert view.find_words("tides") == (1, 3)
        assert view.find_words("tides") == (2, 3)
        assert view.find_words("tides", backwards=True) == (1, 3)
        assert view.find_words("tides", backwards=True) == (3, 3)
        assert view.find_words("moon") == (0, 0)

    def test_marks_are_shown_and_cleared(self, view: TranscriptView) -> None:
        view.show_conversation(entries(reply("The tides turn.")))
        answer = view.answer("m0")
        assert answer is not None
        editor = next(iter(answer.body.editors()))
        view.find_words("tides")
        assert len(editor.extraSelections()) == 1
        view.find_words("")
        assert editor.extraSelections() == []

    def test_a_place_far_away_comes_into_sight(self, view: TranscriptView) -> None:
        view.show_conversation(long_conversation(40))
        assert view.find_words("Question 3", backwards=True)[1] == 11
        for _ in range(11):
            view.find_words("Question 3", backwards=True)
        while view.find_words("Question 3")[0] != 1:
            pass
        found = view.widget_of("m6")
        assert found is not None
        top = found.mapTo(view, QPoint()).y()
        assert 0 <= top < view.height()


def test_it_tells_whether_something_is_above(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_conversation(entries(question("Short")))
    with qtbot.waitSignal(view.scrolled) as scrolled:
        view.show_conversation(long_conversation(3))
    assert scrolled.args == [True]
    with qtbot.waitSignal(view.scrolled) as scrolled:
        view.verticalScrollBar().setValue(0)
    assert scrolled.args == [False]


def test_words_for_an_unknown_answer_are_ignored(view: TranscriptView) -> None:
    view.show_conversation(entries(question("a")))
    view.add_text("gone", "words")
    view.add_text("m0", "words")
    view.finish("gone", reply("words"))
    assert view.answer("gone") is None
