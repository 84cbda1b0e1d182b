"""Which files go when a model is removed. Deleting is done here, the bin is the system's."""

from collections.abc import Iterable
from pathlib import Path

from app.core.errors import AppError
from app.models.library import InstalledModel
from app.models.parts import is_there, parts_of


def may_remove(model: InstalledModel, own: Iterable[Path]) -> bool:
    """Whether the files of ``model`` lie in one of the folders ``own``, links followed: what other
    programs have is never removed."""
    folder = model.path.parent.resolve()
    return model.origin == "facet" and any(
        folder.is_relative_to(one.expanduser().resolve()) for one in own
    )


def check_removable(model: InstalledModel, own: Iterable[Path]) -> None:
    """Raise AppError (code "not-ours") unless ``may_remove``."""
    if not may_remove(model, own):
        raise AppError(
            f"{model.title} does not lie in Facet's own folder, so Facet leaves it there.",
            f"Remove {model.path} with the program that it belongs to.",
            code="not-ours",
        )


def files_of(model: InstalledModel, models: Iterable[InstalledModel]) -> tuple[Path, ...]:
    """The files that go with ``model``: its own, all parts, and its projector unless another of
    ``models`` uses it. Only those that are there, the model's first."""
    files = list(parts_of(model.path))
    others = [one for one in models if one.path != model.path]
    projector = model.projector
    if projector is not None and all(one.projector != projector for one in others):
        files.append(projector)
    return tuple(path for path in files if is_there(path) or path.is_symlink())


def delete(files: Iterable[Path]) -> None:
    """Delete files for good. AppError (code "remove") for the first that can't be."""
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise AppError(
                f"{path.name} can't be deleted ({error.strerror or error}).",
                "Check that no other program uses it and that you may change its folder.",
                code="remove",
            ) from error


def tidy(model: InstalledModel, own: Iterable[Path]) -> None:
    """Delete the folder of a model whose files are gone, if nothing else lies there."""
    folder = model.path.parent
    if all(folder.resolve() != one.expanduser().resolve() for one in own):
        try:
            folder.rmdir()
        except OSError:
            pass  # something else lies there
