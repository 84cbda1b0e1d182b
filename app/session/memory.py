"""How much memory Facet uses, asked of the operating system. No Qt."""

import ctypes
import ctypes.util
import os
import sys
from pathlib import Path

import msgspec

from app.core.machine import memory


class MemoryUse(msgspec.Struct, frozen=True):
    """In bytes: what is resident of the window's process and of the engine's, what the machine
    has, and what new programs could take of it (None where the system doesn't say). ``mapped`` is
    what of the engine's is but a copy of files, so that it counts as available, too."""

    window: int
    engine: int
    total: int
    available: int | None
    mapped: int = 0

    @property
    def used(self) -> int:
        """Window and engine together."""
        return self.window + self.engine

    @property
    def others(self) -> int | None:
        """What other programs and the system use."""
        if self.available is None:
            return None
        return max(0, self.total - self.available - self.used + self.mapped)


def measure(engine: int | None) -> MemoryUse | None:
    """The memory of this process and of the process ``engine``; None where the system doesn't
    say. Takes less than a millisecond."""
    machine = memory()
    if machine.total is None:
        return None
    try:
        window = resident(os.getpid())
    except OSError:
        return None
    try:
        child = resident(engine) if engine is not None else 0
    except OSError:
        child = 0  # it has just ended
    mapped = max(0, child - returnable(engine)) if child else 0
    return MemoryUse(window, child, machine.total, machine.available, mapped)


def returnable(pid: int | None) -> int:
    """The bytes of main memory that become available when the process ``pid`` ends; 0 if there is
    none. What it has mapped of files is not among them where the system counts it as available
    anyway."""
    if pid is None:
        return 0
    try:
        return private(pid)
    except OSError:
        return 0


if sys.platform == "win32":

    class _Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            ("peak_working_set", ctypes.c_size_t),
            ("working_set", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 6),
        )

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION

    def resident(pid: int) -> int:
        """The bytes of main memory that the process ``pid`` occupies. OSError if it is gone."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(kernel.OpenProcess(_QUERY, False, pid))
        if not handle:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            counters = _Counters(cb=ctypes.sizeof(_Counters))
            if not kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), counters.cb):
                raise ctypes.WinError(ctypes.get_last_error())
            return int(counters.working_set)
        finally:
            kernel.CloseHandle(handle)

    private = resident  # Windows doesn't count mapped files as available while they are in use

elif sys.platform == "darwin":

    class _TaskInfo(ctypes.Structure):
        _fields_ = (
            ("virtual", ctypes.c_uint64),
            ("resident", ctypes.c_uint64),
            ("others", ctypes.c_uint64 * 4),
            ("more", ctypes.c_int32 * 12),
        )

    _TASK_INFO = 4  # PROC_PIDTASKINFO
    _system = ctypes.CDLL(ctypes.util.find_library("System"), use_errno=True)

    def resident(pid: int) -> int:
        """The bytes of main memory that the process ``pid`` occupies. OSError if it is gone."""
        info = _TaskInfo()
        size = ctypes.sizeof(info)
        if _system.proc_pidinfo(pid, _TASK_INFO, ctypes.c_uint64(0), ctypes.byref(info), size) <= 0:
            raise OSError(ctypes.get_errno(), "proc_pidinfo")
        return int(info.resident)

    class _Usage(ctypes.Structure):
        """``rusage_info_v0``."""

        _fields_ = (
            ("uuid", ctypes.c_uint8 * 16),
            ("others", ctypes.c_uint64 * 7),
            ("footprint", ctypes.c_uint64),
            ("times", ctypes.c_uint64 * 2),
        )

    def private(pid: int) -> int:
        """The bytes of main memory that only the process ``pid`` needs. OSError if it is gone."""
        usage = _Usage()
        if _system.proc_pid_rusage(pid, 0, ctypes.byref(usage)):
            raise OSError(ctypes.get_errno(), "proc_pid_rusage")
        return int(usage.footprint)

else:

    def resident(pid: int) -> int:
        """The bytes of main memory that the process ``pid`` occupies. OSError if it is gone."""
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def private(pid: int) -> int:
        """The bytes of main memory that only the process ``pid`` needs. OSError if it is gone."""
        resident_pages, shared_pages = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
        return (int(resident_pages) - int(shared_pages)) * os.sysconf("SC_PAGE_SIZE")
