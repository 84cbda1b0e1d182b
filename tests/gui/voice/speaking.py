"""A sound system that hears what the test says; all above it is real."""

from math import pi

import numpy as np

from app.desktop.microphone.microphone import Microphone
from app.desktop.microphone.take import RATE
from app.desktop.player.player import Player
from app.models.catalogue import Catalogue
from app.session.dictation import Dictation
from app.session.hearing import Hearing
from app.session.recorder import Recorder
from app.session.speech import Speech
from app.session.talking import Talking
from tests.data.fake_ports import FakePort, FakePorts
from tests.gui.session.office import ONLY_MINI, Office

_BLOCK = 320  # samples


class FakeSound(FakePorts):
    """The fake sound system, spoken into through the microphone that is open."""

    @property
    def port(self) -> FakePort | None:
        """The microphone that is open now."""
        return self.opened[-1] if self.opened and not self.opened[-1].stopped else None

    def hear(self, samples: np.ndarray) -> None:
        """This arrives now."""
        assert self.port is not None, "nobody listens"
        for start in range(0, samples.size, _BLOCK):
            self.port.say(samples[start : start + _BLOCK])

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
