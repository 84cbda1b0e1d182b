"""What is remembered of a text is what llama.cpp makes of it in one go."""

from collections.abc import Callable, Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.native import NativeLog
from app.engine.tokenizer import Tokenizer
from tests.data import MODEL, STARTER
from tests.data.gguf_file import write_gguf

NORMAL, CONTROL, USER = 1, 3, 4
Open = Callable[[Path], int]


@pytest.fixture(scope="module")
def open_model(native_log: NativeLog) -> Iterator[Open]:
    """Opens model files without their weights."""
    opened: list[int] = []

    def open_one(path: Path) -> int:
        parameters = llama.llama_model_default_params()
        parameters.vocab_only = True
        model = llama.llama_model_load_from_file(str(path).encode(), parameters)
        assert model
        opened.append(model)
        return int(model)

    yield open_one
    for model in opened:
        llama.llama_model_free(model)


MODELS = [MODEL, *([STARTER] if STARTER.exists() else [])]


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.stem)
def model(request: pytest.FixtureRequest, open_model: Open) -> int:
    """Each model there is."""
    return open_model(request.param)


def special(model: int) -> list[int]:
    """Control tokens, and those that the file calls user-defined."""
    vocabulary = llama.llama_model_get_vocab(model)
    kinds = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
    tokens = range(llama.llama_vocab_n_tokens(vocabulary))
    return [t for t in tokens if llama.llama_vocab_get_attr(vocabulary, t) & kinds]


def in_one_go(model: int, text: str) -> list[int]:
    """``text`` as llama.cpp reads it, control tokens not counting."""
    data = text.encode()
    size = len(data) + 8
    buffer = (llama.llama_token * size)()
    vocabulary = llama.llama_model_get_vocab(model)
    return buffer[: llama.llama_tokenize(vocabulary, data, len(data), buffer, size, False, False)]


# Where lines meet: line breaks of all kinds, blanks around them, markers, and words before and
# after.
TEXTS = st.lists(
    st.sampled_from(["\n", "\n\n\n", "\r\n", " ", "  ", "\t", "\u2028", "▁", "é", "中", "😀"])
    | st.sampled_from(["the", " quick fox", "a,b", "1234", "<|channel>", '<|"|>', "<0x0A>"])
    | st.text("ab \n.<|>", max_size=4),
    max_size=12,
).map("".join)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 400))
def test_reading_is_exact(model: int, texts: list[str], remembered: int) -> None:
    tokenizer = Tokenizer(model, special(model), remembered)
    for text in [*texts, *texts]:
        assert tokenizer(text) == in_one_go(model, text)


def test_nothing_is_read_twice(open_model: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model(MODEL)
    tokenizer = Tokenizer(model, special(model))
    read: list[str] = []
    tokenize = llama.llama_tokenize

    def watched(vocabulary: int, data: bytes, *rest: object) -> int:
        read.append(data.decode())
        return int(tokenize(vocabulary, data, *rest))

    monkeypatch.setattr(llama, "llama_tokenize", watched)
    before = tokenizer("a long text\n\nof three lines\nread once")
    assert read == ["a long text", "\n\n", "of three lines", "\n", "read once"]
    read.clear()
    assert tokenizer("a long text\n\nof three lines\nread once") == before
    assert tokenizer("a long text\n\nof three lines\nread once more")[: len(before)] == before
    assert read == ["read once more"], "only the line that has changed"


def test_what_was_used_last_is_remembered(
    open_model: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(MODEL)
    tokenizer = Tokenizer(model, special(model), remembered=1000)
    for number in range(100):
        tokenizer("always there")
        tokenizer(f"line {number}")
    calls: list[object] = []
    tokenize = llama.llama_tokenize
    monkeypatch.setattr(llama, "llama_tokenize", lambda *a: calls.append(a) or tokenize(*a))
    tokenizer("always there")
    tokenizer("line 99")
    assert calls == []
    tokenizer("line 0")
    assert len(calls) == 1, "the oldest was forgotten"


@pytest.mark.parametrize("wide", ["b\nc", "\nb"])
def test_a_token_across_lines_is_found(tmp_path: Path, open_model: Open, wide: str) -> None:
    """No Gemma 4 has one, but a file may say anything."""
    letters = ["a", "b", "c", "\n", "▁", "ab"]
    path = write_gguf(
        tmp_path / "wide.gguf",
        {
            "general.architecture": "llama",
            "llama.context_length": 64,
            "llama.embedding_length": 32,
            "llama.block_count": 1,
            "llama.feed_forward_length": 32,
            "llama.attention.head_count": 1,
            "llama.attention.layer_norm_rms_epsilon": 1e-5,
            "llama.rope.dimension_count": 32,
            "tokenizer.ggml.model": "gemma4",
            "tokenizer.ggml.tokens": ["<bos>", "<eos>", wide, *letters],
            "tokenizer.ggml.scores": [0.0] * (3 + len(letters)),
            "tokenizer.ggml.token_type": [CONTROL, CONTROL, USER, *[NORMAL] * len(letters)],
            "tokenizer.ggml.merges": ["a b"],
            "tokenizer.ggml.bos_token_id": 0,
            "tokenizer.ggml.eos_token_id": 1,
        },
    )
    model = open_model(path)
    text = f"ab{wide}ab"
    assert 2 in in_one_go(model, text)
    assert Tokenizer(model, special(model))(text) == in_one_go(model, text)
