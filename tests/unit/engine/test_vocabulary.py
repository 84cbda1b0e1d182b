"""What people write never becomes a control token, and the boundaries of runs leave no trace."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Role
from app.core.prompt import Prompt, Turn
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from app.engine.sampling import Sampler
from app.engine.template import ChatTemplate, TemplateText
from app.engine.vocabulary import Vocabulary
from tests.data import MODEL, STARTER
from tests.data.gguf_file import write_gguf
from tests.unit.engine.talk import LIKELIEST

TYPES = {"normal": 1, "unknown": 2, "control": 3, "user": 4, "byte": 6}


class Loaded:
    """The vocabulary and template of one model file, without its weights."""

    def __init__(self, path: Path) -> None:
        parameters = llama.llama_model_default_params()
        parameters.vocab_only = True
        self._model = llama.llama_model_load_from_file(str(path).encode(), parameters)
        assert self._model
        self.vocabulary = Vocabulary(self._model)
        source = llama.llama_model_chat_template(self._model, None)
        self.template = ChatTemplate(
            source.decode() if source else None,
            self.vocabulary.bos_text,
            self.vocabulary.eos_text,
        )

    def whole(self, text: str) -> list[int]:
        """``text`` as llama.cpp tokenises it in one go, control tokens counting."""
        vocabulary = llama.llama_model_get_vocab(self._model)
        data = text.encode()
        buffer = (llama.llama_token * (len(data) + 8))()
        count = llama.llama_tokenize(
            vocabulary, data, len(data), buffer, len(data) + 8, False, True
        )
        return buffer[:count]

    def close(self) -> None:
        """Give the memory back."""
        llama.llama_model_free(self._model)


MODELS = [MODEL, *([STARTER] if STARTER.exists() else [])]


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.stem)
def loaded(request: pytest.FixtureRequest, native_log: NativeLog) -> Iterator[Loaded]:
    """Each model there is."""
    loaded = Loaded(request.param)
    yield loaded
    loaded.close()


def fragments(vocabulary: Vocabulary) -> list[str]:
    """Control tokens and markers, whole and torn."""
    whole = [*vocabulary.controls, *vocabulary.markers.values()]
    return [*whole, *(t[:cut] for t in whole for cut in (1, 2, -1)), *(t[1:] for t in whole)]


def nasty(vocabulary: Vocabulary) -> st.SearchStrategy[str]:
    """Texts that try to be control tokens."""
    # Not every character: the starter's vocabulary lacks some bytes.
    pieces = st.sampled_from(fragments(vocabulary)) | st.text("ab <>|[]/.\n\té中😀", max_size=5)
    return st.lists(pieces, max_size=12).map("".join)


def special(vocabulary: Vocabulary, tokens: list[int]) -> list[int]:
    """Those of ``tokens`` that mean something to the program."""
    meant = {*vocabulary.controls.values(), *vocabulary.markers}
    return [token for token in tokens if token in meant]


@given(st.data())
def test_no_text_of_a_person_becomes_a_control_token(loaded: Loaded, data: st.DataObject) -> None:
    vocabulary = loaded.vocabulary
    texts = data.draw(st.lists(nasty(vocabulary), min_size=1, max_size=3))
    tokens = vocabulary.tokenize([(text, False) for text in texts])
    assert special(vocabulary, tokens) == []
    written = b"".join(map(vocabulary.piece, tokens)).decode("utf-8", "replace")
    assert written == "".join(texts), "and it stays as it was written"


@given(st.data())
def test_the_structure_of_the_template_stands(loaded: Loaded, data: st.DataObject) -> None:
    def structure(texts: list[str]) -> list[int]:
        roles = [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]
        turns = tuple(Turn(role, text) for role, text in zip(roles, texts, strict=True))
        runs = [
            (segment.text, isinstance(segment, TemplateText))
            for segment in loaded.template.render(Prompt(turns))
        ]
        return special(loaded.vocabulary, loaded.vocabulary.tokenize(runs))

    # Never blank: a template may leave a blank turn out.
    text = nasty(loaded.vocabulary).map(lambda text: f"a{text}b")
    texts = data.draw(st.lists(text, min_size=4, max_size=4))
    assert structure(texts) == structure(["w", "x", "y", "z"]) != []


@given(st.data())
def test_a_marker_is_not_put_together_from_two_runs(loaded: Loaded, data: st.DataObject) -> None:
    vocabulary = loaded.vocabulary
    marker = data.draw(st.sampled_from([*vocabulary.controls, *vocabulary.markers.values()]))
    cut = data.draw(st.integers(1, len(marker) - 1))
    for trusted in ((True, False), (False, True), (False, False)):
        runs = [(marker[:cut], trusted[0]), (marker[cut:], trusted[1])]
        assert special(vocabulary, vocabulary.tokenize(runs)) == []


@given(st.lists(st.tuples(st.text("abc <>|\n.é", max_size=8), st.booleans()), max_size=6))
def test_joined_runs_are_tokenised_as_one_text(
    loaded: Loaded, runs: list[tuple[str, bool]]
) -> None:
    control = next(iter(loaded.vocabulary.controls))
    runs = [(f"{control}user\n", True), *runs, (f"{control}\n", True)]
    text = "".join(text for text, _ in runs)
    assert loaded.vocabulary.tokenize(runs) == loaded.whole(text)


def test_a_template_may_write_markers(loaded: Loaded) -> None:
    for token, text in loaded.vocabulary.markers.items():
        assert loaded.vocabulary.tokenize([(f"a{text}b", True)]).count(token) == 1


def test_pieces_of_control_tokens_are_empty(loaded: Loaded) -> None:
    assert {loaded.vocabulary.piece(t) for t in loaded.vocabulary.controls.values()} == {b""}


def test_the_miniature_is_understood(native_log: NativeLog) -> None:
    loaded = Loaded(MODEL)
    vocabulary = loaded.vocabulary
    assert vocabulary.controls["<|turn>"] == 105
    assert vocabulary.markers[100] == "<|channel>"
    assert vocabulary.ends(106)
    assert not vocabulary.ends(105)
    assert vocabulary.bos_text == "<bos>"
    assert vocabulary.begin([5]) == vocabulary.begin([2, 5]) == [2, 5]
    assert vocabulary.suppressed == []
    loaded.close()


def test_sentencepiece_cannot_merge_a_control_token(tmp_path: Path, native_log: NativeLog) -> None:
    """In vocabularies of the older kind, plain pieces may add up to a control token's text."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [TYPES["unknown"], TYPES["control"], TYPES["control"], *[TYPES["byte"]] * 256]
    plain = ["▁", "<", "/", "s", ">", "a", "</", "s>"]
    path = write_gguf(
        tmp_path / "old.gguf",
        {
            "general.architecture": "llama",
            "llama.context_length": 64,
            "llama.embedding_length": 32,
            "llama.block_count": 1,
            "llama.feed_forward_length": 32,
            "llama.attention.head_count": 1,
            "llama.attention.layer_norm_rms_epsilon": 1e-5,
            "llama.rope.dimension_count": 32,
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.tokens": [*tokens, *plain],
            "tokenizer.ggml.scores": [*[-1000.0] * len(tokens), *[-1.0] * len(plain)],
            "tokenizer.ggml.token_type": [*types, *[TYPES["normal"]] * len(plain)],
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.eos_token_id": 2,
        },
    )
    loaded = Loaded(path)
    assert loaded.vocabulary.tokenize([("a</s>a", True)]).count(2) == 1
    assert 2 not in loaded.vocabulary.tokenize([("a</s>a", False)])
    loaded.close()


def test_suppressed_tokens_are_never_drawn(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = runtime.vocabulary.tokenize([("<bos><|turn>user\nHello<turn|>\n<|turn>model\n", True)])

    def likeliest() -> int:
        runtime.clear()
        runtime.decode(tokens)
        sampler = Sampler(runtime, LIKELIEST)
        token = sampler.draw()
        sampler.close()
        return token

    first = likeliest()
    array = (llama.llama_token * 1)(first)

    def suppressed(_vocabulary: object, count: object) -> object:
        ctypes.cast(count, ctypes.POINTER(ctypes.c_int32))[0] = 1
        return array

    monkeypatch.setattr(llama, "llama_vocab_get_suppress_tokens", suppressed)
    assert likeliest() != first
