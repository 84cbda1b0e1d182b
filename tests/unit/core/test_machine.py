"""Memory limits that containers and services set are found, whichever way they are told."""

import ctypes
from pathlib import Path

import pytest

from app.core import machine

GB = 10**9


def group(folder: Path, limit: str, names: tuple[str, str], used: int, files: int) -> None:
    """The files of a control group that uses ``used`` bytes, ``files`` of them for cached files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\nactive_file {files}\ninactive_file 0\n")


V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")
V2 = ("memory.max", "memory.current")


def rooms(tmp_path: Path, membership: str) -> list[int]:
    """What is left in each group, the groups being under ``tmp_path``/fs."""
    (tmp_path / "cgroup").write_text(membership)
    return [one.room for one in machine.memory_limits(tmp_path / "cgroup", tmp_path / "fs")]


def test_a_group_and_those_around_it_count(tmp_path: Path) -> None:
    group(tmp_path / "fs/user/app", "max", V2, GB, 0)
    group(tmp_path / "fs/user", str(4 * GB), V2, 3 * GB, GB)
    assert rooms(tmp_path, "0::/user/app\n") == [2 * GB]


def test_the_older_version(tmp_path: Path) -> None:
    group(tmp_path / "fs/memory/box", str(2 * GB), V1, GB, 0)
    assert rooms(tmp_path, "9:name=systemd:/\n4:cpu,memory:/box\n0::/\n") == [GB]


def test_a_group_that_is_full_has_no_room(tmp_path: Path) -> None:
    group(tmp_path / "fs/a", str(GB), V2, 2 * GB, 0)
    assert rooms(tmp_path, "0::/a\n") == [0]


@pytest.mark.parametrize("membership", ["", "0::/gone\n", "0::/../../gone\n", "nonsense\n"])
def test_where_there_are_no_limits(tmp_path: Path, membership: str) -> None:
    assert rooms(tmp_path, membership) == []
    assert machine.memory_limits(tmp_path / "missing", tmp_path) == []


def test_this_machine_has_memory() -> None:
    found = machine.memory()
    assert found.total is not None
    assert found.available is not None
    assert 10**8 < found.available <= found.total


def test_a_container_has_the_memory_that_it_was_granted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group(tmp_path / "fs/box", str(GB), V2, 700 * 10**6, 200 * 10**6)
    (tmp_path / "cgroup").write_text("0::/box\n")
    monkeypatch.setattr(machine, "MEMBERSHIP", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "GROUPS", tmp_path / "fs")
    assert machine.memory() == machine.Memory(GB, 500 * 10**6)


def test_free_memory_of_a_mac() -> None:
    """A Mac with 16 GB under ordinary use, as vm_stat printed it: there, "Pages free" leaves out
    those read ahead."""
    free, speculative = 8_213, 13_907
    pages = machine.VmStatistics(
        free=free + speculative,
        active=310_442,
        inactive=295_118,
        wired=184_203,
        purgeable=21_044,
        speculative=speculative,
        files=201_883,
        anonymous=417_584,
    )
    assert pages.active + pages.inactive + pages.speculative == pages.files + pages.anonymous
    assert pages.available == free + pages.files + pages.purgeable
    assert ctypes.sizeof(pages) == 38 * 4  # HOST_VM_INFO64_COUNT
