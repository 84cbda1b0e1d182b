"""What models.fit predicts, and what llama.cpp really takes: files of the true shapes, whose
contents don't matter.

    python -m tests.bench.bench_fit memory FOLDER [E2B E4B 26B-A4B] [--used]
    python -m tests.bench.bench_fit speed FILE … [--first]

FOLDER has shaped-gemma4-NAME-q4_0.gguf and mmproj-shaped-gemma4-NAME-f16.gguf. Prints one JSON
object. "real" are the buffers that llama.cpp tells of in its log, in MB; "resident" is what the
engine's process has in memory then, and (--used) after a prompt of more than a batch and a picture.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec.structs import replace as replace_fields

from app.core.conversation import Role
from app.core.hardware import Gpu, Hardware
from app.core.machine import memory
from app.core.needs import Needs
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.core.speed import Speed
from app.engine.client import Engine
from app.engine.messages import Died, Done, Event, Failed, Generate, Load, LoadFailed, ModelInfo
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from app.models.bandwidth import measure_bandwidth
from app.models.catalogue import load_catalogue
from app.models.fit import ENCODING, fit
from app.models.gguf import GgufInfo, read_gguf
from app.models.hardware import probe
from app.models.library import InstalledModel, Library
from app.models.shape import INPUT, LOOKUP
from tests.bench.figures import spread
from tests.data import MEDIA
from tests.unit.engine import rpc

MIB = 2**20
PATIENCE = 600.0  # seconds
CONTEXTS = {"26B-A4B": (4096,)}
ALL_CONTEXTS = (4096, 32_768, 131_072)
# Free memory of the second device: room for all of E2B, and for about two thirds of its layers.
DEVICES = {"E2B": (8 * 10**9, 1_700_000_000), "E4B": (2_900_000_000,)}
ROUNDS, PROMPT, ANSWER = 7, 128, 16
LONG = "The quick brown fox jumps over the lazy dog, then does it once more. " * 90


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["memory", "speed"])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--used", action="store_true", help="memory after a prompt, too; slow")
    parser.add_argument("--first", action="store_true", help="before all other programs; root only")
    arguments = parser.parse_args()
    result: dict[str, Any]
    if arguments.what == "speed":
        paths = [Path(name) for name in arguments.names]
        result = {"speed": [measure_speed(path, arguments.first) for path in paths]}
    else:
        folder, *names = arguments.names
        result = {
            "unit": "MB",
            "memory": list(measure_all(Path(folder), names or ["E2B", "E4B"], arguments.used)),
        }
    print(json.dumps(result))
    return 0


# -- memory ----------------------------------------------------------------------------------


def measure_all(folder: Path, names: list[str], thorough: bool) -> Iterator[dict[str, Any]]:
    """Every model at every context on the processor, some on a second device."""
    for name in names:
        model = folder / f"shaped-gemma4-{name}-q4_0.gguf"
        projector = folder / f"mmproj-shaped-gemma4-{name}-f16.gguf"
        for context in CONTEXTS.get(name, ALL_CONTEXTS):
            once = thorough and context == ALL_CONTEXTS[1]
            yield shown(measure(name, model, projector, context, None, once))
        for free in DEVICES.get(name, ()):
            yield shown(measure(name, model, projector, 32_768, free, False))


def resident(pid: int) -> dict[str, int]:
    """What a process has in memory, in MB: all, and what is no copy of a file."""
    status = Path(f"/proc/{pid}/status").read_text()
    sizes = {name: int(status.split(f"{name}:")[1].split()[0]) for name in ("VmRSS", "RssAnon")}
    return {name: round(size * 1024 / 1e6) for name, size in sizes.items()}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Tell it at once: all of them take minutes."""
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def measure(
    name: str, model: Path, projector: Path, context: int, free: int | None, thorough: bool
) -> dict[str, Any]:
    """One model loaded once; with ``free`` there is a second device with so many bytes.
    ``thorough``: used, too, which takes a minute or two."""
    gpus: tuple[Gpu, ...] = ()
    if free is not None:
        gpus = (Gpu("RPC0", "a second device", "gpu", free, free, bandwidth=1e10),)
    here = memory()
    hardware = Hardware("linux", memory=here.total, available=here.available, gpus=gpus)
    predicted = fit(installed(model, projector), hardware, context=context)
    assert predicted is not None
    with tempfile.TemporaryDirectory() as folder, second_device(free):
        log = Path(folder) / "engine.log"
        with Engine(log) as engine:
            order = Load(str(model), str(projector), context, device="" if free else "cpu")
            info = wait_for(engine, order, ModelInfo)
            assert engine.pid
            loaded = resident(engine.pid)
            if thorough:
                picture = Media("image", str(MEDIA / "red-circle.png"), 280)
                ask(engine, 1, LONG, 4, picture)
            used = resident(engine.pid)
        said = log.read_text(errors="replace")
    real = buffers(said, read_gguf(model), read_gguf(projector), on_device=info.gpu_layers > 0)
    return {
        "model": name,
        "context": context,
        "device": free and round(free / 1e6),
        "layers": [info.gpu_layers, predicted.layers, predicted.all_layers],
        "memory": compare(predicted.memory, real["CPU"], projector),
        "device_memory": compare(predicted.device_memory, real["RPC"], projector) if free else None,
        "encoding": {
            "predicted": round(ENCODING * units(projector) * 280 / 1e6),
            "real": round(max(sizes(said, r"reserve_compute_meta: +\S+ compute"), default=0) / 1e6),
        }
        if thorough
        else None,
        "resident": {"loaded": loaded, "used": used if thorough else None},
    }


