"""A document that is looked at: its text, its pages as pictures, and where words stand in it."""

import re
import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from app.core.conversation import Document
from app.core.document import Extract, Page
from app.core.errors import AppError
from app.documents.reader.places import Box
from app.session.documents import Documents
from app.session.jobs import Jobs

MOST_BYTES = 96_000_000  # of pictures in memory, about twenty pages on a fine screen
MOST_FINDS = 5_000

# Endings of files that some system runs when it is asked to open them.
_RUN = {"app", "bat", "cmd", "com", "command", "cpl", "desktop", "exe", "hta", "jar", "js", "jse"}
_RUN |= {"lnk", "msc", "msi", "pif", "ps1", "py", "pyw", "reg", "scr", "sh", "url", "vb", "vbe"}
_RUN |= {"vbs", "workflow", "ws", "wsf", "wsh"}


class Find(msgspec.Struct, frozen=True):
    """Words that were looked for: ``start`` and ``end`` are places in the text of ``page``."""

    page: int
    start: int
    end: int


Decode = Callable[[bytes], tuple[Any, int]]


class Preview(QObject):
    """Shows one document at a time. Nothing of it is read or rendered on the main thread.

    Pages become pictures one by one, whatever is wanted most first; what is not wanted any more
    by then is left out. ``decode`` makes a picture of a PNG, in a job's thread, and tells how many
    bytes it takes. ``opened`` is the folder for copies that other programs are given; those of
    the last time are deleted.
    """

    sizes_known = Signal()
    extract_known = Signal()
    picture_ready = Signal(int)  # a page's number
    located = Signal(int)
    found = Signal()
    failed = Signal(AppError)  # the document can't be shown

    def __init__(
        self,
        documents: Documents,
        jobs: Jobs,
        opened: Path,
        decode: Decode,
        *,
        most_bytes: int = MOST_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents = documents
        self._jobs = jobs
        self._opened = opened
        self._decode = decode
        self._most_bytes = most_bytes
        self._visit = 0  # counts the documents that have been opened
        self._busy = 0  # things that are being done
        self._wanted: list[tuple[int, int]] = []
        self._looked_for: list[tuple[int, str]] = []
        self._to_find: list[tuple[int, str]] = []
        self._forget()
        # Not at the end: the other program may still have it open.
        jobs.run(lambda: shutil.rmtree(opened, ignore_errors=True))

    def _forget(self) -> None:
        self.document: Document | None = None
        self.extract: Extract | None = None
        self.sizes: tuple[tuple[float, float], ...] = ()  # in points; () without pictures of pages
        self.finds: tuple[Find, ...] = ()
        self.found_words = ""
        self._wanted = []
        self._looked_for = []
        self._to_find = []
        self._pictures: OrderedDict[tuple[int, int], tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._problems: dict[int, str] = {}
        self._places: dict[tuple[int, str], tuple[Box, ...]] = {}
        self._found_places: dict[tuple[int, str], tuple[tuple[Box, ...], ...]] = {}

    # -- the document -----------------------------------------------------------------------

    def open(self, document: Document) -> None:
        """Show ``document`` from now on. ``sizes_known`` comes if its pages have pictures, and
        ``extract_known`` in any case but ``failed``."""
        self.close()
        self.document = document
        if not document.pages:
            page = Page(1, document.text, first_line=1)
            self._set_extract(
                self._visit, Extract(document.name, document.kind, document.unit, (page,), 1)
            )
            return
        if document.kind == "pdf":
            self._look(
                lambda path: self._documents.reader.sizes(
                    path, name=document.name, password=self._password()
                ),
                self._set_sizes,
                self._no_sizes,
            )
        else:
            self._read_extract(self._visit)

    def refresh(self) -> None:
        """Take over what has been read of the document since it was opened: scans and speech are
        read by the model, for a question. ``extract_known`` comes if there is something new."""
        document, visit, before = self.document, self._visit, self.extract
        if document is None or not document.pages or before is None:
            return

        def read() -> Extract | None:
            extract = self._documents.extract_of(document.blob)
            return extract if extract != before else None

        def done(extract: Extract | None) -> None:
            if extract is not None and self.extract is before:
                self._set_extract(visit, extract)

        self._jobs.run(read, done, lane="preview")

    def close(self) -> None:
        """Let go of the document."""
        self._visit += 1
        self._forget()

    def path(self) -> Path:
        """Where the bytes of the document lie. AppError if they are gone."""
        assert self.document is not None
        return self._documents.path_of(self.document)

    def page(self, number: int) -> Page | None:
        """What has been read of a page; None while that isn't known, or if there is none."""
        pages = self.extract.pages if self.extract is not None else ()
        if 0 < number <= len(pages) and pages[number - 1].number == number:
            return pages[number - 1]
        return next((page for page in pages if page.number == number), None)

    def _set_sizes(self, visit: int, sizes: tuple[tuple[float, float], ...]) -> None:
        if visit == self._visit:
            self.sizes = sizes
            self.sizes_known.emit()
            self._read_extract(visit)

    def _no_sizes(self, visit: int, _error: AppError) -> None:
        """Its words can be shown even so, if they have been read."""
        self._read_extract(visit)

    def _read_extract(self, visit: int) -> None:
        """Nobody waits for it where there are pictures, so those come first."""
        document = self.document
        if visit != self._visit or document is None:
            return

        def read() -> Extract | None:
            return self._documents.extract_of(document.blob)

        def done(extract: Extract | None) -> None:
            if extract is not None:
                self._set_extract(visit, extract)
            else:
                self._documents.fetch([document], fetched, partial(self._fail, visit))

        def fetched() -> None:
            self._jobs.run(read, given, partial(self._fail, visit), lane="preview")

        def given(extract: Extract | None) -> None:
            if extract is not None:
                self._set_extract(visit, extract)

        self._jobs.run(read, done, partial(self._fail, visit), lane="preview")

    def _set_extract(self, visit: int, extract: Extract) -> None:
        if visit == self._visit:
            self.extract = extract
            self.extract_known.emit()

    def _fail(self, visit: int, error: Exception) -> None:
        if visit == self._visit and isinstance(error, AppError) and not self.sizes:
            self.failed.emit(error)

    def _password(self) -> str:
        return self._documents.password_of(self.document.blob) if self.document else ""

    # -- pictures of pages ------------------------------------------------------------------

    def want(self, pages: Sequence[int], width: int) -> None:
        """Have pictures of ``pages``, ``width`` pixels wide, the most urgent first. Forgets what
        was wanted before."""
        self._wanted = [(page, width) for page in pages]
        for key in reversed(self._wanted):
            if key in self._pictures:
                self._pictures.move_to_end(key)
        self._go_on()

    def picture(self, page: int, width: int) -> Any | None:
        """The picture of a page, of another width as long as there is none of ``width``; None if
        there is none at all yet."""
        exact = self._pictures.get((page, width))
        if exact is not None:
            return exact[0]
        others = [key for key in self._pictures if key[0] == page]
        return (
            self._pictures[min(others, key=lambda key: abs(key[1] - width))][0] if others else None
        )

    def problem(self, page: int) -> str:
        """Why there is no picture of a page; "" if there is one, or will be."""
        return self._problems.get(page, "")

    # -- places on pages --------------------------------------------------------------------

    def locate(self, page: int, words: str) -> None:
        """Have ``words`` looked for on a page's picture; ``located`` tells when that is done."""
        key = (page, words)
        if words and key not in self._places and key not in self._looked_for:
            self._looked_for.append(key)
            self._go_on()

    def places(self, page: int, words: str) -> tuple[Box, ...]:
        """Where ``words`` stand on a page's picture, as far as is known."""
        return self._places.get((page, words), ())

    def is_located(self, page: int, words: str) -> bool:
        """Whether it is known where ``words`` stand on a page, or that they don't."""
        return (page, words) in self._places

    def locate_finds(self, page: int) -> None:
        """Have every place of the words that are looked for located on a page's picture;
        ``located`` tells when that is done."""
        key = (page, self.found_words)
        if self.found_words and key not in self._found_places and key not in self._to_find:
            self._to_find.append(key)
            self._go_on()

    def found_places(self, page: int) -> tuple[tuple[Box, ...], ...] | None:
        """Where the words that are looked for stand on a page's picture, each place as the boxes
        of its lines; None while that isn't known."""
        return self._found_places.get((page, self.found_words))

    # -- one thing after the other ----------------------------------------------------------

    def _go_on(self) -> None:
        """Begin what is needed most, unless something is being done."""
        document = self.document
        if self._busy or document is None or not self.sizes:
            return
        reader, name, password = self._documents.reader, document.name, self._password()
        if self._looked_for:
            page, words = self._looked_for.pop(0)
            self._look(
                lambda path: reader.locate(path, page, words, name=name, password=password),
                partial(self._set_places, page, words),
                partial(self._no_places, page, words),
            )
            return
        if self._to_find:
            page, words = self._to_find.pop()  # what is in sight now was asked for last
            self._look(
                lambda path: reader.find(path, page, words, name=name, password=password),
                partial(self._set_found, page, words),
                partial(self._not_found, page, words),
            )
            return
        for page, width in self._wanted:
            if (page, width) not in self._pictures and page not in self._problems:
                self._look(
                    partial(self._render, page, width, password),
                    partial(self._set_picture, page, width),
                    partial(self._no_picture, page),
                )
                return

    def _render(self, page: int, width: int, password: str, path: Path) -> tuple[Any, int]:
        """In the thread of the lane."""
        return self._decode(self._documents.reader.render(path, page, width, password=password))

    def _look(
        self,
        work: Callable[[Path], Any],
        done: Callable[[int, Any], None],
        failed: Callable[[int, AppError], None],
    ) -> None:
        """Do ``work`` with the path of the document. ``done`` and ``failed`` get the visit for
        which it was done."""
        document, visit = self.document, self._visit
        assert document is not None
        self._busy += 1

        def ended(result: Any) -> None:
            self._busy -= 1
            done(visit, result)
            self._go_on()

        def refused(error: Exception) -> None:
            self._busy -= 1
            if isinstance(error, AppError):
                failed(visit, error)
                self._go_on()

        self._jobs.run(
            lambda: work(self._documents.path_of(document)), ended, refused, lane="preview"
        )

    def _set_picture(self, page: int, width: int, visit: int, decoded: tuple[Any, int]) -> None:
        if visit != self._visit:
            return
        self._pictures[page, width] = decoded
        self._bytes += decoded[1]
        kept = set(self._wanted)
        for key in list(self._pictures):
            if self._bytes <= self._most_bytes:
                break
            if key not in kept and key != (page, width):
                self._bytes -= self._pictures.pop(key)[1]
        self.picture_ready.emit(page)

    def _no_picture(self, page: int, visit: int, error: AppError) -> None:
        if visit == self._visit:
            self._problems[page] = error.what
            self.picture_ready.emit(page)

    def _set_places(self, page: int, words: str, visit: int, boxes: tuple[Box, ...]) -> None:
        if visit == self._visit:
            self._places[page, words] = boxes
            self.located.emit(page)

    def _no_places(self, page: int, words: str, visit: int, _error: AppError) -> None:
        self._set_places(page, words, visit, ())

    def _set_found(
        self, page: int, words: str, visit: int, places: tuple[tuple[Box, ...], ...]
    ) -> None:
        if visit == self._visit:
            self._found_places[page, words] = places
            self.located.emit(page)

    def _not_found(self, page: int, words: str, visit: int, _error: AppError) -> None:
        self._set_found(page, words, visit, ())

    # -- finding words ----------------------------------------------------------------------

    def find(self, words: str) -> None:
        """Look for ``words`` in all pages: ``found`` tells when ``finds`` has them."""
        self.found_words = words
        self._to_find = []
        extract, visit = self.extract, self._visit
        if extract is None or not words.strip():
            self.finds = ()
            self.found.emit()
            return

        def done(finds: tuple[Find, ...]) -> None:
            if visit == self._visit and words == self.found_words:
                self.finds = finds
                self.found.emit()

        self._jobs.run(lambda: find_words(extract, words), done, lane="preview")

    # -- other programs ---------------------------------------------------------------------

    @property
    def can_open(self) -> bool:
        """Whether the document is a file that another program can be given."""
        return self.document is not None and self.document.kind != "folder"

    def copy_out(self, done: Callable[[Path], None]) -> None:
        """Write a copy of the document under its own name, which other programs go by, and call
        ``done`` with its path. The copy can't be changed, for nobody would see the change here."""
        document = self.document
        if document is None:
            return
        folder = self._opened / document.blob[:16]
        path = folder / safe_name(document.name)

        def copy() -> Path:
            source = self._documents.path_of(document)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.is_file():
                shutil.copyfile(source, path)
                path.chmod(0o400)
            return path

        self._jobs.run(copy, done, lane="files")


def find_words(extract: Extract, words: str) -> tuple[Find, ...]:
    """Where ``words`` are in a document, whatever their case and the white space between them; no
    more than ``MOST_FINDS``."""
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
    finds: list[Find] = []
    for page in extract.pages:
        for match in pattern.finditer(page.text):
            finds.append(Find(page.number, match.start(), match.end()))
            if len(finds) == MOST_FINDS:
                return tuple(finds)
    return tuple(finds)


def safe_name(name: str) -> str:
    """``name`` as the name of a file in a folder of ours, one that no system runs by itself."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*')
    clean = clean.strip(". ")[-120:] or "document"
    ending = clean.rpartition(".")[2].lower()
    return f"{clean}.txt" if ending in _RUN else clean
