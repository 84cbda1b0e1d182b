"""``facet backup``, ``facet restore`` and ``facet --erase-data``."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from app.core.errors import AppError
from app.desktop.folder_lock import FolderLock
from app.storage.backup import read_manifest, restore, write_backup
from app.storage.erasing import erase
from app.storage.paths import Paths


def backup(arguments: Namespace, paths: Paths) -> int:
    """Write everything to ``arguments.path``."""
    target = arguments.path.expanduser().absolute()
    if target.exists() and not arguments.yes and not _agreed(f"{target} is there. Replace it?"):
        return 1
    manifest = write_backup(paths, target, _Counter("Written"))
    size = target.stat().st_size / 1e6
    print(
        f"{_chats(manifest.conversations)} with all that belongs to them: {target} ({size:.1f} MB)"
    )
    print("Whoever has this file can read them. Models are not in it.")
    return 0


def put_back(arguments: Namespace, paths: Paths) -> int:
    """Put the backup ``arguments.path`` in the place of what is there."""
    source = arguments.path.expanduser().absolute()
    manifest = read_manifest(source)
    with _alone(paths):
        made = datetime.fromtimestamp(manifest.made).strftime("%Y-%m-%d %H:%M")
        question = f"Put {_chats(manifest.conversations)} of {made} in the place of what is there?"
        if not arguments.yes and not _agreed(question):
            return 1
        aside = restore(paths, source, _Counter("Read"))
    print(f"{_chats(manifest.conversations)} are back.")
    if aside is not None:
        print(f"What was there before is kept in {aside}.")
    return 0


def erase_data(arguments: Namespace, paths: Paths) -> int:
    """Remove everything that Facet keeps."""
    with _alone(paths):
        print(f"Chats, attachments, settings, downloaded models: {paths.data_dir}")
        if not arguments.yes and not _agreed("Remove all of it for good?"):
            return 1
    left = erase(paths)
    if left:
        raise AppError(
            f"Not everything could be removed: {', '.join(map(str, left))}.",
            "Close the programs that use it, check its permissions, and do it again.",
            code="erase",
        )
    print("Everything has been removed.")
    return 0


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    with closing(FolderLock(paths.data_dir)) as lock:
        if not lock.free:
            raise AppError("Facet is open.", "Quit it, then do this again.", code="open")
        yield


def _agreed(question: str) -> bool:
    """What somebody at a terminal says; nobody there means no."""
    if not sys.stdin.isatty():
        print(f"{question} Say so with --yes.", file=sys.stderr)
        return False
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class _Counter:
    """Counts files on a terminal."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r{self._word}: {done} of {total} files", end=end, file=sys.stderr, flush=True)


def _chats(count: int) -> str:
    return "1 chat" if count == 1 else f"{count:,} chats"
