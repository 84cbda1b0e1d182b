"""Which models are on this machine: found in their folders, or opened by hand."""

import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.core.settings import OpenedModel
from app.models.catalogue import Catalogue, Modality, ModelFile, ModelSpec
from app.models.gguf import GgufInfo, read_gguf

FOLDERS_VARIABLE = "FACET_MODELS_DIR"
MAX_DEPTH = 3  # folders below a models folder
ALIKE = 0.5  # of the words in two file names

# What a name says of a file, but not of the model in it.
_NO_NAME = re.compile(
    r"mmproj|gguf|model|qat|it|ud|instruct|bf16|f16|f32|fp16|fp32|i?q\d\w*|k|xl|[msl01]", re.I
)
# Best first: sound wants bfloat16, 32 bits only cost memory.
_PROJECTOR_TASTE = ("BF16", "F16", "Q8_0", "F32")
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.I)

# Where a model comes from: Facet's own folders, a file opened by hand, another program's folder.
Origin = Literal[
    "facet", "opened", "lm-studio", "huggingface", "ollama", "jan", "gpt4all", "llama.cpp"
]

_log = logging.getLogger("log.models")


class InstalledModel(msgspec.Struct, frozen=True):
    """A model that can be loaded now.

    ``bytes`` counts the model and its projector, ``context`` is what it was trained for, in
    tokens (0: unknown), and ``modalities`` what it takes with the files that are there. ``id`` is
    the catalogue's, else the file's name without ending, else its path.
    """

    id: str
    title: str
    path: Path
    projector: Path | None
    modalities: tuple[Modality, ...]
    bytes: int
    architecture: str
    context: int
    quantisation: str = ""
    description: str = ""
    starter: bool = False
    sampling: Sampling = Sampling()
    origin: Origin = "facet"


def starter_folder() -> Path:
    """Where set-up puts the starter model, shared by every checkout and data folder."""
    return Path(platformdirs.user_cache_dir("facet", appauthor=False)) / "models"


