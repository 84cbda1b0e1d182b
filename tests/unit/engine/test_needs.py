"""What a model needs is known before it is loaded, and it takes no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import pytest

from app.core.errors import AppError
from app.core.machine import memory
from app.engine.choosing import open_model
from app.engine.client import Engine
from app.engine.devices import IN_MEMORY
from app.engine.dry_run import DryRun
from app.engine.gguf_head import all_tensors
from app.engine.messages import Load, LoadFailed, Unload, Unloaded
from app.engine.native import NativeLog
from app.engine.opening import open_at
from tests.data import MODEL, PROJECTOR, tiny_gemma4
from tests.data.gguf_file import write_gguf
from tests.unit.engine.talk import Talk, user

MIB = 2**20


@pytest.fixture(scope="module", params=["mini", "edge", "dense", "moe"])
def files(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A model and its projector."""
    if request.param == "mini":
        return MODEL, PROJECTOR
    folder = tmp_path_factory.mktemp(request.param)
    return (
        tiny_gemma4.write_model(folder / "model.gguf", request.param),
        tiny_gemma4.write_projector(folder / "projector.gguf", request.param),
    )


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """An engine of this module's own."""
    with Engine(tmp_path_factory.mktemp("needs") / "engine.log") as engine:
        yield Talk(engine)


def buffers(record: str, kind: str) -> int:
    """Bytes of the buffers that llama.cpp told about."""
    return round(
        sum(float(size) for size in re.findall(rf"{kind} buffer size = +(\S+)", record)) * MIB
    )


@pytest.mark.parametrize("context", [2048, 16384])
def test_a_dry_run_tells_what_loading_takes(
    files: tuple[Path, Path], context: int, native_log: NativeLog
) -> None:
    model, projector = map(str, files)
    with DryRun(model, projector, native_log) as dry:
        needs = dry.figures(context).in_memory()
    with native_log.recording() as record:
        opened = open_at(Load(model, projector, context), IN_MEMORY, "", native_log, lambda _: None)
        size = llama.llama_model_size(opened.runtime.handle)
        opened.close()
    told = "".join(record)
    lazy = all_tensors(model).get("per_layer_token_embd.weight", 0)
    assert needs.weights == size - lazy
    assert needs.kv == pytest.approx(buffers(told, "KV"), abs=0.02 * MIB)
    computing = buffers(told, "compute") + buffers(told, " output")
    assert needs.compute == pytest.approx(computing, abs=0.03 * MIB)
    assert needs.projector > sum(all_tensors(projector).values())


def test_a_dry_run_of_what_is_no_model(tmp_path: Path, native_log: NativeLog) -> None:
    (tmp_path / "text.gguf").write_text("nothing")
    torn = tmp_path / "model-00001-of-00002.gguf"
    torn.write_bytes(MODEL.read_bytes())
    bare = write_gguf(tmp_path / "bare.gguf", {"general.architecture": "gemma4"})
    for path in (tmp_path / "text.gguf", torn, bare):
        with pytest.raises(ValueError, match=path.name[:5]):
            DryRun(str(path), None, native_log)


def test_too_little_memory_is_said_before_it_is_taken(native_log: NativeLog) -> None:
    order = Load(str(MODEL), str(PROJECTOR), context=131072, threads=1)
    with pytest.raises(AppError) as caught:
        open_model(order, native_log, lambda _: None, available=lambda: 120 * MIB)
    assert caught.value.code == "memory"
    assert caught.value.what == "This model needs 0.4 GB of memory, and 0.1 GB are free."
    found = re.search(r"a context of ([\d,]+) tokens or a smaller model", caught.value.next_step)
    assert found, caught.value.next_step
    fitting = Load(str(MODEL), str(PROJECTOR), int(found[1].replace(",", "")), threads=1)
    assert fitting.context > 8192
    open_model(fitting, native_log, lambda _: None, available=lambda: 120 * MIB).close()


def test_where_no_context_would_fit(native_log: NativeLog) -> None:
    order = Load(str(MODEL), str(PROJECTOR), context=8192, threads=1)
    with pytest.raises(AppError) as caught:
        open_model(order, native_log, lambda _: None, available=lambda: MIB)
    assert caught.value.next_step == "Close other programs, or choose a smaller model."


def test_a_context_beyond_this_machine_is_refused(talk: Talk, tmp_path: Path) -> None:
    total = memory().total
    assert total is not None
    context = total // 2048  # each token of it takes 3 KB
    long = {"gemma4.context_length": context}
    model = tiny_gemma4.write_model(tmp_path / "long.gguf", "dense", long)
    refused = talk.try_load(model, None, context=context)
    assert isinstance(refused, LoadFailed)
    assert refused.code == "memory"
    talk.load(model, None, context=4096)
    assert talk.ask(user("the"), max_tokens=2).stats.answer_tokens == 2


def resident(talk: Talk, field: str = "VmRSS") -> int:
    """Bytes of the child's memory."""
    status = Path(f"/proc/{talk.engine.pid}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


def unload(talk: Talk) -> None:
    """Unload, and wait until it is done."""
    talk.engine.send(Unload())
    talk.until(lambda event: isinstance(event, Unloaded))


def test_it_takes_what_was_said_and_gives_it_all_back(talk: Talk, native_log: NativeLog) -> None:
    with DryRun(str(MODEL), str(PROJECTOR), native_log) as dry:
        needs = dry.figures(131072).in_memory()
    talk.load()  # once, for what Python imports meanwhile
    unload(talk)
    for _ in range(2):
        before = resident(talk)
        talk.load(context=131072)
        taken = resident(talk) - before
        least = needs.weights + needs.kv + sum(all_tensors(str(PROJECTOR)).values())
        assert 0.95 * least < taken < needs.total
        unload(talk)
        assert resident(talk) - before < 4 * MIB
