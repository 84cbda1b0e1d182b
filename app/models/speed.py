"""How fast a model would read and write, by how many bytes and operations a token takes."""

from dataclasses import dataclass
from types import MappingProxyType

from app.core.hardware import Gpu, Hardware
from app.core.speed import Measured
from app.models.shape import BATCH, Shape, Weights

UNMEASURED: Measured = MappingProxyType({})
CHAT = 2048  # tokens that are in the cache in an ordinary chat

# Of the bandwidth of memory, what comes out when weights are read: of a processor's, as measured
# by reading with all cores; of a graphics card's, as its maker states it.
_READ, _GPU_READ = 0.72, 0.75
# Seconds that each layer costs besides: each token written, and each token read by one core.
_LAYER, _GPU_LAYER, _LAYER_READING = 1e-4, 4e-5, 6e-5
# Multiplications with additions that one core does a second, in 8 bits.
_OPERATIONS = (
    ("avx512-vnni", 60e9),
    ("avx512", 40e9),
    ("avx-vnni", 40e9),
    ("avx2", 25e9),
    ("i8mm", 40e9),
    ("dotprod", 12e9),
)
_PLAIN_OPERATIONS = 6e9
_WRITING = 0.7  # how much of that is left with a single token
_EXPERTS = 0.5  # how much of that is left when only few tokens meet each expert
_GPU_OPERATIONS = 15  # multiplications with additions for each byte of bandwidth


@dataclass(frozen=True)
class Place:
    """The last ``layers`` of a model, with the output, are on ``gpu``; the others in main
    memory."""

    gpu: Gpu | None = None
    layers: int = 0


@dataclass(frozen=True)
class Expected:
    """Tokens a second; None where the bandwidth of memory is unknown."""

    prefill: float | None
    decode: float | None


def predict(shape: Shape, weights: Weights, hardware: Hardware, place: Place) -> Expected:
    """The speed to expect in an ordinary chat."""
    here, there = _bytes_of_token(shape, weights, place.layers)
    share = place.layers / shape.layers
    decode = prefill = 0.0
    work = shape.working_parameters
    if here:
        if not hardware.bandwidth:
            return Expected(None, None)
        operations = _operations(hardware)
        output = 0 if place.layers else shape.vocabulary * shape.embedding
        working = (work * (1 - share) + output) / (_WRITING * operations)
        decode += max(here / (_READ * hardware.bandwidth), working)
        decode += (shape.layers - place.layers) * _LAYER
        prefill += work * (1 - share) / (operations * (_EXPERTS if shape.experts else 1))
        prefill += (shape.layers - place.layers) * _LAYER_READING / (hardware.cores or 1)
    if place.gpu is not None and place.layers:
        bandwidth = gpu_bandwidth(place.gpu, hardware)
        if bandwidth is None:
            return Expected(None, None)
        decode += there / (_GPU_READ * bandwidth) + place.layers * _GPU_LAYER
        prefill += work * share / (_GPU_OPERATIONS * bandwidth)
        prefill += place.layers * _GPU_LAYER / BATCH
    return Expected(1 / prefill, 1 / decode)


def gpu_bandwidth(gpu: Gpu, hardware: Hardware) -> float | None:
    """Bytes a second from the memory of ``gpu``; None if unknown."""
    if gpu.bandwidth is None and (gpu.unified or gpu.kind == "integrated"):
        return hardware.bandwidth
    return gpu.bandwidth


def _bytes_of_token(shape: Shape, weights: Weights, layers: int) -> tuple[float, float]:
    """Bytes read for each token written: from main memory, and from that of a device which has
    the last ``layers``."""
    idle = weights.experts * (1 - shape.experts_used / shape.experts) if shape.experts else 0
    share = 1 - idle / max(1, sum(weights.layers))
    reads = [
        size * share + cache
        for size, cache in zip(weights.layers, shape.kv_read(CHAT), strict=True)
    ]
    output = weights.output + (weights.input if weights.tied else 0)
    cut = shape.layers - layers
    here, there = sum(reads[:cut]), sum(reads[cut:])
    return (here, there + output) if layers else (here + output, there)


def _operations(hardware: Hardware) -> float:
    """Multiplications with additions that the processor does a second."""
    known = hardware.instructions
    core = next((rate for name, rate in _OPERATIONS if name in known), _PLAIN_OPERATIONS)
    return core * (hardware.cores or 1)
