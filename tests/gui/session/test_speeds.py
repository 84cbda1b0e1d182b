"""What has been measured replaces what was predicted; a model that is too much is told once."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.core.conversation import Stats
from app.core.hardware import load_hardware
from app.core.speed import Speed
from app.models.catalogue import load_catalogue
from app.session.machine import Machine
from app.session.memory import MemoryUse
from app.session.speeds import Speeds
from tests.data import MACHINES, MODEL
from tests.gui.session.office import Office

GB = 10**9


class Measuring:
    """An office with its speeds, on a machine that was recorded; the model that is loaded counts
    as Gemma 4 E4B."""

    def __init__(self, office: Office) -> None:
        self.office = office
        machine = Machine(office.thread, office.jobs, office.paths.models_dir)
        machine._hardware = load_hardware(MACHINES / "raspberry-pi-5.json")
        self.machine = machine
        self.speeds = Speeds(
            office.desk.paces,
            office.shelf,
            machine,
            load_catalogue(),
            office.preferences,
            office.jobs,
        )
        self.told: list[tuple[Any, str, str]] = []
        self.speeds.slow.connect(lambda *told: self.told.append(told))

    def load(self) -> None:
        self.office.load_model()
        shelf = self.office.shelf
        assert shelf.current is not None
        shelf.current = msgspec.structs.replace(
            shelf.current, listed="gemma-4-e4b-qat-q4_0", title="Gemma 4 E4B", bytes=6 * GB
        )

    def answer(self, decode: float, tokens: int = 60, read: int = 100) -> None:
        self.office.send("Go on")
        self.office.engine.write("And so on.")
        stats = Stats(prompt_tokens=read, prefill_tps=50.0, answer_tokens=tokens, decode_tps=decode)
        self.office.engine.end(stats=stats)
        self.office.until(lambda: not self.office.chat.busy)
        self.office.settle()

    def look(self, available: int) -> None:
        """What the shelf does every two seconds."""
        self.office.shelf.memory = MemoryUse(GB, 5 * GB, 8 * GB, available)
        self.office.shelf.memory_changed.emit()
        self.office.settle()


@pytest.fixture
def measuring(reopen: Callable[[], Office]) -> Measuring:
    measuring = Measuring(reopen())
    measuring.load()
    return measuring


def test_what_is_measured_is_known_after_a_restart(
    measuring: Measuring, reopen: Callable[[], Office]
) -> None:
    changes: list[bool] = []
    measuring.speeds.changed.connect(lambda: changes.append(True))
    measuring.answer(9.0)
    assert measuring.speeds.measured == {}, "one answer may have been disturbed"
    measuring.answer(3000.0, tokens=3)
    assert measuring.speeds.measured == {}, "of three tokens nothing can be told"
    measuring.answer(11.0)
    assert measuring.speeds.measured == {MODEL.name: Speed(50.0, 10.0)}
    assert changes
    assert measuring.told == []
    again = Measuring(reopen())
    again.office.until(lambda: again.speeds.measured == {MODEL.name: Speed(50.0, 10.0)})


def test_each_device_has_a_speed_of_its_own(measuring: Measuring) -> None:
    info = measuring.office.shelf.info
    assert info is not None
    measuring.answer(9.0, read=3)
    measuring.answer(9.0, read=3)
    measuring.office.shelf.info = msgspec.structs.replace(info, device="Vulkan0")
    measuring.answer(40.0)
    measuring.answer(40.0)
    assert measuring.speeds.measured[MODEL.name].decode == 40.0
    changes: list[bool] = []
    measuring.speeds.changed.connect(lambda: changes.append(True))
    measuring.office.preferences.change(device="cpu")
    assert changes == [True]
    assert measuring.speeds.measured[MODEL.name] == Speed(None, 9.0)


def test_a_slow_model_is_told_once(measuring: Measuring, reopen: Callable[[], Office]) -> None:
    measuring.answer(2.5)
    assert measuring.told == []
    measuring.answer(2.5)
    ((spec, what, next_step),) = measuring.told
    assert spec.id == "gemma-4-e2b-qat-q4_0"
    assert what == "Gemma 4 E4B writes 2.5 tokens a second here, slower than people read."
    assert next_step.startswith("Gemma 4 E2B is faster")
    measuring.answer(2.4)
    assert len(measuring.told) == 1
    again = Measuring(reopen())
    again.load()
    again.answer(2.4)
    assert again.told == []


def test_the_machine_may_be_known_later(measuring: Measuring) -> None:
    hardware, measuring.machine._hardware = measuring.machine.hardware, None
    measuring.answer(2.5)
    measuring.answer(2.5)
    assert measuring.told == []
    measuring.machine._hardware = hardware
    measuring.machine.changed.emit()
    measuring.office.settle()
    assert len(measuring.told) == 1


def test_where_nothing_is_faster_nothing_is_said(measuring: Measuring) -> None:
    shelf = measuring.office.shelf
    assert shelf.current is not None
    shelf.current = msgspec.structs.replace(
        shelf.current, listed="gemma-4-e2b-qat-q4_0", title="Gemma 4 E2B", bytes=4 * GB
    )
    measuring.answer(2.5)
    measuring.answer(2.5)
    assert measuring.told == []
    assert measuring.office.preferences.settings.advised == ()


def test_memory_that_stays_tight_is_told_once(measuring: Measuring) -> None:
    for available in (GB // 3, GB // 3, 2 * GB, GB // 3, GB // 3):
        measuring.look(available)
    assert measuring.told == []
    measuring.office.shelf.memory_changed.emit()  # an answer has ended
    assert measuring.told == []
    measuring.look(GB // 3)
    ((spec, what, next_step),) = measuring.told
    assert spec.variant == "E2B"
    assert what == "Memory is nearly full: 0.3 of 8 GB are free."
    assert next_step == "Gemma 4 E2B takes less than Gemma 4 E4B."
    for _ in range(4):
        measuring.look(GB // 3)
    measuring.answer(2.5)
    measuring.answer(2.5)
    assert len(measuring.told) == 1


def test_where_nothing_is_smaller_others_may_make_room(measuring: Measuring) -> None:
    shelf = measuring.office.shelf
    assert shelf.current is not None
    shelf.current = msgspec.structs.replace(
        shelf.current, listed="gemma-4-e2b-qat-q4_0", title="Gemma 4 E2B", bytes=4 * GB
    )
    for _ in range(3):
        measuring.look(GB // 3)
    ((spec, _what, next_step),) = measuring.told
    assert spec is None
    assert next_step.startswith("Close other programs")
