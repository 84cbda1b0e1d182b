"""A conversation without hands in the window: real pauses, a fake sound system and a fake mouth."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.core.conversation import Audio
from app.session.hands_free import HandsFree
from app.session.read_aloud import ReadAloud
from tests.data import sounds
from tests.gui.session.test_read_aloud import Mouth
from tests.gui.voice.conftest import Spoken
from tests.gui.voice.speaking import silence


@pytest.fixture(scope="module")
def sentence() -> np.ndarray:
    """Somebody says something, and is silent then for longer than a pause."""
    said = sounds.spoken("How far away is the Moon tonight", 3.0)
    return np.concatenate([(said * 32767).astype(np.int16), silence(1.4)])


@pytest.fixture
def mouth() -> Mouth:
    return Mouth()


@pytest.fixture
def hands_free(spoken: Spoken, mouth: Mouth) -> HandsFree:
    office, page = spoken.desktop.office, spoken.desktop.window.page
    aloud = ReadAloud(office.preferences, office.jobs, lambda: mouth, office.chats)
    page.set_aloud(aloud)
    voice = spoken.voice
    hands_free = HandsFree(
        spoken.talking.recorder, office.chats, aloud, voice.begin, voice.talk.send, office.chats
    )
    page.set_hands_free(hands_free)
    return hands_free


def begin(spoken: Spoken, hands_free: HandsFree) -> None:
    hands_free.start()
    spoken.until(lambda: spoken.sound.port is not None)


def asked(spoken: Spoken, count: int) -> None:
    spoken.until(lambda: len(spoken.questions) == count)


def answer(spoken: Spoken, text: str) -> None:
    spoken.desktop.office.engine.write(text)
    spoken.desktop.office.engine.end()
    spoken.until(lambda: not spoken.desktop.office.chat.busy)


def test_a_pause_sends_the_answer_is_read_and_it_listens_again(
    spoken: Spoken, hands_free: HandsFree, mouth: Mouth, sentence: np.ndarray
) -> None:
    begin(spoken, hands_free)
    assert "Listening" in spoken.notice
    for turn in (1, 2):
        spoken.say(sentence)
        asked(spoken, turn)
        spoken.closed()
        answer(spoken, "Far away. Very far.")
        spoken.until(lambda: hands_free.state == "reading")
        assert "Reading aloud" in spoken.notice
        assert spoken.sound.port is None, "it does not hear itself"
        assert mouth.said[-1] == "Far away."
        mouth.ended.emit()
        mouth.ended.emit()
        spoken.until(lambda: hands_free.state == "listening")
        spoken.until(lambda: spoken.sound.port is not None)
    entries = spoken.desktop.office.chat.entries
    assert [len(one.message.attachments) for one in entries] == [1, 0, 1, 0]
    sound = entries[2].message.attachments[0]
    assert isinstance(sound, Audio)
    assert 1.0 < sound.seconds < 4.0, "the silence is not sent"


def test_a_short_breath_is_no_pause(
    spoken: Spoken, hands_free: HandsFree, sentence: np.ndarray
) -> None:
    begin(spoken, hands_free)
    words = sentence[: -16000 * 14 // 10]
    spoken.say(np.concatenate([words, silence(0.5), words]))
    QApplication.processEvents()
    assert hands_free.state == "listening"
    spoken.say(silence(1.5))
    asked(spoken, 1)


@pytest.mark.parametrize("when", ["listening", "reading"])
def test_esc_ends_it(
    spoken: Spoken, hands_free: HandsFree, mouth: Mouth, sentence: np.ndarray, when: str
) -> None:
    begin(spoken, hands_free)
    if when == "reading":
        spoken.say(sentence)
        asked(spoken, 1)
        answer(spoken, "Far away. Very far.")
        spoken.until(lambda: hands_free.state == "reading")
    spoken.desktop.key(Qt.Key.Key_Escape)
    spoken.until(lambda: not hands_free.on)
    spoken.closed()
    assert spoken.notice == ""
    assert spoken.attachments == ()
    assert mouth.stops == (1 if when == "reading" else 0)


def test_nothing_said_ends_it_with_a_word(spoken: Spoken, hands_free: HandsFree) -> None:
    begin(spoken, hands_free)
    spoken.say(silence(30.5))
    spoken.until(lambda: not hands_free.on)
    assert "No speech was heard" in spoken.notice


def test_an_answer_that_fails_ends_it(
    spoken: Spoken, hands_free: HandsFree, sentence: np.ndarray
) -> None:
    begin(spoken, hands_free)
    spoken.say(sentence)
    asked(spoken, 1)
    spoken.desktop.office.engine.fail("The model could not go on.", "Retry.")
    spoken.until(lambda: not hands_free.on)


def test_the_button_in_the_notice_and_another_chat_end_it(
    spoken: Spoken, hands_free: HandsFree, sentence: np.ndarray
) -> None:
    begin(spoken, hands_free)
    spoken.say(sentence)
    asked(spoken, 1)
    spoken.desktop.office.chats.new_chat()
    spoken.until(lambda: not hands_free.on)


def test_it_begins_in_the_menu_of_the_microphone(spoken: Spoken, hands_free: HandsFree) -> None:
    spoken.voice._open_menu(spoken.voice.button.mapToGlobal(spoken.voice.button.rect().center()))
    spoken.desktop.choose("Converse without hands")
    spoken.until(lambda: hands_free.state == "listening")
    hands_free.stop()
