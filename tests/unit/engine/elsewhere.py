"""Dry runs in a process of their own, which knows a second device: what ggml has once been told of
a device it never forgets, and asking for one that is gone ends the process."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from app.core.needs import Figures
from app.engine import devices
from app.engine.dry_run import DryRun
from app.engine.native import NativeLog
from tests.unit.engine import rpc


@contextmanager
def second_device() -> Iterator[ProcessPoolExecutor]:
    """A process that can ``dry_run``."""
    with rpc.server() as (port, _):
        context = get_context("spawn")
        with ProcessPoolExecutor(1, context, initializer=_meet, initargs=(port,)) as pool:
            yield pool


def dry_run(path: Path, context: int) -> Figures:
    """What a model takes on that device; to be called in that process."""
    name = next(one.name for one in devices.devices() if one.name.startswith("RPC"))
    with DryRun(str(path), None, _log, devices.pointer_to(name), name) as dry:
        return dry.figures(context)


def _meet(port: int) -> None:
    global _log
    _log = NativeLog()
    assert devices.add_remote(f"{rpc.LOOPBACK}:{port}")


_log: NativeLog
