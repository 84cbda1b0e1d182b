"""What the window knows of the machine, and how it is kept up to date."""

import os
from pathlib import Path

import pytest

from app.core.hardware import Hardware
from app.engine.messages import Device, Hello
from app.models import hardware as probing
from app.session import machine as module
from app.session.machine import Machine
from app.session.memory import private, resident, returnable
from tests.gui.session.fake_engine import info
from tests.gui.session.office import Office

GB = 10**9
CPU = Device("CPU", "A processor", "cpu", 16 * GB, 8 * GB)
CARD = Device("CUDA0", "NVIDIA GeForce RTX 4060", "gpu", 8 * GB, 7 * GB)
HELPER = Device("BLAS", "BLAS", "accelerator")


@pytest.fixture
def machine(office: Office, tmp_path: Path) -> Machine:
    return Machine(office.thread, office.jobs, tmp_path)


def changes(machine: Machine) -> list[Hardware | None]:
    """What it was after each change."""
    seen: list[Hardware | None] = []
    machine.changed.connect(lambda: seen.append(machine.hardware))
    return seen


def test_the_machine_is_found_out_when_asked(office: Office, machine: Machine) -> None:
    seen = changes(machine)
    assert machine.hardware is None
    machine.refresh_memory()  # nothing to refresh
    office.settle()
    assert seen == []
    machine.probe()
    office.until(lambda: machine.hardware)
    assert machine.hardware is not None
    assert machine.hardware.unknown == {}
    assert machine.hardware.gpus == ()
    assert seen == [machine.hardware]


@pytest.mark.parametrize("first", ["hello", "probe"])
def test_graphics_come_from_the_engine(office: Office, machine: Machine, first: str) -> None:
    hello = Hello("1", "x", (CPU, HELPER, CARD))
    if first == "hello":
        office.engine.say(hello)
        office.settle()
    machine.probe()
    office.until(lambda: machine.hardware)
    office.engine.say(hello)
    office.until(lambda: machine.hardware and machine.hardware.gpus)
    assert machine.hardware is not None
    (card,) = machine.hardware.gpus
    assert (card.name, card.kind, card.free, card.bandwidth) == ("CUDA0", "gpu", 7 * GB, 272e9)


def test_free_memory_is_looked_up_again(
    office: Office, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.probe()
    office.until(lambda: machine.hardware)
    before = machine.hardware
    assert before is not None
    now = probing.Findings({"available": 5 * GB, "disk_free": 6 * GB}, {})
    monkeypatch.setattr(module, "look_again", lambda _folder: now)
    seen = changes(machine)
    machine.refresh_memory()
    office.until(lambda: seen)
    assert machine.hardware is not None
    assert (machine.hardware.available, machine.hardware.disk_free) == (5 * GB, 6 * GB)
    assert machine.hardware.bandwidth == before.bandwidth
    machine.refresh_memory()
    office.settle()
    assert len(seen) == 1  # nothing new


def test_what_the_engine_holds_counts_as_free(
    office: Office, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.probe()
    office.until(lambda: machine.hardware)
    office.engine.pid = os.getpid()
    monkeypatch.setattr(
        module, "look_again", lambda _folder: probing.Findings({"available": 5 * GB}, {})
    )
    machine.refresh_memory()
    office.settle()
    assert machine.hardware is not None
    assert machine.hardware.available is not None
    assert machine.hardware.available > 5 * GB + 10 * 2**20


def test_memory_that_a_process_would_give_back() -> None:
    before = private(os.getpid())
    assert 0 < before <= resident(os.getpid())
    held = bytearray(64 * 2**20)
    held[::4096] = bytes(len(held[::4096])).replace(b"\0", b"\1")
    assert private(os.getpid()) - before > 60 * 2**20
    assert returnable(os.getpid()) > 60 * 2**20
    assert returnable(None) == 0
    assert returnable(2**22 + 1) == 0  # no process has that number


def test_the_memory_is_measured_again_once_a_model_is_loaded(
    office: Office, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it was loading, there was no quiet moment for it."""
    machine.probe()
    office.until(lambda: machine.hardware)
    rates = iter([1e15, 2e15])
    asked: list[int] = []

    def measure(cores: int) -> probing.Findings:
        asked.append(cores)
        return probing.Findings({"bandwidth": next(rates)}, {})

    monkeypatch.setattr(module, "measure", measure)
    office.engine.say(info("a.gguf"))
    office.until(lambda: machine.hardware and machine.hardware.bandwidth == 1e15)
    office.engine.say(info("a.gguf"))
    office.settle()
    assert len(asked) == 1


def test_a_slower_measurement_changes_nothing(
    office: Office, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.probe()
    office.until(lambda: machine.hardware)
    seen = changes(machine)
    monkeypatch.setattr(module, "measure", lambda _cores: probing.Findings({"bandwidth": 1.0}, {}))
    office.engine.say(info("a.gguf"))
    office.settle()
    assert seen == []
