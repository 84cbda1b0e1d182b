"""A model of some hundred kilobytes that embeds texts, in the architecture of EmbeddingGemma.

Not trained, but not nonsense either: words of one ``MEANINGS`` have one and the same vector, layers
add nothing, and the vector of a text is the mean of its words. So it finds a text that says the
same in other words, which no search for the words would.
"""

from pathlib import Path
from zlib import crc32

import numpy as np

from tests.data.gguf_file import write_gguf

MEANINGS = (
    ("car", "automobile", "vehicle", "auto"),
    ("doctor", "physician", "medic"),
    ("rent", "lease", "tenancy"),
    ("money", "cash", "funds", "deposit"),
    ("dog", "hound", "puppy"),
    ("ship", "vessel", "boat"),
    ("end", "finish", "termination"),
    ("repair", "mend", "fix"),
)
LENGTH, LAYERS, HEADS, FEED_FORWARD, CONTEXT = 64, 6, 2, 64, 512  # every sixth layer is global
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3


def write_embedder(path: Path) -> Path:
    """The model, at ``path``."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(code) for code in (*range(0x21, 0x41), *range(0x5B, 0x7F))]
    words = [word for meaning in MEANINGS for word in meaning]
    tokens = special + [f"▁{one}" for one in letters] + letters + [f"▁{word}" for word in words]
    head = LENGTH // HEADS
    metadata = {
        "general.architecture": "gemma-embedding",
        "general.name": "Tiny embedder",
        "gemma-embedding.context_length": CONTEXT,
        "gemma-embedding.embedding_length": LENGTH,
        "gemma-embedding.block_count": LAYERS,
        "gemma-embedding.feed_forward_length": FEED_FORWARD,
        "gemma-embedding.attention.head_count": HEADS,
        "gemma-embedding.attention.head_count_kv": HEADS,
        "gemma-embedding.attention.key_length": head,
        "gemma-embedding.attention.value_length": head,
        "gemma-embedding.attention.layer_norm_rms_epsilon": 1e-6,
        "gemma-embedding.attention.sliding_window": 512,
        "gemma-embedding.pooling_type": 1,  # mean
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [
            _UNKNOWN if token == "[UNK]" else _CONTROL if token in special else _NORMAL
            for token in tokens
        ],
        "tokenizer.ggml.scores": [0.0] * len(tokens),
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.eos_token_id": 3,
    }
    tensors = {
        "token_embd.weight": np.stack([_vector(token) for token in tokens]),
        "output_norm.weight": (np.arange(LENGTH) > 0).astype(np.float32),
    }
    for layer in range(LAYERS):
        for name, shape in (
            ("attn_q", (LENGTH, LENGTH)),
            ("attn_k", (LENGTH, LENGTH)),
            ("attn_v", (LENGTH, LENGTH)),
            ("attn_output", (LENGTH, LENGTH)),
            ("ffn_gate", (FEED_FORWARD, LENGTH)),
            ("ffn_up", (FEED_FORWARD, LENGTH)),
            ("ffn_down", (LENGTH, FEED_FORWARD)),
        ):
            tensors[f"blk.{layer}.{name}.weight"] = np.zeros(shape, np.float32)
        for name, length in (
            ("attn_norm", LENGTH),
            ("post_attention_norm", LENGTH),
            ("attn_k_norm", head),
            ("attn_q_norm", head),
            ("ffn_norm", LENGTH),
            ("post_ffw_norm", LENGTH),
        ):
            tensors[f"blk.{layer}.{name}.weight"] = np.ones(length, np.float32)
    return write_gguf(path, metadata, tensors)


def _vector(token: str) -> np.ndarray:
    """Words that mean something count. Of letters, of which other words are made, the last norm
    leaves hardly anything: nearly all of them is in the one place that it weighs with zero."""
    word = token.removeprefix("▁")
    meaning = next((one for one in MEANINGS if word in one), None)
    random = np.random.default_rng(crc32((meaning[0] if meaning else token).encode()))
    vector = random.standard_normal(LENGTH)
    vector[0] = 0
    if meaning is None:
        vector *= 0.02
        vector[0] = 8
    return vector.astype(np.float32)
