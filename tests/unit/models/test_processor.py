"""The processor, on recorded answers of each system."""

import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.models.processor import LinuxProcessor, MacProcessor, WindowsProcessor, this_processor

EPYC = """\
processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC   9B45
flags\t\t: fpu sse4_1 sse4_2 fma f16c avx avx2 avx_vnni avx512f avx512bw avx512_bf16 avx512_vnni
"""
# https://github.com/hrw/arm-socs-table/issues/96
PI_5 = """\
processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc \
dcpop asimddp
CPU implementer\t: 0x41
CPU part\t: 0xd0b

Revision\t: d04170
Model\t\t: Raspberry Pi 5 Model B Rev 1.0
"""
# https://github.com/archspec/archspec/issues/201
M4_PRO: dict[str, bytes] = {
    "machdep.cpu.brand_string": b"Apple M4 Pro\0",
    "hw.physicalcpu": struct.pack("<i", 12),
    "hw.logicalcpu": struct.pack("<i", 12),
    "hw.perflevel0.l2cachesize": struct.pack("<i", 16777216),
    "hw.optional.neon": struct.pack("<i", 1),
    "hw.optional.arm.FEAT_DotProd": struct.pack("<i", 1),
    "hw.optional.arm.FEAT_I8MM": struct.pack("<i", 1),
    "hw.optional.arm.FEAT_BF16": struct.pack("<i", 1),
    "hw.optional.arm.FEAT_SME": struct.pack("<i", 1),
    "hw.optional.avx2_0": struct.pack("<i", 0),
}


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def linux(root: Path, cores: int, threads_each: int = 1, cpuinfo: str = EPYC) -> LinuxProcessor:
    """A machine whose logical processors are numbered as usual: first one of each core, then the
    other of each. Two caches of 32 MiB share the cores."""
    write(root, "proc/cpuinfo", cpuinfo)
    write(root, "proc/self/cgroup", "0::/app\n")
    for number in range(cores * threads_each):
        cpu = f"sys/devices/system/cpu/cpu{number}"
        core = number % cores
        siblings = ",".join(str(core + cores * thread) for thread in range(threads_each))
        write(root, f"{cpu}/topology/thread_siblings_list", f"{siblings}\n")
        write(root, f"{cpu}/cache/index2/level", "2\n")
        write(root, f"{cpu}/cache/index2/size", "1024K\n")
        write(root, f"{cpu}/cache/index2/shared_cpu_list", f"{siblings}\n")
        write(root, f"{cpu}/cache/index3/level", "3\n")
        write(root, f"{cpu}/cache/index3/size", "32768K\n")
        write(root, f"{cpu}/cache/index3/shared_cpu_list", f"half {core * 2 // cores}\n")
    return LinuxProcessor(root, set(range(cores * threads_each)))


def test_a_linux_machine(tmp_path: Path) -> None:
    found = linux(tmp_path, cores=8, threads_each=2)
    assert found.name() == "AMD EPYC 9B45"
    assert (found.cores(), found.threads()) == (8, 16)
    assert found.cache() == 64 * 2**20
    assert found.instructions() == (
        *("sse4.2", "avx", "f16c", "fma", "avx2"),
        *("avx-vnni", "avx512", "avx512-vnni", "avx512-bf16"),
    )


def test_a_single_board_computer(tmp_path: Path) -> None:
    found = linux(tmp_path, cores=4, cpuinfo=PI_5)
    assert found.name() == "Raspberry Pi 5 Model B Rev 1.0"
    assert found.instructions() == ("neon", "fp16", "dotprod")
    write(tmp_path, "proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd\n")
    write(tmp_path, "proc/device-tree/model", "Radxa ROCK 5B\0")
    assert found.name() == "Radxa ROCK 5B"


def test_only_what_this_process_may_run_on_counts(tmp_path: Path) -> None:
    linux(tmp_path, cores=8, threads_each=2)
    both_threads_of_one_core = LinuxProcessor(tmp_path, {1, 9})
    assert (both_threads_of_one_core.cores(), both_threads_of_one_core.threads()) == (1, 2)


