"""The build of a model, as far as its need of memory and its speed depend on it."""

import math
from collections.abc import Mapping
from typing import Annotated

import msgspec

from app.models.gguf import GgufInfo, Value

# As the engine computes (app/engine/loading.py; a test holds them together).
BATCH = 1280  # tokens computed at once
OUTPUTS = 32  # of these, tokens whose logits may be asked for

# Files come from anywhere; no model has more.
MAX_LAYERS, MAX_NUMBER = 1000, 2**31
Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Some = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]

# Bytes that a weight takes, of the types that tables of embeddings have.
TABLE_TYPES = {
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "Q8_0": 34 / 32,
    "Q6_K": 210 / 256,
    "Q5_K": 176 / 256,
    "Q5_1": 24 / 32,
    "Q5_0": 22 / 32,
    "Q4_K": 144 / 256,
    "Q4_1": 20 / 32,
    "Q4_0": 18 / 32,
}

# Architectures whose files say how long a window is, but not which layers have none.
_PERIODS = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4}
# Tensors with these names: of all words, read row by row; of all words for each layer, read from
# the file row by row; the output, where it is not the first one again.
INPUT, LOOKUP, OUTPUT = "token_embd.weight", "per_layer_token_embd.weight", "output.weight"
_CELL = 2 * 2  # bytes for each number of a head: a key and a value in 16 bits


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The architecture of a text model; numbers of things and lengths of vectors.

    Every ``period``-th layer attends to the whole context ("global"), the others to the last
    ``window`` tokens; without a window all are global. ``local_…`` is of layers with a window, and
    0 if it is the same. The last ``shared_layers`` use the cache of earlier ones;
    ``shared_feed_forward`` is theirs if it differs. ``layer_embedding`` is what each layer gets
    of each token from a table of its own. ``key_is_value``: global layers have one matrix for
    both. ``picture_units``: inner length of what encodes pictures, 0 without.
    """

    layers: Annotated[int, msgspec.Meta(ge=1, le=MAX_LAYERS)]
    embedding: Some
    vocabulary: Some
    feed_forward: Number
    heads: Some
    kv_heads: Some
    head: Some
    local_kv_heads: Number = 0
    local_head: Number = 0
    period: Some = 1
    window: Number = 0
    shared_layers: Number = 0
    shared_feed_forward: Number = 0
    layer_embedding: Number = 0
    key_is_value: bool = False
    experts: Number = 0
    experts_used: Number = 0
    expert_feed_forward: Number = 0
    picture_units: Number = 0

    def is_global(self, layer: int) -> bool:
        """Whether a layer attends to the whole context."""
        return not self.window or (layer + 1) % self.period == 0

    def kv(self, context: int) -> tuple[int, ...]:
        """Bytes of the cache of each layer with room for ``context`` tokens."""
        near, far = self.near(context), padded(context)
        cells = (far if self.is_global(layer) else near for layer in range(self.layers))
        return tuple(
            count * self.kv_cell(layer) if layer < self.layers - self.shared_layers else 0
            for layer, count in enumerate(cells)
        )

    def near(self, context: int) -> int:
        """Tokens in the cache of a layer with a window: that and a batch."""
        context = padded(context)
        return padded(min(context, self.window + min(BATCH, context)))

    def kv_read(self, tokens: int) -> tuple[int, ...]:
        """Bytes that each layer reads of its cache for the next token after ``tokens``."""
        return tuple(
            self.kv_cell(layer) * (tokens if self.is_global(layer) else min(tokens, self.window))
            for layer in range(self.layers)
        )

    def kv_cell(self, layer: int) -> int:
        """Bytes of one token in the cache of a layer."""
        heads, length = self._attention(layer)
        return heads * length * _CELL

    def parameters(self, layer: int) -> int:
        """Weights in the matrices of one layer that work on every token."""
        kv_heads, length = self._attention(layer)
        ours = self.embedding * self.heads * length * 2
        theirs = self.embedding * kv_heads * length
        theirs *= 1 if self.key_is_value and self.is_global(layer) else 2
        forward = 3 * self.embedding * self.forward(layer)
        return ours + theirs + forward + 2 * self.embedding * self.layer_embedding

    def forward(self, layer: int) -> int:
        """Inner length of the part of a layer that works on each token alone."""
        if self.shared_feed_forward and layer >= self.layers - self.shared_layers:
            return self.shared_feed_forward
        return self.feed_forward

    @property
    def expert_parameters(self) -> int:
        """Weights of all experts of one layer."""
        return 3 * self.embedding * self.expert_feed_forward * self.experts

    @property
    def working_parameters(self) -> int:
        """Weights that work on each token of a prompt, the output not counted: it comes once."""
        share = self.experts_used / self.experts if self.experts else 0
        return sum(map(self.parameters, range(self.layers))) + int(
            self.layers * self.expert_parameters * share
        )

    def _attention(self, layer: int) -> tuple[int, int]:
        if self.is_global(layer):
            return self.kv_heads, self.head
        return self.local_kv_heads or self.kv_heads, self.local_head or self.head


class Weights(msgspec.Struct, frozen=True):
    """Where the bytes of a model's file are: each of its ``layers``; the ``input`` table, of which
    each token needs one row; the ``output`` with all that is neither. ``experts`` of the layers'
    bytes belong to experts. If ``tied``, the input is the output's matrix, too. What is looked up
    in the file is in none of them.
    """

    layers: tuple[int, ...]
    experts: int
    input: int
    output: int
    tied: bool


def shape_of(info: GgufInfo) -> Shape | None:
    """What a file says of its build; None if that is not enough for an estimate."""
    model = _Metadata(info.metadata, info.architecture)
    layers, heads = model.number("block_count"), model.largest("attention.head_count")
    if not (layers and heads and info.embedding and info.vocabulary) or layers > MAX_LAYERS:
        return None
    head = model.number("attention.key_length") or info.embedding // heads
    forward = model.numbers("feed_forward_length")
    experts = model.number("expert_count")
    window, period = model.windows(layers, info.architecture)
    kv_heads = model.numbers("attention.head_count_kv") or (heads,)
    local = next((layer for layer in range(layers) if window and (layer + 1) % period), 0)
    shared = model.number("attention.shared_kv_layers")
    # Files of other architectures name one for layers without experts, which they don't have.
    dense = forward and (not experts or info.architecture == "gemma4")
    return Shape(
        layers=layers,
        embedding=info.embedding,
        vocabulary=info.vocabulary,
        feed_forward=forward[0] if dense else 0,
        shared_feed_forward=forward[-1] if dense and shared and len(forward) > 1 else 0,
        heads=heads,
        kv_heads=kv_heads[min(period - 1, len(kv_heads) - 1)],
        head=head,
        local_kv_heads=kv_heads[min(local, len(kv_heads) - 1)] if window else 0,
        local_head=model.number("attention.key_length_swa") if window else 0,
        period=period,
        window=window,
        shared_layers=min(shared, layers),
        layer_embedding=model.number("embedding_length_per_layer_input"),
        experts=experts,
        experts_used=model.number("expert_used_count"),
        expert_feed_forward=model.number("expert_feed_forward_length")
        or (forward[0] if forward and experts else 0),
    )


def weights_in(info: GgufInfo, shape: Shape) -> Weights:
    """Where the bytes of a file are, by what its head says of each tensor."""
    sizes = dict(info.sizes)
    if info.split[1] > 1 or sum(sizes.values()) < info.bytes / 2:  # in other files; unknown types
        return guess_weights(shape, info.bytes * max(1, info.split[1]))
    layers = tuple(sizes.pop(f"blk.{layer}", 0) for layer in range(shape.layers))
    experts = tuple(sizes.pop(f"blk.{layer}.exps", 0) for layer in range(shape.layers))
    first = sizes.pop(INPUT, 0)
    sizes.pop(LOOKUP, None)
    return Weights(
        tuple(map(sum, zip(layers, experts, strict=True))),
        sum(experts),
        first,
        sum(sizes.values()),
        OUTPUT not in sizes,
    )


def guess_weights(shape: Shape, size: int, tables: str = "Q6_K", *, tied: bool = True) -> Weights:
    """Where the bytes of a file of ``size`` bytes probably are, if its tables of embeddings are of
    the type ``tables``: each layer has its share."""
    words = shape.vocabulary * TABLE_TYPES[tables]
    first = int(words * shape.embedding)
    lookup = int(words * shape.layer_embedding * shape.layers)
    # What makes embeddings for layers of those of words; left in 16 bits.
    mixer = 2 * shape.embedding * shape.layer_embedding * shape.layers
    output = mixer + (0 if tied else first)
    left = max(0, size - _head_bytes(shape) - first - lookup - output)
    counts = [shape.parameters(layer) + shape.expert_parameters for layer in range(shape.layers)]
    per_weight = left / sum(counts)
    return Weights(
        tuple(int(count * per_weight) for count in counts),
        int(shape.layers * shape.expert_parameters * per_weight),
        first,
        output,
        tied,
    )


def _head_bytes(shape: Shape) -> int:
    """What the vocabulary takes at the head of a file, about: Gemma's 262,144 words take 16 MB."""
    return 60 * shape.vocabulary


