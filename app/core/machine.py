"""What the machine has. Never needs root; what can't be known is None.

The one place in core that asks the operating system: both the engine's process and the app need it.
"""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Main memory in bytes."""

    total: int | None
    available: int | None


def memory() -> Memory:
    """Main memory, as the operating system counts it."""
    if os.name == "nt":
        return _windows_memory()
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return Memory(None, None)
    return Memory(total, _available())


def _available() -> int | None:
    """Linux only: what programs could take without swapping, and without being killed for
    exceeding what a container or a service may use."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    return min([free, *rooms_in_groups(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def rooms_in_groups(membership: Path, root: Path) -> list[int]:
    """What is left of the memory limit of each control group that this process is in (version 2
    is listed as "0::/path", version 1 as "4:memory:/path"). The cache of files counts as free."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return []
    rooms = []
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if number == "0" and not controllers:
            top, limit, usage = root, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            top, limit, usage = root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        folder = top / name.strip("/")
        for one in [folder, *(parent for parent in folder.parents if parent.is_relative_to(top))]:
            room = _room(one / limit, one / usage, one / "memory.stat")
            rooms += [] if room is None else [room]
    return rooms


def _room(limit: Path, usage: Path, stat: Path) -> int | None:
    """None where there is no limit."""
    try:
        most, used = int(limit.read_text()), int(usage.read_text())
        fields = dict(line.split() for line in stat.read_text().splitlines())
    except (OSError, ValueError):  # ValueError: "max"
        return None
    files = sum(int(fields.get(f"{kind}_file", 0)) for kind in ("active", "inactive"))
    return max(0, most - used + files)


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *((name, ctypes.c_ulonglong) for name in ("total", "available", "a", "b", "c", "d", "e")),
    )


def _windows_memory() -> Memory:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return Memory(None, None)
    return Memory(status.total, status.available)
