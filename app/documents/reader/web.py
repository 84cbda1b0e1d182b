"""Web pages (html): what is to be read of them, as Markdown. Nothing is loaded, nothing is run."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from app.core.document import Page
from app.documents import text_files
from app.documents.reader.archive import local
from app.documents.reader.flow import Block, heading, pages, table
from app.documents.reader.formats import Context

_SILENT = {
    *("script", "style", "template", "noscript", "head", "object", "embed", "iframe", "svg"),
    *("input", "select", "textarea", "button", "datalist", "canvas", "audio", "video"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog"),
    *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr"),
    *("html", "legend", "li", "main", "nav", "ol", "p", "section", "summary", "ul", "caption"),
    *("table", "tbody", "thead", "tfoot", "tr", "td", "th"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.I)
_FILE = re.compile(r"^\S*\.(png|jpe?g|gif|svg|webp|bmp)$", re.I)
_XML = re.compile(r"^\s*<\?xml[^>]*\?>")


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    root = parse(path.read_bytes())
    if root is None:
        return
    context.title = title_of(root)
    yield from pages(blocks(root), context, paged=False)


def parse(data: bytes) -> etree._Element | None:
    """The root of a web page in whatever encoding; None if there is nothing in it."""
    return parse_text(_decode(data))


def parse_text(text: str) -> etree._Element | None:
    """The same for what has been decoded."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    source = _XML.sub("", text.replace("\0", "")).encode("utf-8", "replace")
    try:
        return etree.fromstring(source, parser) if source.strip() else None
    except etree.XMLSyntaxError:
        return None


def title_of(root: etree._Element) -> str:
    """What a web page calls itself."""
    found = next(root.iter("title"), None)
    return " ".join((found.text or "").split()) if found is not None else ""


def blocks(root: etree._Element) -> Iterator[Block]:
    """What is to be read of a web page, in order."""
    return iter(_Walk(root).blocks)


def _decode(data: bytes) -> str:
    if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        for pattern in (_DECLARED, _CHARSET):
            if found := pattern.search(data[:4096]):
                # What a page in another encoding says of itself can only have been a copy's.
                says = found[1].decode("ascii").lower()
                try:
                    return data.decode("cp1252" if says in ("iso-8859-1", "latin1") else says)
                except (LookupError, UnicodeError):
                    break
    return text_files.decode(data) or data.decode("utf-8", "replace")


class _Walk:
    def __init__(self, root: etree._Element) -> None:
        self.blocks: list[Block] = []
        self._line: list[str] = []
        self._lists: list[int] = []  # the last number of each list around; -1 for points
        self._visit(root)
        self._end_line()

    def _end_line(self, prefix: str = "") -> None:
        lines = [" ".join(line.split()) for line in "".join(self._line).split("\n")]
        text = "\n".join(lines).strip("\n")
        self._line = []
        if text.strip():
            self.blocks.append(Block(prefix + text))

    def _visit(self, element: etree._Element) -> None:
        """As deep as the tree goes, which its parser limits."""
        tag = local(element).lower()
        if not tag or tag in _SILENT or _is_hidden(element):
            return
        if tag in _HEADINGS:
            self._end_line()
            words = " ".join(_words(element).split())
            if words:
                self.blocks.append(heading(words, _HEADINGS[tag]))
        elif tag == "pre":
            self._end_line()
            text = "".join(map(str, element.itertext())).strip("\n")
            if text.strip():
                self.blocks.append(Block(f"```\n{text}\n```"))
        elif tag == "table" and _is_data(element):
            self._end_line()
            self.blocks.append(Block(table(_rows(element))))
        elif tag == "br":
            self._line.append("\n")
        elif tag == "img":
            self._line.append(_picture(element))
        elif tag == "li":
            self._item(element)
        elif tag in _BLOCKS:
            self._end_line()
            if tag in ("ul", "ol"):
                self._lists.append(0 if tag == "ol" else -1)
            self._inside(element)
            self._end_line()
            if tag in ("ul", "ol"):
                self._lists.pop()
        else:
            if tag == "sup" and "".join(map(str, element.itertext())).strip():
                self._line.append("^")
            self._inside(element)

    def _inside(self, element: etree._Element) -> None:
        self._add(element.text)
        for one in element:
            self._visit(one)
            self._add(one.tail)

    def _item(self, element: etree._Element) -> None:
        self._end_line()
        before = len(self.blocks)
        prefix = "- "
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            prefix = f"{self._lists[-1]}. "
        self._inside(element)
        self._end_line()
        if len(self.blocks) > before and not self.blocks[before].level:
            first = self.blocks[before]
            indent = "  " * (len(self._lists) - 1)
            if not first.text.startswith(indent + "  "):
                self.blocks[before] = Block(indent + prefix + first.text)

    def _add(self, text: str | None) -> None:
        if text:
            self._line.append(text.replace("\n", " "))


def _picture(element: etree._Element) -> str:
    """What is said of a picture, unless that is only its name."""
    words = str(element.get("alt", "")).strip()
    return f"[Picture: {words}]" if words and not _FILE.search(words) else ""


def _is_hidden(element: etree._Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(str(element.get("style", ""))))


def _is_data(element: etree._Element) -> bool:
    """Whether a table is one, and not there to place things: it has no table inside."""
    tables = element.iter("{*}table")
    next(tables)
    return next(tables, None) is None


def _rows(element: etree._Element) -> list[list[str]]:
    rows = []
    for row in element.iter("{*}tr"):
        cells: list[str] = []
        for cell in row:
            if local(cell).lower() in ("td", "th"):
                cells.append(_words(cell))
                span = str(cell.get("colspan", "1"))
                cells += [""] * (min(int(span), 100) - 1 if span.isdigit() else 0)
        rows.append(cells)
    return rows


def _words(element: etree._Element) -> str:
    """The words inside that are to be seen."""
    found: list[str] = []

    def collect(one: etree._Element) -> None:
        tag = local(one).lower()
        if not tag or tag in _SILENT or _is_hidden(one):
            return
        if tag == "img":
            found.append(_picture(one))
        elif tag == "sup":
            found.append("^")
        found.append(one.text or "")
        for inner in one:
            collect(inner)
            found.append(
                (" " if local(inner).lower() in (*_BLOCKS, "br") else "") + (inner.tail or "")
            )

    collect(element)
    return "".join(found)
