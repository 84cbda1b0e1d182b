"""Text in any encoding, and tables of it (csv)."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from app.core.document import Page
from app.documents import lines, text_files
from app.documents.reader.archive import damaged
from app.documents.reader.formats import Context

_TABLES = (".csv", ".tsv", ".tab")


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    text = text_files.decode(path.read_bytes())
    if text is None:
        raise damaged(name)
    ending = PurePath(name).suffix.lower()
    pages = list(lines.csv_pages(text) if ending in _TABLES else lines.line_pages(text))
    context.total = len(pages)
    if ending in (".md", ".markdown"):
        context.headings.extend(lines.headings(pages))
    yield from pages
