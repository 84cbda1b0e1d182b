"""Which model a command uses."""

import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import AppError
from app.core.settings import Settings
from app.models.catalogue import BUNDLED, Catalogue, load_catalogue
from app.models.library import InstalledModel, Library, model_folders, own_folders
from app.models.places import usual_places
from app.storage.paths import Paths


def open_catalogue(paths: Paths) -> Catalogue:
    """The bundled catalogue, with the person's own beside the settings."""
    return load_catalogue((BUNDLED, paths.config_dir / "models.json"))


def open_library(paths: Paths, settings: Settings) -> Library:
    """The models on this machine."""
    return Library(
        model_folders(paths.models_dir),
        open_catalogue(paths),
        settings.opened_models,
        own=own_folders(paths.models_dir),
        elsewhere=usual_places,
    )


def named(models: Iterable[InstalledModel], wanted: str) -> InstalledModel | None:
    """The model that ``wanted`` names: by its id, its path, or its title if only one has it."""
    models = tuple(models)
    for model in models:
        if wanted in (model.id, str(model.path)):
            return model
    titled = [model for model in models if wanted in (model.title, model.path.stem)]
    return titled[0] if len(titled) == 1 else None


def choose_model(
    library: Library, wanted: str | None, projector: Path | None, usual: str
) -> InstalledModel:
    """The model that ``wanted`` names, by id, path or title, also one of another program; without
    a name the ``usual`` one (an id), else the first that is installed, with a word on stderr.
    Raises AppError."""
    if wanted and (wanted.lower().endswith(".gguf") or Path(wanted).is_file()):
        return library.describe(Path(wanted), projector)
    installed = library.scan()
    model = named(installed, wanted or usual)
    if wanted and model is None:
        model = named(library.scan_elsewhere(), wanted)
    if wanted and model is None:
        names = ", ".join(one.id for one in installed) or "none"
        raise AppError(
            f"No model called {wanted} is installed.",
            f"Installed: {names}. A GGUF file can be named by its path.",
            code="model",
        )
    if model is None and not installed:
        raise AppError(
            "No model is installed.",
            "Fetch one with facet models download, or name a GGUF file with --model.",
            code="model",
        )
    if model is None:
        model = installed[0]
        if usual:
            gone = library.missing(usual)
            print(f"facet: {gone.what} {model.title} answers instead.", file=sys.stderr)
    return library.describe(model.path, projector) if projector else model


def require_hearing(model: InstalledModel, library: Library) -> None:
    """AppError, before anybody speaks in vain, if ``model`` doesn't hear."""
    if "audio" in model.modalities:
        return
    others = [one for one in library.scan() if "audio" in one.modalities]
    step = "Fetch one that hears, such as Gemma 4 E2B, with facet models download."
    if others:
        step = f"Choose one that does: --model {min(others, key=lambda one: one.bytes).id}."
    raise AppError(f"{model.title} can't hear speech.", step, code="deaf")
