"""Whether a model fits a machine. The numbers themselves are held against llama.cpp's in
tests/unit/engine/test_predictions.py and in tests/bench/bench_fit.py."""

import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.core.hardware import Gpu, Hardware
from app.core.speed import Speed
from app.models.catalogue import ModelSpec, load_catalogue
from app.models.fit import DEFAULT_CONTEXT, STEP, WINDOW, Fit, fit
from app.models.gguf import read_gguf
from app.models.library import InstalledModel, Library
from tests.data import MODEL, PROJECTOR
from tests.data.gguf_file import write_gguf

GB = 10**9
CATALOGUE = load_catalogue()
GEMMAS = [spec for spec in CATALOGUE.models if spec.variant]
DESKTOP = Hardware(
    "linux",
    cores=8,
    instructions=("avx2",),
    memory=32 * GB,
    available=24 * GB,
    bandwidth=50e9,
)
CARD = Gpu("CUDA0", "RTX 5090", "gpu", 32 * GB, 31 * GB, bandwidth=1792e9)


def spec_of(model_id: str) -> ModelSpec:
    """An entry of the catalogue."""
    spec = CATALOGUE.get(model_id)
    assert spec is not None
    return spec


def fit_of(target: ModelSpec | InstalledModel, hardware: Hardware, context: int = 0) -> Fit:
    """A fit where there must be one."""
    found = fit(target, hardware, context=context)
    assert found is not None
    return found


E4B, LARGE = spec_of("gemma-4-e4b-qat-q4_0"), spec_of("gemma-4-31b-qat-q4_0")
MOE, DENSE = spec_of("gemma-4-26b-a4b-qat-q4_0"), spec_of("gemma-4-12b-qat-q4_0")


def test_a_model_that_fits_well() -> None:
    found = fit_of(E4B, DESKTOP)
    assert (found.verdict, found.context) == ("comfortable", DEFAULT_CONTEXT)
    assert found.memory.total + WINDOW == found.total
    assert found.share == pytest.approx(found.total / (24 * GB))
    assert found.largest_context == E4B.context
    assert found.reason == "Gemma 4 E4B needs 4.6 GB of 24.0 GB free memory."
    assert (found.device, found.layers, found.all_layers) == (None, 0, 42)


def test_a_model_that_is_too_large() -> None:
    found = fit_of(LARGE, replace(DESKTOP, available=16 * GB))
    assert (found.verdict, found.largest_context) == ("no", 0)
    assert found.share > 1
    assert found.reason == "Gemma 4 31B needs 22.3 GB; this machine has 16.0 GB free."


def test_a_model_that_leaves_nothing_to_others() -> None:
    need = fit_of(E4B, DESKTOP).total
    no = fit_of(E4B, replace(DESKTOP, available=need + 10**8))
    assert no.verdict == "no"
    assert no.reason.endswith("free memory, too much beside other programs.")
    tight = fit_of(E4B, replace(DESKTOP, available=need + 2 * GB))
    assert tight.verdict == "tight"
    assert tight.reason.endswith("which leaves little for others.")


def test_table_lookups_stay_in_the_file() -> None:
    assert fit_of(E4B, DESKTOP).memory.weights < 0.6 * E4B.model_file.bytes
    assert fit_of(LARGE, DESKTOP).memory.weights == pytest.approx(LARGE.model_file.bytes, rel=0.01)


def test_a_graphics_card_takes_what_fits() -> None:
    whole = fit_of(LARGE, replace(DESKTOP, gpus=(CARD,)), 16_384)
    assert (whole.device, whole.layers, whole.verdict) == (CARD, 60, "comfortable")
    assert whole.device_memory.projector > whole.memory.projector == 0
    assert whole.memory.total < 2 * GB < whole.device_memory.weights
    small = replace(CARD, free=14 * GB)
    part = fit_of(LARGE, replace(DESKTOP, gpus=(small,)), 16_384)
    assert 30 <= part.layers < 60
    assert part.device_memory.total < small.free
    assert part.memory.weights > 3 * GB
    none = fit_of(LARGE, replace(DESKTOP, gpus=(replace(CARD, free=6 * GB),)), 16_384)
    assert (none.device, none.layers, none.device_memory.total) == (None, 0, 0)
    assert whole.decode is not None
    assert part.decode is not None
    assert none.decode is not None
    assert whole.decode > part.decode > none.decode


