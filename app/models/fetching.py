"""How the files of a model are fetched, one after another."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import httpx

from app.core.errors import AppError
from app.models.catalogue import HuggingFace, ModelSpec
from app.models.download import Paused, Transfer, part_of, wanted_files
from app.models.hub import Hub


def fetch_all(
    spec: ModelSpec,
    folder: Path,
    hub: Hub,
    on_progress: Callable[[Transfer], None],
    stopped: Callable[[], bool],
) -> Path:
    """See ``download.download``."""
    source = spec.source
    if not isinstance(source, HuggingFace):
        raise AppError(
            f"{spec.title} comes with the set-up.", "Run the set-up again.", code="setup"
        )
    place = folder / spec.id
    place.mkdir(parents=True, exist_ok=True)
    files = wanted_files(spec)
    total, done = sum(file.bytes for file in files), 0
    for file in files:
        part = part_of(place / file.name)
        digest = hashlib.sha256()
        address = hub.address(source, file.name)
        try:
            with httpx.stream("GET", address, follow_redirects=True) as answer:
                answer.raise_for_status()
                with part.open("wb") as out:
                    for chunk in answer.iter_raw():
                        if stopped():
                            raise Paused
                        out.write(chunk)
                        digest.update(chunk)
                        done += len(chunk)
                        on_progress(Transfer(done, total, file=file.name, stage="fetching"))
                    out.flush()
                    os.fsync(out.fileno())
        except httpx.HTTPError as error:
            raise AppError(f"{file.name} could not be fetched: {error}.", code="network") from error
        if file.sha256 and digest.hexdigest() != file.sha256:
            part.unlink()
            raise AppError(
                "The file that arrived is not the one the publisher lists, so it was deleted.",
                "Download again, or choose another source.",
                code="checksum",
            )
        part.replace(place / file.name)
    return place / spec.model_file.name
