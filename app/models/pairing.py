"""Which projector goes with which model, by what both files say of themselves and their names."""

import re
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import AppError
from app.models.gguf import GgufInfo

ALIKE = 0.5  # of the words in two file names

# What a name says of a file, but not of the model in it.
_NO_NAME = re.compile(
    r"mmproj|gguf|model|qat|it|ud|instruct|bf16|f16|f32|fp16|fp32|i?q\d\w*|k|xl|[msl01]", re.I
)
# Best first: sound wants bfloat16, 32 bits only cost memory.
_PROJECTOR_TASTE = ("BF16", "F16", "Q8_0", "F32")


def best_projector(model: GgufInfo, candidates: Iterable[GgufInfo]) -> GgufInfo | None:
    """The one of ``candidates`` that was most likely made for ``model``; None if none was."""
    fitting = []
    for found in candidates:
        alike = _likeness(model.path, found.path)
        if found.is_projector and (
            _made_for(model, found) or (_may_differ(found) and alike >= ALIKE)
        ):
            taste = (*_PROJECTOR_TASTE, found.quantisation).index(found.quantisation)
            fitting.append((-alike, taste, found.path.name, found))
    return min(fitting, key=lambda entry: entry[:3])[3] if fitting else None


def check_pair(model: GgufInfo, projector: GgufInfo) -> None:
    """Raise AppError (code "projector") unless ``projector`` is one, and may be the model's."""
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


def _made_for(model: GgufInfo, projector: GgufInfo) -> bool:
    return projector.projection != 0 and projector.projection == model.embedding


def _may_differ(projector: GgufInfo) -> bool:
    """Whether the length it names may be another than its model's: never in Gemma's family."""
    kinds = (projector.metadata.get(f"clip.{key}projector_type") for key in ("", "vision."))
    gemma = any(isinstance(kind, str) and kind.startswith("gemma") for kind in kinds)
    return projector.projection == 0 or not gemma


def _likeness(model: Path, projector: Path) -> float:
    """How many of the words in two file names are the same, 0 to 1."""
    ours, theirs = _words(model), _words(projector)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def _words(path: Path) -> set[str]:
    words = re.split(r"[-_. ]+", path.stem.lower())
    return {word for word in words if word and not _NO_NAME.fullmatch(word)}