def test_the_narrower_memory_counts() -> None:
    card = replace(CARD, free=fit_of(E4B, replace(DESKTOP, gpus=(CARD,))).device_memory.total + GB)
    tight = fit_of(E4B, replace(DESKTOP, gpus=(replace(card, free=card.free - GB // 2),)))
    assert tight.layers == 42
    assert (tight.verdict, tight.share > 0.9) == ("tight", True)
    assert "of RTX 5090" in tight.reason


def test_shared_memory_is_counted_once_and_as_a_whole() -> None:
    apple = Gpu("MTL0", "Apple M3", "gpu", 12 * GB, 12 * GB, unified=True, bandwidth=100e9)
    mac = Hardware("macos", memory=16 * GB, available=9 * GB, bandwidth=85e9, gpus=(apple,))
    e4b, dense = fit_of(E4B, mac, 16_384), fit_of(DENSE, mac, 16_384)
    assert e4b.layers == 42
    assert e4b.share == pytest.approx(e4b.total / (9 * GB))
    assert dense.layers == 48  # the card would take it, the machine would not
    assert dense.verdict == "no"


def test_the_best_card_is_tried_first() -> None:
    integrated = Gpu("Vulkan1", "integrated", "integrated", 15 * GB, 15 * GB)
    other = replace(CARD, name="CUDA1", free=20 * GB)
    both = replace(DESKTOP, gpus=(integrated, other, CARD))
    assert fit_of(E4B, both).device == CARD
    full = replace(DESKTOP, gpus=(integrated, replace(CARD, free=GB)))
    assert fit_of(E4B, full).device == integrated


def test_experts_that_idle_are_not_read() -> None:
    moe, dense, large = (fit_of(spec, DESKTOP).decode for spec in (MOE, DENSE, LARGE))
    assert moe is not None
    assert dense is not None
    assert large is not None
    assert moe > 2 * dense > 2 * large


def test_more_cores_and_better_instructions_read_faster() -> None:
    plain = fit_of(E4B, replace(DESKTOP, instructions=())).prefill
    avx2, vnni = (
        fit_of(E4B, replace(DESKTOP, instructions=(name,))).prefill
        for name in ("avx2", "avx512-vnni")
    )
    one = fit_of(E4B, replace(DESKTOP, cores=1)).prefill
    assert plain is not None
    assert avx2 is not None
    assert vnni is not None
    assert one is not None
    assert one < plain < avx2 < vnni


def test_what_was_measured_here_counts() -> None:
    measured = {E4B.model_file.name: Speed(31.0, 4.5)}
    found = fit(E4B, DESKTOP, measured=measured)
    assert found is not None
    assert (found.prefill, found.decode, found.measured) == (31.0, 4.5, True)
    half = fit(E4B, DESKTOP, measured={E4B.model_file.name: Speed(None, 4.5)})
    assert half is not None
    assert half.prefill == fit_of(E4B, DESKTOP).prefill
    assert not fit_of(E4B, DESKTOP).measured


def test_unknown_things() -> None:
    slow = fit_of(E4B, replace(DESKTOP, bandwidth=None))
    assert (slow.prefill, slow.decode, slow.verdict) == (None, None, "comfortable")
    card = replace(CARD, bandwidth=None)
    assert fit_of(E4B, replace(DESKTOP, gpus=(card,))).decode is None
    nothing = fit_of(E4B, Hardware("other"))
    assert nothing.verdict == "no"
    assert nothing.reason.endswith("how much is free here is unknown.")
    assert fit_of(E4B, Hardware("other", memory=32 * GB)).verdict == "comfortable"
    assert fit(replace(E4B, shape=None), DESKTOP) is None


def test_contexts_end_where_training_did() -> None:
    assert fit_of(E4B, DESKTOP, 10**7).context == E4B.context
    starter = CATALOGUE.starter
    assert starter is not None
    assert fit_of(starter, DESKTOP).context == 8192


@pytest.mark.parametrize("spec", GEMMAS, ids=lambda spec: spec.id)
@pytest.mark.parametrize("available", [4, 6, 10, 18, 24])
def test_the_largest_context_is_the_largest(spec: ModelSpec, available: int) -> None:
    hardware = replace(DESKTOP, available=available * GB)
    largest = fit_of(spec, hardware).largest_context
    if largest:
        assert fit_of(spec, hardware, largest).verdict != "no"
    if largest < spec.context:
        assert fit_of(spec, hardware, max(largest, 0) + STEP).verdict == "no"


def gpus(free: int, kind: str) -> tuple[Gpu, ...]:
    """One of a kind, or none."""
    if kind == "none":
        return ()
    if kind == "integrated":
        return (Gpu("Vulkan0", "graphics", "integrated", free, free, unified=True),)
    return (Gpu("CUDA0", "card", "gpu", free, free, bandwidth=5e11),)


machines = st.builds(
    lambda memory, used, free, kind: Hardware(
        "linux",
        cores=4,
        memory=memory,
        available=int(memory * used),
        bandwidth=4e10,
        gpus=gpus(free, kind),
    ),
    st.integers(GB, 256 * GB),
    st.floats(0, 1),
    st.integers(0, 96 * GB),
    st.sampled_from(["none", "integrated", "gpu"]),
)


@given(st.sampled_from(GEMMAS), machines, st.integers(1, 2**18))
def test_nothing_that_is_not_refused_would_swap(
    spec: ModelSpec, machine: Hardware, context: int
) -> None:
    found = fit_of(spec, machine, context)
    needed = found.memory.total + WINDOW
    if found.device is not None and found.device.unified:
        needed += found.device_memory.total
    assert machine.available is not None
    if found.verdict != "no":
        assert needed < machine.available
    if found.device is not None:
        assert found.device_memory.total <= found.device.free
    assert found.memory.total > 0


@given(st.sampled_from(GEMMAS), st.integers(1, 2**17), st.integers(0, 2**17))
def test_a_longer_context_takes_more(spec: ModelSpec, context: int, more: int) -> None:
    assert fit_of(spec, DESKTOP, context).total <= fit_of(spec, DESKTOP, context + more).total


@given(st.sampled_from(GEMMAS), st.integers(GB, 64 * GB), st.integers(0, 64 * GB))
def test_more_memory_is_never_worse(spec: ModelSpec, free: int, more: int) -> None:
    verdicts = ["no", "tight", "comfortable"]
    first, second = (
        verdicts.index(fit_of(spec, replace(DESKTOP, available=bytes_)).verdict)
        for bytes_ in (free, free + more)
    )
    assert first <= second


# -- files -----------------------------------------------------------------------------------


def installed(path: Path, projector: Path | None = None) -> InstalledModel:
    """As the library describes it."""
    return Library((), CATALOGUE).describe(path, projector)


def test_a_file_that_the_catalogue_does_not_know() -> None:
    model = installed(MODEL, PROJECTOR)
    found = fit_of(model, DESKTOP)
    assert found.memory.projector > PROJECTOR.stat().st_size
    assert found.memory.weights == pytest.approx(MODEL.stat().st_size, rel=0.2)
    assert found.verdict == "comfortable"
    assert fit(model, DESKTOP, info=read_gguf(MODEL)) == found
    alone = fit_of(msgspec.structs.replace(model, projector=None), DESKTOP)
    assert alone.memory.projector == 0


def test_files_that_tell_nothing(tmp_path: Path) -> None:
    model = installed(MODEL, PROJECTOR)
    gone = msgspec.structs.replace(model, path=tmp_path / "gone.gguf")
    assert fit(gone, DESKTOP) is None
    bare = write_gguf(tmp_path / "bare.gguf", {"general.architecture": "llama"})
    assert fit(msgspec.structs.replace(model, path=bare), DESKTOP) is None
    encoder_gone = msgspec.structs.replace(model, projector=tmp_path / "gone.gguf")
    assert fit_of(encoder_gone, DESKTOP).memory.projector == 0


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    shutil.copy(MODEL, path)
    model = installed(path)
    assert fit(model, DESKTOP) is not None
    write_gguf(path, {"general.architecture": "llama"})
    assert fit(model, DESKTOP) is None


# -- speeds that others measured -------------------------------------------------------------

SERVER = Hardware(
    "linux",
    cores=2,
    instructions=("avx2", "avx512", "avx512-vnni"),
    memory=24 * GB,
    available=20 * GB,
    bandwidth=47e9,
)
LAPTOP = replace(SERVER, cores=6, instructions=("avx2",), bandwidth=35e9)


def card(description: str, bandwidth: float, memory: int = 24) -> Hardware:
    """A desktop with this one."""
    gpu = Gpu("CUDA0", description, "gpu", memory * GB, memory * GB, bandwidth=bandwidth)
    return replace(DESKTOP, gpus=(gpu,))


# Written tokens a second: ours on two cores of a server; published ones of others.
PUBLISHED = [
    ("gemma-4-e2b-qat-q4_0", SERVER, 21.7, 0.25),
    ("gemma-4-e4b-qat-q4_0", replace(SERVER, bandwidth=70e9), 12.5, 0.25),
    ("smollm2-135m-instruct-q4_1", SERVER, 167, 0.25),
    ("smollm2-135m-instruct-q4_1", replace(SERVER, bandwidth=71e9), 144, 0.25),
    ("gemma-4-e2b-qat-q4_0", LAPTOP, 19, 0.25),  # i7-10750H
    ("gemma-4-26b-a4b-qat-q4_0", card("RTX 3090", 936e9), 190, 0.25),
    ("gemma-4-12b-qat-q4_0", card("RTX 3090", 936e9), 100, 0.25),
    ("gemma-4-e4b-qat-q4_0", card("RTX 3090", 936e9), 148, 0.25),
    ("gemma-4-e2b-qat-q4_0", card("GTX 1660 Ti", 288e9, 6), 119, 0.25),
]


@pytest.mark.parametrize(("name", "hardware", "decode", "tolerance"), PUBLISHED)
def test_predictions_come_close_to_what_was_measured(
    name: str, hardware: Hardware, decode: float, tolerance: float
) -> None:
    assert fit_of(spec_of(name), hardware).decode == pytest.approx(decode, rel=tolerance)


# Read tokens a second. No bandwidth tells how fast a chip computes: within half or double.
@pytest.mark.parametrize(
    ("name", "hardware", "prefill"),
    [
        ("gemma-4-e2b-qat-q4_0", SERVER, 115),
        ("gemma-4-e4b-qat-q4_0", SERVER, 59),
        ("gemma-4-e2b-qat-q4_0", LAPTOP, 77),
        ("gemma-4-e4b-qat-q4_0", card("RTX 3090", 936e9), 5000),
        ("gemma-4-e2b-qat-q4_0", card("GTX 1660 Ti", 288e9, 6), 2166),
    ],
)
def test_so_does_reading(name: str, hardware: Hardware, prefill: float) -> None:
    expected = fit_of(spec_of(name), hardware).prefill
    assert expected is not None
    assert 0.5 < expected / prefill < 2
