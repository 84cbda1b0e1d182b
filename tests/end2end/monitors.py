"""A screen of several monitors that nobody sees: Xorg with its dummy driver."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.end2end.processes import end
from tests.end2end.waiting import wait_for

# Debian's other one, in the path, is a script for people in front of the machine.
XORG = next(filter(os.path.exists, ("/usr/lib/xorg/Xorg", "/usr/lib/Xorg")), "Xorg")
_NOBODY = 65534

_CONFIG = """
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 128000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Virtual 4096 2160
  EndSubSection
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
"""


class Monitor(NamedTuple):
    """Where a monitor lies, in its pixels. The first one is called DUMMY0, the next DUMMY1."""

    x: int
    y: int
    width: int
    height: int


def start_monitors(
    environment: Mapping[str, str], monitors: Sequence[Monitor], output: int
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server with ``monitors``; the process and the number of its display."""
    folder = Path(tempfile.mkdtemp(prefix="facet-xorg-"))
    try:
        server, number = _start(environment, folder, output)
        _lay_out({**environment, "DISPLAY": f":{number}"}, monitors)
    finally:
        shutil.rmtree(folder)  # it has read what is there, and keeps its log open
    return server, number


def _start(
    environment: Mapping[str, str], folder: Path, output: int
) -> tuple[subprocess.Popen[bytes], int]:
    log = folder / "x.log"
    (folder / "x.conf").write_text(_CONFIG)
    read_end, write_end = os.pipe()
    command = [XORG, "-displayfd", str(write_end), "-config", str(folder / "x.conf")]
    command += ["-logfile", str(log), "-noreset", "-nolisten", "tcp"]
    if os.geteuid() == 0:  # root would be given a console of the machine
        folder.chmod(0o777)
        words = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        command = ["setpriv", *words, *command]
    with os.fdopen(read_end) as numbers:
        server = subprocess.Popen(
            command, env=environment, pass_fds=[write_end], stdout=output, stderr=output
        )
        os.close(write_end)
        number = numbers.readline().strip()  # ends at once if the server dies
    if not number:
        end(server)
        said = log.read_text() if log.exists() else ""
        raise AssertionError(f"Xorg did not start:\n{said[-2000:]}")
    return server, int(number)


def move_monitors(environment: Mapping[str, str], monitors: Sequence[Monitor]) -> None:
    """Put each where it says. One of them has to begin at 0 in each direction: xrandr moves all
    of them otherwise."""
    words: list[str] = []
    for index, monitor in enumerate(monitors):
        words += ["--output", f"DUMMY{index}", "--mode", _mode(monitor)]
        words += ["--pos", f"{monitor.x}x{monitor.y}"]
    _xrandr(environment, *words)
    wait_for(lambda: _present(environment) == list(monitors), "the monitors are there")


def _present(environment: Mapping[str, str]) -> list[Monitor]:
    found = re.findall(
        r" (\d+)/\d+x(\d+)/\d+\+(\d+)\+(\d+) ", _xrandr(environment, "--listactivemonitors")
    )
    return [Monitor(int(x), int(y), int(width), int(height)) for width, height, x, y in found]


def _lay_out(environment: Mapping[str, str], monitors: Sequence[Monitor]) -> None:
    for index, monitor in enumerate(monitors):
        width, height = monitor.width, monitor.height
        # A mode of any timing: there is nothing to show it on.
        timing = (width + 16, width + 32, width + 64, height, height + 3, height + 6, height + 20)
        _xrandr(environment, "--newmode", _mode(monitor), "100", width, *timing)
        _xrandr(environment, "--addmode", f"DUMMY{index}", _mode(monitor))
    move_monitors(environment, monitors)


def _mode(monitor: Monitor) -> str:
    return f"{monitor.width}x{monitor.height}-test"


def _xrandr(environment: Mapping[str, str], *words: str | int) -> str:
    command = ["xrandr", *map(str, words)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"xrandr {words}: {answer.stderr}"
    return answer.stdout
