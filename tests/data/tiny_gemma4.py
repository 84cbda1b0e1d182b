"""Untrained Gemma 4 models of some hundred kilobytes, in the structural styles of the real ones.

They say nonsense, for ever (no end token is ever the likeliest), but llama.cpp loads them as
``gemma4`` and runs the graphs of the large models: good for limits, memory and logits.

edge   E2B, E4B: embeddings for each layer, layers that share their KV cache, sees and hears
dense  12B, 31B: keys used as values in global layers, pictures attended to in both directions, sees
moe    26B: the same with routed experts

Names and shapes of tensors are those that llama.cpp reads (src/models/gemma4.cpp, tools/mtmd).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from tests.data.gguf_file import Value, write_gguf


@dataclass(frozen=True)
class Style:
    """What sets one of the families apart. Lengths are those of vectors."""

    embedding: int
    heads: int
    kv_heads: tuple[int, int]  # local, global
    feed_forward: int
    shared_layers: int = 0
    per_layer_embedding: int = 0
    key_is_value: bool = False
    experts: int = 0
    hears: bool = False


# libmtmd takes pictures of models with an embedding of 1,536 for causal, all others not.
STYLES = {
    "edge": Style(1536, 2, (1, 1), 64, shared_layers=3, per_layer_embedding=32, hears=True),
    "dense": Style(128, 4, (2, 1), 256, key_is_value=True),
    "moe": Style(128, 4, (2, 1), 128, key_is_value=True, experts=8),
}
LAYERS, PERIOD, WINDOW = 6, 3, 64  # every third layer is global
HEAD = (32, 64)  # local, global
EXPERT_FEED_FORWARD, EXPERTS_USED = 64, 2

_NORMAL, _UNKNOWN, _CONTROL, _USER, _BYTE = 1, 2, 3, 4, 6
_FIXED = {
    0: ("<pad>", _CONTROL),
    1: ("<eos>", _CONTROL),
    2: ("<bos>", _CONTROL),
    3: ("<unk>", _UNKNOWN),
    46: ("<|tool>", _CONTROL),
    47: ("<tool|>", _CONTROL),
    48: ("<|tool_call>", _USER),
    49: ("<tool_call|>", _USER),
    50: ("<|tool_response>", _USER),
    51: ("<tool_response|>", _USER),
    52: ('<|"|>', _USER),
    98: ("<|think|>", _CONTROL),
    100: ("<|channel>", _USER),
    101: ("<channel|>", _USER),
    105: ("<|turn>", _CONTROL),
    106: ("<turn|>", _CONTROL),
    107: ("\n", _NORMAL),
}
_MEDIA = ("<|image>", "<|audio>", "<|image|>", "<|audio|>", "<image|>", "<audio|>", "<|video|>")
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}"
    "{{ '<|turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' }}"
    "{% if m.content is string %}{{ m.content }}"
    "{% else %}{% for part in m.content %}{{ part.text }}{% endfor %}{% endif %}"
    "{{ '<turn|>\n' }}{% endfor %}{{ '<|turn>model\n' }}"
)


def write_model(path: Path, name: str, changes: Mapping[str, Value | None] | None = None) -> Path:
    """The text model of style ``name`` at ``path``. ``changes`` replace metadata; None leaves it
    out."""
    style = STYLES[name]
    tokens, types = _vocabulary()
    wanted = {**_text_metadata(style), **_tokenizer(tokens, types), **(changes or {})}
    metadata = {key: value for key, value in wanted.items() if value is not None}
    tensors = dict(_filled(_text_tensors(style, len(tokens))))
    shown = np.array([kind in (_NORMAL, _BYTE) and i > 107 for i, kind in enumerate(types)])
    tensors["token_embd.weight"] *= np.where(shown, 1, 0.05)[:, None].astype(np.float16)
    return write_gguf(path, metadata, tensors)


def write_projector(path: Path, name: str) -> Path:
    """The projector of style ``name`` at ``path``."""
    style = STYLES[name]
    tensors = dict(_filled(_vision_tensors(style)))
    if style.hears:
        tensors |= dict(_filled(_audio_tensors(style)))
    return write_gguf(path, _projector_metadata(style), tensors)


# -- metadata --------------------------------------------------------------------------------


def _vocabulary() -> tuple[list[str], list[int]]:
    plain = [chr(code) for code in range(0x21, 0x7F)]
    words = ["th", "he", "the", "▁t", "▁the"]
    known = [_FIXED.get(i, (f"<unused{i}>", _NORMAL)) for i in range(108)]
    known += [(text, _NORMAL) for text in ["▁", *plain, *words]]
    known += [(f"<0x{byte:02X}>", _BYTE) for byte in range(256)]
    known += [(text, _CONTROL) for text in _MEDIA]
    return [text for text, _ in known], [kind for _, kind in known]


def _tokenizer(tokens: list[str], types: list[int]) -> dict[str, Value]:
    return {
        "tokenizer.ggml.model": "gemma4",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [-1000.0] * len(tokens),
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": ["t h", "h e", "th e", "▁ t", "▁ the"],
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.ggml.unknown_token_id": 3,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.chat_template": TEMPLATE,
    }


def _text_metadata(style: Style) -> dict[str, Value]:
    values: dict[str, Value] = {
        "context_length": 131072,
        "block_count": LAYERS,
        "embedding_length": style.embedding,
        "feed_forward_length": [_feed_forward(style, i) for i in range(LAYERS)],
        "attention.head_count": style.heads,
        "attention.head_count_kv": [style.kv_heads[_is_global(i)] for i in range(LAYERS)],
        "attention.layer_norm_rms_epsilon": 1e-6,
        "attention.key_length": HEAD[1],
        "attention.value_length": HEAD[1],
        "attention.key_length_swa": HEAD[0],
        "attention.value_length_swa": HEAD[0],
        "attention.sliding_window": WINDOW,
        "attention.sliding_window_pattern": [not _is_global(i) for i in range(LAYERS)],
        "attention.shared_kv_layers": style.shared_layers,
        "embedding_length_per_layer_input": style.per_layer_embedding,
        "rope.freq_base": 1e6,
        "rope.freq_base_swa": 1e4,
        "rope.dimension_count": HEAD[1],
        "rope.dimension_count_swa": HEAD[0],
        "final_logit_softcapping": 30.0,
    }
    if style.experts:
        values["expert_count"] = style.experts
        values["expert_used_count"] = EXPERTS_USED
        values["expert_feed_forward_length"] = EXPERT_FEED_FORWARD
    return {
        "general.architecture": "gemma4",
        "general.name": "tiny",
        **{f"gemma4.{key}": value for key, value in values.items()},
    }


def _projector_metadata(style: Style) -> dict[str, Value]:
    metadata: dict[str, Value] = {
        "general.architecture": "clip",
        "general.type": "mmproj",
        "clip.has_vision_encoder": True,
        "clip.vision.projector_type": "gemma4v",
        "clip.vision.image_size": 224,
        "clip.vision.patch_size": 16,
        "clip.vision.embedding_length": 64,
        "clip.vision.feed_forward_length": 128,
        "clip.vision.block_count": 2,
        "clip.vision.projection_dim": style.embedding,
        "clip.vision.attention.head_count": 2,
        "clip.vision.attention.layer_norm_epsilon": 1e-6,
        "clip.vision.image_mean": [0.0, 0.0, 0.0],
        "clip.vision.image_std": [1.0, 1.0, 1.0],
    }
    if style.hears:
        metadata |= {
            "clip.has_audio_encoder": True,
            "clip.audio.projector_type": "gemma4a",
            "clip.audio.num_mel_bins": 128,
            "clip.audio.embedding_length": 64,
            "clip.audio.feed_forward_length": 256,
            "clip.audio.block_count": 2,
            "clip.audio.projection_dim": style.embedding,
            "clip.audio.attention.head_count": 2,
            "clip.audio.attention.layer_norm_epsilon": 1e-6,
        }
    return metadata


# -- tensors: name, shape, role ----------------------------------------------------------------

Tensor = tuple[str, tuple[int, ...], str]


def _is_global(layer: int) -> bool:
    return (layer + 1) % PERIOD == 0


def _feed_forward(style: Style, layer: int) -> int:
    wide = layer >= LAYERS - style.shared_layers
    return style.feed_forward * (2 if wide else 1)


def _text_tensors(style: Style, vocabulary: int) -> Iterator[Tensor]:
    size, extra = style.embedding, style.per_layer_embedding
    yield "token_embd.weight", (vocabulary, size), "weight"
    if extra:
        yield "per_layer_token_embd.weight", (vocabulary, extra * LAYERS), "weight"
        yield "per_layer_model_proj.weight", (extra * LAYERS, size), "weight"
        yield "per_layer_proj_norm.weight", (extra,), "one"
    yield "output_norm.weight", (size,), "signs"
    yield "rope_freqs.weight", (HEAD[1] // 2,), "rope"
    for layer in range(LAYERS):
        for name, shape, role in _layer_tensors(style, layer):
            yield f"blk.{layer}.{name}.{'scale' if role == 'scale' else 'weight'}", shape, role


def _layer_tensors(style: Style, layer: int) -> Iterator[Tensor]:
    size, extra, forward = style.embedding, style.per_layer_embedding, _feed_forward(style, layer)
    head, kv = HEAD[_is_global(layer)], style.kv_heads[_is_global(layer)]
    yield "attn_norm", (size,), "one"
    yield "attn_q", (style.heads * head, size), "weight"
    yield "attn_q_norm", (head,), "query"
    yield "attn_k", (kv * head, size), "weight"
    yield "attn_k_norm", (head,), "query"
    if not (style.key_is_value and _is_global(layer)):
        yield "attn_v", (kv * head, size), "weight"
    yield "attn_output", (size, style.heads * head), "weight"
    yield "post_attention_norm", (size,), "half"
    yield "ffn_norm", (size,), "one"
    yield "ffn_gate", (forward, size), "weight"
    yield "ffn_up", (forward, size), "weight"
    yield "ffn_down", (size, forward), "weight"
    yield "post_ffw_norm", (size,), "half"
    yield "layer_output_scale", (1,), "one"
    if style.experts:
        yield "ffn_gate_inp", (style.experts, size), "exact"
        yield "ffn_gate_inp", (size,), "scale"
        for norm in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
            yield norm, (size,), "one"
        yield "ffn_gate_up_exps", (style.experts, 2 * EXPERT_FEED_FORWARD, size), "weight"
        yield "ffn_down_exps", (style.experts, size, EXPERT_FEED_FORWARD), "weight"
        yield "ffn_down_exps", (style.experts,), "scale"
    if extra:
        yield "inp_gate", (extra, size), "weight"
        yield "proj", (size, extra), "weight"
        yield "post_norm", (size,), "half"


def _vision_tensors(style: Style) -> Iterator[Tensor]:
    yield "v.patch_embd.weight", (64, 3, 16, 16), "weight"
    yield "v.position_embd.weight", (2, 4096, 64), "exact"
    for block in ("v.blk.0.", "v.blk.1."):
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            yield f"{block}{name}.weight", (64, 64), "weight"
        for name, shape in (("gate", (128, 64)), ("up", (128, 64)), ("down", (64, 128))):
            yield f"{block}ffn_{name}.weight", shape, "weight"
        for name, length in (("attn_q_norm", 32), ("attn_k_norm", 32), ("ln1", 64), ("ln2", 64)):
            yield f"{block}{name}.weight", (length,), "one"
        yield f"{block}attn_post_norm.weight", (64,), "half"
        yield f"{block}ffn_post_norm.weight", (64,), "half"
    yield "mm.input_projection.weight", (style.embedding, 64), "weight"


def _audio_tensors(style: Style) -> Iterator[Tensor]:
    yield "a.conv1d.0.weight", (16, 1, 3, 3), "exact"
    yield "a.conv1d.0.norm.weight", (16,), "one"
    yield "a.conv1d.1.weight", (8, 16, 3, 3), "exact"
    yield "a.conv1d.1.norm.weight", (8,), "one"
    yield "a.input_projection.weight", (64, 8 * 32), "weight"
    for block in ("a.blk.0.", "a.blk.1."):
        for name in ("ffn_up", "ffn_up_1"):
            yield f"{block}{name}.weight", (256, 64), "weight"
        for name in ("ffn_down", "ffn_down_1"):
            yield f"{block}{name}.weight", (64, 256), "weight"
        for name in ("attn_q", "attn_k", "attn_v", "attn_out", "attn_k_rel", "conv_pw2"):
            yield f"{block}{name}.weight", (64, 64), "weight"
        yield f"{block}conv_pw1.weight", (128, 64), "weight"
        yield f"{block}conv_dw.weight", (64, 5), "exact"
        yield f"{block}per_dim_scale.weight", (32,), "one"
        for name in ("ffn_norm", "ffn_norm_1", "attn_pre_norm", "conv_norm", "norm_conv", "ln2"):
            yield f"{block}{name}.weight", (64,), "one"
        for name in ("ffn_post_norm", "ffn_post_norm_1", "attn_post_norm"):
            yield f"{block}{name}.weight", (64,), "half"
    yield "a.pre_encode.out.weight", (48, 64), "weight"
    yield "a.pre_encode.out.bias", (48,), "exact"
    yield "mm.a.input_projection.weight", (style.embedding, 48), "weight"


def _filled(tensors: Iterator[Tensor]) -> Iterator[tuple[str, np.ndarray]]:
    for name, shape, role in tensors:
        yield name, _values(name, shape, role)


def _values(name: str, shape: tuple[int, ...], role: str) -> np.ndarray:
    random = np.random.default_rng(crc32(name.encode()))
    match role:
        case "one" | "scale":
            return np.ones(shape, np.float32)
        case "half":
            return np.full(shape, 0.5, np.float32)
        case "query":  # keeps the products of queries and keys near 2
            return np.full(shape, np.sqrt(2) * shape[0] ** -0.25, np.float32)
        case "signs":  # or the likeliest token would always be the last one again
            return random.choice(np.float32([-4, 4]), shape)
        case "rope":  # a quarter of the dimensions turns
            return np.where(np.arange(shape[0]) < shape[0] // 4, 1, 1e30).astype(np.float32)
    values = random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    return values.astype(np.float32 if role == "exact" else np.float16)
