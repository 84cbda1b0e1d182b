"""Word files (docx).

Pages are known where the program that wrote the file has left word of where it broke them; what
has no such marks is cut into sections at its headings.
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
)
from app.documents.reader.flow import BREAK, LAID_OUT, Block, heading, pages, table
from app.documents.reader.formats import Context
from app.documents.reader.numbering import Numbering
from app.documents.reader.refusals import damaged

_LAID_OUT = b"lastRenderedPageBreak"
# What holds no words, or words that are not to be seen.
_SILENT = {
    *("pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr"),
    *("delText", "instrText", "del", "moveFrom", "Fallback", "rt", "proofErr"),
}
_SIGNS = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        main = next(
            (part for kind, part in archive.relations("").values() if kind == "officeDocument"),
            "word/document.xml",
        )
        if main not in archive:
            raise damaged(name)
        core = archive.optional_xml("docProps/core.xml")
        title = child(core, "title") if core is not None else None
        context.title = (title.text or "").strip() if title is not None else ""
        laid_out = _is_laid_out(archive, main)
        if not laid_out:
            context.unit = "section"
        document = _Document(archive, main)
        yield from pages(document.blocks(), context, paged=laid_out)
        if document.pictures:
            context.warn(pictures_missed(document.pictures))


def pictures_missed(count: int) -> str:
    """A sentence about pictures inside a document."""
    return (
        f"{count} pictures inside were not read." if count > 1 else "1 picture inside was not read."
    )


def _is_laid_out(archive: Archive, main: str) -> bool:
    """Whether the file says where its pages end: it has marks, or is known to have one page."""
    end = b""
    for piece in archive.pieces(main):
        if _LAID_OUT in end + piece:
            return True
        end = piece[-len(_LAID_OUT) :]
    app = archive.optional_xml("docProps/app.xml")
    count = child(app, "Pages") if app is not None else None
    return count is not None and (count.text or "").strip() == "1"


class _Document:
    """The body of the file, and what is told of it elsewhere in it."""

    def __init__(self, archive: Archive, main: str) -> None:
        self._archive = archive
        self._main = main
        self.pictures = 0
        parts = dict(archive.relations(main).values())
        folder = main.rpartition("/")[0]
        optional = archive.optional_xml

        def part(kind: str) -> etree._Element | None:
            return optional(parts.get(kind, f"{folder}/{kind}.xml"))

        self._styles = _Styles(part("styles"))
        self._numbering = Numbering(part("numbering"))
        self._notes = {kind: _notes(part(f"{kind}s")) for kind in ("footnote", "endnote")}
        self._comments = _notes(part("comments"))
        self._marks = 0  # of notes so far
        self._after: list[str] = []  # what comes after the paragraph: text boxes, notes

    def blocks(self) -> Iterator[Block]:
        """Everything in the body, in order."""
        for element in self._archive.elements(self._main, "p", "tbl", "sectPr"):
            parent = element.getparent()
            # Tables are read as a whole, and so is what stands in a control of a form.
            while parent is not None and local(parent) in ("sdtContent", "sdt", "customXml"):
                parent = parent.getparent()
            if parent is None or local(parent) != "body":
                continue
            if local(element) == "tbl":
                yield from self._table(element)
            elif local(element) == "p":
                yield from self._paragraph(element)
            drop(element)

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        properties = child(element, "pPr")
        style = self._styles.of(properties)
        text = self._inline(element)
        if style.breaks and text.strip():
            yield Block(BREAK)
            text = text.removeprefix(LAID_OUT)
        if text.strip(f" \n\t{BREAK}{LAID_OUT}"):
            number = self._numbering.next(*style.numbered)
            if style.level:
                yield heading(f"{number} {text}".strip(), style.level)
            elif number:
                yield Block("  " * style.numbered[1] + f"{number} {text.strip()}")
            else:
                yield Block(text)
        elif text:
            yield Block(text)
        for one in self._after:
            yield Block(one)
        self._after = []
        if properties is not None and _begins_page(child(properties, "sectPr")):
            yield Block(BREAK)

    def _table(self, element: etree._Element) -> Iterator[Block]:
        """A table; where a page ends inside it, its head is said again on the next one."""
        head: list[str] = []
        rows: list[list[str]] = []
        for row in element.iter("{*}tr"):
            if _inside_table(row, element):
                continue
            cells, marks = self._row(row)
            if marks and rows:
                yield Block(table(rows))
                rows = [head]
            if marks:
                yield Block(marks)
            head = head or cells
            rows.append(cells)
        yield Block(table(rows))
        for one in self._after:
            yield Block(one)
        self._after = []

    def _row(self, row: etree._Element) -> tuple[list[str], str]:
        cells: list[str] = []
        marks = ""
        for cell in row.iter("{*}tc"):
            if _inside_row(cell, row):
                continue
            properties = child(cell, "tcPr")
            text = self._inline(cell)
            if not cells or not marks:
                marks = marks or next((LAID_OUT for sign in text if sign == LAID_OUT), "")
            text = text.replace(LAID_OUT, " ").replace(BREAK, " ")
            cells.append(text)
            span = child(properties, "gridSpan") if properties is not None else None
            if span is not None and attribute(span, "val").isdigit():
                cells += [""] * min(int(attribute(span, "val")) - 1, 100)
        return cells, marks

    def _inline(self, element: etree._Element) -> str:
        out: list[str] = []
        self._collect(element, out)
        return "".join(out)

    def _collect(self, element: etree._Element, out: list[str]) -> None:
        """Add the words inside ``element`` to ``out``. Goes as deep as the XML does, which its
        parser limits."""
        for one in element:
            kind = local(one)
            if kind in _SILENT or not kind:
                continue
            if kind == "t":
                out.append(one.text or "")
            elif kind in _SIGNS:
                out.append(_SIGNS[kind])
            elif kind == "br":
                out.append(BREAK if attribute(one, "type") == "page" else "\n")
            elif kind == "lastRenderedPageBreak":
                out.append(LAID_OUT)
            elif kind in ("footnoteReference", "endnoteReference"):
                self._note(kind.removesuffix("Reference"), attribute(one, "id"), out)
            elif kind == "commentReference":
                if words := self._comments.get(attribute(one, "id")):
                    self._after.append(f"[Comment: {words}]")
            elif kind == "txbxContent":
                box: list[str] = []
                self._collect(one, box)
                self._after.append("".join(box).strip())
            else:
                if kind in ("blip", "imagedata"):
                    self.pictures += 1
                elif kind == "docPr" and (words := attribute(one, "descr").strip()):
                    out.append(f"[Picture: {words}]")
                self._collect(one, out)
                if kind in ("p", "tr") and local(element) != "body":
                    out.append("\n")
                elif kind == "tc":
                    out.append("; ")

    def _note(self, kind: str, number: str, out: list[str]) -> None:
        if words := self._notes[kind].get(number):
            self._marks += 1  # their numbers in the file are not those that are shown
            mark = f"[^{self._marks}]"
            out.append(mark)
            self._after.append(f"{mark}: {words}")


class _Style:
    """What matters of a paragraph's style. ``numbered`` is its list and the level in it."""

    def __init__(self, level: int, breaks: bool, numbered: tuple[str, int]) -> None:
        self.level = level
        self.breaks = breaks
        self.numbered = numbered


