"""How pages stand in a prompt, and how an answer names them."""

from collections.abc import Iterable, Sequence

from app.core.conversation import Document
from app.core.document import Extract, Page, Unit
from app.core.reading.spans import Span, whole_pages

# What a page is called in a mark and in a citation. Files are cited by their name and lines.
_SHORT: dict[Unit, str] = {
    "page": "p.",
    "slide": "slide",
    "sheet": "sheet",
    "section": "section",
    "file": "",
    "time": "",
}
_PLURAL: dict[Unit, str] = {"page": "pp.", "slide": "slides", "sheet": "sheets"}
_COUNTED: dict[Unit, str] = {"time": "piece"}
LINES = 10  # after so many lines of a file comes another mark with their number
_SEEN = "picture"


def mark(unit: Unit, page: Page, document: int = 1) -> str:
    """The mark that stands before a page in a prompt, and that an answer cites: "[p. 12]",
    "[slide 3]", "[src/main.py]", "[12:30]". Those of the second ``document`` of a chat and the
    ones after it begin with its number: "[2: p. 12]"."""
    if unit in ("file", "time"):
        return f"[{_of(document)}{page.label or page.number}]"
    return f"[{_of(document)}{_SHORT[unit]} {page.number}]"


def range_mark(extract: Extract, first: int, last: int, document: int = 1) -> str:
    """The mark of several pages: "[pp. 3-5]", of files and recordings of the first one."""
    if first == last or extract.unit in ("file", "time"):
        page = next((page for page in extract.pages if page.number == first), Page(first))
        return mark(extract.unit, page, document)
    plural = _PLURAL.get(extract.unit, f"{_SHORT[extract.unit]}s")
    return f"[{_of(document)}{plural} {first}-{last}]"


def count(extract: Extract) -> str:
    """How long the document is, in words: "37 pages"."""
    noun = _COUNTED.get(extract.unit, extract.unit)
    return f"{extract.total} {noun}" if extract.total == 1 else f"{extract.total} {noun}s"


def extract_text(extract: Extract, document: int = 1) -> str:
    """A whole document as it stands in a prompt, each page after its mark, with the rules for
    citing it. The same for every question, so that it is read once."""
    head = f"Contents of the file {extract.name}, {count(extract)}:"
    tree = [f"Its files:\n{extract.tree}", "---"] if extract.tree else []
    body = marked(extract, whole_pages(extract, (page.number for page in extract.pages)), document)
    missing = [f"Not included: {' '.join(extract.missing)}"] if extract.missing else []
    return "\n".join([head, "---", *tree, body, "---", *missing, rules(extract, document)])


def rules(extract: Extract, document: int = 1, page: int = 0) -> str:
    """How an answer has to cite this document, with ``page`` as the example."""
    example = _example(extract, document, page)
    return (
        f"Take what you say about {extract.name} only from what stands above. Behind each "
        f"statement put the mark of the {_place(extract.unit)} it is from, such as {example}. If "
        "something is not there, say that it is not."
    )


def marked(extract: Extract, spans: Sequence[Span], document: int = 1) -> str:
    """Pieces of a document, each after the mark of its page."""
    pages = {page.number: page for page in extract.pages}
    return "\n".join(_piece(extract.unit, pages[span.page], span, document) for span in spans)


def single_page(document: Document) -> Extract:
    """A short text file, as a document of one page."""
    page = Page(1, document.text)
    return Extract(document.name, document.kind, "page", (page,), 1)


def numbers_in_words(numbers: Iterable[int]) -> str:
    """Numbers of pages for a sentence: "3-5, 8"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _piece(unit: Unit, page: Page, span: Span, document: int) -> str:
    text = page.text[span.start : span.end]
    if unit == "file" and page.first_line:
        return _numbered(page, span, text, document)
    head = mark(unit, page, document)
    if page.label and unit in ("slide", "sheet", "section"):
        head = f"{head} {page.label}"
    if text.strip():
        return f"{head}\n{text.strip()}"
    return f"{head}\n{_instead(page)}"


def _instead(page: Page) -> str:
    """What stands for a page without words."""
    if page.problem:
        return f"({page.problem})"
    if page.read:
        return "(Nobody speaks here.)" if page.source == "sound" else "(Nothing is written here.)"
    kind = "picture" if page.source == _SEEN else "sound"
    return f"(This is a {kind} that has not been read.)"


def _numbered(page: Page, span: Span, text: str, document: int) -> str:
    """Lines of a file, with a mark every few lines, which tells the number of the next one."""
    if not text.strip():
        return f"[{_of(document)}{page.label}]\n{_instead(page)}"
    line = page.first_line + page.text.count("\n", 0, span.start)
    pieces: list[str] = []
    rows = text.rstrip().split("\n")
    for index in range(0, len(rows), LINES):
        pieces.append(f"[{_of(document)}{page.label}:{line + index}]")
        pieces += rows[index : index + LINES]
    return "\n".join(pieces)


def _example(extract: Extract, document: int, number: int) -> str:
    usual = extract.pages[min(2, len(extract.pages) - 1)] if extract.pages else Page(1)
    page = next((page for page in extract.pages if page.number == number), usual)
    if extract.unit == "file":
        return f"[{_of(document)}{page.label or page.number}:1-5]"
    return mark(extract.unit, page, document)


def _place(unit: Unit) -> str:
    return {"file": "file and lines", "time": "place in the recording"}.get(unit, unit)


def _of(document: int) -> str:
    return f"{document}: " if document > 1 else ""
