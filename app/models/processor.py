"""The processor, as each operating system describes it.

The methods of a ``Processor`` raise OSError, ValueError or LookupError where the system doesn't
answer as it should; ``app.models.hardware`` turns that into a reason.
"""

import ctypes
import os
import platform
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.core.machine import GROUPS, MEMBERSHIP, granted_processors

# What llama.cpp has code of its own for, by the names that systems give it.
_LINUX_FLAGS = {
    "sse4_2": "sse4.2",
    "avx": "avx",
    "f16c": "f16c",
    "fma": "fma",
    "avx2": "avx2",
    "avx_vnni": "avx-vnni",
    "avx512f": "avx512",
    "avx512_vnni": "avx512-vnni",
    "avx512_bf16": "avx512-bf16",
    "amx_int8": "amx",
    "asimd": "neon",
    "asimdhp": "fp16",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "sve": "sve",
    "sve2": "sve2",
    "sme": "sme",
}
_MAC_FLAGS = {
    "hw.optional.avx1_0": "avx",
    "hw.optional.f16c": "f16c",
    "hw.optional.fma": "fma",
    "hw.optional.avx2_0": "avx2",
    "hw.optional.avx512f": "avx512",
    "hw.optional.neon": "neon",
    "hw.optional.neon_fp16": "fp16",
    "hw.optional.arm.FEAT_DotProd": "dotprod",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_SME": "sme",
}
_WINDOWS_FEATURES = {  # arguments of IsProcessorFeaturePresent
    38: "sse4.2",
    39: "avx",
    40: "avx2",
    41: "avx512",
    19: "neon",
    43: "dotprod",
}


class Processor(Protocol):
    """What can be asked about it."""

    def name(self) -> str:
        """What its maker calls it; "" where it has no name."""

    def cores(self) -> int:
        """Physical cores that this process may use, at least one."""

    def threads(self) -> int:
        """Logical processors that this process may use, at least one."""

    def instructions(self) -> tuple[str, ...]:
        """Extensions that llama.cpp has code for: "avx2", "neon" …"""

    def cache(self) -> int:
        """Bytes of the caches that memory is read through, of the last level."""


def this_processor() -> Processor:
    """That of this machine."""
    if sys.platform == "win32":
        return WindowsProcessor(**windows_answers())
    if sys.platform == "darwin":
        return MacProcessor(sysctl)
    return LinuxProcessor(Path("/"), os.sched_getaffinity(0))


class LinuxProcessor:
    """Reads /proc and /sys under ``root``. ``usable`` are the numbers of the logical processors
    that this process may run on."""

    def __init__(self, root: Path, usable: "set[int] | frozenset[int]") -> None:
        self._root = root
        self._usable = usable

    def name(self) -> str:
        fields = self._cpuinfo()
        if "model name" in fields:
            return " ".join(fields["model name"].split())
        return fields.get("Model", "") or self._board() or platform.machine()

    def cores(self) -> int:
        siblings = set()
        for number in self._usable:
            folder = self._cpus / f"cpu{number}/topology"
            siblings.add((folder / "thread_siblings_list").read_text().strip())
        return self._granted(len(siblings))

    def threads(self) -> int:
        return self._granted(len(self._usable))

    def instructions(self) -> tuple[str, ...]:
        fields = self._cpuinfo()
        flags = set((fields.get("flags") or fields["Features"]).split())
        return tuple(name for flag, name in _LINUX_FLAGS.items() if flag in flags)

    def cache(self) -> int:
        sizes: dict[tuple[int, str], int] = {}
        for number in self._usable:
            for index in (self._cpus / f"cpu{number}/cache").glob("index[0-9]*"):
                level = int((index / "level").read_text())
                where = (level, (index / "shared_cpu_list").read_text().strip())
                sizes[where] = _size((index / "size").read_text().strip())
        last = max(level for level, _ in sizes)
        return sum(size for (level, _), size in sizes.items() if level == last)

    @property
    def _cpus(self) -> Path:
        return self._root / "sys/devices/system/cpu"

    def _cpuinfo(self) -> dict[str, str]:
        """The fields of /proc/cpuinfo; where processors differ, those of the first."""
        fields: dict[str, str] = {}
        for line in (self._root / "proc/cpuinfo").read_text(errors="replace").splitlines():
            key, colon, value = line.partition(":")
            if colon:
                fields.setdefault(key.strip(), value.strip())
        return fields

    def _board(self) -> str:
        """The name of a single-board computer."""
        try:
            return (self._root / "proc/device-tree/model").read_text().strip("\0\n ")
        except OSError:
            return ""

    def _granted(self, count: int) -> int:
        """No more than control groups let this process use at once."""
        root = self._root
        granted = granted_processors(
            root / MEMBERSHIP.relative_to("/"), root / GROUPS.relative_to("/")
        )
        return count if granted is None else min(count, granted)


