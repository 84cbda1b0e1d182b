import io
import os
import stat
import sys
from pathlib import Path

import pytest
import system
from report import Report, SetupError

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux needs them")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    made = Report(tmp_path / "setup.log", io.StringIO())
    yield made
    made.close()


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@linux
def test_only_what_is_missing_is_named() -> None:
    libraries = {"libc6": "libc.so.6", "libnone1": "libnone.so.1"}
    programs = {"bash": "sh", "passwd": "/etc/passwd", "none": "no-such-program", "no": "/no/such"}
    assert system.missing(libraries, programs) == ["libnone1", "none", "no"]
    assert system.missing({}, {}) == []


@linux
def test_without_apt_the_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError) as caught:
        system.require(["libegl1", "xvfb"], "The window", report)
    assert "libegl1 xvfb" in caught.value.cause


@linux
def test_without_rights_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    program(tmp_path, "apt-get", "exit 1")
    program(tmp_path, "sudo", "exit 1")  # wants a password
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError) as caught:
        system.require(["libegl1", "xvfb"], "The window", report)
    assert "libegl1 xvfb" in caught.value.cause
    assert "sudo apt-get install libegl1 xvfb" in caught.value.next_step


@linux
@pytest.mark.parametrize("user", [0, 1000])
def test_with_rights_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report, user: int
) -> None:
    calls = tmp_path / "calls"
    program(tmp_path, "apt-get", f'echo "$DEBIAN_FRONTEND $*" >>{calls}\n[ "$1" != update ]')
    program(tmp_path, "sudo", '[ "$1" = -n ] && shift\nexec "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    system.require(["libegl1"], "The window", report)
    assert calls.read_text().splitlines() == [
        "noninteractive update",  # failed, and stood in nobody's way
        "noninteractive install -y --no-install-recommends libegl1",
    ]


@linux
def test_a_failing_apt_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    program(tmp_path, "apt-get", "echo 'E: Could not get lock'; exit 100")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SetupError, match="E: Could not get lock"):
        system.require(["libegl1"], "The window", report)


def test_nothing_missing_does_nothing(report: Report) -> None:
    system.require([], "The window", report)


@linux
def test_a_display_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not system.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert system.has_display()
