"""Reading a document in this process, for tests."""

import importlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from app.core.document import Heading, Page
from app.documents.reader.formats import READERS, Context, Enough, kind_of
from app.documents.reader.limits import Limits


class Found:
    """What was read of a file; ``failure`` is what ended it early."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.kind = kind_of(path.read_bytes()[:8192], path.name)
        self.context = Context(limits or Limits())
        self.pages: list[Page] = []
        self.failure: Exception | None = None
        read = importlib.import_module(READERS[self.kind].module).read
        try:
            for page in read(path, path.name, self.context):
                self.pages.append(page)
        except Enough as limit:
            self.failure = limit
            self.context.warn(limit.sentence)
        except Exception as error:
            self.failure = error
        assert [page.number for page in self.pages] == list(range(1, len(self.pages) + 1))

    @property
    def texts(self) -> list[str]:
        return [page.text for page in self.pages]

    @property
    def text(self) -> str:
        return "\n\n".join(self.texts)

    @property
    def headings(self) -> list[Heading]:
        return self.context.headings

    @property
    def missing(self) -> list[str]:
        return self.context.missing


def read(path: Path) -> Found:
    """All of a file that has to be readable."""
    found = Found(path)
    if found.failure is not None:
        raise found.failure
    return found


def saved(path: Path, content: str | bytes | Mapping[str, str | bytes]) -> Path:
    """``path`` with ``content``; a ZIP file of several contents by their names."""
    if isinstance(content, Mapping):
        content = zipped(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            plain = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, plain)
    return buffer.getvalue()
