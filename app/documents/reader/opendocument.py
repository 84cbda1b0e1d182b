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
from app.documents.reader.flow import BREAK, LAID_OUT, Block, heading, pages, table
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged
from app.documents.reader.sheets import Cells, dense, left_out, sheet_page
from app.documents.reader.word import pictures_missed

_CONTENT = "content.xml"
_LAID_OUT = b"soft-page-break"
_REPEATED = 1000  # at most so many equal cells or rows are written out
_COLUMNS = 20_000
# What holds no words of the text itself.
_SILENT = {
    *(
        "tracked-changes",
        "sequence-decls",
        "variable-decls",
        "user-field-decls",
        "forms",
        "ruby-text",
    ),
    *(
        "note",
        "annotation",
        "annotation-end",
        "title",
        "desc",
        "notes",
        "bookmark",
        "event-listeners",
    ),
}
_TELL_EVERY = 2000  # rows


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        manifest = archive.optional_xml("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
            raise locked(name)
        if _CONTENT not in archive:
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
    for piece in archive.pieces(_CONTENT):
        laid_out = laid_out or _LAID_OUT in end + piece
        end = piece[-len(_LAID_OUT) :]
    numbers = next(meta.iter("{*}document-statistic"), None) if meta is not None else None
    one_page = numbers is not None and attribute(numbers, "page-count") == "1"
    if not (laid_out or one_page):
        context.unit = "section"
    text = _Text(archive)
    yield from pages(text.blocks(), context, paged=laid_out or one_page)
    if text.pictures:
        context.warn(pictures_missed(text.pictures))


class _Text:
    """The words of a text document."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._breaks: set[str] = set()  # styles of paragraphs that begin a page
        self._numbered: set[str] = set()  # styles of lists that count
        self.pictures = 0
        self._after: list[str] = []
        self._notes = 0
        styles = archive.optional_xml("styles.xml")
        if styles is not None:
            self._note_styles(styles)

    def blocks(self) -> Iterator[Block]:
        """Everything in the body, in order."""
        wanted = (
            "automatic-styles",
            "p",
            "h",
            "list",
            "table",
            "soft-page-break",
            "table-of-content",
        )
        for element in self._archive.elements(_CONTENT, *wanted):
            if local(element) == "automatic-styles":
                self._note_styles(element)
                continue
            parent = element.getparent()
            while parent is not None and local(parent) in (
                "section",
                "index-body",
                "table-of-content",
            ):
                parent = parent.getparent()
            grand = parent.getparent() if parent is not None else None
            if parent is None or local(parent) != "text" or grand is None or local(grand) != "body":
                continue
            yield from self.block(element)
            drop(element)

    def block(self, element: etree._Element, depth: int = 0) -> Iterator[Block]:
        """What a paragraph, a heading, a list or a table becomes."""
        kind = local(element)
        if kind == "soft-page-break":
            yield Block(LAID_OUT)
        elif kind in ("p", "h"):
            mark = BREAK if attribute(element, "style-name") in self._breaks else ""
            words = self.inline(element)
            level = attribute(element, "outline-level", "1")
            if kind == "h" and words.strip():
                number = int(level) if level.isdigit() else 1
                yield heading(mark + words, max(1, min(number, 9)))
            else:
                yield Block(mark + words)
            yield from self._after_block()
        elif kind == "list":
            yield from self._list(element, depth)
        elif kind == "table":
            yield from self._table(element)

    def inline(self, element: etree._Element) -> str:
        """The words inside an element on one line, or some where it has breaks."""
        out: list[str] = []
        self._collect(element, out)
        return "".join(out)

    def _collect(self, element: etree._Element, out: list[str]) -> None:
        """As deep as the XML goes, which its parser limits."""
        out.append(_collapsed(element.text))
        for one in element:
            kind = local(one)
            if kind == "s":
                count = attribute(one, "c", "1")
                out.append(" " * min(int(count) if count.isdigit() else 1, 200))
            elif kind == "tab":
                out.append("\t")
            elif kind == "line-break":
                out.append("\n")
            elif kind == "soft-page-break":
                out.append(LAID_OUT)
            elif kind == "note":
                self._note(one, out)
            elif kind == "annotation":
                words = " ".join(self.inline(p) for p in one.iter("{*}p"))
                self._after.append(f"[Comment: {' '.join(words.split())}]")
            elif kind == "frame":
                self._frame(one, out)
            elif kind and kind not in _SILENT:
                self._collect(one, out)
                if kind in ("p", "h", "table-row"):
                    out.append("\n")
            out.append(_collapsed(one.tail))

    def _frame(self, element: etree._Element, out: list[str]) -> None:
        box = child(element, "text-box")
        if box is not None:
            self._after.append(self.inline(box).strip())
        elif child(element, "image") is not None:
            self.pictures += 1
            about = child(element, "desc")
            if about is None:
                about = child(element, "title")
            if about is not None and (about.text or "").strip():
                out.append(f"[Picture: {(about.text or '').strip()}]")

    def _note(self, element: etree._Element, out: list[str]) -> None:
        body = child(element, "note-body")
        words = " ".join(self.inline(body).split()) if body is not None else ""
        if words:
            self._notes += 1
            out.append(f"[^{self._notes}]")
            self._after.append(f"[^{self._notes}]: {words}")

    def _list(self, element: etree._Element, depth: int) -> Iterator[Block]:
        counts = attribute(element, "style-name") in self._numbered
        number = 0
        for item in element:
            if local(item) not in ("list-item", "list-header"):
                continue
            number += 1
            sign = f"{number}. " if counts else "- "
            for part in item:
                if local(part) == "list":
                    yield from self._list(part, depth + 1)
                    continue
                for block in self.block(part, depth):
                    if block.level or not sign or not block.text.strip():
                        yield block
                        continue
                    words = block.text.lstrip(BREAK + LAID_OUT)
                    marks = block.text[: len(block.text) - len(words)]
                    yield Block(f"{marks}{'  ' * depth}{sign}{words}")
                    sign = ""

    def _table(self, element: etree._Element) -> Iterator[Block]:
        """A table; where a page ends inside it, its head is said again on the next one."""
        rows: list[list[str]] = []
        head: list[str] = []
        for row in element.iter("{*}table-row", "{*}soft-page-break"):
            if next(row.iterancestors("{*}table")) is not element:
                continue
            if local(row) == "soft-page-break":
                if local_parent(row) in ("p", "h", "span"):
                    continue
                if rows:
                    yield Block(table(rows))
                    rows = [head]
                yield Block(LAID_OUT)
                continue
            cells = [
                self.inline(cell).replace(LAID_OUT, " ").strip()
                for cell in row
                if local(cell) in ("table-cell", "covered-table-cell")
            ]
            head = head or cells
            rows.append(cells)
        yield Block(table(rows))
        yield from self._after_block()

    def _after_block(self) -> Iterator[Block]:
        after, self._after = self._after, []
        for one in after:
            yield Block(one)

    def _note_styles(self, root: etree._Element) -> None:
        for style in root.iter("{*}style"):
            properties = child(style, "paragraph-properties")
            breaks = properties is not None and (
                attribute(properties, "break-before") == "page"
                or attribute(properties, "page-number") not in ("", "auto", "0")
            )
            master = attribute(style, "master-page-name")
            if breaks or master or attribute(style, "parent-style-name") in self._breaks:
                self._breaks.add(attribute(style, "name"))
        for style in root.iter("{*}list-style"):
            first = next(iter(style), None)
            if first is not None and local(first) == "list-level-style-number":
                self._numbered.add(attribute(style, "name"))


def local_parent(element: etree._Element) -> str:
    """The name of the element around."""
    parent = element.getparent()
    return local(parent) if parent is not None else ""


def _collapsed(text: str | None) -> str:
    """White space counts once in these files; more of it has elements of its own."""
    if not text:
        return ""
    words = " ".join(text.split())
    before = " " if text[0].isspace() else ""
    return before + words + (" " if words and text[-1].isspace() else "")


# -- presentations --------------------------------------------------------------------------------


def _slides(archive: Archive, context: Context) -> Iterator[Page]:
    words = _Text(archive)
    for number, element in enumerate(archive.elements(_CONTENT, "page"), start=1):
        slide = _Slide(words, element)
        context.total = number
        if slide.title:
            context.heading(slide.title, 1, number)
        yield Page(number, slide.text, label=slide.title[:80])
        drop(element)
    if words.pictures:
        context.warn(pictures_missed(words.pictures))


class _Slide:
    def __init__(self, words: _Text, element: etree._Element) -> None:
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
                self._words._frame(shape, out)
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
    words = _Text(archive)
    hidden: set[str] = set()
    cells = Cells()
    rows: list[dict[int, str]] = []
    number, beyond = 0, False
    for element in archive.elements(_CONTENT, "automatic-styles", "table-row", "table"):
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


def _row(words: _Text, element: etree._Element) -> dict[int, str]:
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
    words._after.clear()
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
