"""What `facet doctor` makes of a machine, in lines for people."""

import pytest

from app.commands.doctor import hardware_lines
from app.core.hardware import Gpu, Hardware, load_hardware
from tests.data import MACHINES


def test_a_gaming_laptop() -> None:
    assert hardware_lines(load_hardware(MACHINES / "rtx4060-8gb.json")) == [
        "Processor   13th Gen Intel(R) Core(TM) i7-13700H; 14 cores, 20 threads; sse4.2, avx, avx2",
        "Memory      9.3 GB free of 16.8 GB",
        "Bandwidth   62 GB/s",
        "Graphics    NVIDIA GeForce RTX 4060 Laptop GPU (CUDA0): 7.4 GB free of 8.6 GB, 256 GB/s",
        "Disk        304.0 GB free for models",
    ]


def test_memory_that_is_shared() -> None:
    lines = hardware_lines(load_hardware(MACHINES / "laptop-16gb-integrated.json"))
    assert lines[3] == (
        "Graphics    AMD Radeon 680M (Vulkan0): 7.9 GB free of 8.5 GB, part of main memory"
    )


def test_what_could_not_be_found_out_is_said_with_the_reason() -> None:
    machine = Hardware(
        "linux",
        cores=1,
        gpus=(Gpu("RPC0", "127.0.0.1:50052", "gpu", 0, 0),),
        unknown={"bandwidth": "There was no answer within 2 seconds.", "processor": "It hid."},
    )
    assert hardware_lines(machine) == [
        "Processor   unknown; 1 core; unknown instructions",
        "Memory      unknown free of unknown",
        "Bandwidth   unknown",
        "Graphics    127.0.0.1:50052 (RPC0): unknown free of unknown",
        "Disk        unknown free for models",
        "Unknown     bandwidth of memory: There was no answer within 2 seconds.",
        "Unknown     processor: It hid.",
    ]


@pytest.mark.parametrize("path", sorted(MACHINES.glob("*.json")), ids=lambda path: path.stem)
def test_nothing_is_unknown_of_a_recorded_machine(path: str) -> None:
    assert "unknown" not in "\n".join(hardware_lines(load_hardware(MACHINES / path)))
