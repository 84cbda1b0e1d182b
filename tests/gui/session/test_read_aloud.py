"""Answers are read aloud while they are written, and no longer than somebody wants to hear them."""

from collections.abc import Callable

import pytest

from app.core.errors import AppError
from app.desktop.voices.speaker import Speaker, Voice
from app.session.read_aloud import ReadAloud
from tests.gui.session.office import Office


class Mouth(Speaker):
    """A voice that says a sentence when the test tells it to."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.stops = 0

    def say(self, text: str, voice: str = "", speed: float = 1.0) -> None:
        self.said.append(f"{text}|{voice}|{speed}" if voice else text)

    def stop(self) -> None:
        self.stops += 1

    def voices(self) -> tuple[Voice, ...]:
        return (Voice("a", "Anna", "de"),)


@pytest.fixture
def mouth() -> Mouth:
    return Mouth()


@pytest.fixture
def aloud(office: Office, mouth: Mouth) -> ReadAloud:
    aloud = ReadAloud(office.preferences, office.jobs, lambda: mouth)
    aloud.set_session(office.chat)
    return aloud


def answer(office: Office, *pieces: str) -> None:
    office.send("Why?")
    for piece in pieces:
        office.engine.write(piece)
    office.engine.end()
    office.until(lambda: not office.chat.busy)


def test_nothing_is_read_unless_it_is_wanted(
    office: Office, aloud: ReadAloud, mouth: Mouth
) -> None:
    answer(office, "One. ", "Two.")
    assert mouth.said == []
    assert aloud.reading == ""


def test_sentences_are_read_while_the_answer_is_written(
    office: Office, aloud: ReadAloud, mouth: Mouth
) -> None:
    office.preferences.change(read_aloud=True, voice="a", voice_percent=150)
    ended: list[bool] = []
    aloud.ended.connect(lambda: ended.append(True))
    office.send("Why?")
    office.engine.write("Let me think. Yes.", kind="thought")
    office.engine.write("The Moon. It pu")
    office.until(lambda: mouth.said == ["The Moon.|a|1.5"])
    assert aloud.reading == office.chat.entries[-1].id
    office.engine.write("lls.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert len(mouth.said) == 1, "one at a time"
    mouth.ended.emit()
    assert mouth.said[1:] == ["It pulls.|a|1.5"]
    assert not ended
    mouth.ended.emit()
    assert ended
    assert aloud.reading == ""


def test_stop_holds_for_the_rest_of_the_answer_but_not_for_the_next(
    office: Office, aloud: ReadAloud, mouth: Mouth
) -> None:
    aloud.always = True
    office.send("Why?")
    office.engine.write("One. Two. Three")
    office.until(lambda: bool(mouth.said))
    aloud.stop()
    assert mouth.stops == 1
    office.engine.write(". Four. Five.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert mouth.said == ["One."]
    answer(office, "Next. One.")
    assert mouth.said == ["One.", "Next."]
    office.send("Another question")
    assert mouth.stops == 2, "who asks wants to hear no more"


def test_an_answer_is_read_when_asked_for(office: Office, aloud: ReadAloud, mouth: Mouth) -> None:
    answer(office, "# Tides\n\nThe **Moon**.")
    aloud.read(office.chat.entries[-1].id)
    mouth.ended.emit()
    assert mouth.said == ["Tides.", "The Moon."]
    aloud.read_text("Selected. Words.")
    assert mouth.stops == 1
    assert mouth.said[-1] == "Selected."
    assert aloud.reading == "text"
    aloud.read("no such answer")
    assert aloud.reading == "text"


def test_one_that_is_being_written_is_read_to_its_end(
    office: Office, aloud: ReadAloud, mouth: Mouth
) -> None:
    office.send("Why?")
    office.engine.write("One. Tw")
    office.until(lambda: office.chat.entries[-1].message.text == "One. Tw")
    aloud.read(office.chat.entries[-1].id)
    office.engine.write("o.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    mouth.ended.emit()
    assert mouth.said == ["One.", "Two."]


def test_another_chat_is_silent(office: Office, aloud: ReadAloud, mouth: Mouth) -> None:
    answer(office, "One. Two.")
    aloud.read(office.chat.entries[-1].id)
    office.chats.new_chat()
    aloud.set_session(office.chat)
    assert mouth.stops == 1
    assert aloud.reading == ""


@pytest.mark.parametrize("find", [lambda: None, Mouth])
def test_no_voice_is_told(office: Office, find: Callable[[], Speaker | None]) -> None:
    aloud = ReadAloud(office.preferences, office.jobs, find)
    problems: list[AppError] = []
    aloud.problem.connect(problems.append)
    aloud.read_text("Words. More.")
    if aloud.reading:
        mouth = aloud.findChild(Mouth)
        mouth.failed.emit(AppError("It is broken.", "Mend it."))
    assert len(problems) == 1
    assert problems[0].next_step
    assert aloud.reading == ""


def test_voices_are_found_in_the_background(office: Office, aloud: ReadAloud) -> None:
    found: list[Voice] = []
    aloud.list_voices(found.extend)
    office.until(lambda: found == [Voice("a", "Anna", "de")])
