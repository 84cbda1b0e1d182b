"""Looking at a PDF file: its pages as pictures, and where words stand on them."""

from functools import lru_cache
from pathlib import Path

from app.documents.reader import refusals
from app.documents.reader.pdf.file import PdfFile
from app.documents.reader.pdf.passages import find, locate
from app.documents.reader.pdf.pictures import paint, png
from app.documents.reader.pdf.text import PageText
from app.documents.reader.places import Box


class View:
    """A file that is being looked at."""

    def __init__(self, file: PdfFile, name: str) -> None:
        self._file = file
        self._name = name

    def render(self, number: int, width: int, pixels: int) -> bytes:
        """See ``client.Reader.render``."""
        with self._file.page(self._known(number)) as page:
            if page is None:
                raise refusals.no_page(self._name, number)
            try:
                return png(*paint(page, width, pixels, self._file.forms))
            except MemoryError:
                raise refusals.not_shown(self._name) from None

    def sizes(self) -> tuple[tuple[float, float], ...]:
        """See ``client.Reader.sizes``."""
        return tuple(self._file.size(number) for number in range(1, self._file.pages + 1))

    def locate(self, number: int, passage: str) -> tuple[Box, ...]:
        """See ``client.Reader.locate``."""
        with self._file.page(self._known(number)) as page:
            if page is None:
                raise refusals.no_page(self._name, number)
            text = PageText(page)
            boxes = locate(page, text, passage)
            text.close()
        return boxes

    def find(self, number: int, words: str) -> tuple[tuple[Box, ...], ...]:
        """See ``client.Reader.find``."""
        with self._file.page(self._known(number)) as page:
            if page is None:
                raise refusals.no_page(self._name, number)
            text = PageText(page)
            places = find(page, text, words)
            text.close()
        return places

    def _known(self, number: int) -> int:
        if not 1 <= number <= self._file.pages:
            raise refusals.no_page(self._name, number)
        return number


@lru_cache(maxsize=1)
def view(path: Path, name: str, password: str) -> View:
    """The file at ``path``, opened by the first look. AppError if it can't be opened."""
    return View(PdfFile(path, name, password), name)
