"""What models.fit predicts is what llama.cpp takes, by the engine's dry run."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from app.core.needs import SPARED, Figures
from app.engine import dry_run, loading
from app.engine.dry_run import DryRun
from app.engine.native import NativeLog
from app.models import fit, shape
from app.models.compute import compute
from app.models.gguf import read_gguf
from app.models.shape import shape_of, weights_in
from tests.data import MODEL, PROJECTOR, tiny_gemma4
from tests.unit.engine import elsewhere

STYLES = ["mini", *tiny_gemma4.STYLES]
TOLERANCE = 0.05


@pytest.fixture(scope="module", params=STYLES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One in each of the layouts that Gemma 4 comes in."""
    if request.param == "mini":
        return MODEL
    folder = tmp_path_factory.mktemp("predictions")
    return tiny_gemma4.write_model(folder / f"{request.param}.gguf", request.param)


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessPoolExecutor]:
    """One that knows a second device."""
    with elsewhere.second_device() as pool:
        yield pool


def predicted(path: Path, context: int) -> Figures:
    """By the head of the file alone."""
    info = read_gguf(path)
    built = shape_of(info)
    assert built is not None
    weights = weights_in(info, built)
    buffers = compute(built, context)
    return Figures(
        weights.layers,
        built.kv(context),
        weights.input,
        weights.output,
        weights.input if weights.tied else 0,
        buffers.processor,
        buffers.device,
        buffers.host,
    )


@pytest.mark.parametrize("context", [8192, 32_768, 131_072])
def test_memory_by_device(model: Path, context: int, process: ProcessPoolExecutor) -> None:
    real = process.submit(elsewhere.dry_run, model, context).result()
    found = predicted(model, context)
    assert (found.weights, found.input, found.output, found.tied) == (
        real.weights,
        real.input,
        real.output,
        real.tied,
    )
    assert sum(found.kv) == pytest.approx(sum(real.kv), abs=2**14)  # the log rounds to 10 KiB
    for layers in (0, real.layers):
        here, there = found.in_memory(layers), found.on_device(layers, projector=False)
        assert here.total == pytest.approx(real.in_memory(layers).total, rel=TOLERANCE)
        assert there.total == pytest.approx(
            real.on_device(layers, projector=False).total, rel=TOLERANCE
        )


def test_copies_of_a_cache_are_counted(tmp_path: Path, process: ProcessPoolExecutor) -> None:
    """Layers on a device that use the cache of layers in main memory need copies of it."""
    path, context = tiny_gemma4.write_model(tmp_path / "edge.gguf", "edge"), 131_072

    def needs(plan: int, layers: int) -> int:
        figures = process.submit(elsewhere.dry_run, path, context, plan).result()
        return figures.on_device(layers, projector=False).total

    layers = process.submit(elsewhere.dry_run, path, context).result().layers
    part = next(n for n in range(layers - 1, 0, -1) if needs(n, n) > needs(layers, n) + 2**24)
    for free, most in ((needs(layers, part), part - 1), (needs(part, part), part)):
        got = process.submit(elsewhere.layers_for, path, context, free + SPARED).result()
        assert got <= most
        assert got == 0 or needs(got, got) <= free


def test_the_engine_computes_as_predictions_assume() -> None:
    assert (shape.BATCH, shape.OUTPUTS) == (loading.BATCH, loading.OUTPUTS)
    assert fit.DEFAULT_CONTEXT == loading.DEFAULT_CONTEXT
    assert fit.ENCODING == dry_run._ENCODING
    assert {shape.INPUT, shape.LOOKUP} == {dry_run._INPUT, dry_run._LAZY}


def test_a_projector_is_counted_as_the_engine_does(native_log: NativeLog) -> None:
    with DryRun(str(MODEL), str(PROJECTOR), native_log) as dry:
        real = dry.figures(8192)
    encoder = read_gguf(PROJECTOR)
    units = encoder.metadata["clip.vision.feed_forward_length"]
    assert isinstance(units, int)
    assert real.picture == fit.ENCODING * units
    assert real.projector == pytest.approx(sum(encoder.sizes.values()), rel=0.001)
