"""Where a model runs: decided before it is loaded, and again when that place fails."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.errors import AppError
from app.core.machine import memory
from app.core.needs import Figures
from app.engine.devices import IN_MEMORY, Placement, devices, pointer_to
from app.engine.dry_run import DryRun
from app.engine.load_errors import check_gguf, memory_error
from app.engine.loading import context_size
from app.engine.messages import Device, Load
from app.engine.native import NativeLog
from app.engine.opening import Opened, open_at
from app.engine.self_test import Verdicts, examine

Progress = Callable[[float], None]
Bytes = Callable[[], int | None]

SMALLEST_CONTEXT = 2048  # tokens; not worth suggesting less


def open_model(
    order: Load,
    log: NativeLog,
    on_progress: Progress,
    available: Bytes = lambda: memory().available,
) -> Opened:
    """Load what ``order`` names to the device that it wants, or to the best one. ``on_progress``
    gets fractions from 0 to 1; ``available`` tells how many bytes of main memory are free, None
    if nobody knows.

    Where a device has no room or fails, the CPU takes over, and the model's info says why. Raises
    AppError; code "memory" if main memory is too small, and none of it has been taken then.
    """
    check_gguf(order.model)
    if order.projector:
        check_gguf(order.projector)
    notice = order.notice
    verdicts = Verdicts(order.verdicts, lambda device: examine(device, log))
    candidates = _candidates(order.device)
    if order.device not in ("", "cpu", IN_MEMORY.name) and not candidates:
        notice = f"There is no device {order.device} here, so the model runs on the processor."
    for device in candidates:
        placement = _room(order, device, log, available)
        if placement is None:
            if order.device:
                notice = (
                    f"{device.description} has too little free memory for this model, so it runs "
                    "on the processor."
                )
            continue
        if fault := verdicts.fault(device):
            notice = f"{device.description} is unfit, so the model runs on the processor. {fault}"
            continue
        opened, notice = _try(order, device, placement, log, on_progress)
        if opened:
            return opened
    _room(order, None, log, available)
    return open_at(order, IN_MEMORY, notice, log, on_progress)


def _candidates(wanted: str) -> list[Device]:
    """The devices to try, the best first. What only helps the CPU is none of them."""
    found = [device for device in devices() if device.kind in ("gpu", "integrated")]
    if wanted:
        return [device for device in found if device.name == wanted]
    return sorted(found, key=lambda device: (device.kind == "gpu", device.free), reverse=True)


def _try(
    order: Load, device: Device, placement: Placement, log: NativeLog, on_progress: Progress
) -> tuple[Opened | None, str]:
    """The model on a device, with half as many layers each time its memory turns out to be too
    small; or None and why not."""
    notice, layers = order.notice, placement.layers
    while placement.layers:
        try:
            return open_at(order, placement, notice, log, on_progress), notice
        except AppError as error:
            if error.code != "memory":
                break
        placement = replace(placement, layers=placement.layers // 2, projector=False)
        notice = (
            f"{device.description} has less memory than it said, so only {placement.layers} of "
            f"{layers} layers run there."
        )
    return None, f"{device.description} failed, so the model runs on the processor."


def _room(order: Load, device: Device | None, log: NativeLog, available: Bytes) -> Placement | None:
    """How a model fits a device, None if it doesn't; main memory without a device. Raises AppError
    if main memory is too small for its part."""
    pointer, name = (pointer_to(device.name), device.name) if device else (None, "")
    try:
        with DryRun(order.model, order.projector, log, pointer, name) as dry:
            size = context_size(order.context, dry.trained_context)
            figures = dry.figures(size)
            placement = IN_MEMORY
            if device:
                found = _fit(figures, device, all_wanted=bool(order.device))
                if found and found.layers < figures.layers:
                    figures = _apart(figures, order, size, log, pointer, found)
                    found = _fit(figures, device, all_wanted=bool(order.device))
                if found is None:
                    return None
                placement = replace(found, device=pointer)
            free = available()
            needed = _main_memory(figures, placement, device)
            if free is not None and needed > free:
                context = _fitting_context(dry, size, placement, device, free)
                raise memory_error(needed, free, context)
            return placement
    except ValueError:  # loading it in earnest will say what is wrong with it
        return None if device else IN_MEMORY


def _apart(
    figures: Figures, order: Load, size: int, log: NativeLog, pointer: Any, found: Placement
) -> Figures:
    """``figures`` of a model whose layers are in two places: those that use the cache of others
    need copies of it then."""
    with DryRun(order.model, None, log, pointer, found.name, found.layers) as dry:
        parts = dry.figures(size)
    return replace(
        figures,
        device_compute=max(figures.device_compute, parts.device_compute),
        host_compute=max(figures.host_compute, parts.host_compute),
    )


def _fit(figures: Figures, device: Device, *, all_wanted: bool) -> Placement | None:
    """As many layers as there is room for. Only a part is worth its trouble if it is the better
    half or was asked for; the projector goes first, unless that costs more than half the layers."""
    least = 1 if all_wanted else figures.layers
    layers, projector = figures.place(device.free, least)
    return Placement(name=device.name, layers=layers, projector=projector) if layers else None


def _main_memory(figures: Figures, placement: Placement, device: Device | None) -> int:
    """Bytes of main memory that a model takes, all of it if the device has no memory of its own."""
    here = figures.in_memory(placement.layers, projector=not placement.projector).total
    if device and (device.kind == "integrated" or device.name.startswith(("Metal", "MTL"))):
        return here + figures.on_device(placement.layers, projector=placement.projector).total
    return here


def _fitting_context(
    dry: DryRun, size: int, placement: Placement, device: Device | None, free: int
) -> int:
    """A smaller context for which there is room, in tokens; 0 if there is none."""
    while size >= 2 * SMALLEST_CONTEXT:
        size //= 2
        if _main_memory(dry.figures(size), placement, device) <= free:
            return size
    return 0
