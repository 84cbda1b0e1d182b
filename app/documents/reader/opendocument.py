"""OpenDocument files: texts (odt), presentations (odp) and workbooks (ods).

The words of cells and fields are in the file as they are shown. Texts know their pages where the
program that wrote them has marked the breaks of its layout.
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from app.core.document import Page
from app.documents.reader.archive import (
    Archive,
    attribute,
    child,
    drop,
    local,
    locked,
)
from app.documents.reader.flow import pages
from app.documents.reader.formats import Context
from app.documents.reader.open_text import CONTENT, Text, local_parent
from app.documents.reader.refusals import damaged
from app.documents.reader.sheets import Cells, dense, left_out, sheet_page
from app.documents.reader.word import pictures_missed

_LAID_OUT = b"soft-page-break"
_REPEATED = 1000  # at most so many equal cells or rows are written out
_COLUMNS = 20_000
_TELL_EVERY = 2000  # rows


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        manifest = archive.optional_xml("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
            raise locked(name)
        if CONTENT not in archive:
            raise damaged(name)
        meta = archive.optional_xml("meta.xml")
        title = next(meta.iter("{*}title"), None) if meta is not None else None
        context.title = (title.text or "").strip() if title is not None else ""
        kind = _kind(archive)
        if kind == "spreadsheet":
            yield from _sheets(archive, context)
        elif kind == "presentation":
            yield from _slides(archive, context)
        else:
            yield from _text(archive, meta, context)


def _kind(archive: Archive) -> str:
    words = archive.read("mimetype") if "mimetype" in archive else b""
    kind = words.decode("latin-1").rpartition("opendocument.")[2]
    return kind.removesuffix("-template").strip() or "text"


# -- texts ----------------------------------------------------------------------------------------


def _text(archive: Archive, meta: etree._Element | None, context: Context) -> Iterator[Page]:
    end, laid_out = b"", False
    for piece in archive.pieces(CONTENT):
        laid_out = laid_out or _LAID_OUT in end + piece
        end = piece[-len(_LAID_OUT) :]
    numbers = next(meta.iter("{*}document-statistic"), None) if meta is not None else None
    one_page = numbers is not None and attribute(numbers, "page-count") == "1"
    if not (laid_out or one_page):
        context.unit = "section"
    text = Text(archive)
    yield from pages(text.blocks(), context, paged=laid_out or one_page)
    if text.pictures:
        context.warn(pictures_missed(text.pictures))


# -- presentations --------------------------------------------------------------------------------


def _slides(archive: Archive, context: Context) -> Iterator[Page]:
    words = Text(archive)
    for number, element in enumerate(archive.elements(CONTENT, "page"), start=1):
        slide = _Slide(words, element)
        context.total = number
        if slide.title:
            context.heading(slide.title, 1, number)
        yield Page(number, slide.text, label=slide.title[:80])
        drop(element)
    if words.pictures:
        context.warn(pictures_missed(words.pictures))


class _Slide:
    def __init__(self, words: Text, element: etree._Element) -> None:
        self._words = words
        self.title = ""
        parts: list[str] = []
        self._shapes(element, parts)
        notes = []
        for place in element:
            if local(place) == "notes":
                lines = [words.inline(box) for box in place.iter("{*}text-box")]
                notes = [f"Notes: {line.strip()}" for line in lines if line.strip()]
        head = [f"# {self.title}"] if self.title else []
        self.text = "\n\n".join([*head, *(part for part in parts if part.strip()), *notes])

    def _shapes(self, element: etree._Element, parts: list[str]) -> None:
        for shape in element:
            kind = local(shape)
            if kind == "g":
                self._shapes(shape, parts)
            elif kind == "frame" and (grid := child(shape, "table")) is not None:
                parts += [block.text for block in self._words.block(grid)]
            elif kind == "frame" and child(shape, "text-box") is None:
                out: list[str] = []
                self._words.frame(shape, out)
                parts += out
            elif kind not in ("notes", "forms", ""):
                box = child(shape, "text-box") if kind == "frame" else shape
                text = "\n".join(
                    line for part in (box if box is not None else ()) for line in self._lines(part)
                )
                if attribute(shape, "class") == "title" and text.strip() and not self.title:
                    self.title = " ".join(text.split())
                else:
                    parts.append(text)

    def _lines(self, part: etree._Element) -> list[str]:
        return [block.text for block in self._words.block(part) if block.text.strip()]


# -- workbooks ------------------------------------------------------------------------------------


def _sheets(archive: Archive, context: Context) -> Iterator[Page]:
    words = Text(archive)
    hidden: set[str] = set()
    cells = Cells()
    rows: list[dict[int, str]] = []
    number, beyond = 0, False
    for element in archive.elements(CONTENT, "automatic-styles", "table-row", "table"):
        kind = local(element)
        if kind == "automatic-styles":
            hidden = _hidden_styles(element)
        elif kind == "table-row":
            repeated = _count(attribute(element, "number-rows-repeated"), 10**7)
            if cells.left > 0:
                row = _row(words, element)
                more = min(repeated, _REPEATED) if row else repeated
                # Empty rows at the end count by the million; they are let go of below.
                rows += [row] * (min(more, _REPEATED) if row else 1)
                cells.left -= max(1, len(row) * (more if row else 1))
            else:
                beyond = True
            if len(rows) % _TELL_EVERY == 0:
                context.told(0, number + 1)
            drop(element)
        elif local_parent(element) == "spreadsheet":
            number += 1
            title = attribute(element, "name")
            context.heading(title, 1, number)
            context.total = number
            problem = left_out(title, len(rows), 0) if beyond else ""
            if problem:
                context.warn(problem)
            is_hidden = attribute(element, "style-name") in hidden
            yield sheet_page(number, title, dense(rows), hidden=is_hidden, problem=problem)
            rows, beyond = [], False
            drop(element)


def _row(words: Text, element: etree._Element) -> dict[int, str]:
    row: dict[int, str] = {}
    column = 0
    for cell in element:
        if local(cell) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = _count(attribute(cell, "number-columns-repeated"), _COLUMNS)
        text = "\n".join(words.inline(part) for part in cell if local(part) == "p").strip()
        text = text or attribute(cell, "value")
        if text:
            for place in range(column, column + min(repeated, _REPEATED)):
                row[place] = text
        column += repeated
    words.after.clear()
    return row


def _hidden_styles(element: etree._Element) -> set[str]:
    found = set()
    for style in element.iter("{*}style"):
        properties = child(style, "table-properties")
        if properties is not None and attribute(properties, "display") == "false":
            found.add(attribute(style, "name"))
    return found


def _count(text: str, most: int) -> int:
    return max(1, min(int(text), most)) if text.isdigit() and len(text) < 9 else 1
