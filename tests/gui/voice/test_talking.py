"""Speaking in the composer: held, tapped, cancelled, cut off; what is seen and what is sent."""

import io
import wave
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.conversation import Audio
from app.core.errors import AppError
from app.core.prompt import SPOKEN
from app.ui.voice.recording_row import RecordingRow
from tests.gui.ui.conftest import Desktop
from tests.gui.voice.conftest import Spoken
from tests.gui.voice.speaking import hum, silence


def heard_in(path: str) -> float:
    """The length of what the engine was given, in seconds."""
    with wave.open(io.BytesIO(Path(path).read_bytes())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return file.getnframes() / 16000


def test_space_is_held_and_its_release_sends(spoken: Spoken) -> None:
    spoken.hold()
    assert spoken.voice.row.isVisible()
    assert spoken.voice.button.lit
    assert "Release Space to send." in spoken.voice.hint.text()
    spoken.say(hum(2.0))
    spoken.release()
    spoken.until(lambda: spoken.questions)
    turn = spoken.questions[-1].prompt.turns[-1]
    (media,) = turn.media
    assert media.kind == "audio"
    assert heard_in(media.path) == pytest.approx(2.0, abs=0.1)
    assert turn.text == SPOKEN
    (part,) = spoken.desktop.office.chat.entries[0].message.attachments
    assert isinstance(part, Audio)
    assert part.spoken
    assert not spoken.voice.row.isVisible()
    spoken.closed()
    assert not spoken.voice.button.lit
    assert spoken.composer.edit.text() == ""


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_key_that_repeats_is_held(spoken: Spoken, told: bool) -> None:
    spoken.hold()
    for _ in range(20):
        spoken.repeat(told=told)
        QApplication.processEvents()
    spoken.say()
    assert spoken.voice.talk.holding
    assert spoken.sound.asked == [""]
    spoken.release()
    spoken.until(lambda: spoken.questions)
    assert spoken.sound.asked == [""]


def test_a_short_press_starts_and_another_one_stops_and_keeps(spoken: Spoken) -> None:
    spoken.tap()
    assert spoken.voice.row.keep_button.isVisible()
    assert spoken.voice.hint.text().startswith("Enter sends. Space stops")
    spoken.say()
    spoken.press()
    spoken.release()
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    assert not spoken.questions
    assert not spoken.voice.row.isVisible()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)


def test_enter_sends_what_was_started_by_a_short_press(spoken: Spoken) -> None:
    spoken.tap()
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)


def test_a_press_is_as_long_as_the_system_says(spoken: Spoken) -> None:
    talk = spoken.voice.talk
    talk.press(5000)
    spoken.until(lambda: spoken.sound.port is not None)
    talk._since -= 1.0  # the window was busy meanwhile
    talk.release(5100)
    assert spoken.talking.recorder.recording, "it was a short press"
    assert not talk.holding


def test_the_button_is_held_wherever_the_mouse_goes(spoken: Spoken) -> None:
    button = spoken.voice.button
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    spoken.until(lambda: spoken.sound.port is not None)
    spoken.long_ago()
    QTest.mouseMove(button, QPoint(-300, -200))
    spoken.say()
    assert "Release to send." in spoken.voice.hint.text()
    assert spoken.composer.edit.hasFocus(), "keys still go to the message"
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=QPoint(-300, -200))
    spoken.until(lambda: spoken.questions)


def test_the_button_is_pressed_by_keys_and_starts_and_stops(spoken: Spoken) -> None:
    spoken.voice.button.setFocus(Qt.FocusReason.TabFocusReason)
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.sound.port is not None)
    assert not spoken.voice.talk.holding
    spoken.say()
    spoken.composer.talk()  # by its own shortcut
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])


def test_escape_cancels_and_nothing_is_left(spoken: Spoken) -> None:
    spoken.hold()
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Escape)
    assert not spoken.voice.row.isVisible()
    spoken.release()
    spoken.closed()
    spoken.desktop.settle()
    assert not spoken.attachments
    assert not spoken.questions
    assert spoken.composer.edit.text() == ""


def test_space_is_written_where_something_is_written_already(spoken: Spoken) -> None:
    spoken.desktop.type("a b")
    assert spoken.composer.edit.text() == "a b"
    assert not spoken.sound.asked


def test_nothing_is_written_below_the_row(spoken: Spoken) -> None:
    spoken.tap()
    spoken.desktop.type("abc")
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Escape)
    assert spoken.composer.edit.text() == ""


def test_what_is_typed_goes_along(spoken: Spoken) -> None:
    spoken.desktop.type("In one word:")
    spoken.composer.talk()
    spoken.until(lambda: spoken.sound.port is not None)
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)
    turn = spoken.questions[-1].prompt.turns[-1]
    assert turn.text == "In one word:"
    assert [media.kind for media in turn.media] == ["audio"]


def test_after_30_seconds_it_ends_and_is_kept(spoken: Spoken) -> None:
    spoken.hold()
    spoken.say(hum(31.0))
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    assert spoken.notice.startswith("30 seconds is the longest")
    spoken.repeat(told=False)
    spoken.release()
    QApplication.processEvents()
    assert spoken.composer.edit.text() == "", "the key was still down"
    assert spoken.attachments[0].detail == "0:30"
    assert not spoken.questions


def test_what_was_heard_is_kept_when_the_microphone_goes_away(spoken: Spoken) -> None:
    spoken.hold()
    spoken.say(hum(1.5))
    spoken.sound.unplug()
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    assert "went away" in spoken.notice
    assert not spoken.questions