def compare(predicted: Needs, real: Needs, projector: Path) -> dict[str, Any]:
    """Both, and by how much the prediction is off, in percent of the whole. What encoding a
    picture takes is left out: llama.cpp takes it with the first picture."""
    encoder = projector.stat().st_size if predicted.projector else 0
    predicted = replace(predicted, projector=encoder)
    return {
        "predicted": in_mb(predicted),
        "real": in_mb(real),
        "error": round(100 * (predicted.total / real.total - 1), 2) if real.total else None,
    }


def in_mb(needs: Needs) -> dict[str, int]:
    """Its parts, rounded."""
    parts = ("weights", "kv", "compute", "projector", "total")
    return {part: round(getattr(needs, part) / 1e6) for part in parts}


def units(projector: Path) -> int:
    """Inner length of the encoder of pictures."""
    found = read_gguf(projector).metadata["clip.vision.feed_forward_length"]
    assert isinstance(found, int)
    return found


def buffers(
    said: str, model: GgufInfo, projector: GgufInfo, *, on_device: bool
) -> dict[str, Needs]:
    """What llama.cpp told that it took, in main memory and on the second device.

    A mapped file counts as a whole there, so weights in main memory are all tensors but those on
    the device and those looked up in the file. (On a device the input table is there twice.)
    """
    tensors = sum(model.sizes.values()) - model.sizes.get(LOOKUP, 0)
    twice = model.sizes.get(INPUT, 0) if on_device else 0
    encoder = sum(projector.sizes.values())
    # Before it, the miniature was loaded to try the device.
    said = said[said.rfind("llama_model_loader: loaded meta data") :]
    llama, _, clip = said.partition("clip_model_loader:")
    found = {}
    for place in ("CPU", "RPC"):
        there = total(llama, rf"load_tensors: +{place}\S* model") if place == "RPC" else 0
        found[place] = Needs(
            there or tensors + twice - total(llama, r"load_tensors: +RPC\S* model"),
            total(llama, rf"{place}\S* KV"),
            total(llama, rf"{place}\S* compute") + total(llama, rf"{place}\S* +output"),
            0,
        )
    where = "RPC" if "CLIP using RPC" in clip else "CPU"
    found[where] = replace(found[where], projector=encoder)
    return found


def sizes(said: str, what: str) -> list[int]:
    """Bytes of the buffers of a kind."""
    return [
        round(float(size) * MIB)
        for size in re.findall(rf"{what} buffer size = +([\d.]+) MiB", said)
    ]


