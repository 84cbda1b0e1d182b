"""Dry runs in a process of their own, which knows a second device: what ggml has once been told of
a device it never forgets, and asking for one that is gone ends the process."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec

from app.core.needs import Figures
from app.engine import choosing, devices
from app.engine.dry_run import ALL_LAYERS, DryRun
from app.engine.messages import Device, Load
from app.engine.native import NativeLog
from tests.unit.engine import rpc


@contextmanager
def second_device() -> Iterator[ProcessPoolExecutor]:
    """A process that can ``dry_run``."""
    with rpc.server() as (port, _):
        context = get_context("spawn")
        with ProcessPoolExecutor(1, context, initializer=_meet, initargs=(port,)) as pool:
            yield pool


def dry_run(path: Path, context: int, layers: int = ALL_LAYERS) -> Figures:
    """What a model takes of which that device has so many layers; to be called in that process."""
    name = _device().name
    with DryRun(str(path), None, _log, devices.pointer_to(name), name, layers) as dry:
        return dry.figures(context)


def layers_for(path: Path, context: int, free: int) -> int:
    """How many layers the device gets when it has ``free`` bytes; to be called in that process."""
    device = msgspec.structs.replace(_device(), free=free)
    order = Load(str(path), context=context, device=device.name)
    placement = choosing._room(order, device, _log, lambda: None)
    return placement.layers if placement else 0


def _device() -> Device:
    return next(one for one in devices.devices() if one.name.startswith("RPC"))


def _meet(port: int) -> None:
    global _log
    _log = NativeLog()
    assert devices.add_remote(f"{rpc.LOOPBACK}:{port}")


_log: NativeLog
