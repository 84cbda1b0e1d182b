"""How much memory llama.cpp takes to compute in, besides weights and cache.

It plans its buffers for one batch, the largest. What has to be there at the same time was found
out from the plans of all five sizes of Gemma 4 (docs/models.md); masks and what waits in main
memory for a device are exact.
"""

from dataclasses import dataclass

from app.models.shape import BATCH, OUTPUTS, Shape, padded

_FLOAT, _HALF = 4, 2


@dataclass(frozen=True)
class Buffers:
    """Bytes: of a model that is in main memory altogether (``processor``); of one on a device
    altogether, there (``device``) and in main memory (``host``)."""

    processor: int
    device: int
    host: int


def compute(shape: Shape, context: int) -> Buffers:
    """The buffers for a context of ``context`` tokens."""
    context = padded(context)
    tokens = min(BATCH, context)
    masks = _HALF * tokens * context
    if shape.window:
        masks += _HALF * tokens * shape.near(context)
    row = _FLOAT * tokens
    waiting = row * shape.layer_embedding * shape.layers
    stream = row * shape.embedding
    answer = _FLOAT * shape.vocabulary  # the logits of one token
    busiest = max(_layer(shape) * row + waiting, OUTPUTS * answer) + masks + 2 * stream
    # The processor's plan has a hole of about one more row: it reuses less of what is free again.
    return Buffers(busiest + stream + answer, busiest, waiting + 2 * stream + masks + answer)


def copied(shape: Shape, context: int, layers: int) -> int:
    """Bytes that a device needs besides, which has only the last ``layers`` of a model: if these
    share their cache, and the layers whose cache it is are in main memory, each needs a copy."""
    theirs = min(layers, shape.shared_layers)
    if not theirs or layers > shape.shared_layers:
        return 0
    here = range(shape.layers - theirs, shape.layers)
    cells = {True: padded(context), False: shape.near(context)}
    copies = sum(cells[shape.is_global(layer)] * shape.kv_cell(layer) for layer in here)
    # What each layer gets of each token stays where the first layers are.
    return copies - _FLOAT * min(BATCH, context) * shape.layer_embedding * shape.layers


def _layer(shape: Shape) -> int:
    """Numbers that a layer needs for each token where it needs the most: before and after its gate
    and the two together, with the queries."""
    forward = max(map(shape.forward, range(shape.layers)))
    experts = shape.experts_used * 2 * max(shape.embedding, shape.expert_feed_forward)
    return max(3 * forward + shape.heads * shape.head, experts, shape.embedding)