def model_folders(models_dir: Path, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders to look into: those of FACET_MODELS_DIR, ``models_dir``, the starter's."""
    named = environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    return (*(Path(name) for name in named if name), models_dir, starter_folder())


class Library:
    """Looks for models. Keeps what it read of a file until the file changes."""

    def __init__(
        self,
        folders: Iterable[Path],
        catalogue: Catalogue,
        opened: Sequence[OpenedModel] = (),
    ) -> None:
        self._folders = tuple(folders)
        self._catalogue = catalogue
        self._opened = tuple(opened)
        self._read_before: dict[tuple[Path, int, int], GgufInfo] = {}

    def scan(self) -> tuple[InstalledModel, ...]:
        """All installed models: the catalogue's in its order, then others by title, then opened
        ones. Files that are broken or gone are left out and logged. Hashes nothing."""
        known: dict[str, InstalledModel] = {}
        others: dict[Path, InstalledModel] = {}
        for path in self._files():
            try:
                spec = self._spec_of(path)
                if spec is None:
                    model = self._from_file(path)
                    if model is not None:
                        others[path] = model
                elif spec.id not in known:
                    known[spec.id] = self._from_spec(spec, path)
            except AppError as error:
                _log.warning("left out: %s", error)
        order = [spec.id for spec in self._catalogue.models]
        models = [known[name] for name in sorted(known, key=order.index)]
        models += sorted(others.values(), key=lambda model: (model.title.casefold(), model.path))
        return self._with_own_ids(models) + self._scan_opened({model.path for model in models})

    def scan_elsewhere(self) -> tuple[InstalledModel, ...]:
        """Models in the folders of other programs, in place, with their projector, by title;
        those that ``scan`` finds are left out. Blocks for some seconds at most."""
        return ()

    def describe(self, path: Path, projector: Path | None = None) -> InstalledModel:
        """The model in a file that somebody chose, with its projector, else one found beside it.

        Raises AppError, also if the file is a projector, or the projector is none or another's.
        """
        path = path.expanduser().absolute()
        info = self._info(path)
        if info.is_projector:
            raise AppError(
                f"{path.name} is a projector: what lets a model see or hear, not a model.",
                "Choose the model's own file; a projector beside it is found by itself.",
                code="projector",
            )
        if projector is None:
            found = self._projector_beside(path, info)
        else:
            found = self._info(projector.expanduser().absolute())
            _check_pair(info, found)
        return self._installed(str(path), info, found)

    def _scan_opened(self, seen: set[Path]) -> tuple[InstalledModel, ...]:
        models = []
        for opened in self._opened:
            if Path(opened.path) in seen:
                continue
            projector = Path(opened.projector) if opened.projector else None
            try:
                models.append(self.describe(Path(opened.path), projector))
            except AppError as error:
                _log.warning("left out: %s", error)
        return tuple(models)

    def _files(self) -> Iterator[Path]:
        seen: set[Path] = set()
        for folder in self._folders:
            for path in _gguf_files(folder.expanduser().absolute(), MAX_DEPTH):
                if (real := path.resolve()) not in seen:
                    seen.add(real)
                    yield path

    def _spec_of(self, path: Path) -> ModelSpec | None:
        size = _size(path)
        for spec in self._catalogue.models:
            if spec.model_file.name == path.name and spec.model_file.fits(size):
                return spec
        return None

    def _from_spec(self, spec: ModelSpec, path: Path) -> InstalledModel:
        projector = _listed_projector(spec.projector_file, path)
        if projector is None and spec.projector_file is not None:
            beside = self._projector_beside(path, self._info(path))
            projector = beside.path if beside else None
        takes = spec.modalities if projector else ("text",)
        size = _size(path) + (_size(projector) if projector else 0)
        return InstalledModel(
            spec.id,
            spec.title,
            path,
            projector,
            takes,
            size,
            spec.architecture,
            spec.context,
            spec.quantisation,
            spec.description,
            spec.starter,
            spec.sampling,
        )

    def _from_file(self, path: Path) -> InstalledModel | None:
        """None for files that are no model of their own."""
        if _is_later_part(path):
            return None
        info = self._info(path)
        if info.is_projector or info.kind not in ("", "model"):
            return None
        return self._installed(str(path), info, self._projector_beside(path, info))

    def _installed(
        self, model_id: str, info: GgufInfo, projector: GgufInfo | None
    ) -> InstalledModel:
        senses: list[Modality] = ["text"]
        if projector and projector.vision:
            senses.append("image")
        if projector and projector.audio:
            senses.append("audio")
        spec = self._spec_of(info.path)
        return InstalledModel(
            model_id,
            spec.title if spec else info.name or info.path.stem,
            info.path,
            projector.path if projector else None,
            tuple(senses),
            _size_of_parts(info.path) + (projector.bytes if projector else 0),
            info.architecture,
            info.context,
            info.quantisation,
            spec.description if spec else "",
            bool(spec and spec.starter),
            spec.sampling if spec else Sampling(),
        )

    def _projector_beside(self, path: Path, info: GgufInfo) -> GgufInfo | None:
        """The projector in the same folder that was most likely made for this model."""
        candidates = []
        for other in _gguf_files(path.parent, 0):
            if "mmproj" not in other.name.lower() and "projector" not in other.name.lower():
                continue
            try:
                found = self._info(other)
            except AppError as error:
                _log.warning("left out: %s", error)
                continue
            alike = _likeness(path, other)
            if found.is_projector and (
                _made_for(info, found) or (_may_differ(found) and alike >= ALIKE)
            ):
                taste = (*_PROJECTOR_TASTE, found.quantisation).index(found.quantisation)
                candidates.append((-alike, taste, other.name, found))
        return min(candidates, key=lambda entry: entry[:3])[3] if candidates else None

    def _info(self, path: Path) -> GgufInfo:
        try:
            status = path.stat()
        except OSError:
            return read_gguf(path)  # says what is wrong
        key = (path, status.st_mtime_ns, status.st_size)
        if key not in self._read_before:
            self._read_before[key] = read_gguf(path)
        return self._read_before[key]

    def _with_own_ids(self, models: list[InstalledModel]) -> tuple[InstalledModel, ...]:
        """Give files outside the catalogue their name as id, where no other has it."""
        taken = {spec.id for spec in self._catalogue.models}
        named = []
        for model in models:
            short = model.path.stem
            if model.id == str(model.path) and short not in taken:
                model = msgspec.structs.replace(model, id=short)
            taken.add(model.id)
            named.append(model)
        return tuple(named)


def _gguf_files(folder: Path, depth: int) -> list[Path]:
    """The .gguf files in a folder, sorted, and those in folders down to ``depth`` below it."""
    files: list[Path] = []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []  # most people have only some of the folders
    for entry in entries:
        if entry.suffix.lower() == ".gguf" and entry.is_file():
            files.append(entry)
        elif depth > 0 and entry.is_dir():
            files += _gguf_files(entry, depth - 1)
    return files


def _listed_projector(file: ModelFile | None, model: Path) -> Path | None:
    """The catalogue's own projector, if it lies beside the model."""
    if file is None:
        return None
    path = model.with_name(file.name)
    return path if path.is_file() and file.fits(_size(path)) else None


def _made_for(model: GgufInfo, projector: GgufInfo) -> bool:
    return projector.projection != 0 and projector.projection == model.embedding


def _may_differ(projector: GgufInfo) -> bool:
    """Whether the length it names may be another than its model's: never in Gemma's family."""
    kinds = (projector.metadata.get(f"clip.{key}projector_type") for key in ("", "vision."))
    gemma = any(isinstance(kind, str) and kind.startswith("gemma") for kind in kinds)
    return projector.projection == 0 or not gemma


def _check_pair(model: GgufInfo, projector: GgufInfo) -> None:
    if not projector.is_projector:
        raise AppError(
            f"{projector.path.name} is a model, not a projector.",
            "Choose the file whose name has mmproj in it.",
            code="projector",
        )
    if not _made_for(model, projector) and not _may_differ(projector):
        raise AppError(
            f"{projector.path.name} was made for another model than {model.path.name}.",
            "Choose the projector that its publisher offers beside this model.",
            code="projector",
        )


def _likeness(model: Path, projector: Path) -> float:
    """How many of the words in two file names are the same, 0 to 1."""
    ours, theirs = _words(model), _words(projector)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def _words(path: Path) -> set[str]:
    words = re.split(r"[-_. ]+", path.stem.lower())
    return {word for word in words if word and not _NO_NAME.fullmatch(word)}


def _is_later_part(path: Path) -> bool:
    part = _PART.search(path.name)
    return part is not None and int(part[1]) > 1


def _size_of_parts(path: Path) -> int:
    """The size of a model that may come in several files, of which ``path`` is the first."""
    part = _PART.search(path.name)
    if part is None:
        return _size(path)
    head = path.name[: part.start()]
    names = [f"{head}-{number:05d}-of-{part[2]}.gguf" for number in range(1, int(part[2]) + 1)]
    return sum(_size(path.with_name(name)) for name in names)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
