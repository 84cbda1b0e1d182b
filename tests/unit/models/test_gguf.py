import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import AppError
from app.models.gguf import MAX_HEAD, GgufInfo, read_gguf
from tests.unit.models.gguf_bytes import (
    ARRAY,
    F32,
    Q4_0,
    STRING,
    UINT32,
    gguf,
    model,
    projector,
    string,
)

MINIATURE = Path(__file__).parents[3] / "resources" / "miniature"
CODES = {"unreadable", "not-gguf", "cut-short"}


def written(folder: Path, content: bytes, name: str = "m.gguf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path) -> AppError:
    with pytest.raises(AppError) as caught:
        read_gguf(path)
    assert path.name in caught.value.what
    assert caught.value.next_step
    return caught.value


def test_the_miniature_says_what_it_is() -> None:
    info = read_gguf(MINIATURE / "mini-gemma4.gguf")
    assert (info.architecture, info.kind, info.name) == ("gemma4", "model", "mini-gemma4")
    assert (info.context, info.blocks, info.embedding) == (131072, 4, 192)
    assert info.quantisation == "F16"
    assert info.tensors == 59
    assert info.parameters == 1_429_092
    assert info.has_template
    assert not info.is_projector
    assert info.bytes == (MINIATURE / "mini-gemma4.gguf").stat().st_size


def test_its_projector_says_what_it_takes() -> None:
    info = read_gguf(MINIATURE / "mmproj-mini-gemma4.gguf")
    assert info.is_projector
    assert info.vision
    assert info.audio
    assert info.projection == 192
    assert not info.has_template


def test_metadata_keeps_short_lists_and_steps_over_long_ones() -> None:
    metadata = read_gguf(MINIATURE / "mini-gemma4.gguf").metadata
    assert metadata["gemma4.attention.sliding_window_pattern"] == (True, False, True, False)
    assert metadata["gemma4.rope.freq_base"] == 1_000_000.0
    assert "tokenizer.ggml.tokens" not in metadata
    assert "tokenizer.ggml.scores" not in metadata


def test_a_long_vocabulary_across_many_chunks(tmp_path: Path) -> None:
    words = [f"word {number} " * (number % 40) for number in range(20_000)]
    words[7] = "x" * 3_000_000  # longer than a chunk
    info = read_gguf(written(tmp_path, model(**{"a.tokens": words, "z.last": 5})))
    assert info.metadata["z.last"] == 5
    assert "a.tokens" not in info.metadata


def test_what_is_missing_is_empty(tmp_path: Path) -> None:
    info = read_gguf(written(tmp_path, gguf({"general.architecture": "bert"})))
    assert (info.name, info.kind, info.quantisation) == ("", "", "")
    assert (info.context, info.blocks, info.embedding, info.parameters) == (0, 0, 0, 0)
    assert not info.has_template


def test_a_value_of_another_type_counts_as_missing(tmp_path: Path) -> None:
    wrong = {"general.name": 5, "llama.context_length": "long", "general.file_type": True}
    info = read_gguf(written(tmp_path, model(**wrong)))
    assert (info.name, info.context, info.quantisation) == ("", 0, "")


def test_quantised_weights_count(tmp_path: Path) -> None:
    tensors = [("w", (64, 2), Q4_0, 0)]
    meta = {"general.architecture": "llama"}
    assert read_gguf(written(tmp_path, gguf(meta, tensors, b"\0" * 72))).parameters == 128
    assert refusal(written(tmp_path, gguf(meta, tensors, b"\0" * 71))).code == "cut-short"


def test_an_alignment_of_its_own_counts(tmp_path: Path) -> None:
    meta = {"general.architecture": "llama", "general.alignment": 4096}
    content = gguf(meta, [("w", (32,), F32, 0)])
    padded = content.ljust(4096, b"\0") + b"\0" * 128
    assert read_gguf(written(tmp_path, padded)).tensors == 1
    assert refusal(written(tmp_path, padded[:-1])).code == "cut-short"


@pytest.mark.parametrize("length", [4, 23, 100, 1000, 50_000, 100_000, 2_920_447])
def test_a_file_cut_anywhere_is_told_so(tmp_path: Path, length: int) -> None:
    whole = (MINIATURE / "mini-gemma4.gguf").read_bytes()
    error = refusal(written(tmp_path, whole[:length]))
    assert error.code == "cut-short"
    assert f"{length:,} bytes" in error.what


@pytest.mark.parametrize("content", [b"", b"GG", b"<!DOCTYPE html><html>", b"\0" * 100])
def test_other_files_are_no_gguf(tmp_path: Path, content: bytes) -> None:
    assert refusal(written(tmp_path, content)).code == "not-gguf"


@pytest.mark.parametrize("version", [0, 1, 4, 0x03000000])
def test_other_versions_are_named(tmp_path: Path, version: int) -> None:
    content = gguf({"general.architecture": "llama"}, version=version)
    error = refusal(written(tmp_path, content))
    assert error.code == "not-gguf"
    assert str(version) in error.what


def test_a_file_without_architecture_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, gguf({"general.name": "x"}))).code == "not-gguf"


