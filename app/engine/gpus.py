"""The graphics processors among the engine's devices, as the rest of the app knows them."""

from collections.abc import Iterable

from app.core.hardware import Gpu
from app.engine.messages import Device


def gpus(devices: Iterable[Device]) -> tuple[Gpu, ...]:
    """Those of the ``devices`` that a model can be on, without the CPU and what only helps it."""
    return tuple(
        Gpu(device.name, device.description, device.kind, device.total, device.free)
        for device in devices
        if device.kind == "gpu" or device.kind == "integrated"
    )
