"""Asking about the screen by voice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.prompt import SPOKEN
from app.main import RESOURCES
from app.session.talking import Talking
from app.ui.theme.theme import Theme
from app.ui.voice.ask_voice import AskVoice
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import Office
from tests.gui.ui.overlay.asking import Asking
from tests.gui.voice.speaking import FakeSound, hum, talking_of


@dataclass
class SpokenAsking:
    """The ask bar over a marked region, and somebody who speaks."""

    asking: Asking
    sound: FakeSound
    talking: Talking

    @property
    def voice(self) -> AskVoice:
        assert self.asking.bar.voice is not None
        return self.asking.bar.voice

    def hold(self) -> None:
        QTest.keyPress(self.asking.bar.edit, Qt.Key.Key_Space)
        self.asking.office.until(lambda: self.sound.port is not None)
        self.voice.talk._since -= 1.0
        self.voice.talk._pressed_at -= 1000 if self.voice.talk._pressed_at else 0

    def let_go(self) -> None:
        QTest.keyRelease(self.asking.bar.edit, Qt.Key.Key_Space)

    def say(self) -> None:
        self.sound.hear(hum(1.0))
        self.asking.office.until(lambda: self.talking.recorder.seconds >= 1.0)


def opened(folder: Path, qtbot: QtBot, *, audio: bool = True) -> Iterator[SpokenAsking]:
    office = Office.open(folder, FakeEngine(), qtbot)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
    office.load_model(audio=audio)
    sound = FakeSound()
    talking = talking_of(office, sound)
    asking = Asking(office, theme, talking)
    try:
        asking.mark()
        yield SpokenAsking(asking, sound, talking)
    finally:
        talking.recorder.close()
        asking.close()


@pytest.fixture
def deaf(tmp_path: Path, qtbot: QtBot) -> Iterator[SpokenAsking]:
    """With a model that doesn't hear."""
    yield from opened(tmp_path / "data", qtbot, audio=False)


@pytest.fixture
def spoken(tmp_path: Path, qtbot: QtBot) -> Iterator[SpokenAsking]:
    yield from opened(tmp_path / "data", qtbot)


def test_what_is_said_is_asked_about_the_picture(spoken: SpokenAsking) -> None:
    asking = spoken.asking
    spoken.hold()
    assert spoken.voice.row.isVisible()
    spoken.say()
    spoken.let_go()
    asking.asked()
    question = asking.engine.questions[-1]
    turn = question.prompt.turns[-1]
    assert [media.kind for media in turn.media] == ["image", "audio"], "the picture comes first"
    assert turn.text == SPOKEN
    assert question.prompt.thinking is False
    assert not spoken.voice.row.isVisible()
    asking.answer("The channel is too wide.")
    (exchange,) = asking.quick.exchanges
    assert exchange.question == "Asked by voice"
    assert exchange.words == "The channel is too wide."


def test_a_follow_up_is_only_the_sound(spoken: SpokenAsking) -> None:
    spoken.asking.ask("What is this?", "A page.")
    spoken.hold()
    spoken.say()
    spoken.let_go()
    spoken.asking.asked(2)
    turns = spoken.asking.engine.questions[-1].prompt.turns
    assert [media.kind for media in turns[0].media] == ["image"]
    assert [media.kind for media in turns[-1].media] == ["audio"]


def test_a_short_press_starts_and_stops_and_asks(spoken: SpokenAsking) -> None:
    QTest.keyClick(spoken.asking.bar.edit, Qt.Key.Key_Space)
    office = spoken.asking.office
    office.until(lambda: spoken.sound.port is not None and not spoken.voice.talk.holding)
    assert not spoken.voice.row.keep_button.isVisible()
    spoken.say()
    QTest.keyClick(spoken.asking.bar.edit, Qt.Key.Key_Space)
    spoken.asking.asked()


def test_escape_takes_back_what_is_being_said_and_nothing_else(spoken: SpokenAsking) -> None:
    spoken.hold()
    spoken.say()
    assert spoken.asking.panels.back(), "the overlay asks what is topmost"
    spoken.let_go()
    spoken.asking.office.settle()
    assert not spoken.voice.row.isVisible()
    assert not spoken.asking.engine.questions
    assert spoken.asking.quick.state == "ready"
    assert not spoken.asking.panels.back()


def test_another_question_takes_its_place(spoken: SpokenAsking) -> None:
    spoken.hold()
    spoken.asking.click(spoken.asking.bar.explain_button)
    spoken.asking.asked()
    assert not spoken.talking.recorder.recording
    turn = spoken.asking.engine.questions[-1].prompt.turns[-1]
    assert [media.kind for media in turn.media] == ["image"]


def test_space_is_written_in_a_question(spoken: SpokenAsking) -> None:
    spoken.asking.type("a b")
    assert spoken.asking.bar.edit.text() == "a b"
    assert not spoken.sound.asked


def test_nothing_is_recorded_while_an_answer_is_written(spoken: SpokenAsking) -> None:
    spoken.asking.type("Why?")
    spoken.asking.key(Qt.Key.Key_Return, spoken.asking.bar.edit)
    spoken.asking.asked()
    assert not spoken.voice.button.isEnabled()
    QTest.keyPress(spoken.asking.bar.edit, Qt.Key.Key_Space)
    spoken.let_go()
    assert not spoken.sound.asked


def test_a_picture_that_is_put_away_while_somebody_speaks(spoken: SpokenAsking) -> None:
    spoken.hold()
    spoken.say()
    spoken.asking.panels.clear()
    spoken.asking.office.settle()
    assert not spoken.talking.recorder.recording
    assert not spoken.asking.engine.questions


def test_a_model_that_does_not_hear_says_so_first(deaf: SpokenAsking) -> None:
    bar = deaf.asking.bar
    QTest.keyPress(bar.edit, Qt.Key.Key_Space)
    deaf.let_go()
    QApplication.processEvents()
    assert not deaf.sound.asked
    assert "can't hear speech" in bar.obstacle.text()
    assert bar.listen_button.isVisible()
    assert bar.listen_button.text() == "Let Mini Gemma write it down first"
    deaf.asking.click(bar.listen_button)
    deaf.asking.office.until(lambda: deaf.sound.port is not None)
