"""What can be saved of a PDF file whose tree of pages is lost."""

import ctypes
import mmap
import re

_OBJECT = re.compile(rb"(?<![0-9])(\d{1,9})\s+(\d{1,5})\s+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_ENCRYPTED = re.compile(rb"/Encrypt\s")
_HEAD = 2000  # bytes of an object that are looked at
_MOST = 20_000  # pages
# The size of a page doesn't have to be told where the lost tree told it for all.
_PAPER = b"/MediaBox [0 0 612 792]"


def salvaged(data: mmap.mmap) -> "ctypes.Array[ctypes.c_char] | None":
    """The file with a new tree of the pages that are there, in the order in which they stand in
    it. None if there are none, or if they are encrypted."""
    if _ENCRYPTED.search(data):
        return None
    pages: dict[int, bytes] = {}
    highest = 0
    for found in _OBJECT.finditer(data):
        number = int(found[1])
        highest = max(highest, number)
        body = data[found.end() : found.end() + _HEAD]
        if len(pages) < _MOST and _PAGE.search(
            body.partition(b"endobj")[0].partition(b"stream")[0]
        ):
            pages[number] = found[2]
    if not pages:
        return None
    tree, root = highest + 1, highest + 2
    kids = b" ".join(b"%d %s R" % page for page in pages.items())
    added = (
        b"\nendstream endobj\n%d 0 obj\n<< /Type /Pages /Count %d /Kids [%s] %s >>\nendobj\n"
        b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n"
        b"trailer\n<< /Root %d 0 R /Size %d >>\n%%%%EOF\n"
    ) % (tree, len(pages), kids, _PAPER, root, tree, root, root + 1)
    whole = data[:] + added
    return (ctypes.c_char * len(whole)).from_buffer_copy(whole)
