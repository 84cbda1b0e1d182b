"""How a model is built: by the catalogue, and by what its file says."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.hardware import Hardware
from app.models.catalogue import ModelSpec, load_catalogue
from app.models.compute import compute
from app.models.gguf import GgufInfo, read_gguf
from app.models.shape import BATCH, Shape, guess_weights, shape_of, weights_in
from app.models.speed import Place, predict
from tests.data import MODEL, PROJECTOR, tiny_gemma4

# Bytes for each token of the context, and for each cell of the windows, in 16 bits.
CACHES = {
    "E2B": (6144, 12_288),
    "E4B": (16_384, 40_960),
    "12B": (16_384, 327_680),
    "26B A4B": (20_480, 204_800),
    "31B": (81_920, 819_200),
}
CONTEXTS = [300, 4096, 32_768, 131_072]


def official(variant: str) -> ModelSpec:
    """The version of a variant that stands first."""
    return next(spec for spec in load_catalogue().models if spec.variant == variant)


def shape_in_catalogue(variant: str) -> Shape:
    """How it is built."""
    shape = official(variant).shape
    assert shape is not None
    return shape


@pytest.mark.parametrize("variant", CACHES)
@pytest.mark.parametrize("context", CONTEXTS)
def test_shared_caches_and_windows_are_counted(variant: str, context: int) -> None:
    shape = shape_in_catalogue(variant)
    token, cell = CACHES[variant]
    padded = math.ceil(context / 256) * 256
    cells = min(padded, math.ceil((shape.window + min(padded, BATCH)) / 256) * 256)
    kv = shape.kv(context)
    assert sum(kv) == padded * token + cells * cell
    assert len(kv) == shape.layers
    assert all(not size for size in kv[shape.layers - shape.shared_layers :])


def test_a_token_reads_the_window_and_what_layers_share() -> None:
    shape = shape_in_catalogue("E2B")
    local, far = shape.kv_read(2048)[0], shape.kv_read(2048)[4]
    assert (local, far) == (512 * 1024, 2048 * 2048)
    assert shape.kv_read(2048)[-1] == far  # it has none of its own, but reads the other's
    assert shape.kv_read(100)[0] == 100 * 1024


@pytest.mark.parametrize(
    ("variant", "parameters", "working"),
    [
        ("E2B", 4.6, 1.9),
        ("E4B", 7.5, 4.0),
        ("12B", 11.95, 10.9),
        ("26B A4B", 25.2, 3.1),
        ("31B", 30.7, 29.3),
    ],
)
def test_its_numbers_are_those_of_its_name(variant: str, parameters: float, working: float) -> None:
    """In billions. The encoders of E2B and E4B are not among them (0.5), nor are the tables of
    embeddings among those at work."""
    shape = shape_in_catalogue(variant)
    tables = shape.vocabulary * (shape.embedding + shape.layers * shape.layer_embedding)
    layers = sum(map(shape.parameters, range(shape.layers)))
    experts = shape.layers * shape.expert_parameters
    assert (tables + layers + experts) / 1e9 == pytest.approx(parameters, rel=0.03)
    assert shape.working_parameters / 1e9 == pytest.approx(working, rel=0.03)


@pytest.mark.parametrize("spec", [one for one in load_catalogue().models if one.kind == "chat"])
def test_the_bits_of_a_weight_are_those_of_its_type(spec: ModelSpec) -> None:
    """The guess where the bytes of a file are leaves as many for the layers as they need."""
    assert spec.shape is not None
    weights = guess_weights(spec.shape, spec.model_file.bytes, spec.tables)
    count = sum(map(spec.shape.parameters, range(spec.shape.layers)))
    count += spec.shape.layers * spec.shape.expert_parameters
    bits = 8 * sum(weights.layers) / count
    expected = {"Q8_0": 8.5, "Q4_1": 5.0}.get(spec.quantisation, 4.5)
    assert bits == pytest.approx(expected, rel=0.04)
    assert weights.experts <= sum(weights.layers)
    assert bool(weights.experts) == bool(spec.shape.experts)


STYLES = ["edge", "dense", "moe"]


@pytest.mark.parametrize("style", STYLES)
def test_a_file_tells_how_it_is_built(style: str, tmp_path: Path) -> None:
    path = tiny_gemma4.write_model(tmp_path / "model.gguf", style)
    made = tiny_gemma4.STYLES[style]
    info = read_gguf(path)
    shape = shape_of(info)
    assert shape is not None
    assert (shape.layers, shape.embedding) == (tiny_gemma4.LAYERS, made.embedding)
    assert (shape.window, shape.period) == (tiny_gemma4.WINDOW, tiny_gemma4.PERIOD)
    assert (shape.local_kv_heads, shape.kv_heads) == made.kv_heads
    assert (shape.local_head, shape.head) == tiny_gemma4.HEAD
    assert shape.shared_layers == made.shared_layers
    assert shape.layer_embedding == made.per_layer_embedding
    assert shape.feed_forward == made.feed_forward
    assert shape.forward(shape.layers - 1) == made.feed_forward * (2 if made.shared_layers else 1)
    assert (shape.experts, shape.experts_used) == (
        (made.experts, tiny_gemma4.EXPERTS_USED) if made.experts else (0, 0)
    )
    weights = weights_in(info, shape)
    lookup = info.sizes.get("per_layer_token_embd.weight", 0)
    assert sum(weights.layers) + weights.input + weights.output + lookup == sum(info.sizes.values())
    assert (weights.experts > 0) == (made.experts > 0)
    assert weights.tied


def test_parts_of_a_model_are_guessed(tmp_path: Path) -> None:
    info = read_gguf(tiny_gemma4.write_model(tmp_path / "model.gguf", "dense"))
    shape = shape_of(info)
    assert shape is not None
    first_of_two = replace(info, split=(0, 2), bytes=10**9)
    weights = weights_in(first_of_two, shape)
    assert sum(weights.layers) + weights.input == pytest.approx(2 * 10**9, rel=0.01)
    unknown_types = replace(info, sizes=dict.fromkeys(info.sizes, 0), bytes=10**9)
    assert sum(weights_in(unknown_types, shape).layers) == pytest.approx(10**9, rel=0.01)


def test_what_has_no_layers_has_no_shape() -> None:
    assert shape_of(read_gguf(PROJECTOR)) is None


WINDOWS = [
    ({"attention.sliding_window": 512, "attention.sliding_window_pattern": 6}, "x", (512, 6)),
    ({"attention.sliding_window": 512}, "gemma3", (512, 6)),
    ({"attention.sliding_window": 512}, "mistral", (0, 1)),  # which layers is unknown: be careful
    ({"attention.sliding_window": 512}, "gpt-oss", (512, 2)),
    ({}, "gemma3", (0, 1)),
]


@pytest.mark.parametrize(("pairs", "architecture", "expected"), WINDOWS)
def test_windows_of_other_architectures(
    pairs: dict[str, int], architecture: str, expected: tuple[int, int]
) -> None:
    shape = shape_of(described(architecture, {"attention.head_count": 8, **pairs}))
    assert shape is not None
    assert (shape.window, shape.period) == expected
    assert (shape.head, shape.kv_heads) == (64, 8)


def described(architecture: str, pairs: dict[str, Any]) -> GgufInfo:
    """What a file of 12 layers might say."""
    values = {f"{architecture}.{key}": value for key, value in {"block_count": 12, **pairs}.items()}
    info = read_gguf(MODEL)
    return replace(info, architecture=architecture, embedding=512, vocabulary=1000, metadata=values)


KEYS = [
    "block_count",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "feed_forward_length",
    "attention.sliding_window",
    "attention.sliding_window_pattern",
    "attention.shared_kv_layers",
    "expert_count",
]
numbers = st.integers(-(2**63), 2**64 - 1) | st.integers(0, 64)
values = numbers | st.text(max_size=3) | st.floats() | st.booleans()


@given(
    st.dictionaries(st.sampled_from(KEYS), values | st.lists(values, max_size=5).map(tuple)),
    st.integers(1, 10**6),
)
def test_whatever_a_file_says_is_no_danger(pairs: dict[str, Any], context: int) -> None:
    info = described("gemma4", {"attention.head_count": 8, **pairs})
    shape = shape_of(info)
    if shape is not None:
        assert all(size >= 0 for size in shape.kv(context))
        weights = weights_in(info, shape)
        assert min(*weights.layers, weights.input, weights.output) >= 0
        assert compute(shape, context).processor > 0
        speed = predict(shape, weights, Hardware("other", bandwidth=1e10), Place())
        assert speed.decode
        assert speed.prefill
