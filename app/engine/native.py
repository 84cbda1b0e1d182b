"""Small pieces around llama.cpp's C interface: its stop switch, its log, its devices."""

import ctypes
import os
from pathlib import Path

import llama_cpp.llama_cpp as llama
from llama_cpp._ggml import libggml

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
        self._callback = llama.llama_log_callback(self._take)
        llama.llama_log_set(self._callback, ctypes.c_void_p(0))

    @property
    def callback(self) -> object:
        """For the libraries that have a log switch of their own (mtmd)."""
        return self._callback

    def _take(self, level: int, text: bytes, _data: object) -> None:
        if level != _CONTINUED:
            self._level = level
        if self._level == _DEBUG:
            return
        os.write(2, text)
        if self._level in (_WARN, _ERROR):
            self.problems.append(text.decode("utf-8", "replace").strip())
            del self.problems[:-50]


def devices() -> tuple[str, ...]:
    """Names of the devices that llama.cpp could compute on, the CPU included."""
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    libggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    libggml.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    names = []
    for index in range(libggml.ggml_backend_dev_count()):
        device = libggml.ggml_backend_dev_get(index)
        names.append(libggml.ggml_backend_dev_description(device).decode("utf-8", "replace"))
    return tuple(names)


def physical_cores() -> int:
    """Cores that compute, hyperthreads not counted, at most those this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    logical = usable or 1
    siblings = set()
    for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list"):
        try:
            siblings.add(path.read_text().strip())
        except OSError:
            return logical
    return min(logical, len(siblings)) if siblings else max(1, logical // 2)
