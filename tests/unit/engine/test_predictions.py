"""What models.fit predicts is what llama.cpp takes, by the engine's dry run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.needs import Figures
from app.engine import devices, dry_run, loading
from app.engine.dry_run import DryRun
from app.engine.native import NativeLog
from app.models import fit, shape
from app.models.compute import compute
from app.models.gguf import read_gguf
from app.models.shape import shape_of, weights_in
from tests.data import MODEL, PROJECTOR, tiny_gemma4
from tests.unit.engine import rpc

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
def device() -> Iterator[object]:
    """ggml's pointer to a second device. It stays known to this process when its server is gone."""
    with rpc.server() as (port, _):
        assert devices.add_remote(f"{rpc.LOOPBACK}:{port}")
        known = [one.name for one in devices.devices() if one.name.startswith("RPC")]
        yield devices.pointer_to(known[-1]), known[-1]


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
def test_memory_by_device(
    model: Path, context: int, native_log: NativeLog, device: tuple[object, str]
) -> None:
    with DryRun(str(model), None, native_log, *device) as dry:
        real = dry.figures(context)
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
