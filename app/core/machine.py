"""What the machine has. Never needs root; what can't be known is None.

The one place in core that asks the operating system: both the engine's process and the app need it.
"""

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

MEMBERSHIP, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """Main memory in bytes."""

    total: int | None
    available: int | None


def memory() -> Memory:
    """Main memory, as the operating system counts it, within the limits of containers and services
    (Linux's control groups)."""
    if sys.platform == "win32":
        return _windows_memory()
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return Memory(None, None)
    if sys.platform == "darwin":
        return Memory(total, _mac_available())
    groups = memory_limits(MEMBERSHIP, GROUPS)
    free = _available()
    if free is not None:
        free = min([free, *(group.room for group in groups)])
    return Memory(min([total, *(group.limit for group in groups)]), free)


def _available() -> int | None:
    """Linux only: what programs could take without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


@dataclass(frozen=True)
class MemoryLimit:
    """What a control group may use, and how much of that is left, in bytes. The cache of files
    counts as left."""

    limit: int
    room: int


def memory_limits(membership: Path, root: Path) -> list[MemoryLimit]:
    """The limits of all control groups that this process is in; see ``control_groups``."""
    limits = []
    for version, folder in control_groups("memory", membership, root):
        most, used = _MEMORY_FILES[version]
        found = _limit(folder / most, folder / used, folder / "memory.stat")
        limits += [] if found is None else [found]
    return limits


_MEMORY_FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    2: ("memory.max", "memory.current"),
}


def granted_processors(membership: Path, root: Path) -> int | None:
    """How many processors control groups let this process use at once, at least one; None: all
    there are. Rounded down, as threads that wait for each other are slowed to a crawl when one of
    them is paused. See ``control_groups``."""
    quotas = [_quota(version, one) for version, one in control_groups("cpu", membership, root)]
    known = [quota for quota in quotas if quota is not None]
    return max(1, int(min(known))) if known else None


def _quota(version: int, folder: Path) -> float | None:
    """None where there is none."""
    try:
        if version == 2:
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):  # ValueError: "max"
        return None


def control_groups(controller: str, membership: Path, root: Path) -> list[tuple[int, Path]]:
    """The folders of the control groups of a ``controller`` that this process is in, innermost
    first, each with the version of control groups that it is of. ``membership`` is
    /proc/self/cgroup: version 2 is listed there as "0::/path", version 1 as "4:memory:/path".
    ``root`` is where the groups are, /sys/fs/cgroup. Empty where there are none."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if number == "0" and not controllers:
            version, top = 2, root
        elif controller in controllers.split(","):
            version, top = 1, root / controller
        else:
            continue
        folder = top / name.strip("/")
        around = (parent for parent in folder.parents if parent.is_relative_to(top))
        folders += [(version, one) for one in (folder, *around)]
    return folders


def _limit(limit: Path, usage: Path, stat: Path) -> MemoryLimit | None:
    """None where there is no limit."""
    try:
        most, used = int(limit.read_text()), int(usage.read_text())
        fields = dict(line.split() for line in stat.read_text().splitlines())
    except (OSError, ValueError):  # ValueError: "max"
        return None
    files = sum(int(fields.get(f"{kind}_file", 0)) for kind in ("active", "inactive"))
    return MemoryLimit(most, max(0, most - used + files))


class VmStatistics(ctypes.Structure):
    """``vm_statistics64`` of macOS, in pages."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("free", "active", "inactive", "wired")),
        ("since_start", ctypes.c_uint64 * 9),
        ("purgeable", ctypes.c_uint32),
        ("speculative", ctypes.c_uint32),
        ("swaps", ctypes.c_uint64 * 4),
        *((name, ctypes.c_uint32) for name in ("compressor", "throttled", "files", "anonymous")),
        ("compressed", ctypes.c_uint64),
    )

    @property
    def available(self) -> int:
        """Pages that programs could take without anything being compressed or swapped: what is
        free, the cache of files, and what its owners have said they could do without. Pages read
        ahead are in both counts."""
        return int(self.free - self.speculative + self.files + self.purgeable)


_HOST_VM_INFO64 = 4


def _mac_available() -> int | None:
    system = ctypes.CDLL(None)
    pages = VmStatistics()
    count = ctypes.c_uint32(ctypes.sizeof(pages) // 4)
    host = system.mach_host_self()
    failed = system.host_statistics64(
        host, _HOST_VM_INFO64, ctypes.byref(pages), ctypes.byref(count)
    )
    return None if failed else pages.available * os.sysconf("SC_PAGE_SIZE")


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
