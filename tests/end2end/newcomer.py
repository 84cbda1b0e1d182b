"""Somebody who starts Facet for the first time, and a hub on this machine that serves the miniature
as if it were Gemma 4."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.models.catalogue import HuggingFace, ModelFile, ModelSpec, load_catalogue
from app.models.gguf import read_gguf
from app.models.library import FOLDERS_VARIABLE
from app.models.shape import shape_of
from tests.data import MODEL, PROJECTOR
from tests.end2end.models import STARTER_FILE, TEST_ENVIRONMENT
from tests.hub import LocalHub

SIZE = MODEL.stat().st_size + PROJECTOR.stat().st_size
_REPOSITORY = "google/gemma-4-e4b"


# The miniature as the catalogue would list a size of Gemma 4.
E4B = ModelSpec(
    id="gemma-4-e4b-mini",
    title="Gemma 4 E4B",
    variant="E4B",
    description="The miniature, under another name.",
    architecture="gemma4",
    parameters="1M",
    modalities=("text", "image", "audio"),
    context=131072,
    quantisation="F16",
    licence="Apache-2.0",
    source=HuggingFace(_REPOSITORY),
    files=(
        ModelFile("model", "gemma-4-E4B.gguf", MODEL.stat().st_size),
        ModelFile("projector", "mmproj-gemma-4-E4B.gguf", PROJECTOR.stat().st_size),
    ),
    shape=shape_of(read_gguf(MODEL)),
)


def write_catalogue(data_dir: Path) -> None:
    """Have the miniature stand for all sizes of Gemma 4 in this data folder."""
    known = load_catalogue().models
    others = [msgspec.structs.replace(spec, variant="") for spec in known if spec.variant]
    models: list[Any] = msgspec.to_builtins([E4B, *others])
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "models.json").write_text(json.dumps({"models": models}))


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    """Serves the miniature."""
    model, projector = (file.name for file in E4B.files)
    with LocalHub({_REPOSITORY: {model: MODEL, projector: PROJECTOR}}) as hub:
        yield hub


def surroundings(hub: LocalHub, *, starter: bool) -> Mapping[str, str]:
    """The environment of a program that finds its models at ``hub``, with or without the starter
    model on its disk."""
    folder = str(STARTER_FILE.parent) if starter else ""
    return {**TEST_ENVIRONMENT, FOLDERS_VARIABLE: folder, "HF_ENDPOINT": hub.url}
