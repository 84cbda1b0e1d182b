"""A folder of files -> one document, whose pages are the files that are text.

What is no work of the person is left out: what a .gitignore names, what tools have put there, and
files that aren't text. Links are not followed, so that nothing outside is read and no loop is
endless.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pathspec

from app.core.conversation import Document
from app.core.document import Extract, Page
from app.core.errors import AppError
from app.core.reading.tokens import estimate
from app.documents import text_files

Told = Callable[[int, int], None]

MIME = "inode/directory"
# A folder is kept as what has been read of it; these bytes say so.
MAGIC = b"facet-folder-1\n"

MOST_FILES = 10_000
MOST_FILE = 1_000_000  # bytes of one file
MOST_CHARACTERS = 30_000_000  # of all of them
_MOST_ENTRIES = 200_000  # that are looked at
_DEEPEST = 60  # folders in folders
_TREE_LINES = 400
_NAMED = 5  # files that a sentence names
_SAMPLE = 8192  # bytes that show whether a file is text

_JUNK_FOLDERS = {
    *(".git", ".hg", ".svn", ".bzr", "CVS", "node_modules", "bower_components", "__pycache__"),
    *(".venv", "venv", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *(".hypothesis", ".gradle", ".idea", ".vs", ".next", ".nuxt", ".terraform", ".cache"),
    *("__MACOSX", ".Trash", "$RECYCLE.BIN", "System Volume Information", ".ipynb_checkpoints"),
}
_JUNK_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".coverage"}
# Written by tools for tools: long, and no answer to any question.
_MADE_NAMES = {
    *("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "Cargo.lock", "uv.lock"),
    *("poetry.lock", "Pipfile.lock", "composer.lock", "Gemfile.lock", "go.sum", "flake.lock"),
}
_MADE_ENDINGS = (".min.js", ".min.css", ".map", ".pyc", ".svg")
_DOCUMENTS = (".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".rtf", ".epub", ".doc")


class _Found(NamedTuple):
    path: str
    label: str  # from the folder on, with "/"
    size: int


class _Rules(NamedTuple):
    """A .gitignore and the folder it lies in: its paths begin after ``prefix`` characters; one
    that lies above the folder sees them with ``above`` in front."""

    spec: pathspec.GitIgnoreSpec
    prefix: int = 0
    above: str = ""


def read_folder(
    path: Path,
    told: Told = lambda _read, _total: None,
    stop: threading.Event | None = None,
) -> Extract:
    """Read the files of a folder; ``told`` hears how many of them, and of how many.

    AppError "attachment-empty" if none is text, "document-stopped" once ``stop`` is set, and
    "attachment-missing" or "attachment-refused" for a folder that can't be looked into.
    """
    name = path.resolve().name or str(path)
    name = name.encode("utf-8", "replace").decode("utf-8")
    walk = _Walk(path, name, stop)
    found = list(walk.files())
    pages: list[Page] = []
    room = MOST_CHARACTERS
    for number, one in enumerate(found, start=1):
        walk.check()
        told(number, len(found))
        text = walk.read(one)
        if text is None:
            continue
        room -= len(text)
        if room < 0 or len(pages) >= MOST_FILES:
            walk.left["beyond"] += len(found) - number + 1
            break
        pages.append(Page(len(pages) + 1, text, label=one.label, first_line=1))
    if not pages:
        raise AppError(
            f"{name} has no text files in it.",
            " ".join([*walk.missing(), "Choose another folder."]),
            code="attachment-empty",
        )
    return Extract(
        name,
        "folder",
        "file",
        tuple(pages),
        len(pages),
        missing=tuple(walk.missing()),
        tree=tree(name, [page.label for page in pages]),
    )


def document_of(extract: Extract, blob: str) -> Document:
    """How a folder stands in a message."""
    tokens = sum(estimate(page.text) for page in extract.pages) + estimate(extract.tree)
    return Document(
        blob,
        extract.name,
        MIME,
        kind="folder",
        unit="file",
        pages=extract.total,
        tokens=tokens,
    )


def encode(extract: Extract) -> bytes:
    """A folder as it is kept."""
    return MAGIC + msgspec.msgpack.encode(extract)


def decode(data: bytes) -> Extract:
    """What ``encode`` has made. AppError "document-damaged" if it is something else."""
    try:
        return msgspec.msgpack.decode(data[len(MAGIC) :], type=Extract)
    except msgspec.MsgspecError as error:
        raise AppError(
            "What was kept of a folder is damaged.",
            "Add the folder again.",
            code="document-damaged",
        ) from error


def tree(name: str, labels: list[str]) -> str:
    """The files of a folder as an indented list. Folders deep inside are only counted where the
    list would be too long."""
    deepest = max((label.count("/") for label in labels), default=0)
    for depth in range(deepest, -1, -1):
        lines = _tree_lines(name, labels, depth)
        if len(lines) <= _TREE_LINES:
            return "\n".join(lines)
    more = len(lines) - _TREE_LINES
    return "\n".join([*lines[:_TREE_LINES], f"  … and {more:,} more"])


def _tree_lines(name: str, labels: list[str], depth: int) -> list[str]:
    """With files down to ``depth`` folders below the first."""
    counts = Counter("/".join(label.split("/")[: depth + 1]) for label in labels)
    lines = [f"{name}/"]
    shown: set[str] = set()
    for label in labels:
        parts = label.split("/")
        for level in range(1, min(len(parts), depth + 2)):
            folder = "/".join(parts[:level])
            if folder in shown:
                continue
            shown.add(folder)
            count = f" ({counts[folder]:,} files)" if level == depth + 1 else ""
            lines.append(f"{'  ' * level}{parts[level - 1]}/{count}")
        if len(parts) <= depth + 1:
            lines.append(f"{'  ' * len(parts)}{parts[-1]}")
    return lines


class _Walk:
    """Goes through a folder and notes what it leaves out, and why."""

    def __init__(self, root: Path, name: str, stop: threading.Event | None) -> None:
        self._root = str(root)
        self._name = name
        self._stop = stop
        self._seen = 0
        self.left: Counter[str] = Counter()
        self._large: list[str] = []
        self._refused: list[str] = []

    def check(self) -> None:
        """AppError once it is to be stopped."""
        if self._stop is not None and self._stop.is_set():
            raise AppError(
                f"Reading {self._name} was stopped.",
                "Add the folder again to go on.",
                code="document-stopped",
            )

    def files(self) -> Iterator[_Found]:
        """The files that may be read, folder by folder: first its files, then its folders."""
        rules = [*_rules_above(self._root), *_rules_in(self._root, 0)]
        waiting: list[tuple[str, str, list[_Rules]]] = [(self._root, "", rules)]
        while waiting:
            self.check()
            folder, prefix, rules = waiting.pop()
            try:
                with os.scandir(folder) as scan:
                    entries = sorted(scan, key=lambda one: (one.name.casefold(), one.name))
            except OSError as error:
                if folder == self._root:
                    raise _refused(self._name, error) from error
                self._refused.append(prefix.rstrip("/"))
                continue
            folders = []
            for entry in entries:
                self._seen += 1
                if self._seen > _MOST_ENTRIES:
                    self.left["unseen"] += 1
                    return
                kind = self._kind(entry, prefix, rules)
                label = prefix + entry.name.encode("utf-8", "replace").decode("utf-8")
                if kind == "folder" and prefix.count("/") < _DEEPEST:
                    inner = rules + _rules_in(entry.path, len(label) + 1)
                    folders.append((entry.path, f"{label}/", inner))
                elif kind == "file":
                    yield _Found(entry.path, label, entry.stat(follow_symlinks=False).st_size)
            waiting += reversed(folders)

    def read(self, one: _Found) -> str | None:
        """The text of a file; None if it is none, or too large."""
        try:
            # Not blocking, and not through a link: the file may be another one by now.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            handle = os.open(one.path, flags | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(handle, "rb") as file:
                data = file.read(_SAMPLE)
                if data and not text_files.begins_like_text(data):
                    self.left["binary"] += 1
                    return None
                if one.size > MOST_FILE:
                    self._large.append(one.label)
                    return None
                data += file.read(MOST_FILE - len(data))
        except OSError:
            self._refused.append(one.label)
            return None
        text = text_files.decode(data)
        if text is None:
            self.left["binary"] += 1
            return None
        if not text.strip():
            self.left["empty"] += 1
            return None
        return text

    def missing(self) -> list[str]:
        """Sentences about what was left out."""
        phrases = [
            _many(self.left["ignored"], "entry named in .gitignore", "entries named in .gitignore"),
            _many(self.left["junk"], "folder made by tools", "folders made by tools"),
            _many(self.left["made"], "file made by tools", "files made by tools"),
            _many(self.left["documents"], "PDF or Office document", "PDF or Office documents"),
            _many(self.left["binary"], "file without text", "files without text"),
            _many(self.left["empty"], "empty file", "empty files"),
            _many(self.left["links"], "link", "links"),
        ]
        phrases = [phrase for phrase in phrases if phrase]
        words = [f"Left out: {', '.join(phrases)}."] if phrases else []
        if self.left["documents"]:
            words.append("Add the documents one by one to have them read.")
        if self._large:
            words.append(f"Larger than {MOST_FILE // 10**6} MB: {_named(self._large)}.")
        if self._refused:
            words.append(f"The system doesn't let Facet read {_named(self._refused)}.")
        if count := self.left["beyond"]:
            words.append(
                f"Not read: {_many(count, 'more file', 'more files')}. A folder is read up to "
                f"{MOST_FILES:,} files and {MOST_CHARACTERS // 10**6} million characters."
            )
        if self.left["unseen"]:
            words.append(f"Only the first {_MOST_ENTRIES:,} entries were looked at.")
        return words

    def _kind(self, entry: os.DirEntry[str], prefix: str, rules: list[_Rules]) -> str:
        """ "file", "folder", or "" for what is left out, which is counted."""
        try:
            if entry.is_symlink():
                self.left["links"] += 1
                return ""
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.is_file(follow_symlinks=False):
                return ""  # a device, a pipe
        except OSError:
            return ""
        name = entry.name
        if is_folder and (name in _JUNK_FOLDERS or name.endswith(".egg-info")):
            self.left["junk"] += name not in (".git", ".hg", ".svn")
            return ""
        if _is_ignored(f"{prefix}{name}{'/' if is_folder else ''}", rules):
            self.left["ignored"] += 1
            return ""
        if is_folder:
            return "folder"
        if name in _JUNK_FILES:
            return ""
        lower = name.lower()
        if name in _MADE_NAMES or lower.endswith(_MADE_ENDINGS):
            self.left["made"] += 1
            return ""
        if lower.endswith(_DOCUMENTS):
            self.left["documents"] += 1
            return ""
        return "file"


def _is_ignored(label: str, rules: list[_Rules]) -> bool:
    """As git decides it: the innermost file that says something about a path counts."""
    for one in reversed(rules):
        said = one.spec.check_file(one.above + label[one.prefix :]).include
        if said is not None:
            return said
    return False


def _rules_in(folder: str, prefix: int, above: str = "") -> list[_Rules]:
    path = Path(folder, ".gitignore")
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_FILE:
            return []
        with path.open(encoding="utf-8", errors="replace") as file:
            return [_Rules(pathspec.GitIgnoreSpec.from_lines(file), prefix, above)]
    except (OSError, ValueError):  # patterns that are none
        return []


def _rules_above(folder: str) -> list[_Rules]:
    """Those of a repository that the folder is a part of, outermost first."""
    found: list[_Rules] = []
    above, place = "", Path(folder).resolve()
    if (place / ".git").exists():
        return []
    for parent in place.parents:
        above = f"{place.name}/{above}"
        found = _rules_in(str(parent), 0, above) + found
        if (parent / ".git").exists():
            return found
        place = parent
    return []  # no repository


def _refused(name: str, error: OSError) -> AppError:
    if isinstance(error, FileNotFoundError):
        return AppError(
            f"{name} is not there any more.",
            "Look where it was moved to and add it again.",
            code="attachment-missing",
        )
    return AppError(
        f"The system doesn't let Facet look into {name}.",
        "Check the permissions of the folder.",
        code="attachment-refused",
    )


def _many(count: int, one: str, more: str) -> str:
    """So many of them in words; "" for none."""
    return f"{count:,} {one if count == 1 else more}" if count else ""


def _named(labels: list[str]) -> str:
    shown = ", ".join(labels[:_NAMED])
    more = len(labels) - _NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown
