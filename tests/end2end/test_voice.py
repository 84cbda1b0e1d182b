"""Speaking to the real window: Space is really held, the sound comes from a real sound system, and
the miniature names what it hears."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.data import HEARD, MEDIA
from tests.data.pictures import draw
from tests.end2end.accessible import ScreenReader
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.program import Stored
from tests.end2end.screen import Screen
from tests.end2end.shown_picture import showing
from tests.end2end.test_shoot import SIDE, Hand
from tests.end2end.virtual_microphone import RATE, VirtualMicrophone, virtual_microphone
from tests.end2end.waiting import wait_for

WINDOW = (60, 40, 1280, 800)
LISTENING = "Recording"  # what the row calls itself
SEVEN = "seven.wav"


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as microphone:
        yield microphone


@pytest.fixture(scope="module")
def spoken_to(
    screen: Screen,
    reader: ScreenReader,
    microphone: VirtualMicrophone,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Facet]:
    folder = tmp_path_factory.mktemp("spoken-to") / "data"
    write_settings(folder, model=MINIATURE, picture_budget=70, window=WINDOW)
    environment = {**TEST_ENVIRONMENT, **microphone.environment}
    with closing(Facet(screen, reader, folder, environment)) as program:
        program.start()
        yield program
    complaints = "\n".join(program.complaints())
    assert not complaints, f"Facet complained:\n{complaints}"


@pytest.fixture
def facet(spoken_to: Facet) -> Facet:
    """In a new chat, with the keyboard in the empty message."""
    spoken_to.new_chat()
    return spoken_to


def seven() -> np.ndarray:
    """The word, without most of the silence around it: 16 kHz, mono."""
    samples, rate = soundfile.read(MEDIA / SEVEN, dtype="float32")
    assert rate == RATE
    loud = np.nonzero(np.abs(samples) > 0.01)[0]
    return samples[loud[0] - RATE // 5 : loud[-1] + RATE // 5]


def listening(facet: Facet) -> bool:
    """Whether the row is shown that says so."""
    return any("showing" in node.states for node in facet.find(LISTENING))


def chip(facet: Facet) -> bool:
    """Whether something that was said is attached."""
    return bool(facet.find("Play Voice message"))


def playing(microphone: VirtualMicrophone) -> bool:
    """Whether anything is heard on the loudspeaker."""
    return bool(microphone.control("list", "short", "sink-inputs").strip())


def hold(facet: Facet, microphone: VirtualMicrophone) -> None:
    """Hold Space until the microphone is open."""
    idle = microphone.listeners()
    facet.screen.xdotool("keydown", "space")
    wait_for(lambda: microphone.listeners() > idle, "the microphone is open")


def let_go(facet: Facet) -> None:
    facet.screen.xdotool("keyup", "space")


def wait_for_spoken(facet: Facet, count: int) -> Stored:
    """The newest answer, once there are ``count`` of them that have ended."""

    def look() -> Stored | None:
        messages = facet.newest_messages()
        done = [one for one in messages if one.role == "assistant" and one.outcome == "done"]
        return done[-1] if len(done) == count else None

    return wait_for(look, f"{count} answers in the database", 60)


def test_ten_questions_in_a_row_are_heard_while_space_is_held(
    facet: Facet, microphone: VirtualMicrophone
) -> None:
    word = seven()
    idle = microphone.listeners()
    for turn in range(1, 11):
        hold(facet, microphone)
        with microphone.playing(word):
            if turn == 1:
                facet.wait_for_node(LISTENING)
                facet.wait_for_text("Release Space to send.")
                facet.picture("50-recording")
        let_go(facet)
        assert wait_for_spoken(facet, turn).text == HEARD[SEVEN], f"question {turn}"
        wait_for(lambda: microphone.listeners() == idle, "the microphone is closed")
    questions = [one for one in facet.newest_messages() if one.role == "user"]
    assert all(len(one.attachments) == 1 for one in questions)
    assert all(one.attachments[0]["spoken"] for one in questions)
    facet.wait_for_text("Voice message", HEARD[SEVEN])
    facet.picture("51-ten-questions")


def test_escape_forgets_what_is_being_said(facet: Facet, microphone: VirtualMicrophone) -> None:
    idle = microphone.listeners()
    hold(facet, microphone)
    with microphone.playing(seven()):
        facet.wait_for_node(LISTENING)
        facet.screen.key("Escape")
        wait_for(lambda: microphone.listeners() == idle, "the microphone is closed")
    let_go(facet)
    wait_for(lambda: not listening(facet), "the row has gone")
    assert not chip(facet)
    facet.ask("What is left of it?")
    assert not facet.wait_for_answer("What is left of it?").attachments
    (asked, _) = facet.newest_messages()
    assert not asked.attachments
    assert asked.text == "What is left of it?", "nothing of Space was written"


def test_a_short_press_starts_and_stops_and_enter_sends(
    facet: Facet, microphone: VirtualMicrophone
) -> None:
    idle = microphone.listeners()
    facet.screen.key("space")
    wait_for(lambda: microphone.listeners() > idle, "the microphone is open")
    microphone.play(seven())
    facet.wait_for_text("Enter sends.")
    facet.screen.key("space")
    wait_for(lambda: chip(facet), "it is attached")
    assert microphone.listeners() == idle
    facet.picture("52-voice-chip")
    facet.click("Play Voice message")
    wait_for(lambda: playing(microphone), "it is heard again")
    wait_for(lambda: not playing(microphone), "it ends by itself")
    facet.wait_for_node("Play Voice message")
    facet.screen.park_mouse()
    facet.screen.key("Return")
    assert wait_for_spoken(facet, 1).text == HEARD[SEVEN]


def test_what_is_dictated_is_written_into_the_message(
    facet: Facet, microphone: VirtualMicrophone
) -> None:
    idle = microphone.listeners()
    facet.screen.type("Say:")
    facet.screen.key("ctrl+d")
    wait_for(lambda: microphone.listeners() > idle, "the microphone is open")
    microphone.play(seven())
    facet.screen.key("Return")
    facet.wait_for_text(f"Say: {HEARD[SEVEN]}")
    facet.screen.key("Return")
    facet.wait_for_answer(f"Say: {HEARD[SEVEN]}")
    (asked, _) = facet.newest_messages()
    assert not asked.attachments


def test_the_picture_of_the_screen_is_asked_about_by_voice(
    screen: Screen, spoken_to: Facet, microphone: VirtualMicrophone
) -> None:
    page = Image.new("RGB", (760, 560), (248, 249, 250))
    page.paste(draw("red", "circle", "at the top left", (SIDE, SIDE)), (80, 80))
    with showing(screen.display, page, 300, 160, title="A picture") as shown:
        hand = Hand(spoken_to, shown)
        hand.freeze()
        hand.mark()
        spoken_to.wait_for_text("Picture ready")
        before = len(spoken_to.chats())
        hold(spoken_to, microphone)
        with microphone.playing(seven()):
            spoken_to.wait_for_node(LISTENING)
            spoken_to.picture("53-ask-bar-recording")
        let_go(spoken_to)
        wait_for(lambda: len(spoken_to.chats()) == before + 1, "it has been asked")
        hand.answered(1)
        (asked, answer) = spoken_to.newest_messages()
        assert [part["type"] for part in asked.attachments] == ["image", "audio"]
        assert answer.stats is not None
        assert answer.stats["cached_tokens"] >= 64, "the picture had been read before"
        spoken_to.wait_for_text("Asked by voice")
        spoken_to.picture("54-asked-by-voice")
        screen.key("Escape", "Escape")
        wait_for(lambda: not hand.is_frozen(), "the screen is free again")


def heard_from_loudspeaker(microphone: VirtualMicrophone, seconds: float = 1.5) -> np.ndarray:
    """What comes out of the loudspeaker during the next moments."""
    command = ["parec", "--device=vspk.monitor", "--raw", "--format=s16le", f"--rate={RATE}"]
    command += ["--channels=1", "--latency-msec=20"]
    environment = {**os.environ, **microphone.environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as recording:
        assert recording.stdout is not None
        data = recording.stdout.read(round(seconds * RATE) * 2)
        recording.terminate()
    return np.frombuffer(data, np.int16)


def test_an_answer_is_read_aloud_by_the_systems_voice(
    facet: Facet, microphone: VirtualMicrophone
) -> None:
    facet.screen.type("Say something.")
    facet.screen.key("Return")
    facet.wait_for_answer("Say something.")
    facet.wait_for_node("Read aloud")
    facet.click("Read aloud")
    wait_for(lambda: playing(microphone), "a voice speaks")
    assert np.abs(heard_from_loudspeaker(microphone, 0.5)).max() > 1000, "and can be heard"
    wait_for(lambda: not playing(microphone), "it has read all", 60)
    facet.wait_for_node("Read aloud")


def test_a_conversation_goes_without_hands(facet: Facet, microphone: VirtualMicrophone) -> None:
    idle, before = microphone.listeners(), len(facet.chats())
    facet.screen.key("ctrl+shift+t")
    for turn in (1, 2):
        wait_for(lambda: microphone.listeners() > idle and listening(facet), "it listens", 60)
        if turn == 1:
            facet.wait_for_text("Listening")
            facet.picture("55-hands-free")
        microphone.play(np.concatenate([seven(), np.zeros(RATE // 2, np.float32)]))
        # Until then the newest chat is one of another test.
        wait_for(lambda: len(facet.chats()) == before + 1, "it has been sent", 60)
        assert wait_for_spoken(facet, turn).text == HEARD[SEVEN]
    facet.screen.key("Escape")
    facet.screen.key("Escape")
    wait_for(lambda: microphone.listeners() == idle, "the microphone is closed")
