"""What a process and its children have cost so far, from /proc."""

import contextlib
import os
import time
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
_LOOK_EVERY = 0.1  # seconds


def wait_until_idle(pid: int, seconds: float, patience: float = 60.0) -> None:
    """Wait until a process and its children have done nothing for so long; not for ever."""
    deadline = time.monotonic() + patience
    cost, since = cpu_seconds(pid), time.monotonic()
    while time.monotonic() - since < seconds and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)
        now = cpu_seconds(pid)
        if now - cost > 2 * _TICK:
            cost, since = now, time.monotonic()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and those it has started that are still there."""
    total = 0.0
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total = (int(fields[11]) + int(fields[12])) * _TICK  # in user and in system mode
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(cpu_seconds(int(child)) for child in children.read_text().split())
    return total
