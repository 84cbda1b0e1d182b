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
# Weights that one core works through a second: with each of many tokens, and with a single one.
_CORES = (
    ("avx512-vnni", 100e9, 30e9),
    ("avx512", 50e9, 25e9),
    ("avx-vnni", 50e9, 20e9),
    ("avx2", 25e9, 15e9),
    ("i8mm", 40e9, 20e9),
    ("dotprod", 12e9, 8e9),
    ("", 6e9, 4e9),
)
_EXPERTS = 0.5  # how much of the former is left when only few tokens meet each expert
_SCATTERED = 0.9  # how much of the bandwidth is left for experts, which are here and there
_GPU_WORK = 15  # weights, with each of many tokens, for each byte of bandwidth


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
        reading, writing = _work_rates(hardware)
        output = 0 if place.layers else shape.vocabulary * shape.embedding
        working = (work * (1 - share) + output) / writing
        decode += max(here / (_READ * hardware.bandwidth), working)
        decode += (shape.layers - place.layers) * _LAYER
        prefill += work * (1 - share) / (reading * (_EXPERTS if shape.experts else 1))
        prefill += (shape.layers - place.layers) * _LAYER_READING / (hardware.cores or 1)
    if place.gpu is not None and place.layers:
        bandwidth = gpu_bandwidth(place.gpu, hardware)
        if bandwidth is None:
            return Expected(None, None)
        decode += there / (_GPU_READ * bandwidth) + place.layers * _GPU_LAYER
        prefill += work * share / (_GPU_WORK * bandwidth)
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
    asked = weights.experts * shape.experts_used / shape.experts if shape.experts else 0
    all_layers = sum(weights.layers)
    share = (all_layers - weights.experts + asked / _SCATTERED) / max(1, all_layers)
    reads = [
        size * share + cache
        for size, cache in zip(weights.layers, shape.kv_read(CHAT), strict=True)
    ]
    output = weights.output + (weights.input if weights.tied else 0)
    cut = shape.layers - layers
    here, there = sum(reads[:cut]), sum(reads[cut:])
    return (here, there + output) if layers else (here + output, there)


def _work_rates(hardware: Hardware) -> tuple[float, float]:
    """Weights that the processor works through a second, with many tokens and with one."""
    known = hardware.instructions
    core = next(rates for name, *rates in _CORES if name in known or not name)
    cores = hardware.cores or 1
    return core[0] * cores, core[1] * cores
