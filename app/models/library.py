"""Which models are on this machine: found in their folders, or opened by hand."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import platformdirs

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.core.settings import OpenedModel
from app.models.catalogue import Catalogue, Modality, ModelFile, ModelSpec
from app.models.found import FoundFile, entry_is, found_files, sha256_of_blob
from app.models.gguf import GgufInfo, read_gguf
from app.models.pairing import best_projector, check_pair
from app.models.parts import is_later_part, is_there, parts_of
from app.models.places import Origin, Place
from app.models.usable import EMBEDDER, unusable

FOLDERS_VARIABLE = "FACET_MODELS_DIR"
MAX_DEPTH = 3  # folders below a models folder
_log = logging.getLogger("log.models")


class InstalledModel(msgspec.Struct, frozen=True):
    """A model that can be loaded now.

    ``bytes`` counts the model and its projector, ``context`` is what it was trained for, in
    tokens (0: unknown), and ``modalities`` what it takes with the files that are there. ``id`` is
    the catalogue's, else the file's name without ending, else its path. ``listed`` is the
    catalogue's id wherever the file lies, "" if the catalogue doesn't know it.
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
    listed: str = ""


def starter_folder() -> Path:
    """Where set-up puts the starter model, shared by every checkout and data folder."""
    return Path(platformdirs.user_cache_dir("facet", appauthor=False)) / "models"


