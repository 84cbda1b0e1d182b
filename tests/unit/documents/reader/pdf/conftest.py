"""PDF files to be read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.document import Extract, Page
from app.documents.reader.client import Limits, Reader
from app.documents.reader.messages import About, Event, Pages
from app.documents.reader.messages import Read as Order
from app.documents.reader.reading import Reading
from tests.data.pdf_files import Pdf

Read = Callable[..., Extract]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with_log = Reader(log=tmp_path_factory.mktemp("logs") / "reader.log")
    yield with_log
    with_log.close()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[Pdf | bytes], Path]:
    """Write a file and say where it is."""

    def write(pdf: Pdf | bytes) -> Path:
        path = tmp_path / "file.pdf"
        path.write_bytes(pdf if isinstance(pdf, bytes) else pdf.written())
        return path

    return write


@pytest.fixture
def read(put: Callable[[Pdf | bytes], Path]) -> Read:
    """Read a file that is put somewhere first; in this process, for these are many."""

    def extract(pdf: Pdf | bytes) -> Extract:
        path = put(pdf)
        events: list[Event] = []
        order = Order(path=os.fsencode(path), name="file.pdf", limits=Limits())
        Reading(order, "pdf", events.append).run(path)
        pages = [page for event in events if isinstance(event, Pages) for page in event.pages]
        *_, about = [event for event in events if isinstance(event, About)]
        return Extract(
            "file.pdf",
            about.kind,
            about.unit,
            tuple(pages),
            about.total,
            about.headings,
            about.missing,
            about.title,
        )

    return extract


@pytest.fixture
def read_page(read: Read) -> Callable[[Pdf | bytes], Page]:
    """The only page of a file."""

    def page(pdf: Pdf | bytes) -> Page:
        (only,) = read(pdf).pages
        return only

    return page
