"""How much memory llama.cpp takes to compute in, besides weights and cache."""

from dataclasses import dataclass

from app.models.shape import BATCH, OUTPUTS, Shape

_FLOAT = 4


@dataclass(frozen=True)
class Buffers:
    """Bytes: of a model that is in main memory altogether (``processor``); of one on a device
    altogether, there (``device``) and in main memory (``host``)."""

    processor: int
    device: int
    host: int


def compute(shape: Shape, context: int) -> Buffers:
    """The buffers for a context of ``context`` tokens."""
    tokens = min(BATCH, context)
    widest = max(map(shape.forward, range(shape.layers)), default=0)
    work = tokens * _FLOAT * (2 * widest + 4 * shape.embedding)
    lookups = tokens * _FLOAT * shape.layer_embedding * shape.layers
    mask = tokens * context * 2
    logits = OUTPUTS * shape.vocabulary * _FLOAT
    inputs = tokens * _FLOAT * shape.embedding
    return Buffers(
        work + lookups + mask + 2 * logits,
        work + lookups + mask + logits,
        inputs + lookups + mask + logits,
    )