@pytest.mark.parametrize(
    ("quota", "cores", "threads"),
    [("350000 100000", 3, 3), ("1000000 100000", 8, 10), ("50000 100000", 1, 1), ("max", 8, 16)],
)
def test_a_container_has_what_it_was_granted(
    tmp_path: Path, quota: str, cores: int, threads: int
) -> None:
    found = linux(tmp_path, cores=8, threads_each=2)
    write(tmp_path, "sys/fs/cgroup/app/cpu.max", quota if " " in quota else f"{quota} 100000\n")
    assert (found.cores(), found.threads()) == (cores, threads)


def test_limits_of_the_older_control_groups(tmp_path: Path) -> None:
    found = linux(tmp_path, cores=8)
    write(tmp_path, "proc/self/cgroup", "9:name=systemd:/\n1:cpu,cpuacct:/box/inner\n")
    for group, quota in (("box/inner", -1), ("box", 200000)):
        write(tmp_path, f"sys/fs/cgroup/cpu/{group}/cpu.cfs_quota_us", f"{quota}\n")
        write(tmp_path, f"sys/fs/cgroup/cpu/{group}/cpu.cfs_period_us", "100000\n")
    assert found.cores() == 2


def test_a_mac() -> None:
    def sysctl(name: str) -> bytes:
        if name not in M4_PRO:
            raise OSError(2, f"sysctl {name}")
        return M4_PRO[name]

    found = MacProcessor(sysctl)
    assert found.name() == "Apple M4 Pro"
    assert (found.cores(), found.threads()) == (12, 12)
    assert found.instructions() == ("neon", "dotprod", "i8mm", "bf16", "sme")
    assert found.cache() == 16 * 2**20


def core(*masks: int) -> bytes:
    """A core in each of as many groups of processors as there are masks, as Windows tells it."""
    body = struct.pack("<BB20xH", 0, 0, len(masks))
    body += b"".join(struct.pack("<QH6x", mask, group) for group, mask in enumerate(masks))
    return struct.pack("<II", 0, 8 + len(body)) + body


def cache(level: int, size: int, kind: int = 0) -> bytes:
    body = struct.pack("<BBHII", level, 8, 64, size, kind) + bytes(36)
    return struct.pack("<II", 2, 8 + len(body)) + body


def other(kind: int) -> bytes:
    return struct.pack("<II", kind, 48) + bytes(40)


def windows(records: Iterable[bytes], usable: int = 0) -> WindowsProcessor:
    return WindowsProcessor(
        "13th Gen Intel(R) Core(TM) i7-13700H  ",
        b"".join(records),
        usable,
        {38, 39, 40}.__contains__,
    )


# Six fast cores with two threads each, eight small ones with one.
I7_13700H = [
    *(core(0b11 << 2 * number) for number in range(6)),
    other(1),
    *(core(1 << 12 + number) for number in range(8)),
    cache(1, 48 * 2**10, kind=2),
    cache(1, 32 * 2**10, kind=1),
    cache(2, 1280 * 2**10),
    cache(3, 24 * 2**20),
    other(3),
]


def test_a_windows_machine() -> None:
    found = windows(I7_13700H)
    assert found.name() == "13th Gen Intel(R) Core(TM) i7-13700H"
    assert (found.cores(), found.threads()) == (14, 20)
    assert found.instructions() == ("sse4.2", "avx", "avx2")
    assert found.cache() == 24 * 2**20


def test_a_windows_process_that_may_not_run_everywhere() -> None:
    found = windows(I7_13700H, usable=0b1_0000_0000_0111)
    assert (found.cores(), found.threads()) == (3, 4)


@pytest.mark.parametrize("answer", [b"", other(4), struct.pack("<II", 0, 0)])
def test_a_windows_that_tells_nothing(answer: bytes) -> None:
    with pytest.raises((LookupError, ValueError)):
        windows([answer]).cores()


def test_this_machine() -> None:
    found = this_processor()
    assert found.name()
    assert 1 <= found.cores() <= found.threads()
    assert found.instructions()
    assert found.cache() > 2**17
