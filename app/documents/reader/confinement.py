"""What the process that reads documents takes away from itself."""

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

from app.documents.reader import refusals
from app.documents.reader.limits import Limits

if sys.platform != "win32":
    import resource
if sys.platform == "linux":
    from app.documents.reader import linux_rights

_LOG_BYTES = 8 * 2**20  # how far the log may grow; nothing else can be written
_FILES = 64
_HOME = Path(__file__).parents[3]
_LOOK_EVERY = 0.1  # seconds between two looks at the memory in use


def confine(limits: Limits, path: Path) -> None:
    """From now on this process has ``limits.memory`` bytes and ``limits.seconds`` of computing.

    On Linux it can, besides, open no file for writing and none for reading but ``path``, the
    program's own and the system's; it can reach no network and start no program. Where the kernel
    is too old for a part of this, that part is left out.
    """
    if sys.platform != "win32":
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, _LOG_BYTES)
        _limit(resource.RLIMIT_NOFILE, _FILES)
        _limit(resource.RLIMIT_CPU, limits.seconds, then=5)
    if sys.platform == "linux":
        # What is mapped so far are libraries, mostly; it is not the document's fault.
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, mapped + limits.memory)
        linux_rights.give_up(readable=[path, *_program()])
    else:
        # macOS doesn't hold to a limit of the address space, and Windows has none of that kind.
        threading.Thread(
            target=_watch, args=(limits.memory, limits.seconds), name="watch", daemon=True
        ).start()


def _program() -> list[Path]:
    """Where the interpreter, the libraries and this program are."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}
    return [_HOME, *map(Path, sorted(places))]


def _limit(kind: int, most: int, then: int = 0) -> None:
    """``then``: how much more there is until the system ends the process without a warning."""
    _soft, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most, then = min(most, hard), min(then, hard - min(most, hard))
    resource.setrlimit(kind, (most, most + then))


def _watch(memory: int, seconds: float) -> None:
    while True:
        if _most_memory() > memory:
            os._exit(refusals.OUT_OF_MEMORY)
        if time.process_time() > seconds:
            os._exit(refusals.OUT_OF_TIME)
        time.sleep(_LOOK_EVERY)


def _most_memory() -> int:
    """Bytes of memory that this process has had at most."""
    if sys.platform == "win32":
        return _most_committed()
    # In bytes on macOS, which is where this is asked.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of the Windows API; sizes are in bytes."""

    _fields_ = (
        ("size", ctypes.c_ulong),
        ("faults", ctypes.c_ulong),
        *((name, ctypes.c_size_t) for name in ("most_resident", "resident")),
        *((name, ctypes.c_size_t) for name in ("most_paged", "paged", "most_other", "other")),
        *((name, ctypes.c_size_t) for name in ("committed", "most_committed")),
    )


def _most_committed() -> int:
    counters = _Counters(size=ctypes.sizeof(_Counters))
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    ours = ctypes.c_void_p(kernel.GetCurrentProcess())
    if not kernel.K32GetProcessMemoryInfo(ours, ctypes.byref(counters), counters.size):
        return 0
    return int(counters.most_committed)
