"""Files that are read by the real process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.document import Extract, Page
from app.documents.reader.client import Reader
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
def read(reader: Reader, put: Callable[[Pdf | bytes], Path]) -> Read:
    """Read a file that is put somewhere first."""

    def extract(pdf: Pdf | bytes, *, password: str = "") -> Extract:
        return reader.extract(put(pdf), "file.pdf", password=password)

    return extract


@pytest.fixture
def read_page(read: Read) -> Callable[[Pdf | bytes], Page]:
    """The only page of a file."""

    def page(pdf: Pdf | bytes) -> Page:
        (only,) = read(pdf).pages
        return only

    return page
