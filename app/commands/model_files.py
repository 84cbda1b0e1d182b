"""``facet models download``, ``add`` and ``remove``: what changes the files that are there."""

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from app.commands import INTERRUPTED
from app.commands.model_choice import named, open_catalogue, open_library
from app.commands.tables import duration, gigabytes
from app.core.errors import AppError
from app.core.settings import OpenedModel, Settings
from app.desktop.folder_lock import FolderLock
from app.models.catalogue import Catalogue, ModelSpec
from app.models.download import Paused, Transfer, discard, download, kept, unfinished
from app.models.hub import chosen_hub
from app.models.library import InstalledModel, Library
from app.models.removal import check_removable, delete, files_of, tidy
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_CLEAR_LINE = "\r\x1b[K"
_STEP = 0.1  # of everything, between two lines where no line can be written anew


def download_model(arguments: Namespace, paths: Paths) -> int:
    """Fetch a model of the catalogue. Ctrl+C keeps what has arrived."""
    settings = SettingsFile(paths.settings).load()
    spec = _listed(open_catalogue(paths), arguments.id)
    there = next((one for one in open_library(paths, settings).scan() if one.id == spec.id), None)
    if there is not None and (there.projector is not None or spec.projector_file is None):
        return _downloaded(spec, there.path, as_json=arguments.json, before=True)
    hub = chosen_hub(settings.hub_endpoint, settings.hub_token)
    output = _Progress(sys.stdout if arguments.json else sys.stderr, as_json=arguments.json)
    with _interruptible() as interrupts:
        try:
            path = download(
                spec,
                paths.models_dir,
                hub,
                on_progress=output.show,
                stopped=lambda: bool(interrupts),
            )
        except Paused:
            output.clear()
            return _stopped(spec, paths, as_json=arguments.json)
        finally:
            output.clear()
    return _downloaded(spec, path, as_json=arguments.json)


def _downloaded(spec: ModelSpec, path: Path, *, as_json: bool, before: bool = False) -> int:
    if as_json:
        _print_event("done", id=spec.id, path=str(path))
    else:
        print(f"{spec.title} is {'there already' if before else 'there'}: {path}")
        print(f"To use it: facet chat --model {spec.id}")
    return 0


def _stopped(spec: ModelSpec, paths: Paths, *, as_json: bool) -> int:
    so_far = kept(spec, paths.models_dir)
    if as_json:
        _print_event("stopped", id=spec.id, done=so_far.done, total=so_far.total)
    else:
        amount = f"{gigabytes(so_far.done)} of {gigabytes(so_far.total)}"
        print(
            f"Stopped. {amount} are kept; facet models download {spec.id} goes on from there.",
            file=sys.stderr,
        )
    return INTERRUPTED


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """The Ctrl+C so far, the first of which only asks for an end."""
    interrupts: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        interrupts.append(number)
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, previous)


