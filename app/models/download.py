"""Fetch a model: all its files as one job that can be broken off anywhere and goes on later."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from app.core.errors import AppError
from app.models.catalogue import Catalogue, HuggingFace, ModelFile, ModelSpec
from app.models.hub import Hub
from app.models.part_file import (
    Claim,
    has_notes,
    part_of,
    read_notes,
    remove_if_empty,
    remove_notes,
    size_of,
)
from app.models.refusals import of_disk


class Transfer(msgspec.Struct, frozen=True):
    """How far a job is, all its files together.

    ``done`` and ``total`` are in bytes, ``rate`` in bytes a second, smoothed; ``seconds_left`` is
    None while that can't be told. ``file`` is the one at hand. ``note`` says in a sentence why it
    is "retrying"; "" otherwise.
    """

    done: int
    total: int
    rate: float = 0.0
    seconds_left: float | None = None
    file: str = ""
    stage: Literal["waiting", "fetching", "checking", "retrying"] = "waiting"
    note: str = ""


class Paused(Exception):
    """The download was stopped from outside. What has arrived is kept."""


def download(
    spec: ModelSpec,
    folder: Path,
    hub: Hub,
    *,
    on_progress: Callable[[Transfer], None] = lambda transfer: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Path:
    """Fetch the files of ``spec`` to ``folder`` / its id, and return the path of the model's.

    Blocks until all are there, whole and verified; goes on where an earlier call was broken off,
    and fetches no file again that is there already. The model's own file comes last, so that a
    model that can be seen is complete. ``on_progress`` is called at most ten times a second and
    when the stage changes, on this thread. Raises Paused soon after ``stopped`` says so, and
    AppError; what has arrived is kept in both cases, except for a file that turned out to be
    another one.
    """
    if not isinstance(spec.source, HuggingFace):
        raise AppError(
            f"{spec.title} comes with the set-up, not from a hub.",
            "Run the set-up again to get it back.",
            code="setup",
        )
    from app.models.fetching import Job  # httpx takes its time; most starts fetch nothing

    return Job(spec, spec.source, folder, hub, on_progress, stopped).run()


def wanted_files(spec: ModelSpec) -> tuple[ModelFile, ...]:
    """What a download of ``spec`` fetches, in that order."""
    files = [file for file in spec.files if file.role in ("model", "projector")]
    return tuple(sorted(files, key=lambda file: file.role == "model"))


def kept(spec: ModelSpec, folder: Path) -> Transfer:
    """How far a download that was broken off has come, by the sizes of what is there."""
    place = folder / spec.id
    files = wanted_files(spec)
    done = sum(size_of(place / f.name) or size_of(part_of(place / f.name)) for f in files)
    return Transfer(done, max(done, sum(file.bytes for file in files)))


def discard(spec: ModelSpec, folder: Path) -> None:
    """Remove what a cancelled download leaves: parts, and files that it had brought. Nothing
    happens if there is none, or if another Facet is at it. AppError if the disk refuses."""
    place = folder / spec.id
    if not place.is_dir():
        return
    try:
        claim = Claim(place)
        if not claim.free:
            return
        try:
            brought = read_notes(place).brought
            for file in wanted_files(spec):
                part_of(place / file.name).unlink(missing_ok=True)
                if file.name in brought:
                    (place / file.name).unlink(missing_ok=True)
            remove_notes(place)
        finally:
            claim.release()
        remove_if_empty(place)
    except OSError as error:
        raise of_disk(error, place) from error


def unfinished(catalogue: Catalogue, folder: Path) -> tuple[ModelSpec, ...]:
    """The models whose download was begun in ``folder`` and neither finished nor cancelled."""
    return tuple(spec for spec in catalogue.models if has_notes(folder / spec.id))
