import numpy as np
import pytest

from app.desktop.microphone import listener as listening
from app.desktop.microphone.listener import Listener
from app.desktop.microphone.take import RATE, InputDevice
from tests.data.fake_ports import BUILT_IN, tone


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(listening, "time", clock)
    return clock


def hear(listener: Listener, samples: np.ndarray, block: int = 320) -> None:
    for at in range(0, samples.size, block):
        listener.hear(memoryview(samples[at : at + block].tobytes()), block, None, None)


def test_blocks_become_one_sound() -> None:
    listener = Listener(BUILT_IN)
    samples = tone(40.0)  # more than there is room for at first
    hear(listener, samples)
    assert listener.seconds == 0  # until it is taken in
    listener.drain()
    assert listener.seconds == 40.0
    assert np.array_equal(listener.samples(), samples)
    assert np.array_equal(listener.samples(RATE), samples[RATE:])
    take = listener.take()
    assert np.array_equal(take.samples, samples)
    assert (take.seconds, take.device, take.cut_off) == (40.0, BUILT_IN.name, "")


def test_a_take_takes_in_what_came_last() -> None:
    listener = Listener(BUILT_IN)
    hear(listener, tone(1.0))
    listener.drain()
    hear(listener, tone(0.5))
    assert listener.take("device lost").seconds == 1.5
    assert listener.take("limit", 1.2).seconds == 1.2


def test_levels_come_twenty_a_second() -> None:
    listener = Listener(BUILT_IN)
    hear(listener, np.concatenate([tone(1.0, 0.5), np.zeros(RATE // 2, np.int16)]))
    level = listener.drain()
    levels = listener.levels()
    assert len(levels) == 30
    assert levels[:20] == pytest.approx([0.5 / 2**0.5] * 20, rel=0.01)
    assert levels[20:] == [0.0] * 10
    assert level == pytest.approx(0.5 / 3**0.5, rel=0.01)
    assert listener.drain() == levels[-1]  # nothing has come since


def test_other_rates_and_channels_are_converted() -> None:
    listener = Listener(BUILT_IN, 48000, 2)
    time = np.arange(2 * 48000) / 48000
    left = (12000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
    hear(listener, np.column_stack([left, np.zeros_like(left)]).reshape(-1), 960)
    samples = listener.take().samples
    assert samples.size == 2 * RATE
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float32)))
    assert spectrum.argmax() * RATE / samples.size == pytest.approx(440, abs=1)
    assert np.abs(samples[RATE // 2 : RATE]).max() == pytest.approx(6000, rel=0.02)


def test_a_device_is_lost_when_nothing_comes_any_more(clock: Clock) -> None:
    listener = Listener(BUILT_IN)
    clock.now += 5
    assert not listener.lost  # some take long to begin
    clock.now += 2
    assert listener.lost
    hear(listener, tone(0.1))
    listener.drain()
    assert not listener.lost
    clock.now += 1.9
    assert not listener.lost
    clock.now += 0.2
    assert listener.lost


def test_a_device_is_lost_when_its_stream_ends() -> None:
    listener = Listener(BUILT_IN)
    listener.finish()
    assert listener.lost


@pytest.mark.parametrize(("gain", "silent"), [(0.0, True), (0.00003, True), (0.001, False)])
def test_a_switch_that_is_off_is_noticed(gain: float, silent: bool) -> None:
    listener = Listener(InputDevice("", ""))
    hear(listener, tone(1.0, gain))
    listener.drain()
    assert not listener.silent  # yet
    hear(listener, tone(0.5, gain))
    listener.drain()
    assert listener.silent is silent
