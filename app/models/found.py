"""Which model files lie in other programs' folders. Nothing of a model's file is read here, and
nothing is written; the folders are others' and may hold anything."""

import itertools
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from app.models.parts import is_there
from app.models.places import Layout, Origin, Place

MAX_ENTRIES = 20_000  # files and folders that are looked at in one place
PATIENCE = 15.0  # seconds for all places together
_DEPTHS: dict[Layout, int] = {"files": 4, "hub": 3, "flat": 0, "jan": 4, "ollama": 6}
_MAX_DESCRIPTION = 2**20  # bytes of a manifest

_MODEL = "application/vnd.ollama.image.model"
_PROJECTOR = "application/vnd.ollama.image.projector"
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_OLLAMA_USUAL = ("registry.ollama.ai", "library")

_log = logging.getLogger("log.models")


@dataclass(frozen=True)
class FoundFile:
    """A file that should be a model. ``projector`` is the one that its program has for it, else
    one may lie beside it or in the folder ``also_in``. ``name`` is what the program calls it where
    the file's own name says nothing."""

    origin: Origin
    path: Path
    projector: Path | None = None
    also_in: Path | None = None
    name: str = ""


def found_files(
    places: Iterable[Place],
    *,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[FoundFile]:
    """The files in ``places``, in their order; one may come several times, and may be no model.

    Gives up after ``patience`` seconds, and in each place after MAX_ENTRIES entries. What can't be
    read is left out, with a reason in the log.
    """
    end = clock() + patience
    for place in places:
        search = _Search(lambda: clock() > end)
        for file in _LAYOUTS[place.layout](place, search):
            yield file
            if clock() > end:
                search.gave_up = True
                break
        if search.gave_up:
            _log.warning("%s was not looked through to its end: it is too large", place.folder)


class _Search:
    """Goes through the folders of one place, within bounds."""

    def __init__(self, too_late: Callable[[], bool]) -> None:
        self._too_late = too_late
        self._left = MAX_ENTRIES
        self._seen: set[tuple[int, int]] = set()
        self.gave_up = False

    def entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What is in a folder, by name; nothing if it can't be read."""
        if self._left <= 0 or self._too_late():
            self.gave_up = True
            return []
        try:
            with os.scandir(folder) as scan:
                found = list(itertools.islice(scan, self._left))
        except FileNotFoundError:
            return []  # most people have only some of the programs
        except OSError as error:
            _log.warning("left out: %s can't be read (%s)", folder, error.strerror or error)
            return []
        except ValueError:  # a name that no folder can have
            return []
        self._left -= len(found)
        return sorted(found, key=lambda entry: entry.name)

    def files(self, folder: Path, depth: int) -> Iterator[Path]:
        """The files in a folder and in those down to ``depth`` below it, each folder once however
        many links lead to it."""
        try:
            status = folder.stat()
        except (OSError, ValueError):
            return
        if (status.st_dev, status.st_ino) in self._seen:
            return
        self._seen.add((status.st_dev, status.st_ino))
        below = []
        for entry in self.entries(folder):
            if entry_is(entry, folder=True):
                below.append(Path(entry.path))
            elif entry_is(entry, folder=False):
                yield Path(entry.path)
            elif entry.name.lower().endswith(".gguf"):
                _log.warning("left out: %s leads to no file", entry.path)
        if depth > 0:
            for path in below:
                yield from self.files(path, depth - 1)

    def models(self, folder: Path, depth: int) -> Iterator[Path]:
        """Those of ``files`` that are GGUF by their name."""
        return (path for path in self.files(folder, depth) if path.suffix.lower() == ".gguf")


def _in_folders(place: Place, search: _Search) -> Iterator[FoundFile]:
    for path in search.models(place.folder, _DEPTHS["files"]):
        yield FoundFile(place.origin, path)


def _in_hub(place: Place, search: _Search) -> Iterator[FoundFile]:
    for repository in search.entries(place.folder):
        if not repository.name.startswith("models--"):
            continue
        folder = Path(repository.path)
        newest = _text(folder / "refs" / "main").strip()
        snapshots = [entry.name for entry in search.entries(folder / "snapshots")]
        seen: set[Path] = set()
        # The newest version first: of files that others have as well, it is the one to offer.
        for name in sorted(snapshots, key=lambda one: (one != newest, one)):
            snapshot = folder / "snapshots" / name
            for path in search.models(snapshot, _DEPTHS["hub"]):
                inside = path.relative_to(snapshot)
                if inside not in seen:
                    seen.add(inside)
                    yield FoundFile(place.origin, path, also_in=snapshot)


def _in_one_folder(place: Place, search: _Search) -> Iterator[FoundFile]:
    paths = list(search.files(place.folder, _DEPTHS["flat"]))
    projectors: dict[str, str] = {}
    for path in paths:
        if path.name.startswith("manifest=") and path.suffix == ".json":
            projectors.update(_named_by_manifest(path))
    for path in paths:
        if path.suffix.lower() == ".gguf":
            projector = place.folder / projectors.get(path.name, "")
            yield FoundFile(place.origin, path, projector if is_there(projector) else None)


def _named_by_manifest(path: Path) -> dict[str, str]:
    """The model's file and its projector's, of manifest=OWNER=REPOSITORY=TAG.json."""
    manifest = _json(path)
    owner_and_repository = path.stem.split("=")[1:-1]
    names = []
    for key in ("ggufFile", "mmprojFile"):
        file = manifest.get(key)
        name = file.get("rfilename") if isinstance(file, dict) else None
        if not isinstance(name, str):
            return {}
        names.append("_".join((*owner_and_repository, *PurePosixPath(name).parts)))
    return {names[0]: names[1]}


def _in_jan(place: Place, search: _Search) -> Iterator[FoundFile]:
    paths = list(search.files(place.folder, _DEPTHS["jan"]))
    for path in paths:
        if path.name != "model.yml":
            continue
        described = _top_level(_text(path))
        base = place.base or place.folder
        model, projector = (described.get(key, "") for key in ("model_path", "mmproj_path"))
        if not model:
            continue
        if not is_there(base / model):
            _log.warning("left out: %s names %s, which is not there", path, model)
            continue
        eyes = base / projector if projector and is_there(base / projector) else None
        yield FoundFile(place.origin, base / model, eyes, name=described.get("name", ""))
    for path in paths:
        if path.suffix.lower() == ".gguf":
            yield FoundFile(place.origin, path)


def _in_ollama(place: Place, search: _Search) -> Iterator[FoundFile]:
    manifests = place.folder / "manifests"
    for path in search.files(manifests, _DEPTHS["ollama"]):
        parts = path.relative_to(manifests).parts
        if len(parts) < 3 or path.name.startswith("."):
            continue
        *where, model, tag = parts
        if tuple(where) == _OLLAMA_USUAL:
            where = []
        elif where[0] == _OLLAMA_USUAL[0]:
            where = where[1:]
        name = f"{'/'.join((*where, model))}:{tag}"
        layers = _layers(path)
        models = [place.folder / "blobs" / digest for kind, digest in layers if kind == _MODEL]
        if len(models) != 1:
            _log.warning("left out: %s of Ollama is no single file", name)
            continue
        eyes = [place.folder / "blobs" / digest for kind, digest in layers if kind == _PROJECTOR]
        blob, projector = _blob(models[0]), _blob(eyes[0]) if eyes else None
        if blob is None:
            _log.warning("left out: the file of %s of Ollama is missing", name)
        else:
            yield FoundFile(place.origin, blob, projector, name=name)


def _layers(path: Path) -> list[tuple[str, str]]:
    """Kind and name of each blob that a manifest names."""
    layers = _json(path).get("layers")
    found = []
    for layer in layers if isinstance(layers, list) else ():
        kind, digest = (layer.get(key) if isinstance(layer, dict) else None for key in _LAYER_KEYS)
        # The name becomes a path, and the manifest may have been written by anyone.
        if isinstance(digest, str) and (hexadecimal := _DIGEST.fullmatch(digest)):
            found.append((str(kind), f"sha256-{hexadecimal[1]}"))
    return found


_LAYER_KEYS = ("mediaType", "digest")


def _blob(path: Path) -> Path | None:
    """The blob of that name, which older versions spelt with a colon; None if it is missing."""
    older = path.with_name(path.name.replace("-", ":", 1))
    return next((one for one in (path, older) if is_there(one)), None)


def sha256_of_blob(path: Path) -> str:
    """The checksum that a blob's name tells; "" for other files."""
    named = _DIGEST.fullmatch(path.name)
    return named[1] if named else ""


def _top_level(text: str) -> dict[str, str]:
    """The plain values at the top of a YAML text, all that Jan's descriptions have."""
    values = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and not line[:1].isspace() and not line.startswith("#"):
            value = value.strip()
            if value[:1] in ('"', "'") and value[:1] == value[-1:]:
                quote, value = value[:1], value[1:-1]
                value = value.replace("\\\\", "\\") if quote == '"' else value.replace("''", "'")
            values[key.strip()] = value
    return values


def _json(path: Path) -> dict[str, Any]:
    """An object in a JSON file; an empty one, with a word in the log, if there is none."""
    try:
        value = json.loads(_text(path))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        _log.warning("left out: %s makes no sense", path)
        return {}
    return value


def _text(path: Path) -> str:
    try:
        if not is_there(path):  # opening a pipe would wait for its other end
            return ""
        with path.open("rb") as file:
            return file.read(_MAX_DESCRIPTION).decode("utf-8", "replace")
    except OSError:
        return ""


def entry_is(entry: os.DirEntry[str], *, folder: bool) -> bool:
    """Whether it is, or leads to, a folder, else a file."""
    try:
        return entry.is_dir() if folder else entry.is_file()
    except OSError:  # a link in a circle
        return False


_LAYOUTS: dict[Layout, Callable[[Place, _Search], Iterator[FoundFile]]] = {
    "files": _in_folders,
    "hub": _in_hub,
    "flat": _in_one_folder,
    "jan": _in_jan,
    "ollama": _in_ollama,
}
