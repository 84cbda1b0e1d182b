"""Small pieces around llama.cpp's C interface: its stop switch and its log."""

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama

from app.core.machine import GROUPS, MEMBERSHIP, granted_processors

_IDLE, _WAITING = 3, 4  # among the times in /proc/stat
_DEBUG, _WARN, _ERROR, _CONTINUED = 1, 3, 4, 5  # ggml log levels


class StopFlag:
    """A flag that llama.cpp itself can read while it computes.

    llama.cpp polls an abort callback at every graph node, ~900 times a token. A callback into
    Python would cost milliseconds and the GIL, so the callback is libc's ``strlen`` over a
    two-byte buffer: an empty string means go on, one character means stop.
    """

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)
        libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
        self.callback = ctypes.cast(libc.strlen, llama.ggml_abort_callback)
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)

    def set(self) -> None:
        """Stop what is being computed."""
        self._buffer[0] = b"!"

    def clear(self) -> None:
        """Let the next computation run."""
        self._buffer[0] = b"\0"

    def __bool__(self) -> bool:
        return bool(self._buffer[0] != b"\0")


class NativeLog:
    """Collects llama.cpp's warnings and errors, and passes all but debug lines on to stderr."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._level = 0
        self._record: list[str] | None = None
        self._callback = llama.llama_log_callback(self._take)
        llama.llama_log_set(self._callback, ctypes.c_void_p(0))

    @property
    def callback(self) -> object:
        """For the libraries that have a log switch of their own (mtmd)."""
        return self._callback

    @contextlib.contextmanager
    def recording(self) -> Iterator[list[str]]:
        """Gather everything, debug lines too, in the list that is given out, and pass nothing on:
        for what is only tried."""
        record: list[str] = []
        self._record = record
        try:
            yield record
        finally:
            self._record = None

    def _take(self, level: int, text: bytes, _data: object) -> None:
        if self._record is not None:
            self._record.append(text.decode("utf-8", "replace"))
            return
        if level != _CONTINUED:
            self._level = level
        if self._level == _DEBUG:
            return
        os.write(2, text)
        if self._level in (_WARN, _ERROR):
            self.problems.append(text.decode("utf-8", "replace").strip())
            del self.problems[:-50]


def give_memory_back() -> None:
    """Let the C library return what has been freed to the operating system. glibc keeps blocks of
    up to 32 MB otherwise, others don't."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def physical_cores() -> int:
    """Cores that compute, hyperthreads not counted, at most those this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    granted = granted_processors(MEMBERSHIP, GROUPS)
    logical = min(usable or 1, granted or usable or 1)
    siblings = set()
    for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list"):
        try:
            siblings.add(path.read_text().strip())
        except OSError:
            return logical
    return min(logical, len(siblings)) if siblings else max(1, logical // 2)


def idle_seconds() -> float | None:
    """For how many seconds the cores that this process may use have been idle by now, all cores
    added up; None where the system doesn't say."""
    if sys.platform == "win32":
        idle = ctypes.c_uint64()  # in units of 100 ns
        told = ctypes.WinDLL("kernel32").GetSystemTimes(ctypes.byref(idle), None, None)
        return idle.value / 1e7 if told else None
    try:
        usable = os.sched_getaffinity(0)
        lines = Path("/proc/stat").read_text().splitlines()
        fields = [line.split() for line in lines if re.match(r"cpu\d", line)]
        times = [[int(time) for time in row[1:]] for row in fields if int(row[0][3:]) in usable]
    except (AttributeError, OSError, ValueError):
        return None
    if not any(map(any, times)):  # so in some sandboxes
        return None
    return sum(row[_IDLE] + row[_WAITING] for row in times) / os.sysconf("SC_CLK_TCK")
