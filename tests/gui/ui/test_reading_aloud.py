"""Reading aloud in the window: by its button, of a selection, silenced by Esc, and its settings."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError
from app.session.read_aloud import ReadAloud
from app.ui.dialogs.settings import SettingsDialog
from app.ui.transcript.answer_message import AnswerMessage
from tests.gui.session.test_read_aloud import Mouth
from tests.gui.ui.conftest import Desktop


@pytest.fixture
def mouth() -> Mouth:
    return Mouth()


@pytest.fixture
def aloud(desktop: Desktop, mouth: Mouth) -> ReadAloud:
    aloud = ReadAloud(desktop.office.preferences, desktop.office.jobs, lambda: mouth)
    desktop.dialogs.aloud = aloud
    desktop.window.page.set_aloud(aloud)
    return aloud


def answered(desktop: Desktop, text: str = "The **Moon** pulls. It does.") -> AnswerMessage:
    desktop.office.send("Why?")
    desktop.office.engine.write(text)
    desktop.office.engine.end()
    desktop.until(lambda: not desktop.office.chat.busy)
    QApplication.processEvents()
    view = desktop.window.page.chat_view
    assert view is not None
    answer = view.transcript.answer(desktop.office.chat.entries[-1].id)
    assert answer is not None
    return answer


def test_the_button_reads_the_answer_and_stops(
    desktop: Desktop, aloud: ReadAloud, mouth: Mouth
) -> None:
    answer = answered(desktop)
    assert answer.stats is not None
    button = answer.stats.aloud_button
    assert button.accessibleName() == "Read aloud"
    desktop.click(button)
    assert mouth.said == ["The Moon pulls."]
    assert button.accessibleName().startswith("Stop reading aloud")
    desktop.click(button)
    assert mouth.stops == 1
    assert button.accessibleName() == "Read aloud"


def test_esc_silences_before_it_does_anything_else(
    desktop: Desktop, aloud: ReadAloud, mouth: Mouth
) -> None:
    answered(desktop)
    aloud.always = True
    desktop.office.send("And why two?")
    desktop.office.engine.write("One. Two.")
    desktop.until(lambda: bool(mouth.said))
    desktop.key(Qt.Key.Key_Escape)
    assert mouth.stops == 1
    assert desktop.office.chat.busy, "the answer goes on"
    desktop.key(Qt.Key.Key_Escape)
    desktop.until(lambda: desktop.office.engine.cancelled)


def test_selected_words_are_read(desktop: Desktop, aloud: ReadAloud, mouth: Mouth) -> None:
    answer = answered(desktop)
    words = answer.body.findChild(type(answer.body.widgets()[0]))
    cursor = words.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(8, QTextCursor.MoveMode.KeepAnchor)
    words.setTextCursor(cursor)
    place = words.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, words.mapToGlobal(place))
    QApplication.sendEvent(words.viewport(), event)
    desktop.choose("Read aloud")
    assert mouth.said == ["Moon"]


def test_a_voice_that_fails_is_told(desktop: Desktop, aloud: ReadAloud, mouth: Mouth) -> None:
    answer = answered(desktop)
    assert answer.stats is not None
    desktop.click(answer.stats.aloud_button)
    mouth.failed.emit(AppError("The voice is broken.", "Choose another."))
    assert "The voice is broken." in desktop.window.page.notice.text
    assert answer.stats.aloud_button.accessibleName() == "Read aloud"


def test_voice_and_speed_are_chosen_and_tried(
    desktop: Desktop, aloud: ReadAloud, mouth: Mouth
) -> None:
    dialog = desktop.dialogs.settings(desktop.window, desktop.window.commands)
    assert isinstance(dialog, SettingsDialog)
    field = dialog.voice
    desktop.until(field.voice_button.isEnabled)
    desktop.click(field.voice_button)
    desktop.choose("Anna (de)")
    assert desktop.office.preferences.settings.voice == "a"
    assert field.voice_button.text() == "Anna"
    desktop.click(field.try_button)
    assert mouth.said == ["This is how answers will sound.|a|1.0"]
    assert field.try_button.text() == "Stop"
    desktop.click(field.try_button)
    assert field.try_button.text() == "Try it"
