"""Whether a model fits a machine, how much memory it takes there and how fast it would be.

Computed from what the catalogue or the head of a file says; nothing is loaded for it. The engine
asks llama.cpp itself before it loads (app/engine/dry_run.py), with the same rules of placing.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from app.core.errors import AppError
from app.core.hardware import Gpu, Hardware
from app.core.needs import Figures
from app.core.needs import Needs as Footprint
from app.core.speed import Measured as Measured
from app.core.speed import Speed as Speed
from app.models.catalogue import ModelSpec
from app.models.compute import compute, copied
from app.models.gguf import GgufInfo, read_gguf
from app.models.library import InstalledModel
from app.models.shape import Shape, Weights, guess_weights, shape_of, weights_in
from app.models.speed import UNMEASURED, Place, predict

# As the engine does it (a test holds them together).
DEFAULT_CONTEXT = 8192  # tokens, when nobody asked for more
ENCODING = 130  # bytes for each token of a picture and each inner unit of its encoder

WINDOW = 200_000_000  # bytes that Facet's own window takes
STEP = 1024  # tokens; the largest context is a multiple of it
# Of what is free, and of all memory: what other programs are left, at least and at most.
_LEAST_RESERVE, _RESERVE, _MOST_RESERVE = 300_000_000, 0.04, 1_500_000_000
# Of the memory that may be used: more than this is tight.
_COMFORTABLE, _GPU_COMFORTABLE = 0.8, 0.9
_USUALLY_FREE = 0.6  # of all memory, where nobody can say

Verdict = Literal["comfortable", "tight", "no"]


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How one model would do on one machine.

    Made for ``context`` tokens. ``memory`` is what it takes of main memory, ``device_memory`` of
    the memory of ``device``, which gets ``layers`` of ``all_layers``. ``largest_context`` is the
    largest that is not "no", 0 if there is none. ``prefill`` and ``decode`` in tokens a second,
    None if that can't be said; ``measured``: it was so here. ``share`` is how much it takes of
    the free memory, of the device if that is the narrower one; more than 1 is too much.
    ``reason`` is one plain sentence.
    """

    context: int
    memory: Footprint
    device: Gpu | None
    device_memory: Footprint
    layers: int
    all_layers: int
    largest_context: int
    prefill: float | None
    decode: float | None
    measured: bool
    verdict: Verdict
    share: float
    reason: str

    @property
    def total(self) -> int:
        """Bytes of memory that it takes altogether, with Facet's own window."""
        return self.memory.total + self.device_memory.total + WINDOW


def fit(
    target: ModelSpec | InstalledModel,
    hardware: Hardware,
    *,
    context: int = 0,
    measured: Measured = UNMEASURED,
    info: GgufInfo | None = None,
) -> Fit | None:
    """How ``target`` would do on ``hardware`` with ``context`` tokens (0: as many as Facet gives
    it by itself). ``info`` is what its file says, else that is read. None if nothing is known of
    how it is built."""
    model = _from_spec(target) if isinstance(target, ModelSpec) else _from_file(target, info)
    if model is None:
        return None
    context = min(context or DEFAULT_CONTEXT, model.trained)
    placed = _place(model, hardware, context)
    speed = measured.get(model.name)
    expected = predict(model.shape, model.weights, hardware, placed.place)
    return Fit(
        context=context,
        memory=placed.memory,
        device=placed.place.gpu,
        device_memory=placed.device_memory,
        layers=placed.place.layers,
        all_layers=model.shape.layers,
        largest_context=_largest_context(model, hardware),
        prefill=speed.prefill if speed and speed.prefill else expected.prefill,
        decode=speed.decode if speed else expected.decode,
        measured=speed is not None,
        verdict=placed.verdict,
        share=placed.share,
        reason=placed.reason(model.title),
    )


@dataclass(frozen=True)
class _Model:
    """What is known of a model; ``picture`` is bytes for each token of a picture."""

    title: str
    name: str
    shape: Shape
    weights: Weights
    projector: int
    picture: int
    trained: int

    def figures(self, context: int) -> Figures:
        """What its parts take."""
        buffers = compute(self.shape, context)
        return Figures(
            self.weights.layers,
            self.shape.kv(context),
            self.weights.input,
            self.weights.output,
            self.weights.input if self.weights.tied else 0,
            buffers.processor,
            buffers.device,
            buffers.host,
            self.projector,
            self.picture,
        )


