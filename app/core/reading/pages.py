"""How pages stand in a prompt, and how an answer names them."""

from app.core.document import Extract, Page, Unit

# What a page is called in a mark and in a citation. Files are cited by their name and lines.
_SHORT: dict[Unit, str] = {
    "page": "p.",
    "slide": "slide",
    "sheet": "sheet",
    "section": "section",
    "file": "",
    "time": "",
}


def mark(unit: Unit, page: Page) -> str:
    """The mark that stands before a page in a prompt, and that an answer cites: "[p. 12]",
    "[slide 3]", "[src/main.py]", "[12:30]"."""
    if unit in ("file", "time"):
        return f"[{page.label or page.number}]"
    return f"[{_SHORT[unit]} {page.number}]"


def extract_text(extract: Extract) -> str:
    """A whole document as it stands in a prompt, each page after its mark."""
    head = f"Contents of the file {extract.name}, {extract.total} {extract.unit}s:"
    pages = [f"{mark(extract.unit, page)}\n{page.text.strip()}" for page in extract.pages]
    return "\n".join([head, "---", *pages, "---"])
