"""The microphone's signals and their order, with a sound system that does what the test says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.desktop.microphone import listener as listening
from app.desktop.microphone import trouble
from app.desktop.microphone.microphone import Microphone
from app.desktop.microphone.take import RATE, InputDevice
from tests.data.fake_ports import BUILT_IN, HEADSET, FakePort, FakePorts, tone


class Heard:
    """All signals of a microphone, in order."""

    def __init__(self, microphone: Microphone) -> None:
        self.signals: list[tuple[str, Any]] = []
        self.levels: list[float] = []
        microphone.level.connect(self.levels.append)
        microphone.started.connect(lambda: self.signals.append(("started", None)))
        for name in ("stopped", "failed", "warned", "light_changed"):
            getattr(microphone, name).connect(
                lambda value, name=name: self.signals.append((name, value))
            )

    @property
    def names(self) -> list[str]:
        return [
            f"light {value}" if name == "light_changed" else name for name, value in self.signals
        ]

    def __getitem__(self, name: str) -> Any:
        (value,) = [value for said, value in self.signals if said == name]
        return value


@pytest.fixture
def ports() -> FakePorts:
    return FakePorts()


@pytest.fixture
def microphone(ports: FakePorts, qtbot: QtBot) -> Iterator[Microphone]:
    microphone = Microphone(ports)  # type: ignore[arg-type]
    yield microphone
    microphone.close()


@pytest.fixture
def heard(microphone: Microphone) -> Heard:
    return Heard(microphone)


def opened(microphone: Microphone, ports: FakePorts, qtbot: QtBot, **options: Any) -> FakePort:
    with qtbot.waitSignal(microphone.started):
        microphone.start(**options)
    return ports.opened[-1]


def dark(microphone: Microphone, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not microphone.light)


def test_a_take_is_what_was_heard(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    port = opened(microphone, ports, qtbot)
    assert microphone.recording
    assert microphone.light
    assert microphone.device == BUILT_IN
    port.say(tone(1.0))
    qtbot.waitUntil(lambda: microphone.seconds == 1.0)
    assert heard.levels[-1] > 0.1
    assert len(microphone.levels()) == 20
    assert np.array_equal(microphone.samples(8000), tone(1.0)[8000:])
    port.say(tone(0.5))
    microphone.stop()
    assert not microphone.recording
    dark(microphone, qtbot)
    assert heard.names == ["light True", "started", "stopped", "light False"]
    take = heard["stopped"]
    assert np.array_equal(take.samples, np.concatenate([tone(1.0), tone(0.5)]))
    assert take.cut_off == ""
    assert port.closed


def test_the_light_is_on_before_the_device_is_opened(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    ports.gate.clear()
    microphone.start()
    assert heard.names == ["light True"]
    assert not ports.opened
    ports.gate.set()
    qtbot.waitUntil(lambda: "started" in heard.names)


def test_the_chosen_device_is_used(microphone: Microphone, ports: FakePorts, qtbot: QtBot) -> None:
    opened(microphone, ports, qtbot, device=HEADSET.id)
    assert ports.asked == [HEADSET.id]
    assert microphone.device == HEADSET


def test_cancelling_forgets(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    port = opened(microphone, ports, qtbot)
    port.say(tone(1.0))
    microphone.cancel()
    dark(microphone, qtbot)
    assert heard.names == ["light True", "started", "light False"]
    assert microphone.seconds == 0
    assert port.closed


@pytest.mark.parametrize(("how", "names"), [("stop", ["started", "stopped"]), ("cancel", [])])
def test_it_can_end_before_it_has_begun(
    microphone: Microphone,
    ports: FakePorts,
    heard: Heard,
    qtbot: QtBot,
    how: str,
    names: list[str],
) -> None:
    ports.gate.clear()
    microphone.start()
    getattr(microphone, how)()
    assert microphone.light
    ports.gate.set()
    dark(microphone, qtbot)
    assert heard.names == ["light True", *names, "light False"]
    assert ports.opened[0].closed


def test_the_limit_ends_it(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    port = opened(microphone, ports, qtbot, limit=0.4)
    port.say(tone(1.0))
    dark(microphone, qtbot)
    assert heard["stopped"].cut_off == "limit"
    assert heard["stopped"].samples.size == round(0.4 * RATE)


def test_what_was_heard_before_the_device_went_is_kept(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    port = opened(microphone, ports, qtbot)
    port.say(tone(0.8))
    port.listener.finish()
    dark(microphone, qtbot)
    assert heard["stopped"].cut_off == "device lost"
    assert heard["stopped"].seconds == 0.8
    assert not microphone.recording


def test_a_device_that_gives_nothing_has_failed(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    opened(microphone, ports, qtbot).listener.finish()
    dark(microphone, qtbot)
    assert heard.names == ["light True", "started", "failed", "light False"]
    assert heard["failed"].code == "mic-failed"


def test_a_refusal_is_told_and_the_light_goes_out(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    ports.error = trouble.refused("Headset")
    microphone.start(HEADSET.id)
    dark(microphone, qtbot)
    qtbot.waitUntil(lambda: "failed" in heard.names)
    assert heard["failed"].code == "mic-refused"
    assert not microphone.recording
    ports.error = None
    opened(microphone, ports, qtbot)  # the next time it works


def test_silence_is_worth_one_word(
    microphone: Microphone,
    ports: FakePorts,
    heard: Heard,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "_PATIENCE", 0.0)
    port = opened(microphone, ports, qtbot)
    port.say(np.zeros(RATE, np.int16))
    qtbot.waitUntil(lambda: "warned" in heard.names)
    levels = len(heard.levels)
    qtbot.waitUntil(lambda: len(heard.levels) > levels + 2)
    assert heard.names.count("warned") == 1
    assert heard["warned"].what == "No sound arrives from Built-in microphone."
    assert microphone.recording


def test_takes_follow_each_other_without_a_pause(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    for number in range(1, 11):
        port = opened(microphone, ports, qtbot)
        port.say(tone(number / 10))
        with qtbot.waitSignal(microphone.stopped):
            microphone.stop()
    dark(microphone, qtbot)
    takes = [value for name, value in heard.signals if name == "stopped"]
    assert [take.seconds for take in takes] == [number / 10 for number in range(1, 11)]
    assert all(port.closed for port in ports.opened)


def test_starting_twice_is_starting_once(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    opened(microphone, ports, qtbot)
    microphone.start()
    microphone.stop()
    microphone.stop()
    dark(microphone, qtbot)
    assert heard.names == ["light True", "started", "stopped", "light False"]


def test_devices_are_looked_for_when_nothing_is_open(
    microphone: Microphone, ports: FakePorts, qtbot: QtBot
) -> None:
    assert microphone.devices() == ()
    with qtbot.waitSignal(microphone.devices_changed):
        microphone.warm_up()
    assert microphone.devices() == (BUILT_IN, HEADSET)
    port = opened(microphone, ports, qtbot)
    looks = ports.looks
    microphone.refresh()
    port.say(tone(0.2))
    qtbot.waitUntil(lambda: microphone.seconds > 0)
    assert ports.looks == looks
    ports.devices = (InputDevice(HEADSET.id, HEADSET.name, True),)
    with qtbot.waitSignal(microphone.devices_changed):
        microphone.stop()
    assert microphone.device == ports.devices[0]


def test_closing_lets_go_of_everything(
    microphone: Microphone, ports: FakePorts, heard: Heard, qtbot: QtBot
) -> None:
    port = opened(microphone, ports, qtbot)
    microphone.close()
    assert port.closed
    microphone.close()
    microphone.start()
    assert len(ports.opened) == 1


def test_closing_while_it_opens_lets_go_as_well(
    microphone: Microphone, ports: FakePorts, qtbot: QtBot
) -> None:
    ports.gate.clear()
    microphone.start()
    qtbot.waitUntil(lambda: bool(ports.asked))
    ports.gate.set()
    microphone.close()
    assert all(port.closed for port in ports.opened)