def _size(text: str) -> int:
    """Bytes of "32768K" or "4M"."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    if match is None:
        raise ValueError(f"{text!r} is no size")
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]


Sysctl = Callable[[str], bytes]


class MacProcessor:
    """Asks ``sysctl``, which returns the bytes of a value, or raises OSError."""

    def __init__(self, sysctl: Sysctl) -> None:
        self._sysctl = sysctl

    def name(self) -> str:
        return self._sysctl("machdep.cpu.brand_string").rstrip(b"\0").decode("utf-8", "replace")

    def cores(self) -> int:
        return self._number("hw.physicalcpu")

    def threads(self) -> int:
        return self._number("hw.logicalcpu")

    def instructions(self) -> tuple[str, ...]:
        return tuple(name for flag, name in _MAC_FLAGS.items() if self._has(flag))

    def cache(self) -> int:
        """Apple's chips have a cache for each cluster of cores, and one before the memory that is
        nowhere told."""
        for name in ("hw.l3cachesize", "hw.perflevel0.l2cachesize", "hw.l2cachesize"):
            if self._has(name):
                return self._number(name)
        raise LookupError("no cache is described")

    def _has(self, name: str) -> bool:
        try:
            return self._number(name) > 0
        except OSError:
            return False

    def _number(self, name: str) -> int:
        return int.from_bytes(self._sysctl(name), "little")


def sysctl(name: str) -> bytes:
    """A value of macOS's kernel. OSError if it has none of that name."""
    system = ctypes.CDLL(None, use_errno=True)
    size = ctypes.c_size_t()
    query = name.encode()
    if system.sysctlbyname(query, None, ctypes.byref(size), None, ctypes.c_size_t(0)):
        raise OSError(ctypes.get_errno(), f"sysctl {name}")
    value = ctypes.create_string_buffer(size.value)
    if system.sysctlbyname(query, value, ctypes.byref(size), None, ctypes.c_size_t(0)):
        raise OSError(ctypes.get_errno(), f"sysctl {name}")
    return value.raw[: size.value]


_CORE, _CACHE = 0, 2  # of LOGICAL_PROCESSOR_RELATIONSHIP
_INSTRUCTION_CACHE = 1
_ALL = 0xFFFF


class WindowsProcessor:
    """Reads what Windows has answered.

    ``relations`` is the buffer of GetLogicalProcessorInformationEx; ``usable`` the mask of the
    logical processors that this process may run on, 0 where it may use several groups of 64.
    ``has`` is IsProcessorFeaturePresent.
    """

    def __init__(
        self, name: str, relations: bytes, usable: int, has: Callable[[int], bool]
    ) -> None:
        self._name = name
        self._relations = relations
        self._usable = usable
        self._has = has

    def name(self) -> str:
        return " ".join(self._name.split())

    def cores(self) -> int:
        return len(self._threads_of_cores())

    def threads(self) -> int:
        return sum(self._threads_of_cores())

    def instructions(self) -> tuple[str, ...]:
        return tuple(name for number, name in _WINDOWS_FEATURES.items() if self._has(number))

    def cache(self) -> int:
        sizes: dict[int, int] = {}
        for offset in self._records(_CACHE):
            level, _, _, size, kind = struct.unpack_from("<BBHII", self._relations, offset)
            if kind != _INSTRUCTION_CACHE:
                sizes[level] = sizes.get(level, 0) + size
        return sizes[max(sizes)]

    def _threads_of_cores(self) -> list[int]:
        """How many threads of each core may be used; cores without one are left out."""
        found = []
        for offset in self._records(_CORE):
            (groups,) = struct.unpack_from("<H", self._relations, offset + 22)
            threads = 0
            for group in range(groups):
                (mask,) = struct.unpack_from("<Q", self._relations, offset + 24 + 16 * group)
                threads += (mask & self._usable if self._usable else mask).bit_count()
            found += [threads] if threads else []
        if not found:
            raise LookupError("no core is described")
        return found

    def _records(self, kind: int) -> list[int]:
        """Where the records of a kind begin, behind their kind and size."""
        offsets, at = [], 0
        while at + 8 <= len(self._relations):
            found, size = struct.unpack_from("<II", self._relations, at)
            if size < 8:
                raise ValueError("a record without a size")
            offsets += [at + 8] if found == kind else []
            at += size
        return offsets


if sys.platform == "win32":
    import winreg
    from typing import TypedDict

    class _Answers(TypedDict):
        name: str
        relations: bytes
        usable: int
        has: Callable[[int], bool]

    def windows_answers() -> _Answers:
        """What Windows answers on this machine."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        size = ctypes.c_uint32()
        kernel.GetLogicalProcessorInformationEx(_ALL, None, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        if not kernel.GetLogicalProcessorInformationEx(_ALL, buffer, ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        process, machine = ctypes.c_size_t(), ctypes.c_size_t()
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.GetProcessAffinityMask(
            ctypes.c_void_p(kernel.GetCurrentProcess()),
            ctypes.byref(process),
            ctypes.byref(machine),
        )
        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            name = str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
        return {
            "name": name,
            "relations": buffer.raw[: size.value],
            "usable": 0 if kernel.GetActiveProcessorGroupCount() > 1 else process.value,
            "has": lambda number: bool(kernel.IsProcessorFeaturePresent(number)),
        }
