"""Giving up rights for good on Linux: Landlock for files, a seccomp filter for everything else."""

import contextlib
import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_libc = ctypes.CDLL(None, use_errno=True)

# Where systems keep what programs read: libraries, fonts, time zones. The last ones are those of
# some distributions and kinds of packages.
_SYSTEM = [
    *map(Path, ("/usr", "/lib", "/lib64", "/etc", "/proc/self", "/dev/null", "/dev/urandom")),
    *map(Path, ("/opt", "/app", "/nix/store", "/gnu/store")),
]

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl

# Landlock: calls have the same numbers everywhere.
_CREATE_RULES, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = (13, 14, 15, 15, 16)  # how many rights there are in versions 1, 2, 3, 4, 5
_NETWORK_SINCE, _NETWORK_RIGHTS = 4, 0b11


class _Machine(NamedTuple):
    """How a kind of processor calls the kernel: its name in filters and the numbers of calls."""

    audit: int
    clone: int
    clone3: int
    refused: tuple[int, ...]


# Sockets, other programs and other processes, and doors into the kernel that no reader needs.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        56,
        435,
        # socket connect bind socketpair; execve execveat fork vfork; ptrace kill, memory of others
        (41, 42, 49, 53, 59, 322, 57, 58, 101, 62, 310, 311)
        # bpf userfaultfd perf_event_open io_uring_setup unshare mount keys setns pidfd_getfd
        + (321, 323, 298, 425, 272, 165, 248, 249, 250, 308, 438),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        220,
        435,
        (198, 203, 200, 199, 221, 281, 117, 129, 270, 271)
        + (280, 282, 241, 425, 97, 40, 217, 218, 219, 268, 438),
    ),
}
_FOREIGN = 0x40000000  # calls from here on are those of a second way to count them on x86_64
_CLONE_THREAD = 0x10000

# Instructions of a filter: load a word of the call; compare; return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _KIND, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in what is loaded from
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


def give_up(readable: Sequence[Path]) -> None:
    """Leave this process the right to read ``readable`` and the system's own files, and none to
    write, to reach a network or to start a program. What the kernel is too old for is left out."""
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _only_read([*_SYSTEM, *readable])
    _filter_calls()


def _only_read(places: Sequence[Path]) -> None:
    version = _libc.syscall(_CREATE_RULES, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return
    rights = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS)) - 1]) - 1
    network = _NETWORK_RIGHTS if version >= _NETWORK_SINCE else 0
    wanted = struct.pack("=QQ", rights, network)[: 16 if network else 8]
    rules = _libc.syscall(_CREATE_RULES, wanted, ctypes.c_size_t(len(wanted)), 0)
    if rules < 0:
        return
    for place in places:
        with contextlib.suppress(OSError):
            handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
            may = _READ_FILE | _READ_FOLDER if place.is_dir() else _READ_FILE
            _libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", may, handle), 0)
            os.close(handle)
    _libc.syscall(_RESTRICT, rules, 0)
    os.close(rules)


class _Program(ctypes.Structure):
    """A filter: how many instructions, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _filter_calls() -> None:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return
    code = b"".join(_instructions(machine))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    _libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)


def _instructions(machine: _Machine) -> list[bytes]:
    """The filter: a refused call fails as if it were not permitted. A jump is over so many
    instructions, if the comparison holds, else over so many."""
    refuse = _step(_RETURN, _REFUSE | errno.EPERM)
    steps = [
        _step(_LOAD, _KIND),
        _step(_EQUAL, machine.audit, 1, 0),
        refuse,
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _FOREIGN, 0, 1),
        refuse,
        # Its arguments can't be looked at; told that it doesn't exist, libraries take clone.
        _step(_EQUAL, machine.clone3, 0, 1),
        _step(_RETURN, _REFUSE | errno.ENOSYS),
    ]
    for number in machine.refused:
        steps += [_step(_EQUAL, number, 0, 1), refuse]
    return [
        *steps,
        _step(_EQUAL, machine.clone, 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_ANY_BIT, _CLONE_THREAD, 1, 0),
        refuse,
        _step(_RETURN, _ALLOW),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
