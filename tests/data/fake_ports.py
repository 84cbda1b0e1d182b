"""A sound system whose microphones do what a test says."""

import threading

import numpy as np

from app.core.errors import AppError
from app.desktop.microphone.listener import Listener
from app.desktop.microphone.take import RATE, InputDevice

BUILT_IN = InputDevice("alsa_input.pci", "Built-in microphone", True)
HEADSET = InputDevice("alsa_input.usb", "Headset")


class FakePort:
    """An open microphone into which the test speaks."""

    def __init__(self, device: InputDevice) -> None:
        self.listener = Listener(device)
        self.stopped = self.closed = False

    def say(self, samples: np.ndarray) -> None:
        """A block comes, as from the sound system's thread."""
        self.listener.hear(samples.astype(np.int16).tobytes(), samples.size, None, None)

    def stop(self) -> None:
        self.stopped = True
        self.listener.finish()

    def close(self) -> None:
        assert self.stopped
        self.closed = True


class FakePorts:
    """What ``app.desktop.microphone.ports.Ports`` is to its users. ``gate`` holds up ``open``."""

    def __init__(self) -> None:
        self.devices: tuple[InputDevice, ...] = (BUILT_IN, HEADSET)
        self.opened: list[FakePort] = []
        self.asked: list[str] = []
        self.looks = 0
        self.error: AppError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def look(self) -> tuple[InputDevice, ...]:
        assert not self.opened or self.opened[-1].closed, "PortAudio was ended under a recording"
        self.looks += 1
        return self.devices

    def open(self, device: str = "") -> FakePort:
        assert not self.opened or self.opened[-1].closed, "two microphones are open"
        self.asked.append(device)
        assert self.gate.wait(5)
        if self.error is not None:
            raise self.error
        chosen = next((one for one in self.devices if one.id == device), BUILT_IN)
        self.opened.append(FakePort(chosen))
        return self.opened[-1]

    def identify(self, port: FakePort) -> None:
        """It is what it was thought to be."""


def tone(seconds: float, gain: float = 0.25) -> np.ndarray:
    """Something to be heard, as int16."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (gain * 32767 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