class _Progress:
    """How far a download is: one line that is written anew in a terminal, else now and then a
    line; or JSON lines."""

    def __init__(self, out: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self._live = out.isatty() and not as_json
        self._told = -1.0
        self._note = ""

    def show(self, transfer: Transfer) -> None:
        share = transfer.done / transfer.total if transfer.total else 0.0
        new_note = transfer.note != self._note
        if self._live:
            self._out.write(f"{_CLEAR_LINE}{_words(transfer, share)}")
        elif self._as_json:
            _print_event("progress", **msgspec.to_builtins(transfer))
        elif new_note or share - self._told >= _STEP:
            self._told = share
            print(_words(transfer, share), file=self._out)
        self._note = transfer.note
        self._out.flush()

    def clear(self) -> None:
        """Leave a clean line behind."""
        if self._live:
            self._out.write(_CLEAR_LINE)
            self._out.flush()


def _words(transfer: Transfer, share: float) -> str:
    words = [f"{share:4.0%}", f"{gigabytes(transfer.done)} of {gigabytes(transfer.total)}"]
    if transfer.stage == "checking":
        words.append(f"checking {transfer.file}")
    elif transfer.stage == "retrying":
        words.append(transfer.note or "trying again")
    elif transfer.rate:
        words.append(f"{transfer.rate / 1e6:.1f} MB/s")
        if transfer.seconds_left is not None:
            words.append(f"{duration(transfer.seconds_left)} left")
    return ", ".join(words)


# -- add and remove -------------------------------------------------------------------------------


def add(arguments: Namespace, paths: Paths) -> int:
    """Remember a file where it lies, as a model to choose."""
    file = SettingsFile(paths.settings)
    settings = file.load()
    library = open_library(paths, settings)
    model = _of_other_program(library, arguments.path) if arguments.mmproj is None else None
    title = model.title if model is not None else ""
    if model is None:
        model = library.describe(arguments.path, arguments.mmproj)
    path = model.path
    projector = str(model.projector) if model.projector else None
    others = tuple(one for one in settings.opened_models if one.path != str(path))
    opened = (*others, OpenedModel(str(path), projector, title))
    _change(file, paths, msgspec.structs.replace(settings, opened_models=opened))
    if arguments.json:
        _print_event("added", id=str(path), title=model.title, modalities=list(model.modalities))
    else:
        print(f"{model.title} takes {', '.join(model.modalities)}. It stays where it is: {path}")
    return 0


def _of_other_program(library: Library, wanted: Path) -> InstalledModel | None:
    """A model that another program has under that name, or whose file's own says nothing."""
    if wanted.suffix.lower() == ".gguf":
        return None
    path = str(wanted.expanduser().absolute()) if wanted.exists() else str(wanted)
    return named(library.scan_elsewhere(), path)


def remove(arguments: Namespace, paths: Paths) -> int:
    """Delete a model, or what came of its download; one that was added is only forgotten."""
    file = SettingsFile(paths.settings)
    settings = file.load()
    catalogue, library = open_catalogue(paths), open_library(paths, settings)
    installed = library.scan()
    model = named(installed, arguments.id)
    if model is None:
        return _remove_part(arguments, catalogue, paths, installed)
    if model.origin == "opened":
        left = tuple(one for one in settings.opened_models if one.path != str(model.path))
        _change(file, paths, msgspec.structs.replace(settings, opened_models=left))
        return _removed(model.id, f"{model.title} is forgotten. {model.path} stays.", arguments)
    check_removable(model, library.own)
    files = files_of(model, installed)
    size = gigabytes(sum(path.stat().st_size for path in files))
    names = "\n".join(f"  {path}" for path in files)
    _ask(f"{model.title} is {size} in these files:\n{names}\nDelete them for good?", arguments)
    delete(files)
    tidy(model, library.own)
    return _removed(model.id, f"{model.title} is removed, {size} are free.", arguments)


def _remove_part(
    arguments: Namespace,
    catalogue: Catalogue,
    paths: Paths,
    installed: tuple[InstalledModel, ...],
) -> int:
    """Delete what came of a download that was not finished."""
    begun = next(
        (one for one in unfinished(catalogue, paths.models_dir) if one.id == arguments.id), None
    )
    if begun is None:
        names = ", ".join(model.id for model in installed) or "none"
        raise AppError(
            f"No model called {arguments.id} is installed.", f"Installed: {names}.", code="model"
        )
    size = gigabytes(kept(begun, paths.models_dir).done)
    _ask(f"{size} of {begun.title} have been downloaded. Delete them for good?", arguments)
    discard(begun, paths.models_dir)
    return _removed(begun.id, f"The {size} of {begun.title} are removed.", arguments)


def _removed(model_id: str, words: str, arguments: Namespace) -> int:
    if arguments.json:
        _print_event("removed", id=model_id)
    else:
        print(words)
    return 0


def _ask(question: str, arguments: Namespace) -> None:
    """Go on only if the person says so."""
    if arguments.yes:
        return
    if arguments.json or not sys.stdin.isatty():
        raise AppError("Nobody can be asked here.", "Say --yes to delete the files.", code="usage")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise AppError("Nothing was deleted.", "Answer y to delete the files.", code="kept")


def _change(file: SettingsFile, paths: Paths, settings: Settings) -> None:
    """Save the settings, unless a window has them, which would write its own over them."""
    lock = FolderLock(paths.data_dir)
    if not lock.free:
        raise AppError(
            "Facet's window is open and has the settings.",
            "Do it in the window, under Models, or close it first.",
            code="in-use",
        )
    try:
        file.save(settings)
    finally:
        lock.close()


def _listed(catalogue: Catalogue, model_id: str) -> ModelSpec:
    spec = catalogue.get(model_id)
    if spec is None:
        names = ", ".join(one.id for one in catalogue.models if not one.starter)
        raise AppError(
            f"The catalogue has no model called {model_id}.", f"There are {names}.", code="model"
        )
    return spec


def _print_event(event: str, **values: object) -> None:
    print(json.dumps({"event": event, **values}, ensure_ascii=False), flush=True)
