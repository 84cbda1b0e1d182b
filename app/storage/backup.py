"""Everything that a person has made with Facet, in one file; and back.

The file is a ZIP: the database, the attachments, what has been read of documents, the settings, and
``facet-backup.json``, which says what it is. Models are not in it: they can be downloaded again.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

import msgspec

from app import __version__
from app.core.errors import AppError
from app.storage.database import Database
from app.storage.disk import explain
from app.storage.paths import Paths

FORMAT = 1
_MANIFEST = "facet-backup.json"
_DATABASE, _SETTINGS = "facet.db", "settings.json"
_FOLDERS = ("blobs", "extracts", "readings")
_SIDES = ("-wal", "-shm")
_PIECE = 2**20

Told = Callable[[int, int], None]


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself. ``made`` is seconds since 1970; ``files`` counts those beside
    the manifest."""

    format: int
    facet: str
    made: int
    conversations: int
    files: int


def write_backup(paths: Paths, target: Path, told: Told = lambda _done, _total: None) -> Manifest:
    """Write everything to ``target``, in place of what is there, or nothing. May be called while
    Facet is open. ``told`` gets the number of files written, and of all. AppError where a file
    can't be read or written."""
    target = target.expanduser().absolute()
    try:
        with _new_file(target) as new, tempfile.TemporaryDirectory(dir=paths.cache_dir) as folder:
            copy = Path(folder) / _DATABASE
            conversations = _copy_database(paths.database, copy)
            files = list(_files(paths))
            manifest = Manifest(
                FORMAT, __version__, int(time.time()), conversations, len(files) + 1
            )
            with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(_MANIFEST, msgspec.json.encode(manifest))
                archive.write(copy, _DATABASE)
                for number, (name, path) in enumerate(files, 1):
                    # Attachments are pictures and the like: nothing becomes smaller.
                    stored = zipfile.ZIP_STORED if name.startswith("blobs/") else None
                    archive.write(path, name, compress_type=stored)
                    told(number, len(files))
    except OSError as error:
        raise explain(error, f"The backup could not be written to {target}.") from error
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What is in the backup ``source``. AppError if it is none, or one of a newer Facet."""
    with _opened(source) as archive:
        return _manifest(archive, source)


def restore(paths: Paths, source: Path, told: Told = lambda _done, _total: None) -> Path | None:
    """Put what is in the backup ``source`` in the place of what is there. Facet must not be open.

    Everything is unpacked and checked first; what was there before is moved to a folder, which is
    returned (None if there was nothing). AppError if anything is wrong: all is as before then.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=paths.data_dir) as folder:
            new = Path(folder)
            with _opened(source) as archive:
                manifest = _manifest(archive, source)
                _unpack(archive, source, new, manifest, told)
            _check_database(new / _DATABASE, source)
            return _swap(paths, new)
    except OSError as error:
        raise explain(error, "The backup could not be put back.") from error


# -- writing ------------------------------------------------------------------------------------


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its place at the end, or is removed."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _copy_database(source: Path, target: Path) -> int:
    """A consistent copy, whoever writes meanwhile; the number of conversations in it."""
    if not source.exists():
        Database.open(source).close()
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        counted = new.execute("SELECT count(*) FROM conversations WHERE deleted IS NULL")
        return int(counted.fetchone()[0])


def _files(paths: Paths) -> Iterator[tuple[str, Path]]:
    """Everything beside the database: its name in the backup, and where it lies."""
    if paths.settings.is_file():
        yield _SETTINGS, paths.settings
    for name in _FOLDERS:
        folder = paths.data_dir / name
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield f"{name}/{path.relative_to(folder).as_posix()}", path


# -- putting back -------------------------------------------------------------------------------


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except FileNotFoundError as error:
        raise AppError(
            f"{source} is not there.", "Choose the file that the backup was written to."
        ) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise _damaged(source) from error


def _manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    try:
        with archive.open(_MANIFEST) as file:
            manifest = msgspec.json.decode(file.read(_PIECE), type=Manifest)
    except (KeyError, msgspec.MsgspecError) as error:
        raise AppError(
            f"{source.name} is no backup of Facet.",
            "Choose the file that the backup was written to.",
            code="backup",
        ) from error
    if manifest.format > FORMAT:
        raise AppError(
            f"{source.name} was written by a newer Facet ({manifest.facet}).",
            "Install the newest Facet, then put it back.",
            code="backup-newer",
        )
    return manifest


def _unpack(
    archive: zipfile.ZipFile, source: Path, folder: Path, manifest: Manifest, told: Told
) -> None:
    names = [name for name in archive.namelist() if name != _MANIFEST and not name.endswith("/")]
    if len(names) != manifest.files or _DATABASE not in names:
        raise _damaged(source)
    for number, name in enumerate(names, 1):
        if not _is_ours(name):
            raise _damaged(source)
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with archive.open(name) as packed, path.open("xb") as file:
            while piece := packed.read(_PIECE):
                digest.update(piece)
                file.write(piece)
        if name.startswith("blobs/") and path.name != digest.hexdigest():
            raise _damaged(source)
        told(number, len(names))


def _is_ours(name: str) -> bool:
    """Whether a name is one that ``write_backup`` gives: nothing leads out of the folder."""
    parts = PurePosixPath(name).parts
    if name in (_DATABASE, _SETTINGS):
        return True
    plain = all(part not in ("..", ".", "/") and "\\" not in part for part in parts)
    return plain and len(parts) > 1 and parts[0] in _FOLDERS and not name.startswith("/")


def _check_database(path: Path, source: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise _damaged(source) from error
    if verdict != "ok":
        raise _damaged(source)
    Database.open(path).close()  # brings one of an older Facet up to date, and refuses a newer one


def _swap(paths: Paths, new: Path) -> Path | None:
    """Move what is there aside, and ``new`` into its place; back again if that fails half way."""
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    aside = Path(tempfile.mkdtemp(prefix=f"before-restore-{stamp}-", dir=paths.data_dir))
    places = {name: paths.data_dir / name for name in (_DATABASE, *_FOLDERS)}
    places |= {_DATABASE + side: paths.data_dir / (_DATABASE + side) for side in _SIDES}
    places[_SETTINGS] = paths.settings
    had = any(_holds_something(place) for name, place in places.items() if name != _SETTINGS)
    moved: list[tuple[Path, Path]] = []  # from, to
    try:
        for name, place in places.items():
            if place.exists() and (name != _SETTINGS or (new / name).exists()):
                shutil.move(place, aside / name)
                moved.append((place, aside / name))
        for name, place in places.items():
            if (new / name).exists():
                shutil.move(new / name, place)
                moved.append((new / name, place))
    except OSError:
        for before, after in reversed(moved):
            with contextlib.suppress(OSError):
                shutil.move(after, before)
        raise
    paths.create()  # what was in neither
    if not had:
        shutil.rmtree(aside, ignore_errors=True)
        return None
    return aside


def _holds_something(place: Path) -> bool:
    return place.is_file() or any(path.is_file() for path in place.rglob("*"))


def _damaged(source: Path) -> AppError:
    return AppError(
        f"{source.name} is damaged or not complete. Nothing was changed.",
        "Use another backup, or copy this one again from where it came.",
        code="backup-damaged",
    )
