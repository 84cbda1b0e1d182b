"""Descriptions of machines in files."""

from pathlib import Path

import msgspec
import pytest

from app.core.errors import AppError
from app.core.graphics import described
from app.core.hardware import Gpu, Hardware, load_hardware
from tests.data import MACHINES

RECORDED = sorted(MACHINES.glob("*.json"))


def test_the_recorded_machines_are_those_that_people_have() -> None:
    assert [path.stem for path in RECORDED] == [
        "desktop-64gb-cpu",
        "laptop-16gb-integrated",
        "laptop-8gb",
        "m3-128gb",
        "m3-16gb",
        "m3-36gb",
        "raspberry-pi-5",
        "rtx3090-24gb",
        "rtx4060-8gb",
    ]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_machine_is_plausible(path: Path) -> None:
    machine = load_hardware(path)
    assert machine.cores is not None
    assert machine.threads is not None
    assert machine.memory is not None
    assert machine.available is not None
    assert machine.bandwidth is not None
    assert machine.cores <= machine.threads <= 2 * machine.cores
    assert machine.instructions
    assert 0.3 < machine.available / machine.memory < 0.9
    assert 1e9 < machine.bandwidth / machine.cores < 25e9
    assert machine.disk_free
    assert machine.unknown == {}
    for gpu in machine.gpus:
        assert 0.8 < gpu.free / gpu.total <= 1
        assert gpu.unified == (gpu.total < machine.memory and gpu.description not in CARDS)
        assert gpu == described(gpu, machine.memory)  # what the table says of its name
        bare = msgspec.structs.replace(gpu, unified=False, bandwidth=None)
        assert described(bare, machine.memory) == gpu


CARDS = ("NVIDIA GeForce RTX 4060 Laptop GPU", "NVIDIA GeForce RTX 3090")


def test_a_machine_comes_back_as_it_was_written(tmp_path: Path) -> None:
    machine = Hardware(
        "linux",
        "A processor",
        2,
        4,
        ("avx2",),
        8 * 10**9,
        5 * 10**9,
        2.5e10,
        10**12,
        (Gpu("Vulkan0", "A card", "gpu", 4 * 10**9, 3 * 10**9),),
        {"bandwidth": "It hung."},
    )
    bare, report = tmp_path / "bare.json", tmp_path / "report.json"
    bare.write_bytes(msgspec.json.encode(machine))
    report.write_bytes(msgspec.json.encode({"facet": "1.0", "system": "x", "hardware": machine}))
    assert load_hardware(bare) == load_hardware(report) == machine


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"system": "amiga"}',
        b'{"system": "linux", "cores": 0}',
        b'{"system": "linux", "memory": -1}',
        b'{"system": "linux", "memroy": 1}',
        b'{"system": "linux", "bandwidth": "fast"}',
        b"\xff\xfe{",
    ],
)
def test_what_describes_no_machine_is_told(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "machine.json").write_bytes(text)
    with pytest.raises(AppError, match="doesn't describe a machine") as caught:
        load_hardware(tmp_path / "machine.json")
    assert caught.value.code == "hardware"
    assert caught.value.next_step


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"can't be read: No such file or directory\.") as caught:
        load_hardware(tmp_path / "nowhere.json")
    assert caught.value.code == "hardware"
