"""Which model a command uses."""

from pathlib import Path

from app.core.errors import AppError
from app.core.settings import Settings
from app.models.catalogue import BUNDLED, load_catalogue
from app.models.library import InstalledModel, Library, model_folders, own_folders
from app.models.places import usual_places
from app.storage.paths import Paths


def open_library(paths: Paths, settings: Settings) -> Library:
    """The models on this machine, with the person's own catalogue beside the settings."""
    catalogue = load_catalogue((BUNDLED, paths.config_dir / "models.json"))
    return Library(
        model_folders(paths.models_dir),
        catalogue,
        settings.opened_models,
        own=own_folders(paths.models_dir),
        elsewhere=usual_places,
    )


def choose_model(
    library: Library, wanted: str | None, projector: Path | None, usual: str
) -> InstalledModel:
    """The model that ``wanted`` names, by id or by path; without a name the ``usual`` one (an
    id), else the first that is installed. Raises AppError."""
    if wanted and (wanted.lower().endswith(".gguf") or Path(wanted).is_file()):
        return library.describe(Path(wanted), projector)
    installed = {model.id: model for model in library.scan()}
    if wanted and wanted not in installed:
        names = ", ".join(installed) or "none"
        raise AppError(
            f"No model called {wanted} is installed.",
            f"Installed: {names}. A GGUF file can be named by its path.",
            code="model",
        )
    if not installed:
        raise AppError(
            "No model is installed.",
            "Run the set-up again for the starter model, or name a GGUF file with --model.",
            code="model",
        )
    model = installed.get(wanted or usual) or next(iter(installed.values()))
    return library.describe(model.path, projector) if projector else model
