"""Where other programs keep their models on this machine: facts about their folders."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# Where a model comes from: Facet's own folders, a file opened by hand, another program's folder.
Origin = Literal[
    "facet", "opened", "lm-studio", "huggingface", "ollama", "jan", "gpt4all", "llama.cpp"
]
Layout = Literal["files", "hub", "flat", "jan", "ollama"]

_MAX_SETTINGS = 2**20  # bytes of another program's settings; larger ones are something else


@dataclass(frozen=True)
class Place:
    """A folder of another program, and how models lie in it.

    "files": in folders, each with its projector beside it. "hub": Hugging Face's cache, links to
    blobs. "flat": llama.cpp's older cache, all in one folder. "jan": described by a model.yml each,
    with paths below ``base``. "ollama": blobs that manifests name.
    """

    origin: Origin
    folder: Path
    layout: Layout
    base: Path | None = None


def usual_places(
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    system: str = sys.platform,
) -> tuple[Place, ...]:
    """The folders in which programs keep models, whether they exist or not. Reads the settings of
    those programs that let one choose the folder. ``system`` is a name as in ``sys.platform``."""
    try:
        folders = _Folders(environ, home or Path.home(), system)
    except RuntimeError:  # nobody's home, as for some services
        return ()
    places: list[Place] = []
    for find in (_lm_studio, _hub, _llama_cpp, _jan, _gpt4all, _ollama):
        for place in find(folders):
            if all((place.folder, place.layout) != (one.folder, one.layout) for one in places):
                places.append(place)
    return tuple(places)


class _Folders:
    """The folders that systems give to programs."""

    def __init__(self, environ: Mapping[str, str], home: Path, system: str) -> None:
        self.home = home
        self.linux = system not in ("win32", "darwin")
        self._environ = environ
        if system == "win32":
            roaming = self.named("APPDATA") or home / "AppData" / "Roaming"
            local = self.named("LOCALAPPDATA") or home / "AppData" / "Local"
            self.data, self.local, self.cache, self.settings = roaming, local, local, roaming
        elif system == "darwin":
            support = home / "Library" / "Application Support"
            self.data, self.local = support, support
            self.cache, self.settings = home / "Library" / "Caches", home / ".config"
        else:
            self.data = self.local = self.named("XDG_DATA_HOME") or home / ".local" / "share"
            self.cache = self.named("XDG_CACHE_HOME") or home / ".cache"
            self.settings = self.named("XDG_CONFIG_HOME") or home / ".config"

    def named(self, variable: str) -> Path | None:
        """The folder that an environment variable names."""
        value = self._environ.get(variable, "").strip("\"' ")
        return _path(value) if value else None


def _lm_studio(folders: _Folders) -> Iterator[Place]:
    homes = [folders.home / ".lmstudio", folders.home / ".cache" / "lm-studio"]
    if pointed := _read(folders.home / ".lmstudio-home-pointer").strip():
        homes.insert(0, _path(pointed))
    for home in homes:
        for settings in (home, folders.data / "LM Studio"):
            if chosen := _setting(settings / "settings.json", "downloadsFolder"):
                yield Place("lm-studio", _path(chosen), "files")
        yield Place("lm-studio", home / "models", "files")


def _hub(folders: _Folders) -> Iterator[Place]:
    for name, inside in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if named := folders.named(name):
            yield Place("huggingface", named / inside, "hub")
    if (cache := folders.named("XDG_CACHE_HOME")) is not None:
        yield Place("huggingface", cache / "huggingface" / "hub", "hub")
    yield Place("huggingface", folders.home / ".cache" / "huggingface" / "hub", "hub")


def _llama_cpp(folders: _Folders) -> Iterator[Place]:
    named = folders.named("LLAMA_CACHE")
    for folder in (*((named,) if named else ()), folders.cache / "llama.cpp"):
        yield Place("llama.cpp", folder, "flat")
        yield Place("llama.cpp", folder, "hub")


def _jan(folders: _Folders) -> Iterator[Place]:
    own = folders.data / "Jan"
    bases = [folders.named("JAN_DATA_FOLDER")]
    for settings in (own, folders.data / "jan.ai.app", folders.settings / "Jan"):
        chosen = _setting(settings / "settings.json", "data_folder")
        bases.append(_path(chosen) if chosen else None)
    for base in (*bases, own / "data", folders.home / "jan"):
        if base is not None:
            yield Place("jan", base / "llamacpp" / "models", "jan", base)
            yield Place("jan", base / "models", "jan", base)


def _gpt4all(folders: _Folders) -> Iterator[Place]:
    for line in _read(folders.settings / "nomic.ai" / "GPT4All.ini").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "modelPath" and value.strip():
            chosen = value.strip().strip('"').replace("\\\\", "\\")
            yield Place("gpt4all", _path(chosen), "files")
    yield Place("gpt4all", folders.local / "nomic.ai" / "GPT4All", "files")


def _ollama(folders: _Folders) -> Iterator[Place]:
    if named := folders.named("OLLAMA_MODELS"):
        yield Place("ollama", named, "ollama")
    if named := folders.named("OLLAMA_HOME"):
        yield Place("ollama", named / "models", "ollama")
    yield Place("ollama", folders.home / ".ollama" / "models", "ollama")
    if folders.linux:  # where it runs as a service of the whole system
        yield Place("ollama", Path("/usr/share/ollama/.ollama/models"), "ollama")
        yield Place("ollama", Path("/var/lib/ollama"), "ollama")


def _path(text: str) -> Path:
    """What somebody has written for a path."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # of a person who is unknown here
        return Path(text)


def _setting(path: Path, key: str) -> str:
    """A text in a JSON file of settings; "" if there is none."""
    try:
        settings = json.loads(_read(path) or "null")
    except (ValueError, RecursionError):
        return ""
    value = settings.get(key) if isinstance(settings, dict) else None
    return value if isinstance(value, str) else ""


def _read(path: Path) -> str:
    """The text of a small file; "" if there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_SETTINGS:
            return ""
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return ""
