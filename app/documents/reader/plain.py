"""Text in any encoding, and tables of it (csv)."""

from collections.abc import Iterator
from pathlib import Path

from app.core.document import Page
from app.documents import text_files
from app.documents.lines import text_extract
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    text = text_files.decode(path.read_bytes())
    if text is None:
        raise damaged(name)
    extract = text_extract(text, name)
    context.unit, context.total = extract.unit, extract.total
    context.headings.extend(extract.headings)
    yield from extract.pages
