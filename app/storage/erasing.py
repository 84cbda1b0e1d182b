"""Removing everything that Facet keeps for a person, and nothing else."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from app.storage.paths import NAME, Paths

# What lies in a folder that may be shared with other things (``--data-dir``).
_OURS = (
    *("facet.db", "facet.db-wal", "facet.db-shm", "facet.db.suspect", "facet-damaged-*"),
    *("before-restore-*", ".restoring-*", "blobs", "extracts", "readings", "models"),
    *("settings.json", "settings-*.json", "models.json", "downloads.json"),
    *("window.lock", "terminal.lock", "cache", "logs"),
)


def erase(paths: Paths) -> tuple[Path, ...]:
    """Remove all chats, attachments, settings, models and logs. Facet must not be open. What could
    not be removed is returned."""
    left = []
    for path in _all(paths):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        if path.exists():
            left.append(path)
    folders = [paths.data_dir, paths.config_dir, paths.runtime_dir]
    if paths.log_dir.parent.name == NAME:
        folders.append(paths.log_dir.parent)
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()  # unless there is something of others in it
    return tuple(left)


def _all(paths: Paths) -> Iterator[Path]:
    for folder in {paths.data_dir, paths.config_dir}:
        if folder.name == NAME and folder.parent != Path.home():
            yield folder  # the system's folder for this program: everything in it is ours
            continue
        for pattern in _OURS:
            yield from folder.glob(pattern)
    yield from (paths.cache_dir, paths.log_dir, paths.models_dir, paths.captures, paths.looks)
