"""What can be saved of a PDF file whose table of objects, or tree of pages, is lost."""

import ctypes
import mmap
import re
from collections.abc import Iterator

from app.documents.reader.pdf.packed import packed_objects

_OBJECT = re.compile(rb"(?<![0-9])(\d{1,9})\s+(\d{1,5})\s+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_CATALOGUE = re.compile(rb"/Type\s*/Catalog\b")
_ENCRYPTED = re.compile(rb"/Encrypt\s")
_HEAD = 2000  # bytes of an object that are looked at
_MOST_PAGES = 20_000
_MOST_UNPACKED = 100_000_000  # bytes
# The size of a page doesn't have to be told where the lost tree told it for all.
_PAPER = b"/MediaBox [0 0 612 792]"


def salvaged(data: mmap.mmap) -> "Iterator[ctypes.Array[ctypes.c_char]]":
    """The file with its objects laid open, to be searched for by PDFium: with its own tree of
    pages, if that is there, and else with a new one of the pages in the order in which they stand
    in it. Nothing if there are no pages, or if they are encrypted."""
    if _ENCRYPTED.search(data):
        return
    pages: dict[int, bytes] = {}
    catalogue, highest = b"", 0
    for found in _OBJECT.finditer(data):
        number = int(found[1])
        highest = max(highest, number)
        head = data[found.end() : found.end() + _HEAD].partition(b"endobj")[0]
        head = head.partition(b"stream")[0]
        if _PAGE.search(head):
            pages[number] = found[2]
        elif _CATALOGUE.search(head):
            catalogue = b"%s %s R" % (found[1], found[2])
    opened = [b"\nendstream endobj\n"]
    room = _MOST_UNPACKED
    for number, body in packed_objects(data):
        highest, room = max(highest, number), room - len(body)
        if room < 0:
            break
        opened.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        if _PAGE.search(body):
            pages[number] = b"0"
        elif _CATALOGUE.search(body):
            catalogue = b"%d 0 R" % number
    if catalogue:
        yield _file(
            data, [*opened, b"trailer\n<< /Root %s /Size %d >>\n" % (catalogue, highest + 1)]
        )
    if pages:
        tree, root = highest + 1, highest + 2
        kids = [b"%d %s R" % page for page in pages.items()][:_MOST_PAGES]
        added = (
            b"%d 0 obj\n<< /Type /Pages /Count %d /Kids [%s] %s >>\nendobj\n"
            b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n"
            b"trailer\n<< /Root %d 0 R /Size %d >>\n"
        ) % (tree, len(kids), b" ".join(kids), _PAPER, root, tree, root, root + 1)
        yield _file(data, [*opened, added])


def _file(data: mmap.mmap, added: list[bytes]) -> "ctypes.Array[ctypes.c_char]":
    whole = b"".join([data[:], *added, b"%%EOF\n"])
    return (ctypes.c_char * len(whole)).from_buffer_copy(whole)
