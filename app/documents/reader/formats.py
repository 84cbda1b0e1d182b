"""The formats that the reader's process knows, and what reads them gets and gives.

A module that reads a format has one function::

    def read(path: Path, name: str, context: Context) -> Iterator[Page]: ...

It yields the pages in order, each as soon as it has been read: what was yielded is kept when
something later is damaged, or costs the process its life. It may raise

- ``AppError`` when nothing can be read (codes as in ``client.Reader.extract``);
- ``Enough`` when something is beyond a limit: what was yielded is kept, with its sentence;
- anything else: if pages were yielded they are kept, and the rest counts as damaged.

It runs in the child only, with a limited address space, without a network and without the right to
write a file. Its module is imported when a file of its kind comes, so that a PDF doesn't wait for
the libraries of spreadsheets.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Protocol

import msgspec

from app.core.document import Heading, Page, Unit
from app.documents import text_files
from app.documents.reader.limits import Limits


class Format(msgspec.Struct, frozen=True):
    """``unit`` is what its pages are called, ``module`` has the function ``read``. ``resumable``:
    it can begin with any page (``Context.first``) without reading those before."""

    unit: Unit
    module: str
    resumable: bool = False


# By kind, which becomes ``Extract.kind``.
READERS: dict[str, Format] = {
    "pdf": Format("page", "app.documents.reader.pdf.reading", resumable=True),
    # Sections where the file doesn't say where its pages end.
    "docx": Format("page", "app.documents.reader.word"),
    "odt": Format("page", "app.documents.reader.opendocument"),
    "rtf": Format("section", "app.documents.reader.rich_text"),
    "pptx": Format("slide", "app.documents.reader.slides"),
    "odp": Format("slide", "app.documents.reader.opendocument"),
    "xlsx": Format("sheet", "app.documents.reader.sheets"),
    "ods": Format("sheet", "app.documents.reader.opendocument"),
    "xls": Format("sheet", "app.documents.reader.old_sheets"),
    "epub": Format("section", "app.documents.reader.books"),
    "html": Format("section", "app.documents.reader.web"),
    "eml": Format("section", "app.documents.reader.mail"),
    "csv": Format("section", "app.documents.reader.plain"),
    "text": Format("section", "app.documents.reader.plain"),
}

_BY_ENDING = {
    ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".dotm": "docx",
    ".pptx": "pptx", ".pptm": "pptx", ".ppsx": "pptx", ".potx": "pptx",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xltx": "xlsx", ".xltm": "xlsx",
}  # fmt: skip
_OPEN = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/epub+zip": "epub",
}
_INSIDE = {b"word/": "docx", b"ppt/": "pptx", b"xl/": "xlsx"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*(<!doctype html|<html)",
    re.I | re.S,
)


def kind_of(head: bytes, name: str) -> str:
    """Which of READERS is for a file that begins with ``head`` (at least 4 KB, unless the file is
    shorter) and is called ``name``; "" if none is. For both processes."""
    # Some programs write other things first; readers of PDF look at the first kilobyte.
    if b"%PDF-" in head[:1024]:
        return "pdf"
    ending = PurePath(name).suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        return _packed(head, ending)
    if head.startswith(_OLE):
        # Office files that are locked by a password come in the clothes of their forebears.
        return "xls" if ending in (".xls", ".xlt") else _BY_ENDING.get(ending, "")
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if not text_files.begins_like_text(head):
        return ""
    if ending in (".html", ".htm", ".xhtml") or _WEB.match(head):
        return "html"
    if ending in (".eml", ".mht", ".mhtml"):
        return "eml"
    return "csv" if ending in (".csv", ".tsv", ".tab") else "text"


def _packed(head: bytes, ending: str) -> str:
    """Which kind of document a ZIP file is."""
    if head[30:38] == b"mimetype":
        length = int.from_bytes(head[22:26], "little")
        start = 38 + int.from_bytes(head[28:30], "little")
        if (kind := _OPEN.get(head[start : start + length].removesuffix(b"-template"))) is not None:
            return kind
    if ending in (".odt", ".odp", ".ods", ".epub", ".xlsb"):
        return "xls" if ending == ".xlsb" else ending[1:]
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    return next((kind for folder, kind in _INSIDE.items() if folder in head), "")


class Enough(Exception):
    """A limit is reached. ``sentence`` says what is left out and why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Context:
    """What a function that reads a format is given, beside the file.

    ``password`` is "" if none is known. ``first`` is the number of the first page that is wanted:
    it is above 1 when an earlier process has died after the pages before it. Formats that can't
    begin in the middle yield all their pages; those before ``first`` are dropped. ``careful``:
    an earlier process has died, so what can be done without is better left out.
    """

    def __init__(
        self,
        limits: Limits,
        password: str = "",
        first: int = 1,
        *,
        careful: bool = False,
        told: Callable[[int, int], None] = lambda _read, _total: None,
    ) -> None:
        self.limits = limits
        self.password = password
        self.first = first
        self.careful = careful
        self.title = ""  # what the document itself says it is called: to be set
        self.unit: Unit | None = None  # another than the usual one of its format: to be set
        self.total = 0  # pages of the whole document: to be set as soon as it is known
        self.headings: list[Heading] = []
        self.missing: list[str] = []
        self._told = told
        self._unpacked = 0

    def told(self, read: int, total: int) -> None:
        """Say how far the reading is. Pages say so themselves; this is for what takes long
        between them (or before the first), since a silent process is taken for a stuck one.
        Cheap to call."""
        self._told(read, total)

    def warn(self, sentence: str) -> None:
        """Something is left out: a whole sentence for people, kept once."""
        if sentence not in self.missing:
            self.missing.append(sentence)

    def heading(self, title: str, level: int, page: int) -> None:
        """An entry of the outline; ``level`` 1 is the highest."""
        self.headings.append(Heading(title, level, page))

    def unpack(self, size: int) -> None:
        """So many bytes more are about to come out of what was compressed. ``Enough`` when that
        is too much in all."""
        self._unpacked += size
        if self._unpacked > self.limits.unpacked:
            most = self.limits.unpacked // 10**6
            raise Enough(f"It unpacks to more than {most:,} MB; the rest was left out.")


class Read(Protocol):
    """The function ``read`` of a module of READERS."""

    def __call__(self, path: Path, name: str, context: Context) -> Iterator[Page]:
        """See above."""
        ...
