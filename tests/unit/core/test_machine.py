"""Memory limits that containers and services set are found, whichever way they are told."""

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
