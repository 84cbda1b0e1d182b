"""The ask bar: what is typed or pressed in it becomes a question."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QLocale, QMimeData, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.core.budget import tokens_at
from app.core.errors import AppError
from app.core.screen_tasks import EXPLAIN, EXTRACT, READ, find, translate
from app.session.models import ModelShelf
from app.ui.overlay.ask_edit import AskEdit
from app.ui.overlay.languages import languages, own_language
from tests.gui.ui.overlay.asking import Asking


@pytest.fixture
def asking(tmp_path: Path, qtbot: QtBot) -> Iterator[Asking]:
    with Asking.opened(tmp_path / "data", qtbot) as asking:
        yield asking


def test_enter_asks_what_is_typed(asking: Asking) -> None:
    asking.mark()
    assert asking.bar.edit.hasFocus()
    assert asking.bar.send_button.state == "idle"
    asking.type("What is this?")
    assert asking.bar.send_button.state == "ready"
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    assert asking.quick.exchanges[-1].question == "What is this?"
    assert asking.bar.edit.text() == ""


def test_nothing_is_asked_of_nothing(asking: Asking) -> None:
    asking.mark()
    asking.type("   ")
    asking.key(Qt.Key.Key_Return)
    assert asking.quick.state == "ready"


def test_the_field_says_what_it_is_for(asking: Asking) -> None:
    asking.mark()
    assert asking.bar.edit.accessibleDescription() == "Ask about this"
    asking.ask("What is this?", "A page.")
    assert asking.bar.edit.accessibleDescription() == "Ask a follow-up about this picture"


def test_it_grows_with_what_is_typed(asking: Asking) -> None:
    asking.mark()
    before = asking.bar.sizeHint().height()
    wanted: list[bool] = []
    asking.bar.height_wanted.connect(lambda: wanted.append(True))
    asking.type("word " * 30)
    assert asking.bar.sizeHint().height() > before
    assert wanted
    asking.type("word " * 200)
    assert asking.bar.edit.height() == 6 * 24, "then it scrolls"


def test_the_button_stops_an_answer(asking: Asking) -> None:
    asking.mark()
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    assert asking.bar.send_button.state == "busy"
    assert asking.bar.send_button.accessibleName() == "Stop"
    assert not asking.bar.explain_button.isEnabled()
    asking.click(asking.bar.send_button)
    asking.office.until(lambda: asking.engine.cancelled)


@pytest.mark.parametrize(
    ("button", "task"),
    [("explain_button", EXPLAIN), ("read_button", READ), ("extract_button", EXTRACT)],
)
def test_a_suggestion_asks_at_once(asking: Asking, button: str, task: object) -> None:
    asking.mark()
    pressed = getattr(asking.bar, button)
    asking.click(pressed)
    asking.asked()
    exchange = asking.quick.exchanges[-1]
    assert exchange.task == task
    assert exchange.question == pressed.text()
    assert asking.bar.edit.hasFocus()


def test_translate_takes_the_language_of_the_system(asking: Asking) -> None:
    asking.mark()
    asking.click(asking.bar.translate_button)
    asking.asked()
    own = QLocale.languageToString(own_language())
    assert asking.quick.exchanges[-1].task == translate(own)
    assert asking.quick.exchanges[-1].question == f"Translate into {own}"


def test_translate_into_another_language(asking: Asking) -> None:
    asking.mark()
    asking.click(asking.bar.languages_button)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    names = [action.text() for action in menu.actions()]
    assert names[0] == QLocale.languageToString(own_language())
    assert names[1:] == sorted(names[1:])
    assert len(names) == len(set(names)) == len(languages())
    entry = next(action for action in menu.actions() if action.text() == "Japanese")
    menu.close()
    entry.trigger()
    asking.asked()
    assert asking.quick.exchanges[-1].task == translate("Japanese")


def test_find_begins_a_question(asking: Asking) -> None:
    asking.mark()
    asking.click(asking.bar.find_button)
    assert asking.bar.edit.hasFocus()
    asking.type("the channel")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    assert asking.quick.exchanges[-1].task == find("the channel")
    assert asking.engine.questions[-1].grammar


def test_arrows_are_for_the_region_while_nothing_is_written(asking: Asking) -> None:
    edit = asking.bar.edit
    asking.mark()
    for empty in (True, False):
        if not empty:
            asking.type("word")
        for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Left, modifier)
            event.accept()
            AskEdit.keyPressEvent(edit, event)
            assert event.isAccepted() is not empty


def test_escape_is_never_for_the_field(asking: Asking) -> None:
    asking.mark()
    asking.type("word")
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    event.accept()
    asking.bar.edit.keyPressEvent(event)
    assert not event.isAccepted()


def test_only_words_are_pasted(asking: Asking) -> None:
    asking.mark()
    data = QMimeData()
    data.setText("two\nlines")
    asking.bar.edit.insertFromMimeData(data)
    assert asking.bar.edit.text() == "two\nlines"
    assert not asking.bar.edit.canInsertFromMimeData(QMimeData())


def test_how_closely_the_picture_is_looked_at(asking: Asking) -> None:
    asking.mark()
    detail = asking.bar.detail_button
    assert detail.isVisible()
    assert detail.text() == asking.quick.detail == "Detail: low"
    asking.click(detail)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if "280 tokens" in action.text())
    menu.close()
    entry.trigger()
    asking.office.until(lambda: detail.text() == "Detail: medium")
    asking.ask("What is this?", "A page.")
    assert not detail.isVisible(), "too late now"


def test_it_tells_how_long_the_picture_takes_until_it_is_ready(asking: Asking) -> None:
    asking.mark()
    asking.office.until(lambda: asking.engine.preparations)
    picture = asking.quick.picture
    assert picture is not None
    tokens = tokens_at(picture.width, picture.height, picture.budget)
    asking.office.desk.paces.note([picture], 6000, tokens, 1000, 1000.0)
    assert asking.bar.detail_button.text() == "Detail: low · about 6 s"
    asking.engine.prepared()
    asking.office.until(lambda: asking.quick.picture_ready)
    assert asking.bar.detail_button.text() == "Detail: low"
    assert asking.bar.accessibleDescription() == "Picture ready"


def test_a_model_without_eyes_is_told_of_in_place(tmp_path: Path, qtbot: QtBot) -> None:
    with Asking.opened(tmp_path / "data", qtbot, vision=False) as asking:
        asking.mark()
        assert not asking.bar.explain_button.isEnabled()
        assert asking.bar.obstacle.isVisible()
        assert "can't see pictures." in asking.bar.obstacle.text()
        asking.type("What is this?")
        assert asking.bar.send_button.state == "idle"
        asking.key(Qt.Key.Key_Return)
        assert asking.quick.state == "ready"
        wanted: list[bool] = []
        asking.panels.models_wanted.connect(lambda: wanted.append(True))
        asking.click(asking.bar.models_button)
        assert wanted == [True]


def test_another_model_with_eyes_is_named(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Asking.opened(tmp_path / "data", qtbot, vision=False) as asking:
        current = asking.office.shelf.current
        assert current is not None
        asking.mark()
        assert asking.bar.obstacle.text() == (
            "Mini Gemma can't see pictures. Open Facet and choose a model that can."
        )
        other = msgspec.structs.replace(current, id="other", title="Gemma 4 E2B")
        monkeypatch.setattr(ModelShelf, "models", (current, other))
        asking.office.shelf.state_changed.emit()
        assert asking.bar.obstacle.text() == "Mini Gemma can't see pictures. Gemma 4 E2B can."


def test_what_went_wrong_is_told_until_something_is_asked(asking: Asking) -> None:
    asking.mark()
    asking.quick.problem.emit(AppError("The disk is full.", "Free some room."))
    assert asking.bar.obstacle.isVisible()
    assert asking.bar.obstacle.text() == "The disk is full. Free some room."
    assert not asking.bar.models_button.isVisible()
    asking.ask("What is this?", "A page.")
    assert not asking.bar.obstacle.isVisible()


def test_all_of_it_by_keyboard(asking: Asking) -> None:
    asking.mark()
    asking.type("x")
    names = []
    for _ in range(9):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        names.append(focused.accessibleName() or focused.text())
    assert names[:8] == [
        "Ask",
        "Explain",
        "Read the text",
        "Translate",
        "Translate into another language",
        "Find…",
        "Extract as table",
        "Detail: low",
    ]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_cut_at_any_size_of_text(asking: Asking, scale: float) -> None:
    asking.theme.set_text_scale(scale)
    asking.mark()
    QApplication.processEvents()
    bar = asking.bar
    bar.resize(round(440 * scale), bar.heightForWidth(round(440 * scale)))
    QApplication.processEvents()
    for button in (bar.explain_button, bar.languages_button, bar.extract_button, bar.send_button):
        place = button.rect().translated(button.mapTo(bar, button.rect().topLeft()))
        assert bar.rect().contains(place)
        assert button.width() >= button.sizeHint().width()
        assert button.height() >= 28 * scale
