"""The answer card: what is written, where it points, and what can be done with it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.conversation import Outcome
from app.core.screen_tasks import EXTRACT, READ
from app.ui.overlay import answer_card, exchange_view
from app.ui.overlay.exchange_view import ExchangeView
from app.ui.transcript import answer_message
from tests.gui.ui.overlay.asking import STATS, Asking, boxes_json, frame_of

PLACES = boxes_json(
    [("Channel width", (520, 270, 600, 770)), ("Band steering", (700, 20, 800, 800))]
)


@pytest.fixture
def asking(tmp_path: Path, qtbot: QtBot) -> Iterator[Asking]:
    with Asking.opened(tmp_path / "data", qtbot) as asking:
        asking.mark()
        yield asking


def last(asking: Asking) -> ExchangeView:
    return asking.card.exchanges.views[-1]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def point(asking: Asking) -> ExchangeView:
    """Something was asked that the model answers with two places."""
    asking.ask("Mark all settings", PLACES)
    return last(asking)


def test_it_is_there_once_something_was_asked(asking: Asking) -> None:
    assert not asking.panels.card_wanted
    asking.ask("What is this?", "A **page** of settings.")
    assert asking.card.isVisible()
    view = last(asking)
    assert view.question.words() == "What is this?"
    assert view.answer.text == "A **page** of settings."
    assert view.answer.body.segments()[0].words() == "A page of settings."  # type: ignore[union-attr]


def test_the_words_stream(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    assert asking.card.stop_button.isVisible()
    assert not asking.card.pin_button.isEnabled()
    low = asking.card.sizeHint().height()
    asking.engine.write("One line.\n\n")
    asking.office.until(lambda: last(asking).answer.text == "One line.")
    asking.engine.write("Another line.\n\nAnd more of them.")
    asking.office.until(lambda: last(asking).answer.text.endswith("them."))
    assert asking.card.sizeHint().height() > low
    asking.engine.end(stats=STATS)
    asking.office.until(lambda: not asking.card.stop_button.isVisible())
    assert asking.card._stats.text() == "22 tok/s"
    assert asking.card.model_title == "Mini Gemma"


def test_a_thought_is_folded(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    asking.engine.write("Let me look.", kind="thought")
    asking.office.until(lambda: last(asking).answer.thought == "Let me look.")
    row = last(asking).answer.thought_row
    assert row is not None
    assert not row.isChecked()
    asking.answer("A page.")
    assert last(asking).answer.text == "A page."
    assert row.text().startswith("Thought")


def test_questions_that_follow_stand_below(asking: Asking) -> None:
    for number in range(8):
        asking.ask(f"Question {number}?", "Words. " * 30)
    assert len(asking.card.exchanges.views) == 8
    bar = asking.card.exchanges.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    asking.ask("Another?", "Yes.")
    assert bar.value() == bar.maximum(), "a question brings itself into sight"


def test_it_stays_where_somebody_reads(asking: Asking) -> None:
    asking.ask("One?", "Words. " * 400)
    bar = asking.card.exchanges.verticalScrollBar()
    asking.type("Two?")
    asking.key(Qt.Key.Key_Return)
    asking.asked(2)
    bar.setValue(40)
    asking.answer("Words. " * 100)
    assert bar.value() == 40


def test_places_are_listed_and_shown_on_the_picture(asking: Asking) -> None:
    view = point(asking)
    assert view.boxes is not None
    assert [row.accessibleName() for row in view.boxes.rows] == [
        "1, Channel width, left 27 %, top 52 %",
        "2, Band steering, left 2 %, top 70 %",
    ]
    assert asking.panels.boxes.boxes == view.exchange.boxes
    assert [tag.words for tag in asking.panels.boxes.tags()] == ["Channel width", "Band steering"]
    assert not view.answer.isVisible(), "no JSON to be read"


def test_hovering_joins_list_and_picture_both_ways(asking: Asking) -> None:
    view = point(asking)
    assert view.boxes is not None
    boxes, rows = asking.panels.boxes, view.boxes.rows
    rows[1].setFocus(Qt.FocusReason.TabFocusReason)
    assert boxes.hovered == 1
    assert rows[1].lit
    asking.bar.focus()
    assert boxes.hovered == -1
    assert not rows[1].lit
    asking.panels.hover(boxes.places()[0].center().toPoint(), boxes.places()[0].toRect())
    assert [row.lit for row in rows] == [True, False]
    asking.panels.hover(None, boxes.places()[0].toRect())
    assert [row.lit for row in rows] == [False, False]


def test_no_box_is_pointed_at_from_above_a_panel(asking: Asking) -> None:
    point(asking)
    boxes = asking.panels.boxes
    asking.panels.hover(boxes.places()[0].center().toPoint(), boxes.places()[0].toRect())
    assert boxes.hovered == 0
    QTest.mouseMove(asking.bar, asking.bar.rect().center())
    asking.office.until(lambda: boxes.hovered == -1)


def test_an_answer_may_point_between_its_words(asking: Asking) -> None:
    asking.ask("What should be changed?", f"Two things:\n\n{PLACES}\n\nThat is all.")
    view = last(asking)
    assert view.answer.text == "Two things:\n\nThat is all."
    assert view.boxes is not None
    assert len(view.boxes.rows) == 2


def test_words_that_become_others_are_written_anew(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    view = last(asking)
    for words in ("One\n\ntwo", "One\n\ntwo three", "Other", "Other words\n\nand more"):
        view.update_exchange(replace(view.exchange, words=words))
        assert view.answer.text == words
        shown = view.answer.body.segments()[0].words()  # type: ignore[union-attr]
        assert shown.split() == words.split()


def test_nothing_found_is_said(asking: Asking) -> None:
    asking.ask("Where is the cat?", "[]")
    notice = last(asking).answer.notice
    assert notice is not None
    assert notice.label.text() == "Nothing like that was found in the picture."
    assert asking.panels.boxes.boxes == ()


def test_boxes_of_an_earlier_answer_come_back(asking: Asking) -> None:
    first = point(asking)
    asking.ask("Find the button", boxes_json([("Button", (900, 0, 990, 200))]))
    assert [box.label for box in asking.panels.boxes.boxes] == ["Button"]
    assert first.boxes is not None
    first.boxes.rows[1].setFocus(Qt.FocusReason.TabFocusReason)
    assert asking.panels.boxes.boxes == first.exchange.boxes
    assert asking.panels.boxes.hovered == 1


def test_boxes_are_copied_as_json(asking: Asking) -> None:
    view = point(asking)
    assert view._copy_row is not None
    asking.click(view._copy_row.json)
    assert json.loads(clipboard()) == json.loads(PLACES)


@pytest.mark.parametrize("ratio", [1.0, 1.5])
def test_the_picture_is_copied_at_its_own_size(asking: Asking, ratio: float) -> None:
    asking.mark(frame_of(ratio))
    view = point(asking)
    assert view._copy_row is not None
    asking.click(view._copy_row.picture)
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == view.exchange.region.size()
    assert copied == asking.panels.boxes.annotated().convertToFormat(copied.format())


def test_look_closer_from_the_card_and_from_the_picture(asking: Asking) -> None:
    view = point(asking)
    assert view.closer is not None
    assert view.boxes is not None
    assert view.closer.label.text() == "Channel width"
    view.boxes.rows[1].setFocus(Qt.FocusReason.TabFocusReason)
    assert view.closer.label.text() == "Band steering"
    asking.click(view.closer.button)
    asking.asked(2)
    assert last(asking).exchange.closer
    assert last(asking).question.words() == "Mark all settings (looked at closer)"
    asking.answer(boxes_json([("Switch", (0, 0, 500, 500))]))
    shown = asking.panels.boxes
    region = last(asking).exchange.region
    assert region.contains(shown.places()[0].toRect()), "of the part, not of all"
    shown.hover(QPointF(shown.places()[0].center()))
    place = shown.closer_place()
    assert place is not None
    assert asking.panels.press(place.center().toPoint(), region)
    asking.asked(3)


def test_the_text_keeps_its_lines(asking: Asking) -> None:
    asking.click(asking.bar.read_button)
    asking.asked()
    text = "# Not a heading\nsecond *line*\n\n  1. third"
    asking.answer(text)
    view = last(asking)
    assert view.exchange.task == READ
    assert view.plain is not None
    assert view.plain.words().splitlines() == ["# Not a heading", "second *line*", "  1. third"]
    view.plain.setFocus()
    cursor = QTextCursor(view.plain.document())
    cursor.select(QTextCursor.SelectionType.Document)
    view.plain.setTextCursor(cursor)
    view.plain.copy()
    assert "second *line*" in clipboard()
    asking.click(asking.card.copy_button)
    assert clipboard() == text


def test_a_table_grows_and_is_copied(asking: Asking) -> None:
    asking.click(asking.bar.extract_button)
    asking.asked()
    assert asking.quick.exchanges[-1].task == EXTRACT
    asking.engine.write('{"columns": ["Month", "kWh"], "rows": [["February", "402"]')
    asking.office.until(lambda: last(asking).table is not None)
    table = last(asking).table
    assert table is not None
    assert table.cells.model().rowCount() == 1
    asking.answer(', ["March, late", "527"]]}')
    assert table.cells.model().rowCount() == 2
    asking.click(table.csv)
    assert clipboard().split() == ["Month,kWh", "February,402", '"March,', 'late",527']
    asking.click(table.markdown)
    assert clipboard().splitlines()[1].startswith("| ---")
    index = table.cells.model().index(1, 1)
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    table.cells.setFocus()
    table.cells.selectRow(1)
    QTest.keyClick(table.cells, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "March, late\t527"


@pytest.mark.parametrize(
    ("question", "answer", "told"),
    [
        ("What is this?", "A **page**.", "A **page**."),
        ("Where is the cat?", "[]", "Nothing like that was found in the picture."),
        (
            "Find the switch",
            boxes_json([("Switch", (500, 100, 600, 200))]),
            "1, Switch, left 10 %, top 50 %",
        ),
    ],
)
def test_whole_answers_are_read_out(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, question: str, answer: str, told: str
) -> None:
    said: list[str] = []
    for module in (exchange_view, answer_message, answer_card):
        monkeypatch.setattr(module, "announce", lambda _widget, words: said.append(words))
    asking.ask(question, answer)
    assert [words for words in said if words] == ["Answering", told]


def test_a_failure_stays_in_place_and_is_tried_again(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    asking.engine.write("It is")
    asking.office.until(lambda: last(asking).answer.text == "It is")
    asking.engine.fail("The engine ended unexpectedly.", "Retry starts this answer again.")
    asking.office.until(lambda: last(asking).answer.error is not None)
    error = last(asking).answer.error
    assert error is not None
    assert error.title.text() == "The engine ended unexpectedly."
    assert last(asking).answer.text == "It is", "what there is stays"
    asking.click(error.buttons[0])
    asking.asked(2)
    asking.answer("A page.")
    assert [view.exchange.words for view in asking.card.exchanges.views] == ["A page."]


def test_stopped_is_said(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    asking.engine.write("It is")
    asking.office.until(lambda: last(asking).answer.text == "It is")
    assert asking.panels.back(), "the first Escape is for the answer"
    asking.office.until(lambda: asking.engine.cancelled)
    asking.engine.end(outcome=Outcome.STOPPED)
    asking.office.until(lambda: last(asking).exchange.done)
    notice = last(asking).answer.notice
    assert notice is not None
    assert notice.label.text() == "Stopped"
    assert not asking.panels.back(), "the next one is not"


def test_another_region_begins_anew(asking: Asking) -> None:
    point(asking)
    asking.mark(frame_of())
    assert not asking.panels.card_wanted
    assert asking.card.exchanges.views == []
    assert asking.panels.boxes.boxes == ()


def test_continue_in_chat(asking: Asking) -> None:
    told: list[str] = []
    asking.panels.continued.connect(told.append)
    asking.ask("What is this?", "A page.")
    chat = asking.quick._session.id  # type: ignore[union-attr]
    asking.click(asking.card.continue_button)
    assert told == [chat]
    assert asking.office.chat.id == chat


def test_all_of_it_by_keyboard_in_reading_order(asking: Asking) -> None:
    point(asking)
    asking.card.pin_button.setFocus(Qt.FocusReason.TabFocusReason)
    names = []
    for _ in range(9):
        focused = QApplication.focusWidget()
        assert focused is not None
        names.append(focused.accessibleName() or focused.text())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert names[:3] == ["Pin on top", "Copy answer", "Close"]
    assert names[3:5] == [
        "1, Channel width, left 27 %, top 52 %",
        "2, Band steering, left 2 %, top 70 %",
    ]
    assert names[5].startswith("Look closer")
    assert names[6:9] == ["Copy as JSON", "Copy picture with boxes", "Continue in chat"]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_it_fits_at_any_size_of_text(asking: Asking, scale: float) -> None:
    asking.theme.set_text_scale(scale)
    view = point(asking)
    asking.card.resize(round(420 * scale), asking.card.sizeHint().height())
    QApplication.processEvents()
    assert asking.card.exchanges.verticalScrollBar().maximum() == 0, "all of it is in sight"
    assert view.boxes is not None
    for row in view.boxes.rows:
        assert row.height() >= row.sizeHint().height()
        assert view.rect().contains(row.rect().translated(row.mapTo(view, row.rect().topLeft())))
