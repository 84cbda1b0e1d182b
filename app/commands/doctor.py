"""``facet doctor``: what Facet finds on this machine, for a person or for a bug report."""

import importlib.metadata
import json
import os
import platform
import sys
from argparse import Namespace
from typing import Any

from msgspec import convert, to_builtins
from msgspec.structs import asdict

from app import __version__
from app.commands.model_choice import open_library
from app.core.hardware import Hardware, load_hardware
from app.engine.client import Engine
from app.engine.gpus import gpus
from app.engine.messages import AnyEvent, Died, Examined, Hello, SelfTest
from app.models.hardware import probe
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_PACKAGES = ("PySide6-Essentials", "llama-cpp-python", "pillow", "numpy", "sounddevice", "mss")
_PATIENCE = 30.0  # seconds for the engine to say Hello, on a machine that is busy or cold


def doctor(arguments: Namespace, paths: Paths) -> int:
    """Print the report. Returns 1 if something that Facet needs is missing, or a device computes
    wrongly; else 0. AppError if ``--hardware`` names a file that describes no machine."""
    if arguments.hardware:
        hardware = load_hardware(arguments.hardware)
        if arguments.json:
            print(json.dumps({"hardware": to_builtins(hardware)}, ensure_ascii=False))
        else:
            print("\n".join(hardware_lines(hardware)))
        return 0
    report = examine(paths, self_test=arguments.self_test)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(as_lines(report))
    return 1 if report["problems"] else 0


def examine(paths: Paths, *, self_test: bool = False) -> dict[str, Any]:
    """The report as plain values. Sizes are in bytes. With ``self_test`` each device shows whether
    it computes rightly, which takes it about a second."""
    problems: list[str] = []
    versions = {name: _version(name) for name in _PACKAGES}
    problems += [f"{name} is not installed." for name, found in versions.items() if not found]
    engine = _engine(paths, problems)
    tests = _self_tests(paths, engine) if engine and self_test else []
    problems += [f"{test.description}: {test.reason}" for test in tests if not test.fit]
    hardware = probe(paths.models_dir, gpus(engine.devices) if engine else ())
    models = [
        {
            "id": model.id,
            "title": model.title,
            "path": str(model.path),
            "projector": str(model.projector) if model.projector else None,
            "bytes": model.bytes,
            "modalities": list(model.modalities),
        }
        for model in open_library(paths, SettingsFile(paths.settings).load()).scan()
    ]
    if not models:
        problems.append("No model is installed.")
    return {
        "facet": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "qt": versions["PySide6-Essentials"],
        "packages": versions,
        "llama_cpp": engine.build if engine else None,
        "instructions": engine.system if engine else None,
        "devices": [asdict(device) for device in engine.devices] if engine else [],
        "self_test": [asdict(test) for test in tests],
        "hardware": to_builtins(hardware),
        "display": _display(),
        "models": models,
        "paths": {
            "data": str(paths.data_dir),
            "config": str(paths.config_dir),
            "cache": str(paths.cache_dir),
            "logs": str(paths.log_dir),
            "models": str(paths.models_dir),
        },
        "problems": problems,
    }


def as_lines(report: dict[str, Any]) -> str:
    """The report for people."""
    hardware = convert(report["hardware"], Hardware)
    lines = [
        f"Facet       {report['facet']}",
        f"Python      {report['python']} on {report['system']}",
        f"Qt          {report['qt'] or 'missing'}",
        f"llama.cpp   {report['llama_cpp'] or 'missing'}",
        *hardware_lines(hardware),
        f"Display     {report['display'] or 'none'}",
        f"Data        {report['paths']['data']}",
        "Models",
    ]
    for model in report["models"]:
        senses = ", ".join(model["modalities"])
        lines.append(f"  {model['id']}  {_size(model['bytes'])}, {senses}  {model['path']}")
    if not report["models"]:
        lines.append("  none")
    for test in report["self_test"]:
        verdict = "computes rightly" if test["fit"] else test["reason"]
        lines.append(f"Self-test   {test['description']}: {verdict} ({test['seconds']} s)")
    lines += [f"Problem: {problem}" for problem in report["problems"]]
    return "\n".join(lines)


def hardware_lines(hardware: Hardware) -> list[str]:
    """A machine for people."""
    cores = _count(hardware.cores, "core", "cores")
    if hardware.threads and hardware.threads != hardware.cores:
        cores += f", {_count(hardware.threads, 'thread', 'threads')}"
    instructions = ", ".join(hardware.instructions) or "unknown instructions"
    lines = [
        f"Processor   {'; '.join((hardware.processor or 'unknown', cores, instructions))}",
        f"Memory      {_size(hardware.available)} free of {_size(hardware.memory)}",
        f"Bandwidth   {_rate(hardware.bandwidth)}",
    ]
    for gpu in hardware.gpus:
        traits = [f"{_size(gpu.free or None)} free of {_size(gpu.total or None)}"]
        traits += ["part of main memory"] if gpu.unified else []
        traits += [_rate(gpu.bandwidth)] if gpu.bandwidth else []
        lines.append(f"Graphics    {gpu.description} ({gpu.name}): {', '.join(traits)}")
    if not hardware.gpus:
        lines.append("Graphics    none that a model could run on")
    lines.append(f"Disk        {_size(hardware.disk_free)} free for models")
    lines += [
        f"Unknown     {_FIELDS.get(field, field)}: {why}" for field, why in hardware.unknown.items()
    ]
    return lines


_FIELDS = {
    "cores": "processor cores",
    "threads": "processor threads",
    "available": "free memory",
    "bandwidth": "bandwidth of memory",
    "disk_free": "free disk",
}


def _engine(paths: Paths, problems: list[str]) -> Hello | None:
    with Engine(paths.engine_log) as engine:
        event = engine.receive(timeout=_PATIENCE)
    if isinstance(event, Hello):
        return event
    reason = f"ended with {event.detail}" if isinstance(event, Died) else "did not answer"
    problems.append(f"The engine {reason}; its log is {paths.engine_log}.")
    return None


def _self_tests(paths: Paths, hello: Hello) -> list[Examined]:
    """What came of the test of each device but those that only help the CPU. Each gets an engine
    of its own, as a broken driver may end it."""
    tests = []
    for device in hello.devices:
        if device.kind == "accelerator":
            continue
        with Engine(paths.engine_log) as engine:
            engine.send(SelfTest(device.name))
            event: AnyEvent | None = None
            while not isinstance(event, Examined | Died):
                event = engine.receive(timeout=_PATIENCE)
                if event is None:
                    break
        if not isinstance(event, Examined):
            how = "no answer came"
            if isinstance(event, Died):
                how = f"it ended the engine ({event.detail})"
            event = Examined(device.name, device.description, False, f"Unfit: {how}.", 0.0)
        tests.append(event)
    return tests


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _display() -> str | None:
    if sys.platform in ("win32", "darwin"):
        return sys.platform
    if wayland := os.environ.get("WAYLAND_DISPLAY"):
        return f"Wayland {wayland}"
    return f"X11 {display}" if (display := os.environ.get("DISPLAY")) else None


def _size(count: int | None) -> str:
    return "unknown" if count is None else f"{count / 1e9:.1f} GB"


def _rate(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate / 1e9:.0f} GB/s"


def _count(count: int | None, one: str, many: str) -> str:
    return f"unknown {many}" if count is None else f"{count} {one if count == 1 else many}"
