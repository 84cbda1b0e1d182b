"""A sound system that hears what the test says; all above it is real."""

import threading
from math import pi

import numpy as np

from app.core.errors import AppError
from app.desktop.microphone.listener import Listener
from app.desktop.microphone.microphone import Microphone
from app.desktop.microphone.take import RATE, InputDevice
from app.desktop.player.player import Player
from app.models.catalogue import Catalogue
from app.session.dictation import Dictation
from app.session.hearing import Hearing
from app.session.recorder import Recorder
from app.session.speech import Speech
from app.session.talking import Talking
from tests.gui.session.office import ONLY_MINI, Office

_BLOCK = 320  # samples


class FakePort:
    """An open microphone of the fake sound system."""

    def __init__(self, system: "FakeSound", listener: Listener) -> None:
        self._system = system
        self.listener = listener

    def stop(self) -> None:
        self._system.port = None

    def close(self) -> None:
        self._system.closed.set()


class FakeSound:
    """Stands in for ``app.desktop.microphone.ports.Ports``."""

    def __init__(self) -> None:
        self.devices: tuple[InputDevice, ...] = (InputDevice("built-in", "Built-in", True),)
        self.opened: list[str] = []  # what was asked for
        self.refuses: AppError | None = None
        self.port: FakePort | None = None
        self.closed = threading.Event()

    def look(self) -> tuple[InputDevice, ...]:
        return self.devices

    def open(self, device: str = "") -> FakePort:
        self.opened.append(device)
        if self.refuses is not None:
            raise self.refuses
        self.closed.clear()
        chosen = next((one for one in self.devices if one.id == device), self.devices[0])
        self.port = FakePort(self, Listener(chosen))
        return self.port

    # -- the test's side ----------------------------------------------------------------------

    def hear(self, samples: np.ndarray) -> None:
        """This arrives now."""
        assert self.port is not None, "nobody listens"
        for start in range(0, samples.size, _BLOCK):
            block = samples[start : start + _BLOCK]
            self.port.listener.hear(block.tobytes(), block.size, None, None)

    def unplug(self) -> None:
        """The device is gone."""
        assert self.port is not None
        self.port.listener.finish()


def talking_of(office: Office, sound: FakeSound, catalogue: Catalogue = ONLY_MINI) -> Talking:
    """What speaking takes, over a session of a test."""
    dictation = Dictation(office.thread, office.shelf, office.chats)
    hearing = Hearing(office.shelf, dictation, catalogue, office.chats)
    recorder = Recorder(
        lambda: Microphone(sound),  # type: ignore[arg-type]
        office.preferences,
        office.jobs,
        office.chats,
    )
    speech = Speech(office.desk, hearing, office.chats)
    return Talking(recorder, speech, Player(office.chats), office.jobs)


def hum(seconds: float, loudness: float = 0.2) -> np.ndarray:
    """Something to be heard, though no speech."""
    times = np.arange(round(seconds * RATE)) / RATE
    swell = 0.55 + 0.45 * np.sin(2 * pi * 0.9 * times) * np.sin(2 * pi * 3.1 * times)
    return (32767 * loudness * swell * np.sin(2 * pi * 220 * times)).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.int16)