def model_folders(models_dir: Path, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders to look into: those of FACET_MODELS_DIR, ``models_dir``, the starter's."""
    named = environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    return (*(Path(name) for name in named if name), models_dir, starter_folder())


def own_folders(models_dir: Path) -> tuple[Path, ...]:
    """Those that are Facet's own, from which it may remove files."""
    return (models_dir, starter_folder())


class Library:
    """Looks for models. Keeps what it read of a file until the file changes.

    ``own`` are the folders that files may be removed from, None for all ``folders``; ``elsewhere``
    tells those of other programs. Methods may be called from any thread.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        catalogue: Catalogue,
        opened: Sequence[OpenedModel] = (),
        *,
        own: Iterable[Path] | None = None,
        elsewhere: Callable[[], Iterable[Place]] = tuple,
    ) -> None:
        self._folders = tuple(folders)
        self._catalogue = catalogue
        self._opened = tuple(opened)
        self._elsewhere = elsewhere
        self.own = self._folders if own is None else tuple(own)
        self._read_before: dict[tuple[Path, int, int], GgufInfo] = {}
        self._left_out: dict[Path, AppError] = {}

    def remember(self, opened: OpenedModel) -> None:
        """From now on ``scan`` has a file that was opened by hand."""
        others = (one for one in self._opened if one.path != opened.path)
        self._opened = (*others, opened)

    def forget(self, path: Path) -> None:
        """``scan`` has a file no more that was opened by hand."""
        self._opened = tuple(one for one in self._opened if one.path != str(path))

    def missing(self, model_id: str) -> AppError:
        """What became of a model that the last ``scan`` did not find."""
        spec = self._catalogue.get(model_id)
        for path, error in self._left_out.items():
            if model_id in (str(path), path.stem) or (spec and path.name == spec.model_file.name):
                return error
        name = spec.title if spec else Path(model_id).name
        return AppError(
            f"{name} is not there any more: its file was moved or deleted.",
            "Put the file back, or open it where it is now.",
            code="model-gone",
        )

    def scan(self) -> tuple[InstalledModel, ...]:
        """All installed models: the catalogue's in its order, then others by title, then opened
        ones. Files that are broken or gone are left out and logged. Hashes nothing."""
        self._left_out = {}
        known: dict[str, InstalledModel] = {}
        others: dict[Path, InstalledModel] = {}
        for path in self._files():
            try:
                spec = self._spec_of(path)
                if spec is None:
                    model = self._from_file(path)
                    if model is not None:
                        others[path] = model
                elif spec.id not in known and spec.kind == "chat":
                    known[spec.id] = self._from_spec(spec, path)
            except AppError as error:
                self._leave_out(path, error)
        order = [spec.id for spec in self._catalogue.models]
        models = [known[name] for name in sorted(known, key=order.index)]
        models += sorted(others.values(), key=lambda model: (model.title.casefold(), model.path))
        return self._with_own_ids(models) + self._scan_opened({model.path for model in models})

    def embedder(self) -> Path | None:
        """An installed model that makes vectors of texts, for search by meaning."""
        for path in self._files():
            try:
                if self._info(path).architecture == EMBEDDER:
                    return path
            except AppError:
                continue  # ``scan`` tells of it
        return None

    def scan_elsewhere(self) -> tuple[InstalledModel, ...]:
        """Models in the folders of other programs, in place, with their projector, by title;
        those that ``scan`` finds are left out. Takes up to 15 seconds where very much lies."""
        here = self.scan()
        seen = {model.path.resolve() for model in here}
        models: list[InstalledModel] = []
        for found in found_files(self._elsewhere()):
            try:
                if (real := found.path.resolve()) in seen:
                    continue
                seen.add(real)
                model = self._from_found(found)
                if model is not None and not self._is_copy(model, (*here, *models)):
                    models.append(model)
            # RuntimeError: links in a circle; ValueError: a path that can't be one.
            except (AppError, OSError, RuntimeError, ValueError) as error:
                _log.warning("left out: %s", error)
        return tuple(sorted(models, key=lambda model: (model.title.casefold(), model.path)))

    def describe(self, path: Path, projector: Path | None = None) -> InstalledModel:
        """The model in a file that somebody chose, with its projector, else one found beside it.

        Raises AppError, also if the file is a projector or can't write answers, or if the projector
        is none or another's.
        """
        path = path.expanduser().absolute()
        info = self._info(path)
        if info.is_projector:
            raise AppError(
                f"{path.name} is a projector: what lets a model see or hear, not a model.",
                "Choose the model's own file; a projector beside it is found by itself.",
                code="projector",
            )
        _check_use(info)
        if projector is None:
            found = self._projector_beside(info, path.parent)
        else:
            found = self._info(projector.expanduser().absolute())
            check_pair(info, found)
        return self._installed(info, found, "opened")

    def _scan_opened(self, seen: set[Path]) -> tuple[InstalledModel, ...]:
        models = []
        for opened in self._opened:
            if Path(opened.path) in seen:
                continue
            seen.add(Path(opened.path))
            projector = Path(opened.projector) if opened.projector else None
            if projector is not None and not is_there(projector):
                projector = None  # the model may go on without
            try:
                model = self.describe(Path(opened.path), projector)
            except AppError as error:
                self._leave_out(Path(opened.path), error)
                continue
            title = opened.title or model.title
            models.append(msgspec.structs.replace(model, title=title))
        return tuple(models)

    def _leave_out(self, path: Path, error: AppError) -> None:
        if is_there(path):  # else there is nothing wrong with it
            self._left_out[path] = error
        _log.warning("left out: %s", error)

    def _files(self) -> Iterator[Path]:
        seen: set[Path] = set()
        for folder in self._folders:
            for path in _gguf_files(folder.expanduser().absolute(), MAX_DEPTH):
                if (real := path.resolve()) not in seen:
                    seen.add(real)
                    yield path

    def _spec_of(self, path: Path) -> ModelSpec | None:
        size, checksum = _size(path), sha256_of_blob(path)
        for spec in self._catalogue.models:
            file = spec.model_file
            if checksum and checksum == file.sha256:
                return spec
            if file.name == path.name and file.fits(size):
                return spec
        return None

    def _from_spec(self, spec: ModelSpec, path: Path) -> InstalledModel:
        projector = _listed_projector(spec.projector_file, path)
        if projector is None and spec.projector_file is not None:
            beside = self._projector_beside(self._info(path), path.parent)
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
            listed=spec.id,
        )

    def _from_file(self, path: Path) -> InstalledModel | None:
        """None for files that are no model of their own. AppError for models that are no use."""
        if is_later_part(path):
            return None
        info = self._info(path)
        if info.is_projector:
            return None
        _check_use(info)
        return self._installed(info, self._projector_beside(info, path.parent), "facet")

    def _from_found(self, found: FoundFile) -> InstalledModel | None:
        """As ``_from_file``, for a file of another program."""
        path = found.path
        if is_later_part(path):
            return None
        info = self._info(path)
        if info.is_projector:
            return None
        _check_use(info)
        projector = self._projector_of(found, info)
        for folder in (path.parent, found.also_in):
            if projector is None and folder is not None:
                projector = self._projector_beside(info, folder)
        model = self._installed(info, projector, found.origin)
        if found.name and not model.listed:
            model = msgspec.structs.replace(model, title=found.name)
        return model

    def _is_copy(self, model: InstalledModel, others: Iterable[InstalledModel]) -> bool:
        """Whether one of ``others`` is the same model in another folder."""
        size = _size(model.path)
        for other in others:
            if model.listed and model.listed == other.listed:
                return True
            if _size(other.path) != size:
                continue
            if other.path.name == model.path.name:
                return True
            if sha256_of_blob(model.path) or sha256_of_blob(other.path):
                # A name that says nothing, so what is in the files has to.
                ours, theirs = self._info(model.path), self._info(other.path)
                if (ours.architecture, ours.name) == (theirs.architecture, theirs.name):
                    return True
        return False

    def _projector_of(self, found: FoundFile, info: GgufInfo) -> GgufInfo | None:
        """The projector that the other program has for a model, if it is one."""
        if found.projector is None:
            return None
        try:
            projector = self._info(found.projector)
            check_pair(info, projector)
        except AppError as error:
            _log.warning("left out: %s", error)
            return None
        return projector

    def _installed(
        self, info: GgufInfo, projector: GgufInfo | None, origin: Origin
    ) -> InstalledModel:
        senses: list[Modality] = ["text"]
        if projector and projector.vision:
            senses.append("image")
        if projector and projector.audio:
            senses.append("audio")
        spec = self._spec_of(info.path)
        return InstalledModel(
            str(info.path),
            spec.title if spec else info.name or info.path.stem,
            info.path,
            projector.path if projector else None,
            tuple(senses),
            sum(_size(part) for part in parts_of(info.path))
            + (projector.bytes if projector else 0),
            info.architecture,
            info.context,
            info.quantisation,
            spec.description if spec else "",
            bool(spec and spec.starter),
            spec.sampling if spec else Sampling(),
            origin,
            spec.id if spec else "",
        )

    def _projector_beside(self, info: GgufInfo, folder: Path) -> GgufInfo | None:
        """The projector in ``folder`` that was most likely made for this model."""
        candidates = []
        for other in _gguf_files(folder, 0):
            if "mmproj" not in other.name.lower() and "projector" not in other.name.lower():
                continue
            try:
                candidates.append(self._info(other))
            except AppError as error:
                _log.warning("left out: %s", error)
        return best_projector(info, candidates)

    def _info(self, path: Path) -> GgufInfo:
        try:
            status = path.stat()
        except OSError:
            return read_gguf(path)  # says what is wrong
        except ValueError as error:
            raise AppError(
                f"{path.name!r} can't be a file's name.", "Choose a file.", code="unreadable"
            ) from error
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


def _check_use(info: GgufInfo) -> None:
    """Raise AppError for a model that can't be talked to."""
    if reason := unusable(info):
        raise AppError(
            f"{info.path.name} can't be used here: {reason}.",
            "Choose a model that is made to chat.",
            code="unusable",
        )
    missing = [path.name for path in parts_of(info.path) if not is_there(path)]
    if missing:
        raise AppError(
            f"{info.path.name} is not whole: {missing[0]} is missing.",
            "Download the missing part into the same folder.",
            code="parts",
        )


def _gguf_files(folder: Path, depth: int) -> list[Path]:
    """The .gguf files in a folder, sorted, and those in folders down to ``depth`` below it."""
    files: list[Path] = []
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except (OSError, ValueError):
        return []  # most people have only some of the folders
    for entry in entries:
        if entry.name.lower().endswith(".gguf") and entry_is(entry, folder=False):
            files.append(Path(entry.path))
        elif depth > 0 and entry_is(entry, folder=True):
            files += _gguf_files(Path(entry.path), depth - 1)
    return files


def _listed_projector(file: ModelFile | None, model: Path) -> Path | None:
    """The catalogue's own projector, if it lies beside the model."""
    if file is None:
        return None
    path = model.with_name(file.name)
    return path if is_there(path) and file.fits(_size(path)) else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
