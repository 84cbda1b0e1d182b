"""`facet transcribe` and spoken questions to `facet ask`, as programs of their own."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.data import HEARD, MEDIA
from tests.data.encoding import encode
from tests.data.sounds import resample, silence, spoken
from tests.data.speech import joined, words
from tests.end2end.command import Command
from tests.end2end.models import MINIATURE, STARTER
from tests.end2end.virtual_microphone import VirtualMicrophone, virtual_microphone
from tests.end2end.waiting import wait_for

RATE = 16000
SAID = ("one", "two", "three", "five")
USUAL = ("--model", MINIATURE, "--threads", "1")


@pytest.fixture
def facet(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Numbers that the miniature knows, with long silence between them, as a film."""
    parts = [part for word in SAID for part in (spoken(word, 2.0), silence(5.0))]
    path = tmp_path_factory.mktemp("counted") / "counted.mp4"
    return encode(path, resample(np.concatenate(parts), RATE, 48000), 48000, pictures=3)


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half minutes of real speech."""
    names = [name for name in words("") if name.startswith("conf-")]
    samples, _ = joined(names, (0.4, 0.7, 1.2))
    path = tmp_path_factory.mktemp("lecture") / "lecture.mp3"
    soundfile.write(path, samples[: 150 * RATE], RATE, format="MP3")
    return path


def pieces(answer: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)["pieces"]
    return found


def test_what_is_said_is_written_down_with_its_times(facet: Command, counted: Path) -> None:
    answer = facet("transcribe", counted, *USUAL)
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert [line.split("] ")[1] for line in lines] == [f"the word {word}" for word in SAID]
    minutes = [re.match(r"\[00:(\d\d)\]", line) for line in lines]
    starts = [int(found[1]) for found in minutes if found]
    assert len(starts) == len(SAID)
    assert all(abs(start - 7 * number) <= 1 for number, start in enumerate(starts))
    # What was heard is kept: each other form of it needs no model any more.
    cues = facet("transcribe", counted, "--format", "srt", *USUAL).stdout.split("\n\n")
    assert len(cues) == len(SAID)
    assert cues[1].splitlines()[0] == "2"
    assert cues[1].splitlines()[2] == "the word two"
    web = facet("transcribe", counted, "--format", "vtt", *USUAL).stdout
    assert web.startswith("WEBVTT\n\n00:00:00.")
    whole = pieces(facet("transcribe", counted, "--format", "json", *USUAL))
    assert [piece["text"] for piece in whole if piece["text"]] == [f"the word {w}" for w in SAID]


def test_the_times_of_a_long_recording_are_in_order_and_cover_it(
    facet: Command, lecture: Path
) -> None:
    found = pieces(facet("transcribe", lecture, "--format", "json", *USUAL))
    assert len(found) >= 5
    assert found[0]["start"] == 0
    assert found[-1]["end"] == pytest.approx(150, abs=0.1)
    for one, following in pairwise(found):
        assert one["end"] == following["start"] > one["start"]
    assert all(piece["end"] - piece["start"] <= 30 for piece in found)
    assert all(piece["text"] for piece in found)


def test_interrupted_it_keeps_what_is_there_and_goes_on(facet: Command, lecture: Path) -> None:
    command = ["transcribe", lecture, *USUAL]
    pipe = subprocess.PIPE
    with facet.start(*command, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
        assert process.wait(60) == 130
    assert "The same command goes on from there." in errors
    written = [first, *rest.splitlines(keepends=True)]
    answer = facet(*command)
    assert answer.returncode == 0
    lines = answer.stdout.splitlines(keepends=True)
    assert lines[: len(written)] == written
    assert len(lines) > len(written)


def test_translation_is_asked_for_in_the_publishers_words(facet: Command, tmp_path: Path) -> None:
    sound = tmp_path / "seven.wav"
    sound.write_bytes((MEDIA / "seven.wav").read_bytes())
    arguments = ["--language", "English", "--translate-to", "German", "--format", "json"]
    (piece,) = pieces(facet("transcribe", sound, *arguments, *USUAL))
    assert piece["text"]
    assert piece["translation"]


def test_a_model_that_does_not_hear_says_so_before(facet: Command, counted: Path) -> None:
    for command in (
        ["transcribe", counted],
        ["transcribe", "--record", "5"],
        ["ask", "--record", "5"],
    ):
        answer = facet(*command, "--model", STARTER)
        assert (answer.returncode, answer.stdout) == (1, "")
        (line,) = answer.stderr.splitlines()
        assert "can't hear speech" in line
        assert f"--model {MINIATURE}" in line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.wav", "--record", "3"],
        ["a.wav", "--format", "doc"],
        ["--record", "0"],
        ["--record", "long"],
    ],
)
def test_wrong_usage_is_2(facet: Command, arguments: list[str]) -> None:
    answer = facet("transcribe", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr


def test_files_that_are_no_sound_are_named(facet: Command, tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("This is a text.")
    for path in (text, tmp_path / "gone.mp3"):
        answer = facet("transcribe", path, *USUAL)
        assert answer.returncode == 1
        assert path.name in answer.stderr


# -- speaking ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as microphone:
        yield microphone


@pytest.fixture
def speaking(facet: Command, microphone: VirtualMicrophone) -> Command:
    facet.environment.update(microphone.environment)
    return facet


def seven() -> np.ndarray:
    samples, rate = soundfile.read(MEDIA / "seven.wav", dtype="float32")
    assert rate == RATE
    return np.asarray(samples)


def spoken_to(
    facet: Command, microphone: VirtualMicrophone, *arguments: str, interrupt: bool = False
) -> tuple[int, str, str]:
    """What a command says that hears "seven" while it records."""
    pipe = subprocess.PIPE
    with facet.start(*arguments, stdout=pipe, stderr=pipe) as process:
        wait_for(lambda: microphone.listeners() > 0, "the microphone is open")
        microphone.play(seven())
        if interrupt:
            process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    return process.returncode, out, errors


def test_a_spoken_question_is_answered(speaking: Command, microphone: VirtualMicrophone) -> None:
    arguments = ("ask", "--record", "30", *USUAL, "What do you hear?")
    code, out, errors = spoken_to(speaking, microphone, *arguments, interrupt=True)
    assert (code, out) == (0, f"{HEARD['seven.wav']}\n")
    assert errors == "Recording for up to 30 s; Ctrl+C ends it.\n"
    assert microphone.listeners() == 0


def test_a_recording_is_written_down(speaking: Command, microphone: VirtualMicrophone) -> None:
    arguments = ("transcribe", "--record", "2.5", *USUAL)
    code, out, _ = spoken_to(speaking, microphone, *arguments)
    assert (code, out) == (0, f"[00:00] {HEARD['seven.wav']}\n")


def test_a_spoken_question_is_short(speaking: Command) -> None:
    answer = speaking("ask", "--record", "31", *USUAL)
    assert answer.returncode == 2
    assert "at most 30 seconds" in answer.stderr


def test_without_a_microphone_it_says_so(facet: Command, tmp_path: Path) -> None:
    facet.environment |= {"HOME": str(tmp_path), "PULSE_SERVER": f"unix:{tmp_path}/none"}
    line = facet.refused("--record", "3", *USUAL)
    assert line.startswith("facet: No microphone was found. Connect one")
