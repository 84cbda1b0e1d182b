"""What the engine asks of the machine by itself."""

from pathlib import Path

import pytest

from app.engine import native


def test_a_container_computes_with_the_processors_that_it_was_granted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More threads would be paused again and again, and all wait for each."""
    (tmp_path / "cgroup").write_text("0::/box\n")
    (tmp_path / "fs/box").mkdir(parents=True)
    monkeypatch.setattr(native, "MEMBERSHIP", tmp_path / "cgroup")
    monkeypatch.setattr(native, "GROUPS", tmp_path / "fs")
    all_there_are = native.physical_cores()
    (tmp_path / "fs/box/cpu.max").write_text("max 100000\n")
    assert native.physical_cores() == all_there_are
    (tmp_path / "fs/box/cpu.max").write_text("150000 100000\n")
    assert native.physical_cores() == 1