class _Styles:
    def __init__(self, root: etree._Element | None) -> None:
        self._elements = {
            attribute(one, "styleId"): one
            for one in (root if root is not None else ())
            if local(one) == "style"
        }
        self._levels: dict[str, int] = {}

    def of(self, properties: etree._Element | None) -> _Style:
        """The style of a paragraph with these properties."""
        if properties is None:
            return _Style(0, False, ("", 0))
        named = child(properties, "pStyle")
        style = attribute(named, "val") if named is not None else ""
        level = _outline(properties)
        if level is None:
            level = self._level(style)
        breaks = _switched_on(child(properties, "pageBreakBefore"))
        numbered = _numbered(properties)
        for one in self._chain(style):
            inherited = child(one, "pPr")
            if inherited is None:
                continue
            breaks = breaks or _switched_on(child(inherited, "pageBreakBefore"))
            numbered = numbered or _numbered(inherited)
        return _Style(level, breaks, numbered or ("", 0))

    def _level(self, style: str) -> int:
        if style not in self._levels:
            found = 0
            for one in self._chain(style):
                name = child(one, "name")
                words = attribute(name, "val").casefold() if name is not None else ""
                if words == "title":
                    found = 1
                elif words.startswith("heading ") and words[8:].isdigit():
                    found = int(words[8:])
                else:
                    inherited = child(one, "pPr")
                    found = (_outline(inherited) if inherited is not None else 0) or 0
                if found:
                    break
            self._levels[style] = found
        return self._levels[style]

    def _chain(self, style: str) -> Iterator[etree._Element]:
        """The style and those it is based on."""
        seen: set[str] = set()
        while style in self._elements and style not in seen:
            seen.add(style)
            one = self._elements[style]
            yield one
            based = child(one, "basedOn")
            style = attribute(based, "val") if based is not None else ""


def _outline(properties: etree._Element) -> int | None:
    level = child(properties, "outlineLvl")
    if level is None or not attribute(level, "val").isdigit():
        return None
    value = int(attribute(level, "val"))
    return value + 1 if value < 9 else 0


def _numbered(properties: etree._Element) -> tuple[str, int] | None:
    numbers = child(properties, "numPr")
    if numbers is None:
        return None
    which, level = child(numbers, "numId"), child(numbers, "ilvl")
    depth = attribute(level, "val") if level is not None else "0"
    return (
        attribute(which, "val") if which is not None else "",
        min(int(depth), 8) if depth.isdigit() else 0,
    )


def _switched_on(element: etree._Element | None) -> bool:
    return element is not None and attribute(element, "val", "1") not in ("0", "false", "off")


def _begins_page(section: etree._Element | None) -> bool:
    """Whether what comes after this section begins on another page."""
    if section is None:
        return False
    kind = child(section, "type")
    return kind is None or attribute(kind, "val") not in ("continuous", "nextColumn")


def _notes(root: etree._Element | None) -> dict[str, str]:
    """The words of footnotes or comments, by their id."""
    found = {}
    for one in root if root is not None else ():
        words = " ".join("".join(map(str, p.itertext("{*}t"))) for p in one.iter("{*}p"))
        if local(one) and words.strip():
            found[attribute(one, "id")] = " ".join(words.split())
    return found


def _inside_table(row: etree._Element, table_element: etree._Element) -> bool:
    """Whether a row belongs to a table inside the table."""
    return next(row.iterancestors("{*}tbl")) is not table_element


def _inside_row(cell: etree._Element, row: etree._Element) -> bool:
    return next(cell.iterancestors("{*}tr")) is not row
