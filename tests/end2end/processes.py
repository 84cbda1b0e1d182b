"""Processes known by a mark in their environment, which all their children inherit."""

import os
import signal
import subprocess
from pathlib import Path

from tests.end2end.waiting import wait_for


def marked(mark: str) -> list[int]:
    """The ids of all living processes that were started with ``mark`` ("NAME=value") in their
    environment, or by such a process. Zombies don't count."""
    wanted = mark.encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # gone meanwhile, or another person's
    return sorted(found)


def command_line(pid: int) -> str:
    """The words that ``pid`` was started with; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def end_marked(mark: str) -> None:
    """End every marked process, by force where asking does not help."""
    for signal_number, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        for pid in marked(mark):
            try:
                os.kill(pid, signal_number)
            except ProcessLookupError:
                pass
        try:
            wait_for(lambda: not marked(mark), f"processes with {mark} end", seconds)
            return
        except AssertionError:
            continue


def end(process: subprocess.Popen[bytes]) -> None:
    """End one child and collect it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def network_sockets(pids: list[int]) -> list[str]:
    """Every internet socket that one of ``pids`` holds now, as "table local remote state"."""
    held = set()
    for pid in pids:
        try:
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    held.add(target[8:-1])
        except OSError:
            continue  # closed or gone meanwhile
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        path = Path(f"/proc/net/{table}")
        if not path.exists():
            continue
        for line in path.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in held:
                found.append(f"{table} {fields[1]} {fields[2]} {fields[3]}")
    return found
