"""What has been read of a document, page by page.

A page is whatever its kind of document counts in: pages, slides, sheets, chapters, the files of
a folder, the pieces of a recording. Pages that hold no words of their own (scans, speech) wait for
the model to see or hear them; until then they are not ``read``.
"""

from typing import Literal

import msgspec

Unit = Literal["page", "slide", "sheet", "section", "file", "time"]
Source = Literal["text", "picture", "sound"]


class Page(msgspec.Struct, frozen=True):
    """One page, ``number`` counting from 1. ``text`` is plain text with tables as Markdown.

    ``source`` says where its words come from, or have to come from as long as it is not ``read``.
    ``label`` is what the document itself calls it ("iv", "Sheet1", "src/main.py"), "" if that is
    its number. ``first_line`` counts the lines of a file from 1, 0 where lines mean nothing.
    ``start`` and ``end`` are the seconds of a recording. ``problem`` is a sentence about what of
    the page can't be read, and why; a page that can't be read at all is ``read`` and has no words.
    """

    number: int
    text: str = ""
    source: Source = "text"
    read: bool = True
    label: str = ""
    first_line: int = 0
    start: float = 0.0
    end: float = 0.0
    problem: str = ""


class Heading(msgspec.Struct, frozen=True):
    """An entry of the outline: ``level`` 1 is the highest, ``page`` a page's number."""

    title: str
    level: int
    page: int


class Extract(msgspec.Struct, frozen=True):
    """Everything that has been read of one document.

    ``kind`` is the format in lower case ("pdf", "docx", "folder", "recording"). ``total`` counts
    the pages of the document, also those that are not among ``pages``; ``missing`` are sentences
    about what was left out, and why. ``tree`` lists the files of a folder for the model.
    """

    name: str
    kind: str
    unit: Unit
    pages: tuple[Page, ...]
    total: int
    headings: tuple[Heading, ...] = ()
    missing: tuple[str, ...] = ()
    title: str = ""
    tree: str = ""

    @property
    def unread(self) -> tuple[int, ...]:
        """The numbers of the pages that wait to be seen or heard."""
        return tuple(page.number for page in self.pages if not page.read)

    @property
    def characters(self) -> int:
        """How much text there is, without what has still to be seen or heard."""
        return sum(len(page.text) for page in self.pages)


class Coverage(msgspec.Struct, frozen=True):
    """What of one document an answer rests on. Numbers of pages, in order, each at most once.

    ``read`` are all that the model was given, ``pictures`` and ``sounds`` those of them whose words
    were seen or heard by the model; ``left_out`` are sentences that name pages and why they were
    not read. ``how``: the document was read as a whole, section by section, or only where a search
    had found something.
    """

    name: str
    blob: str
    unit: Unit
    total: int
    read: tuple[int, ...] = ()
    pictures: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()
    how: Literal["whole", "sections", "search"] = "whole"

    @property
    def complete(self) -> bool:
        """Whether the model was given every page."""
        return len(self.read) == self.total and not self.left_out
