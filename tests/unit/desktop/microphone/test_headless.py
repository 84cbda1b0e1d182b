import threading

import numpy as np
import pytest

from app.core.errors import AppError
from app.desktop.microphone import listener, trouble
from app.desktop.microphone.headless import record
from app.desktop.microphone.take import RATE
from tests.data.fake_ports import BUILT_IN, HEADSET, FakePort, FakePorts, tone


class Speaking(FakePorts):
    """One into which somebody speaks as soon as it is open."""

    def __init__(self, samples: np.ndarray, *, goes: bool = False) -> None:
        super().__init__()
        self._samples, self._goes = samples, goes

    def open(self, device: str = "") -> FakePort:
        port = super().open(device)
        port.say(self._samples)
        if self._goes:
            port.listener.finish()
        return port


def test_it_records_as_long_as_it_is_told() -> None:
    ports = Speaking(tone(3.0))
    told: list[tuple[float, float]] = []
    take = record(2.0, HEADSET.id, lambda *said: told.append(said), ports=ports)
    assert take.seconds == 2.0
    assert np.array_equal(take.samples, tone(3.0)[: 2 * RATE])
    assert (take.device, take.cut_off) == (HEADSET.name, "")
    assert ports.asked == [HEADSET.id]
    assert ports.opened[0].closed
    assert told[-1][1] > 0.1


def test_it_ends_when_told() -> None:
    stop = threading.Event()
    ports = Speaking(tone(0.5))
    take = record(60.0, "", lambda *_: stop.set(), stop, ports)
    assert take.seconds == 0.5
    assert ports.opened[0].closed


def test_what_was_heard_before_the_device_went_is_kept() -> None:
    take = record(60.0, ports=Speaking(tone(0.7), goes=True))
    assert take.cut_off == "device lost"
    assert take.seconds == 0.7
    assert take.device == BUILT_IN.name


def test_a_device_that_gives_nothing_is_an_error() -> None:
    with pytest.raises(AppError) as caught:
        record(60.0, ports=Speaking(np.zeros(0, np.int16), goes=True))
    assert caught.value.code == "mic-failed"


def test_silence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_PATIENCE", 0.0)
    ports = Speaking(np.zeros(RATE, np.int16))
    with pytest.raises(AppError) as caught:
        record(1.0, ports=ports)
    assert caught.value.code == "mic-silent"
    assert caught.value.what == "No sound arrives from Built-in microphone."
    assert ports.opened[0].closed


def test_trouble_with_opening_is_told() -> None:
    ports = FakePorts()
    ports.error = trouble.busy("Headset")
    with pytest.raises(AppError, match="in use by another program"):
        record(1.0, ports=ports)