def test_while_an_answer_is_written_it_is_attached(spoken: Spoken) -> None:
    spoken.desktop.office.send("Why?")
    spoken.hold()
    assert "still being written" in spoken.voice.hint.text()
    spoken.say()
    spoken.release()
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    assert len(spoken.questions) == 1


def test_it_stays_with_the_chat_that_it_was_said_in(spoken: Spoken) -> None:
    spoken.desktop.office.exchange("Hello", "Good day")
    first = spoken.desktop.office.chat
    spoken.tap()
    spoken.say()
    spoken.desktop.window.new_chat()
    spoken.until(lambda: [one.state for one in first.draft.attachments] == ["ready"])
    assert not spoken.attachments
    assert not spoken.voice.row.isVisible()


def test_nothing_heard_is_said(spoken: Spoken) -> None:
    spoken.hold()
    spoken.say(silence(1.0))
    spoken.release()
    spoken.until(lambda: spoken.notice)
    assert spoken.notice.startswith("No speech was heard.")
    assert not spoken.attachments


def test_a_microphone_that_cannot_be_opened_says_why(spoken: Spoken) -> None:
    asked: list[bool] = []
    spoken.desktop.window.page.settings_wanted.connect(lambda: asked.append(True))
    spoken.sound.error = AppError("No microphone was found.", "Connect one.", code="mic-none")
    spoken.press()
    spoken.until(lambda: spoken.notice)
    assert spoken.notice == "No microphone was found. Connect one."
    assert not spoken.voice.row.isVisible()
    spoken.release()
    spoken.sound.error = None
    spoken.hold()
    assert not spoken.notice, "another try takes it away"


def test_nothing_jumps(spoken: Spoken) -> None:
    composer = spoken.composer
    before = composer.geometry()
    send = composer.send_button.mapTo(composer, QPoint(0, 0))
    spoken.tap()
    QApplication.processEvents()
    assert composer.geometry() == before
    octagon = spoken.voice.row.send_button.mapTo(composer, QPoint(0, 0))
    assert octagon.x() == send.x()
    spoken.desktop.key(Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert composer.geometry() == before


def test_a_chat_is_called_by_the_answer_to_what_was_said(spoken: Spoken) -> None:
    chat, engine = spoken.desktop.office.chat, spoken.desktop.office.engine
    spoken.hold()
    spoken.say()
    spoken.release()
    spoken.until(lambda: spoken.questions)
    assert chat.title == "Voice message"
    engine.write("## Two tides a day\n\nThe moon pulls.")
    engine.end()
    spoken.until(lambda: not chat.busy)
    assert chat.title == "Two tides a day The moon pulls."


def test_a_chat_that_was_named_meanwhile_keeps_its_name(spoken: Spoken) -> None:
    chat, engine = spoken.desktop.office.chat, spoken.desktop.office.engine
    spoken.hold()
    spoken.say()
    spoken.release()
    spoken.until(lambda: spoken.questions)
    chat.rename("Tides")
    engine.write("Two a day.")
    engine.end()
    spoken.until(lambda: not chat.busy)
    assert chat.title == "Tides"


def test_in_a_narrow_window_the_line_says_less(spoken: Spoken) -> None:
    spoken.tap()
    assert spoken.voice.hint.text().endswith("nothing is uploaded.")
    spoken.desktop.office.preferences.change(text_percent=200)
    QApplication.processEvents()
    assert spoken.voice.hint.text() == "Enter sends. Space stops, to hear it first."


def test_the_ten_first_turns_are_alike(spoken: Spoken) -> None:
    for turn in range(1, 11):
        spoken.hold()
        spoken.say(hum(0.5))
        spoken.release()
        spoken.until(lambda turn=turn: len(spoken.questions) == turn)
        spoken.desktop.office.engine.write(f"answer {turn}")
        spoken.desktop.office.engine.end()
        spoken.until(lambda: not spoken.desktop.office.chat.busy)
    media = [turn.media for turn in spoken.questions[-1].prompt.turns if turn.role == "user"]
    assert [len(each) for each in media] == [1] * 10


def test_the_chosen_microphone_is_opened(open_desktop: object, spoken: Spoken) -> None:
    spoken.desktop.office.preferences.change(microphone="usb")
    spoken.hold()
    assert spoken.sound.asked == ["usb"]


def test_a_window_that_loses_the_keyboard_keeps_what_was_said(spoken: Spoken) -> None:
    spoken.hold()
    spoken.say()
    spoken.voice.talk._looked_away()
    assert spoken.voice.talk.holding, "its own window has it still"
    spoken.desktop.window.open_about()
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    assert not spoken.questions


def test_without_a_model_nothing_is_recorded(bare: Desktop) -> None:
    spoken = Spoken.to(bare)
    spoken.press()
    spoken.release()
    QApplication.processEvents()
    assert spoken.notice.startswith("There is no model to hear it.")
    assert not spoken.sound.asked
    spoken.close()


def test_with_very_large_text_cancel_keeps_its_room(spoken: Spoken) -> None:
    row = RecordingRow(spoken.composer._theme, spoken.composer)
    row.setGeometry(0, 0, 280, 60)
    row.set_writing("")
    row.show()
    row.show_take(1.0, (), 30.0)
    assert not row.left.isVisibleTo(row)
    row.show_take(25.0, (), 30.0)
    assert row.left.isVisibleTo(row), "little time is left"
    row.setGeometry(0, 0, 600, 60)
    row.show_take(2.0, (), 30.0)
    assert row.left.isVisibleTo(row)
    row.deleteLater()
