"""Where in long documents something stands: an index over their pages."""

from collections.abc import Collection
from pathlib import Path

from app.core.document import Extract
from app.core.reading.hits import Hit


class Index:
    """All documents in one SQLite file, which can be deleted at any time. Safe to use from several
    threads, one at a time."""

    def __init__(self, path: Path | None = None) -> None:
        """``path`` of the file, None to keep it in memory. A damaged one is begun anew."""
        raise NotImplementedError

    def add(self, blob: str, extract: Extract) -> None:
        """Take up a document, in place of what was known of it. Cheap if nothing has changed."""
        raise NotImplementedError

    def search(self, question: str, blobs: Collection[str], limit: int = 12) -> tuple[Hit, ...]:
        """The best places in these documents, best first."""
        raise NotImplementedError

    def forget(self, blobs: Collection[str]) -> None:
        """Remove documents."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError
