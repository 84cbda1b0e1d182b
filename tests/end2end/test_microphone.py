"""The microphone on a real sound system: what arrives is compared with what was played."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.data.sounds import spoken
from tests.end2end.processes import end
from tests.end2end.screen import ROOT
from tests.end2end.virtual_microphone import (
    MICROPHONE,
    RATE,
    VirtualMicrophone,
    virtual_microphone,
)

PORTAUDIO = "Expression '"  # how it tells that a device is gone
_PATIENCE = 20.0  # seconds for the next signal


class Probe:
    """The app's microphone in a process of its own."""

    def __init__(self, microphone: VirtualMicrophone, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end2end.microphone_probe", str(folder)],
            env={**os.environ, **microphone.environment, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[dict[str, Any]] = []
        self._came: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def order(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def wait_for(self, signal: str, **values: Any) -> dict[str, Any]:
        """The next signal of this name with these values."""
        while True:
            try:
                event = self._came.get(timeout=_PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no {signal}; it said {self.said}") from None
            self.said.append(event)
            if event["signal"] == signal and values.items() <= event.items():
                return event

    def take(self) -> np.ndarray:
        """What was heard, once it has ended."""
        return soundfile.read(self.wait_for("stopped")["path"], dtype="float32")[0]

    def close(self) -> str:
        """End it. What it printed to stderr."""
        self.order("quit")
        assert self._process.wait(20) == 0
        self._reader.join()
        assert self._process.stderr is not None
        errors = self._process.stderr.read()
        end(self._process)
        return errors

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._came.put(json.loads(line))


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as microphone:
        yield microphone


@pytest.fixture
def probe(microphone: VirtualMicrophone, tmp_path: Path) -> Iterator[Probe]:
    probe = Probe(microphone, tmp_path)
    probe.order("warm")
    probe.wait_for("devices")
    yield probe
    complaints = [line for line in probe.close().splitlines() if not line.startswith(PORTAUDIO)]
    assert complaints == []


def sentence() -> np.ndarray:
    """Speech of four seconds in which no place is like another."""
    noise = 0.01 * np.random.default_rng(7).standard_normal(4 * RATE)
    words = np.concatenate([spoken(word, 1.0) for word in ("one", "four", "seven", "two")])
    return (words + noise).astype(np.float32)


def found_in(played: np.ndarray, heard: np.ndarray) -> tuple[int, float]:
    """Where in ``heard`` that begins which was ``played``, in samples, and how alike they are."""
    size = heard.size + played.size
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size))
    start = int(np.fft.irfft(spectrum, size)[: heard.size].argmax())
    there = heard[start : start + played.size]
    return start, float(np.corrcoef(there, played[: there.size])[0, 1])


def same(played: np.ndarray, heard: np.ndarray) -> bool:
    """Whether ``played`` is in ``heard``, but for its silent beginning: a microphone may take a
    few thousandths of a second to hear after it has been opened."""
    return found_in(played[RATE // 10 :], heard)[1] > 0.99


def test_what_arrives_is_what_was_played(microphone: VirtualMicrophone, probe: Probe) -> None:
    played = sentence()
    probe.order("start")
    probe.wait_for("started", device=MICROPHONE)
    # The sound server may swallow some thousandths of a second when it begins to play.
    microphone.play(np.concatenate([np.zeros(RATE // 10, np.float32), played]))
    probe.order("stop")
    heard = probe.take()
    start, alike = found_in(played, heard)
    assert alike > 0.99
    # Each second is where it has to be: nothing is missing, and nothing was put in.
    for second in range(4):
        part = played[second * RATE : (second + 1) * RATE]
        at, alike = found_in(part, heard[max(0, start + second * RATE - 800) :][: RATE + 1600])
        assert alike > 0.99
        assert at == min(start + second * RATE, 800)
    assert probe.wait_for("light", on=False)
    lights = [event["on"] for event in probe.said if event["signal"] == "light"]
    assert lights == [True, False]


def test_ten_takes_in_a_row(microphone: VirtualMicrophone, probe: Probe) -> None:
    word = spoken("two", 0.7)
    for number in range(10):
        probe.order("start")
        probe.wait_for("started")
        microphone.play(word)
        probe.order("stop")
        assert same(word, probe.take()), f"take {number + 1}"
    probe.wait_for("light", on=False)
    assert microphone.listeners() == 0


def test_what_was_heard_before_the_device_went_is_kept(
    microphone: VirtualMicrophone, probe: Probe
) -> None:
    word = spoken("three", 1.0)
    probe.order("start")
    probe.wait_for("started")
    microphone.play(word)
    microphone.stop_server()
    try:
        ended = probe.wait_for("stopped", cut_off="device lost")
        heard = soundfile.read(ended["path"], dtype="float32")[0]
        assert same(word, heard)
        probe.wait_for("light", on=False)
        probe.order("start")
        probe.wait_for("light", on=False)
        probe.wait_for("failed", code="mic-none")
    finally:
        microphone.start()
    probe.order("start")  # it is found again without more ado
    probe.wait_for("started")
    microphone.play(word)
    probe.order("stop")
    assert same(word, probe.take())


def test_the_default_is_followed_and_a_choice_is_kept(
    microphone: VirtualMicrophone, probe: Probe
) -> None:
    word = spoken("nine", 1.0)
    with microphone.another("Headset") as headset:
        microphone.control("set-default-source", headset)
        probe.order("warm")
        assert set(probe.wait_for("devices")["devices"]) == {MICROPHONE, headset}
        probe.order("start")
        probe.wait_for("started", device=headset)
        microphone.play(word)
        probe.order("stop")
        assert np.abs(probe.take()).max() == 0, "the headset hears nothing"
        probe.wait_for("light", on=False)
        probe.order(f"start {MICROPHONE}")
        probe.wait_for("started", device=MICROPHONE)
        microphone.play(word)
        probe.order("stop")
        assert same(word, probe.take())
        probe.wait_for("light", on=False)
    probe.order(f"start {headset}")  # gone: the default takes its place
    probe.wait_for("started")
    probe.order("stop")
    probe.wait_for("stopped", device=MICROPHONE)
    probe.wait_for("light", on=False)


def test_silence_is_told_while_it_goes_on(probe: Probe) -> None:
    probe.order("start")
    told = probe.wait_for("warned", code="mic-silent")
    assert told["what"] == f"No sound arrives from {MICROPHONE}."
    probe.order("stop")
    assert probe.wait_for("stopped")["seconds"] >= 1.5