def _from_spec(spec: ModelSpec) -> _Model | None:
    if spec.shape is None:
        return None
    projector = spec.projector_file
    return _Model(
        spec.title,
        spec.model_file.name,
        spec.shape,
        guess_weights(spec.shape, spec.model_file.bytes, spec.tables),
        projector.bytes if projector else 0,
        ENCODING * spec.shape.picture_units if projector else 0,
        spec.context,
    )


def _from_file(model: InstalledModel, info: GgufInfo | None) -> _Model | None:
    try:
        info = info or _head(model.path, *_state(model.path))
        shape = shape_of(info)
    except (AppError, OSError):
        return None
    if shape is None:
        return None
    projector = units = 0
    if model.projector is not None:
        try:
            encoder = _head(model.projector, *_state(model.projector))
        except (AppError, OSError):
            pass  # it won't be loaded either
        else:
            found = encoder.metadata.get("clip.vision.feed_forward_length")
            projector, units = encoder.bytes, found if isinstance(found, int) else 0
    return _Model(
        model.title,
        model.path.name,
        shape,
        weights_in(info, shape),
        projector,
        ENCODING * units,
        info.context or DEFAULT_CONTEXT,
    )


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def _head(path: Path, _changed: int, _size: int) -> GgufInfo:
    """What a file says of itself, read again when it has changed."""
    return read_gguf(path)


@dataclass(frozen=True)
class _Placed:
    """A model in its place. ``needed`` of ``free`` bytes, both of main memory, or of the device's
    if that is ``narrow``."""

    place: Place
    memory: Footprint
    device_memory: Footprint
    verdict: Verdict
    needed: int
    free: int
    narrow: bool

    @property
    def share(self) -> float:
        return self.needed / max(1, self.free)

    def reason(self, title: str) -> str:
        """One sentence for people."""
        needed, free = f"{self.needed / 1e9:.1f} GB", f"{max(0, self.free) / 1e9:.1f} GB"
        if self.verdict == "no" and not self.free:
            return f"{title} needs {needed}; how much is free here is unknown."
        if self.needed > self.free:
            return f"{title} needs {needed}; this machine has {free} free."
        if self.verdict == "no":
            return f"{title} needs {needed} of {free} free memory, too much beside other programs."
        where = "free memory"
        if self.narrow and self.place.gpu is not None:
            where = f"free memory of {self.place.gpu.description}"
        if self.verdict == "tight":
            return f"{title} needs {needed} of {free} {where}, which leaves little for others."
        return f"{title} needs {needed} of {free} {where}."


def _place(model: _Model, hardware: Hardware, context: int) -> _Placed:
    """Where the engine would put it, and how well that goes."""
    figures = model.figures(context)
    place, projector = Place(), False
    for gpu in sorted(hardware.gpus, key=lambda one: (one.kind == "gpu", one.free), reverse=True):
        layers, projector = figures.place(gpu.free, figures.layers)
        if layers:
            place = Place(gpu, layers)
            break
    memory = figures.in_memory(place.layers, projector=not projector)
    there = figures.on_device(place.layers, projector=projector)
    more = copied(model.shape, context, place.layers)
    there = replace(there, compute=max(0, there.compute + more))
    needed = memory.total + WINDOW
    if place.gpu is not None and shares_memory(place.gpu):
        needed += there.total
    free = _free(hardware)
    may = free - min(max(_LEAST_RESERVE, int(_RESERVE * (hardware.memory or 0))), _MOST_RESERVE)
    verdict: Verdict = "comfortable"
    if needed > may:
        verdict = "no"
    elif needed > _COMFORTABLE * may:
        verdict = "tight"
    narrow = False
    if place.gpu is not None and place.layers == figures.layers:
        narrow = there.total * free > needed * place.gpu.free and verdict != "no"
        if narrow and there.total > _GPU_COMFORTABLE * place.gpu.free:
            verdict = "tight"
    if narrow and place.gpu is not None:
        needed, free = there.total, place.gpu.free
    return _Placed(place, memory, there, verdict, needed, free, narrow)


def shares_memory(gpu: Gpu) -> bool:
    """Whether what ``gpu`` takes is taken from main memory."""
    return gpu.unified or gpu.kind == "integrated"


def _free(hardware: Hardware) -> int:
    if hardware.available is not None:
        return hardware.available
    return int(_USUALLY_FREE * (hardware.memory or 0))


def _largest_context(model: _Model, hardware: Hardware) -> int:
    """The largest context that the machine has room for, 0 if there is none."""

    def fits(context: int) -> bool:
        return _place(model, hardware, context).verdict != "no"

    if fits(model.trained):
        return model.trained
    low, high = 0, model.trained // STEP  # in steps: one that fits, one that doesn't
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle * STEP):
            low = middle
        else:
            high = middle
    return low * STEP
