"""Finds out what this machine has. Never needs root, never hangs, never raises."""

import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from app.core.graphics import described
from app.core.hardware import Gpu, Hardware, System
from app.core.machine import memory
from app.models.bandwidth import measure_bandwidth
from app.models.processor import Processor, this_processor

PATIENCE = 2.0  # seconds for each probe

Probe = Callable[[], Any]


class Findings(NamedTuple):
    """Values by field of ``Hardware``, and why others could not be found out."""

    found: dict[str, Any]
    unknown: dict[str, str]

    def onto(self, hardware: Hardware) -> Hardware:
        """``hardware`` with these findings in place of earlier ones."""
        others = {field: why for field, why in hardware.unknown.items() if field not in self.found}
        values = {**dict.fromkeys(self.unknown), **self.found}
        return replace(hardware, unknown={**others, **self.unknown}, **values)


def probe(
    models_dir: Path,
    gpus: Sequence[Gpu] = (),
    *,
    patience: float = PATIENCE,
    processor: Callable[[], Processor] = this_processor,
) -> Hardware:
    """This machine, with the ``gpus`` that the engine has found. ``models_dir`` is where models go;
    it need not exist yet. Each part may take ``patience`` seconds; one that takes longer or fails
    is None, with the reason in ``unknown``. Measures the memory for 0.1 s."""
    found, unknown = ask(
        {
            "processor": lambda: processor().name(),
            "cores": lambda: processor().cores(),
            "threads": lambda: processor().threads(),
            "instructions": lambda: processor().instructions(),
            "memory": lambda: _known(memory().total),
            "available": lambda: _known(memory().available),
            "disk_free": lambda: disk_free(models_dir),
        },
        patience,
    )
    hardware = Hardware(system(), unknown=unknown, **found)
    cores = hardware.cores or hardware.threads or 1
    measured = measure(cores, patience=patience, processor=processor)
    return replace(measured.onto(hardware), gpus=described_all(gpus, hardware.memory))


def measure(
    cores: int,
    *,
    patience: float = PATIENCE,
    processor: Callable[[], Processor] = this_processor,
) -> Findings:
    """The bandwidth of main memory, read by ``cores`` cores. Takes a little more than 0.1 s."""
    found, _ = ask({"cache": lambda: processor().cache()}, patience)
    return ask({"bandwidth": lambda: measure_bandwidth(cores, found.get("cache"))}, patience)


def look_again(models_dir: Path, *, patience: float = PATIENCE) -> Findings:
    """What is free by now of memory and disk. Takes a millisecond."""
    return ask(
        {
            "available": lambda: _known(memory().available),
            "disk_free": lambda: disk_free(models_dir),
        },
        patience,
    )


def described_all(gpus: Iterable[Gpu], memory: int | None) -> tuple[Gpu, ...]:
    """``gpus`` with what their names tell; see ``app.core.graphics``."""
    return tuple(described(gpu, memory) for gpu in gpus)


def system() -> System:
    """Which operating system this is."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    return "linux" if sys.platform.startswith("linux") else "other"


def disk_free(folder: Path) -> int:
    """Bytes that this user may still write where ``folder`` is or would be. OSError if nobody
    knows."""
    folder = folder.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def ask(probes: Mapping[str, Probe], patience: float) -> Findings:
    """What each of the ``probes`` returns, and for those that raised or took longer than
    ``patience`` seconds, the reason. They run at the same time, in threads that end with the
    program, whatever they are held up by."""
    answers: queue.SimpleQueue[tuple[str, Any, str]] = queue.SimpleQueue()

    def answer(field: str, probe: Probe) -> None:
        try:
            answers.put((field, probe(), ""))
        except Exception as error:
            answers.put((field, None, _reason(error)))

    for field, one in probes.items():
        thread = threading.Thread(target=answer, args=(field, one), name=field, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads are allowed
            answers.put((field, None, _reason(error)))
    found: dict[str, Any] = {}
    unknown = dict.fromkeys(probes, f"There was no answer within {patience:g} seconds.")
    end = time.monotonic() + patience
    for _ in probes:
        try:
            field, value, reason = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        if reason:
            unknown[field] = reason
        else:
            found[field] = value
            del unknown[field]
    return Findings(found, unknown)


def _known(value: int | None) -> int:
    if value is None:
        raise LookupError
    return value


def _reason(error: Exception) -> str:
    match error:
        case PermissionError():
            return "The system doesn't let this program know."
        case MemoryError():
            return "There is too little memory to measure it."
        case OSError():
            return f"The system can't say: {error.strerror or error}."
    return "The system doesn't say."