def total(said: str, what: str) -> int:
    """Bytes of the buffers of a kind, added up."""
    return sum(sizes(said, what))


@contextlib.contextmanager
def second_device(free: int | None) -> Iterator[None]:
    """A device that says it has ``free`` bytes, for engines that start meanwhile."""
    if free is None:
        yield
        return
    with rpc.server() as (port, _), rpc.proxy(port, rpc.small(free)) as seen:
        os.environ["FACET_RPC"] = f"{rpc.LOOPBACK}:{seen}"
        try:
            yield
        finally:
            del os.environ["FACET_RPC"]


# -- speed -----------------------------------------------------------------------------------


def measure_speed(model: Path, first: bool) -> dict[str, Any]:
    """Tokens a second of one model on the processor, in rounds, with the bandwidth of memory and
    what is predicted from it at that moment; ``first``: no other program gets in between."""
    hardware = probe(model.parent)
    log = NativeLog()  # has to live as long as the model
    runtime = Runtime(str(model), context=4096, threads=0, log=log, on_progress=lambda _: None)
    runtime.steady = True  # all threads, whatever other programs do
    rounds = []
    for _ in range(ROUNDS):
        with before_others() if first else contextlib.nullcontext():
            hardware = replace_fields(hardware, bandwidth=measure_bandwidth(hardware.cores or 1))
            rounds.append((speed_of(runtime), predicted_speed(model, hardware), hardware))
        time.sleep(1)
    runtime.close()
    found: dict[str, Any] = {"model": model.name, "threads": runtime.threads}
    found["bandwidth"] = spread([(here.bandwidth or 0) / 1e9 for _, _, here in rounds])
    for name in ("prefill", "decode"):
        measured = [getattr(real, name) for real, _, _ in rounds]
        predicted = [getattr(expected, name) for _, expected, _ in rounds]
        off = statistics.median(predicted) / statistics.median(measured) - 1
        found[name] = {
            "measured": spread(measured),
            "predicted": spread(predicted),
            "error": round(100 * off, 1),
        }
    return found


def speed_of(runtime: Runtime) -> Speed:
    """Of a prompt, and of the middle one of some tokens after it."""
    runtime.clear()
    begin = time.perf_counter()
    runtime.decode(range(1000, 1000 + PROMPT))
    prefill = PROMPT / (time.perf_counter() - begin)
    times = []
    for token in range(ANSWER):
        begin = time.perf_counter()
        runtime.decode([1000 + token])
        times.append(time.perf_counter() - begin)
    return Speed(prefill, 1 / statistics.median(times))


def predicted_speed(model: Path, hardware: Hardware) -> Speed:
    """Of the same."""
    expected = fit(installed(model, None), hardware, context=4096)
    assert expected is not None
    assert expected.decode is not None
    return Speed(expected.prefill, expected.decode)


@contextlib.contextmanager
def before_others() -> Iterator[None]:
    """All threads of this process run as soon as they can."""
    threads = [int(path.name) for path in Path("/proc/self/task").iterdir()]
    try:
        for thread in threads:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(1))
        yield
    finally:
        for thread in threads:
            os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


# -- both ------------------------------------------------------------------------------------


def installed(model: Path, projector: Path | None) -> InstalledModel:
    """The model in a file."""
    return Library((), load_catalogue()).describe(model, projector)


def ask(engine: Engine, number: int, text: str, tokens: int, *media: Media) -> Done:
    """A question, and how it went."""
    prompt = Prompt((Turn(Role.USER, text, media),))
    order = Generate(number, prompt, Sampling(temperature=0), tokens, drafting=False)
    done: Done = wait_for(engine, order, Done)
    return done


def wait_for(engine: Engine, order: Any, kind: type[Any]) -> Any:
    """Send an order, and take events until one of ``kind``."""
    engine.send(order)
    while not isinstance(event := engine.receive(PATIENCE), kind):
        assert isinstance(event, Event), "the engine is silent"
        assert not isinstance(event, LoadFailed | Failed | Died), event
    return event


if __name__ == "__main__":
    sys.exit(main())
