"""A microphone that hears what the test says, and who speaks into it."""

from collections.abc import Sequence
from math import pi

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.errors import AppError
from app.desktop.microphone.take import CLIP, RATE, InputDevice, Take
from app.desktop.player.player import Player
from app.models.catalogue import Catalogue
from app.session.dictation import Dictation
from app.session.hearing import Hearing
from app.session.recorder import Recorder
from app.session.speech import Speech
from app.session.talking import Talking
from tests.gui.session.office import ONLY_MINI, Office

_BLOCK = RATE // 20


class FakeMicrophone(QObject):
    """Stands in for ``app.desktop.microphone.microphone.Microphone``, at the edge of the sound
    system; the test says what is heard, and when."""

    level = Signal(float)
    started = Signal()
    stopped = Signal(object)
    failed = Signal(AppError)
    warned = Signal(AppError)
    light_changed = Signal(bool)
    devices_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.light = self.recording = False
        self.heard = np.zeros(0, np.int16)
        self.opened: list[str] = []  # the devices that were opened
        self.inputs: tuple[InputDevice, ...] = (InputDevice("built-in", "Built-in", True),)
        self.refuses: AppError | None = None
        self.warm = 0

    def warm_up(self) -> None:
        self.warm += 1
        self.devices_changed.emit()

    @property
    def seconds(self) -> float:
        return self.heard.size / RATE

    def devices(self) -> tuple[InputDevice, ...]:
        return self.inputs

    def refresh(self) -> None:
        self.devices_changed.emit()

    def start(self, device: str = "", limit: float | None = CLIP) -> None:
        assert not self.recording
        self.opened.append(device)
        self.heard = np.zeros(0, np.int16)
        if self.refuses is not None:
            self.failed.emit(self.refuses)
            return
        self.recording = True
        self._shine(True)
        self.started.emit()

    def stop(self) -> None:
        self.end("")

    def cancel(self) -> None:
        self.recording = False
        self._shine(False)

    def levels(self) -> Sequence[float]:
        blocks = self.heard[: self.heard.size // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
        return list(np.sqrt((blocks.astype(float) / 32768) ** 2).mean(axis=1))

    def close(self) -> None:
        self.cancel()

    # -- the test's side ----------------------------------------------------------------------

    def hear(self, samples: np.ndarray) -> None:
        """This arrives now."""
        assert self.recording, "nobody listens"
        room = round(CLIP * RATE) - self.heard.size
        self.heard = np.concatenate([self.heard, samples[:room]])
        self.level.emit(self.levels()[-1] if self.levels() else 0.0)
        if samples.size >= room:
            self.end("limit")

    def end(self, reason: str) -> None:
        """The take is over, for a ``reason`` as in ``Take.cut_off``."""
        if self.recording:
            self.recording = False
            self._shine(False)
            self.stopped.emit(Take(self.heard, "built-in", reason))  # type: ignore[arg-type]

    def _shine(self, on: bool) -> None:
        if on != self.light:
            self.light = on
            self.light_changed.emit(on)


def talking_of(
    office: Office, microphone: FakeMicrophone, catalogue: Catalogue = ONLY_MINI
) -> Talking:
    """What speaking takes, over a session of a test."""
    dictation = Dictation(office.thread, office.shelf, office.chats)
    hearing = Hearing(office.shelf, dictation, catalogue, office.chats)
    recorder = Recorder(lambda: microphone, office.preferences, office.jobs, office.chats)  # type: ignore[arg-type, return-value]
    return Talking(
        recorder, Speech(office.desk, hearing, office.chats), Player(office.chats), office.jobs
    )


def hum(seconds: float, loudness: float = 0.2) -> np.ndarray:
    """Something to be heard."""
    times = np.arange(round(seconds * RATE)) / RATE
    swell = 0.55 + 0.45 * np.sin(2 * pi * 0.9 * times) * np.sin(2 * pi * 3.1 * times)
    return (32767 * loudness * swell * np.sin(2 * pi * 220 * times)).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.int16)