def test_what_is_not_a_file_is_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.gguf").code == "unreadable"
    assert refusal(tmp_path).code == "unreadable"


HUGE = 2**62
PREFIX = b"GGUF" + struct.pack("<I", 3)
HOSTILE = {
    "pairs": PREFIX + struct.pack("<QQ", 0, HUGE),
    "tensors": PREFIX + struct.pack("<QQ", HUGE, 0),
    "key": PREFIX + struct.pack("<QQQ", 0, 1, HUGE),
    "string": PREFIX + struct.pack("<QQ", 0, 1) + string("k") + struct.pack("<IQ", STRING, HUGE),
    "strings": PREFIX
    + struct.pack("<QQ", 0, 1)
    + string("k")
    + struct.pack("<IIQ", ARRAY, STRING, HUGE),
    "numbers": PREFIX
    + struct.pack("<QQ", 0, 1)
    + string("k")
    + struct.pack("<IIQ", ARRAY, UINT32, HUGE),
    "string in strings": PREFIX
    + struct.pack("<QQ", 0, 1)
    + string("k")
    + struct.pack("<IIQ", ARRAY, STRING, 4000)
    + struct.pack("<Q", 2**64 - 1),
    "nested": PREFIX
    + struct.pack("<QQ", 0, 1)
    + string("k")
    + struct.pack("<IIQ", ARRAY, ARRAY, 2),
    "dimensions": PREFIX + struct.pack("<QQ", 1, 0) + string("t") + struct.pack("<I", 2**31),
    "weights": gguf({"general.architecture": "x"}, [("w", (2**60, 2**60), F32, 2**60)]),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_huge_counts_cost_no_memory(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content + b"\0" * 40_000)
    tracemalloc.start()
    try:
        assert refusal(path).code in CODES
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_a_head_without_end_is_given_up(tmp_path: Path) -> None:
    """A sparse file of 3 GB that claims one list of empty strings throughout."""
    path = written(
        tmp_path,
        PREFIX
        + struct.pack("<QQ", 0, 1)
        + string("k")
        + struct.pack("<IIQ", ARRAY, STRING, 3 * 10**8),
    )
    with path.open("ab") as file:
        file.truncate(3 * 10**9)
    assert refusal(path).code == "not-gguf"
    assert path.stat().st_size > MAX_HEAD


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_do_worse_than_an_error(tmp_path: Path, data: st.DataObject) -> None:
    base = data.draw(
        st.sampled_from([model(), projector(), model(**{"t.words": ["a", "b"] * 600})])
    )
    content = bytearray(base)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path, bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        info = read_gguf(path)
    except AppError as error:
        code = error.code
    else:
        assert isinstance(info, GgufInfo)
        assert info.architecture
        return
    assert code in CODES


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    metadata=st.dictionaries(
        st.text(min_size=1, max_size=30),
        st.one_of(
            st.booleans(),
            st.integers(0, 2**32 - 1),
            st.floats(width=32, allow_nan=False),
            st.text(max_size=50),
            st.lists(st.text(max_size=5), max_size=600),
            st.lists(st.integers(0, 2**32 - 1), max_size=600),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(tmp_path: Path, metadata: dict[str, object]) -> None:
    metadata = {**metadata, "general.architecture": "llama", "general.alignment": 32}
    read = read_gguf(written(tmp_path, gguf(metadata))).metadata
    for key, value in metadata.items():
        if isinstance(value, list) and len(value) > 512:
            assert key not in read
        else:
            assert read[key] == (tuple(value) if isinstance(value, list) else value)
