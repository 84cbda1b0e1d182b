import os
import stat
import sys
from pathlib import Path

import pytest

from app.desktop.microphone import pulse
from app.desktop.microphone.take import InputDevice

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="PulseAudio is Linux's"
)
LISTED = """Source #0
\tState: SUSPENDED
\tName: alsa_output.pci.monitor
\tDescription: Monitor of Built-in Audio
\tMonitor of Sink: alsa_output.pci
\tProperties:
\t\tdevice.description = "Monitor of Built-in Audio"

Source #1
\tState: RUNNING
\tName: alsa_input.pci
\tDescription: Built-in Audio: Analog
\tMonitor of Sink: n/a

Source #2
\tState: IDLE
\tName: bluez_input.0
\tDescription: Headset
\tMonitor of Sink: n/a
"""
INFO = "Server Name: pulseaudio\nDefault Sink: alsa_output.pci\nDefault Source: bluez_input.0\n"


def pactl(folder: Path, script: str) -> None:
    path = folder / "pactl"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    return tmp_path


def test_microphones_are_listed_without_what_plays(path: Path) -> None:
    (path / "listed").write_text(LISTED)
    (path / "info").write_text(INFO)
    pactl(path, f'case "$1" in list) cat {path}/listed;; info) cat {path}/info;; esac')
    assert pulse.sources() == (
        InputDevice("alsa_input.pci", "Built-in Audio: Analog"),
        InputDevice("bluez_input.0", "Headset", True),
    )


@pytest.mark.parametrize("script", ["exit 1", "kill $$"])
def test_without_a_server_nothing_is_known(path: Path, script: str) -> None:
    pactl(path, script)
    assert pulse.sources() is None


def test_without_pactl_nothing_is_known(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(path))
    assert pulse.sources() is None


@pytest.mark.parametrize("before", ["", "theirs"])
def test_the_choice_is_left_as_it_was(before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULSE_SOURCE", raising=False)
    if before:
        monkeypatch.setenv("PULSE_SOURCE", before)
    with pulse.listening_to("bluez_input.0"):
        assert os.environ["PULSE_SOURCE"] == "bluez_input.0"
    with pulse.listening_to(""):
        assert os.environ.get("PULSE_SOURCE", "") == before
    assert os.environ.get("PULSE_SOURCE", "") == before