def padded(tokens: int) -> int:
    """The size of a cache for so many tokens."""
    return math.ceil(tokens / 256) * 256


class _Metadata:
    """The numbers of one architecture. Those that a file doesn't give are 0 or ()."""

    def __init__(self, metadata: Mapping[str, Value], architecture: str) -> None:
        self._metadata = metadata
        self._architecture = architecture

    def numbers(self, key: str) -> tuple[int, ...]:
        """One number, or one for each layer."""
        value = self._metadata.get(f"{self._architecture}.{key}")
        values = value if isinstance(value, tuple) else (value,)
        return tuple(int(one) for one in values if isinstance(one, int) and 0 <= one <= MAX_NUMBER)

    def number(self, key: str) -> int:
        """The first one."""
        return next(iter(self.numbers(key)), 0)

    def largest(self, key: str) -> int:
        """The largest one."""
        return max(self.numbers(key), default=0)

    def windows(self, layers: int, architecture: str) -> tuple[int, int]:
        """The length of windows, and every how many layers there is none: (0, 1) without."""
        window = self.number("attention.sliding_window")
        pattern = self.numbers("attention.sliding_window_pattern")
        if len(pattern) > 1:  # for each layer whether it has one
            without = len(pattern) - sum(map(bool, pattern))
            period = layers // without if without else layers + 1
        else:
            period = pattern[0] if pattern else _PERIODS.get(architecture, 1)
        return (window, period) if window and period > 1 else (0, 1)
