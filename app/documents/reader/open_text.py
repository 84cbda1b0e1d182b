"""The words of OpenDocument files: paragraphs, lists and tables, as Markdown."""

from collections.abc import Iterator

from lxml import etree

from app.documents.reader.archive import Archive, attribute, child, drop, local
from app.documents.reader.flow import BREAK, LAID_OUT, Block, heading, table

CONTENT = "content.xml"

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


class Text:
    """The words of a document: ``pictures`` counts what is among them and wasn't read."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._breaks: set[str] = set()  # styles of paragraphs that begin a page
        self._numbered: set[str] = set()  # styles of lists that count
        self.pictures = 0
        self.after: list[str] = []  # comments, notes and boxes that follow the paragraph
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
        for element in self._archive.elements(CONTENT, *wanted):
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
                self.after.append(f"[Comment: {' '.join(words.split())}]")
            elif kind == "frame":
                self.frame(one, out)
            elif kind and kind not in _SILENT:
                self._collect(one, out)
                if kind in ("p", "h", "table-row"):
                    out.append("\n")
            out.append(_collapsed(one.tail))

    def frame(self, element: etree._Element, out: list[str]) -> None:
        """A box of words, or a picture, of which what is said of it is added to ``out``."""
        box = child(element, "text-box")
        if box is not None:
            self.after.append(self.inline(box).strip())
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
            self.after.append(f"[^{self._notes}]: {words}")

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
        after, self.after = self.after, []
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
