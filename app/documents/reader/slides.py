"""Presentations (pptx): slides with their tables, charts, diagrams and notes."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from app.core.document import Page
from app.documents.reader.archive import (
    Archive,
    Damaged,
    attribute,
    child,
    local,
)
from app.documents.reader.flow import table
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged
from app.documents.reader.word import pictures_missed

_TITLES = ("title", "ctrTitle")
# Numbers, dates and footers of slides, and the slide itself above its notes.
_ODDMENTS = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_POINTS = 2000  # of a chart


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        main = next(
            (part for kind, part in archive.relations("").values() if kind == "officeDocument"),
            "ppt/presentation.xml",
        )
        slides = _slides(archive, main)
        if not slides:
            raise damaged(name)
        core = archive.optional_xml("docProps/core.xml")
        title = child(core, "title") if core is not None else None
        context.title = (title.text or "").strip() if title is not None else ""
        context.total = len(slides)
        pictures = 0
        for number, member in enumerate(slides, start=1):
            try:
                root = archive.xml(member)
            except Damaged:
                yield Page(number, problem="Damaged, and can't be read.")
                continue
            slide = _Slide(archive, member, root)
            if slide.title:
                context.heading(slide.title, 1, number)
            pictures += slide.pictures
            yield Page(number, slide.text, label=slide.title[:80])
        if pictures:
            context.warn(pictures_missed(pictures))


def _slides(archive: Archive, main: str) -> list[str]:
    """The files of the slides, in their order."""
    related = archive.relations(main)
    root = archive.optional_xml(main)
    listed = child(root, "sldIdLst") if root is not None else None
    found = []
    for one in listed if listed is not None else ():
        # The id of the slide has the same name as the id of its file, but for the namespace.
        keys = [key for key in map(str, one.attrib) if key.startswith("{") and key.endswith("}id")]
        for key in keys:
            kind, member = related.get(str(one.get(key)), ("", ""))
            if kind == "slide":
                found.append(member)
    if not found:  # the list is lost: by the numbers in their names
        names = [name for name in archive.names if name.startswith("ppt/slides/slide")]
        found = sorted(names, key=lambda name: (len(name), name))
    return found


class _Slide:
    """What is on one slide: ``text`` is all of it as Markdown."""

    def __init__(self, archive: Archive, member: str, root: etree._Element) -> None:
        self._archive = archive
        self._related = archive.relations(member)
        self.title = ""
        self.pictures = 0
        parts: list[str] = []
        tree = child(root, "cSld", "spTree")
        if tree is not None:
            self._shapes(tree, parts)
        head = [f"# {self.title}"] if self.title else []
        if attribute(root, "show") == "0":
            head.append("(This slide is hidden in the show.)")
        notes = self._notes()
        self.text = "\n\n".join([*head, *(part for part in parts if part), *notes])

    def _shapes(self, tree: etree._Element, parts: list[str]) -> None:
        for shape in tree:
            kind = local(shape)
            if kind == "grpSp":
                self._shapes(shape, parts)
            elif kind == "AlternateContent":
                choice = child(shape, "Choice")
                if choice is not None:
                    self._shapes(choice, parts)
            elif kind == "pic":
                self._picture(shape, parts)
            elif kind == "graphicFrame":
                parts.append(self._frame(shape))
            elif kind in ("sp", "cxnSp"):
                place = next(shape.iter("{*}ph"), None)
                role = attribute(place, "type") if place is not None else ""
                words = _text(shape)
                if role in _TITLES and words and not self.title:
                    self.title = " ".join(words.split())
                elif role not in _ODDMENTS:
                    parts.append(words)

    def _picture(self, shape: etree._Element, parts: list[str]) -> None:
        self.pictures += 1
        about = next(shape.iter("{*}cNvPr"), None)
        if about is not None and (words := attribute(about, "descr").strip()):
            parts.append(f"[Picture: {words}]")

    def _frame(self, shape: etree._Element) -> str:
        """A table, a chart or a diagram."""
        grid = next(shape.iter("{*}tbl"), None)
        if grid is not None:
            return table(
                [
                    ["\n".join(_paragraphs(cell)) for cell in row if local(cell) == "tc"]
                    for row in grid
                    if local(row) == "tr"
                ]
            )
        for one in shape.iter("{*}chart", "{*}relIds"):
            for key in map(str, one.attrib):
                kind, member = self._related.get(str(one.get(key)), ("", ""))
                root = self._archive.optional_xml(member) if member else None
                if root is not None and kind.startswith("chart"):
                    return chart(root)
                if root is not None and kind == "diagramData":
                    return "\n".join(f"- {line}" for line in _paragraphs(root))
        return ""

    def _notes(self) -> list[str]:
        for kind, member in self._related.values():
            root = self._archive.optional_xml(member) if kind == "notesSlide" else None
            if root is None:
                continue
            words = [
                _text(shape)
                for shape in root.iter("{*}sp")
                if all(attribute(place, "type") not in _ODDMENTS for place in shape.iter("{*}ph"))
            ]
            if any(words):
                return ["Notes: " + "\n".join(word for word in words if word)]
        return []


def chart(root: etree._Element) -> str:
    """A chart as a table: its categories down, its series across."""
    titles = [" ".join(_paragraphs(one)) for one in root.iter("{*}title")]
    names, columns = [""], [list[str]()]
    for series in root.iter("{*}ser"):
        label = child(series, "tx")
        names.append(" ".join(_values(label)) if label is not None else f"Series {len(names)}")
        for kind in ("cat", "xVal"):
            if (found := child(series, kind)) is not None and not columns[0]:
                columns[0] = _values(found)
        values = child(series, "val")
        values = values if values is not None else child(series, "yVal")
        columns.append(_values(values) if values is not None else [])
    height = max(map(len, columns))
    rows = [
        [column[row] if row < len(column) else "" for column in columns] for row in range(height)
    ]
    words = f"Chart: {titles[0]}" if titles and titles[0] else "Chart"
    axes = [f"({title})" for title in titles[1:] if title]
    return "\n".join([" ".join([words, *axes]), "", table([names, *rows])]).strip()


def _values(element: etree._Element) -> list[str]:
    """The points of a series, as the chart has kept them; the last kept ones of each place."""
    found: dict[int, str] = {}
    for point in element.iter("{*}pt"):
        value = child(point, "v")
        place = attribute(point, "idx")
        if value is not None and place.isdigit() and int(place) < _POINTS:
            found[int(place)] = value.text or ""
    if not found:
        return [one.text or "" for one in element.iter("{*}v")][:_POINTS]
    return [found.get(place, "") for place in range(max(found) + 1)]


def _text(shape: etree._Element) -> str:
    body = child(shape, "txBody")
    if body is None:
        return ""
    lines = []
    for paragraph in body:
        if local(paragraph) == "p":
            properties = child(paragraph, "pPr")
            level = attribute(properties, "lvl", "0") if properties is not None else "0"
            words = _line(paragraph)
            indented = "  " * min(int(level), 9) + "- " if level.isdigit() and level != "0" else ""
            lines.append(indented + words if words.strip() else "")
    return "\n".join(lines).strip()


def _paragraphs(element: etree._Element) -> list[str]:
    """The lines of text anywhere inside."""
    lines = [_line(paragraph).strip() for paragraph in element.iter("{*}p")]
    return [line for line in lines if line]


def _line(paragraph: etree._Element) -> str:
    words = []
    for one in paragraph.iter("{*}t", "{*}br", "{*}tab"):
        words.append(one.text or "" if local(one) == "t" else "\n" if local(one) == "br" else "\t")
    return "".join(words)
