"""``facet models``: which models there are, which suits a machine; fetching and removing them."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import to_builtins

from app.commands.model_choice import open_catalogue, open_library
from app.commands.model_files import add, download_model, remove
from app.commands.tables import gigabytes, speed, table, tokens
from app.core.hardware import Hardware, load_hardware
from app.core.speed import Measured, measured_speeds
from app.engine.client import Engine
from app.engine.gpus import gpus
from app.engine.messages import Hello
from app.models.advice import Choice, advise
from app.models.catalogue import ModelSpec
from app.models.download import kept, unfinished
from app.models.fit import Fit, fit
from app.models.hardware import probe
from app.models.library import InstalledModel
from app.storage.pace_file import PaceFile
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_PATIENCE = 30.0  # seconds for the engine to say which devices there are
_PROGRAMS: Mapping[str, str] = {
    "lm-studio": "LM Studio",
    "huggingface": "Hugging Face",
    "ollama": "Ollama",
    "jan": "Jan",
    "gpt4all": "GPT4All",
    "llama.cpp": "llama.cpp",
}


def models(arguments: Namespace, paths: Paths) -> int:
    """Do what ``arguments.action`` says. Returns the exit code; raises AppError."""
    actions: Mapping[str, Callable[[Namespace, Paths], int]] = {
        "list": list_models,
        "recommend": recommend,
        "fit": fit_table,
        "download": download_model,
        "add": add,
        "remove": remove,
    }
    return actions[arguments.action or "list"](arguments, paths)


# -- list -----------------------------------------------------------------------------------------


def list_models(arguments: Namespace, paths: Paths) -> int:
    """Print the models that are installed, found with other programs, and to be downloaded."""
    settings = SettingsFile(paths.settings).load()
    library, catalogue = open_library(paths, settings), open_catalogue(paths)
    installed = library.scan()
    found = library.scan_elsewhere()
    here = {model.listed for model in (*installed, *found)}
    begun = {
        spec.id: kept(spec, paths.models_dir) for spec in unfinished(catalogue, paths.models_dir)
    }
    to_fetch = [spec for spec in catalogue.models if spec.id not in here and not spec.starter]
    if arguments.json:
        entries = [_installed(model, "installed", settings.model) for model in installed]
        entries += [_installed(model, "found", settings.model) for model in found]
        for spec in to_fetch:
            part = begun.get(spec.id)
            entry = _available(spec, "unfinished" if part else "available")
            entries.append(entry | ({"fetched": part.done} if part else {}))
        print(json.dumps({"models": entries}, ensure_ascii=False))
        return 0
    parts = [("Installed", _here(installed, settings.model)), ("Found with other programs", [])]
    if found:
        parts[1] = (parts[1][0], _here(found, settings.model))
    rows = [
        (
            spec.id,
            gigabytes(spec.download_bytes),
            ", ".join(spec.modalities),
            f"{gigabytes(begun[spec.id].done)} are here" if spec.id in begun else spec.title,
        )
        for spec in to_fetch
        if spec.kind == "chat"
    ]
    heads = ("ID", "SIZE", "TAKES", "")
    parts.append(("To be downloaded", table(heads, rows, " r") if rows else []))
    print("\n\n".join("\n".join((name, *lines)) for name, lines in parts if lines))
    return 0


def _here(found: tuple[InstalledModel, ...], chosen: str) -> list[str]:
    rows = [
        (
            "*" if model.id == chosen else "",
            model.id if model.id != str(model.path) else model.title,
            gigabytes(model.bytes),
            ", ".join(model.modalities),
            _PROGRAMS.get(model.origin, ""),
            str(model.path),
        )
        for model in found
    ]
    return table(("", "ID", "SIZE", "TAKES", "", "FILE"), rows, "  r") if rows else ["  none"]


def _installed(model: InstalledModel, state: str, chosen: str) -> dict[str, Any]:
    return {
        "id": model.id,
        "state": state,
        "title": model.title,
        "listed": model.listed or None,
        "origin": model.origin,
        "path": str(model.path),
        "projector": str(model.projector) if model.projector else None,
        "bytes": model.bytes,
        "modalities": list(model.modalities),
        "context": model.context,
        "quantisation": model.quantisation,
        "chosen": model.id == chosen,
    }


def _available(spec: ModelSpec, state: str) -> dict[str, Any]:
    return {
        "id": spec.id,
        "state": state,
        "title": spec.title,
        "kind": spec.kind,
        "bytes": spec.download_bytes,
        "modalities": list(spec.modalities),
        "context": spec.context,
        "quantisation": spec.quantisation,
        "licence": spec.licence,
    }


# -- fit and recommend ----------------------------------------------------------------------------


def fit_table(arguments: Namespace, paths: Paths) -> int:
    """Print how every model would do on this machine, or on another one."""
    hardware, measured = _machine(arguments, paths)
    library = open_library(paths, SettingsFile(paths.settings).load())
    installed = (*library.scan(), *library.scan_elsewhere())
    here = {model.listed for model in installed}
    targets: list[ModelSpec | InstalledModel] = [
        spec for spec in open_catalogue(paths).models if spec.kind == "chat" and spec.id not in here
    ]
    entries: list[tuple[ModelSpec | InstalledModel, Fit | None]] = [
        (target, fit(target, hardware, context=arguments.context, measured=measured))
        for target in (*installed, *targets)
    ]
    if arguments.json:
        shown = [
            {"id": target.id, "title": target.title} | _fit_values(found)
            for target, found in entries
        ]
        document = {"context": arguments.context, "hardware": to_builtins(hardware)}
        print(json.dumps(document | {"models": shown}, ensure_ascii=False))
        return 0
    rows = [
        (target.id if target.id != _path(target) else target.title, *_fit_cells(found))
        for target, found in entries
    ]
    heads = ("ID", "CONTEXT", "MEMORY", "GRAPHICS", "LARGEST", "READS", "WRITES", "")
    print("\n".join(table(heads, rows, " rrrrrr")))
    print("READS and WRITES in tokens a second; * was measured here. LARGEST is the context.")
    return 0


def _path(target: ModelSpec | InstalledModel) -> str:
    return str(target.path) if isinstance(target, InstalledModel) else ""


def _fit_cells(found: Fit | None) -> tuple[str, ...]:
    if found is None:
        return ("", "", "", "", "", "", "not known")
    graphics = gigabytes(found.device_memory.total) if found.device else ""
    main = found.total - found.device_memory.total
    mark = "*" if found.measured else ""
    return (
        tokens(found.context),
        gigabytes(main),
        graphics,
        tokens(found.largest_context) if found.largest_context else "none",
        speed(found.prefill),
        f"{speed(found.decode)}{mark}",
        found.verdict,
    )


def _fit_values(found: Fit | None) -> dict[str, Any]:
    if found is None:
        return {"fit": None}
    values = to_builtins(found)
    values |= {"total": found.total, "share": round(min(found.share, 1e6), 4)}
    return {"fit": values}


def recommend(arguments: Namespace, paths: Paths) -> int:
    """Print which model to take, and why."""
    hardware, measured = _machine(arguments, paths)
    advice = advise(hardware, open_catalogue(paths), measured)
    named = {"best": advice.best, "better": advice.better, "faster": advice.faster}
    if arguments.json:
        document: dict[str, Any] = {"why": advice.why}
        for name, choice in named.items():
            document[name] = _choice_values(choice)
        print(json.dumps(document, ensure_ascii=False))
        return 0
    print(advice.why)
    for name in ("better", "faster"):
        choice = named[name]
        if choice is not None:
            print(f"{choice.line} ({choice.spec.id})")
    if advice.best is not None and not arguments.hardware:
        print(f"To fetch it: facet models download {advice.best.spec.id}")
    return 0


def _choice_values(choice: Choice | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    return {"id": choice.spec.id, "line": choice.line} | _fit_values(choice.fit)


def _machine(arguments: Namespace, paths: Paths) -> tuple[Hardware, Measured]:
    """The machine that is asked for, and what has been measured on it."""
    if arguments.hardware:
        return load_hardware(arguments.hardware), {}
    settings = SettingsFile(paths.settings).load()
    with Engine(paths.engine_log) as engine:
        hello = engine.receive(timeout=_PATIENCE)
    devices = gpus(hello.devices) if isinstance(hello, Hello) else ()
    measured = measured_speeds(PaceFile(paths.paces).load(), settings.device)
    return probe(paths.models_dir, devices), measured
