"""A meeting dropped on the real window: written down piece by piece, stopped, gone on with, and
heard again at a time that is clicked."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.data.encoding import encode
from tests.data.sounds import resample, silence, spoken
from tests.end2end.accessible import Node, ScreenReader
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.screen import Screen
from tests.end2end.test_voice import WINDOW, playing
from tests.end2end.virtual_microphone import RATE, VirtualMicrophone, virtual_microphone
from tests.end2end.waiting import wait_for

SAID = ("one", "two", "five", "two") * 6
EACH = 14.0  # seconds from a word to the next
TASK = "Write down what is said"


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as microphone:
        yield microphone


@pytest.fixture(scope="module")
def facet(
    screen: Screen,
    reader: ScreenReader,
    microphone: VirtualMicrophone,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Facet]:
    folder = tmp_path_factory.mktemp("meeting") / "data"
    write_settings(folder, model=MINIATURE, window=WINDOW)
    environment = {**TEST_ENVIRONMENT, **microphone.environment}
    with closing(Facet(screen, reader, folder, environment)) as program:
        program.start()
        yield program
    complaints = "\n".join(program.complaints())
    assert not complaints, f"Facet complained:\n{complaints}"


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than five minutes in which somebody says a number now and then."""
    parts = [part for word in SAID for part in (spoken(word, 2.0), silence(EACH - 2.0))]
    path = tmp_path_factory.mktemp("meeting") / "meeting.m4a"
    return encode(path, resample(np.concatenate(parts), RATE, 48000), 48000)


def seconds(text: str) -> list[int]:
    """The times that a transcript names, in order."""
    return [60 * int(a) + int(b) for a, b in re.findall(r"^\[(\d+):(\d\d)\]", text, re.MULTILINE)]


def pane(facet: Facet, place: str, meeting: Path) -> Node:
    """The pages in the pane, once they are at ``place``."""
    found: list[Node] = []

    def look() -> bool:
        name = f"{place}, of 05:36, {meeting.name}"
        found[:] = [node for node in facet.find(name) if "showing" in node.states]
        return bool(found)

    wait_for(look, f"the pane is at {place}")
    return found[0]


def test_a_meeting_is_written_down_and_heard_again(
    facet: Facet, microphone: VirtualMicrophone, meeting: Path
) -> None:
    facet.drop(meeting)
    assert facet.wait_for_chip(meeting.name) == "05:36"
    facet.wait_for_text("Ask about the recording")
    facet.click(TASK, "push button")
    wait_for(lambda: "Listening, " in facet.words(), "it listens", timeout=30)
    facet.picture("75-meeting-heard")
    facet.focus()
    facet.screen.key("Escape")
    stopped = facet.wait_for_answer(TASK)
    facet.picture("76-meeting-stopped")
    facet.click("Resume", "push button")
    wait_for(lambda: facet.newest_messages()[-1].outcome == "done", "the rest", timeout=60)
    answer = facet.newest_messages()[-1]
    assert answer.text.startswith(stopped.text.rstrip()), "what was heard stays"
    said = [line.partition("] ")[2] for line in answer.text.splitlines() if line]
    assert said == [f"the word {word}" for word in SAID]
    times = seconds(answer.text)
    assert all(abs(at - EACH * number) <= 1 for number, at in enumerate(times))
    (reading,) = [part for part in answer.attachments if part["type"] == "reading"]
    assert reading["coverage"][0]["total"] == len(reading["coverage"][0]["read"])
    facet.wait_for_text("Heard all")
    facet.picture("77-meeting-written")

    # A time in the answer opens the recording there.
    x, y, _, height = facet.wait_for_node("Answer", "label").box
    facet.screen.click(x + 30, y + height - 12)
    pane(facet, "05:22", meeting)
    facet.click("Previous citation", "push button")
    pages = pane(facet, "05:08", meeting)
    facet.wait_for_text("Found at 05:08")
    facet.click("Listen to this place", "push button")
    wait_for(lambda: playing(microphone), "the place is heard")
    facet.picture("78-meeting-pane")
    facet.click("Stop playing", "push button")
    wait_for(lambda: not playing(microphone), "it is silent again")
    x, y, _, _ = pages.box
    facet.screen.click(x + 60, y + 30)
    wait_for(lambda: playing(microphone), "a click on a time plays it")
    facet.picture("79-meeting-time")
    facet.screen.key("Return")
    wait_for(lambda: not playing(microphone), "Enter ends it")
