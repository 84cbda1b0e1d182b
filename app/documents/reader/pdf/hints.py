"""What the bytes of a PDF file tell without PDFium, quicker than a look at every page."""

import mmap
import re

from app.documents.reader.pdf.packed import packed_streams

# Notes that say something and fields, or what might be one: a name in other letters, a reference.
_SAYING = re.compile(
    rb"/Subtype\s*(?:/(?:Widget|Text|FreeText|Highlight|Underline|Squiggly|StrikeOut|Stamp|Caret|Ink"
    rb"|Line|Square|Circle|Polygon|PolyLine)\b|/\w*#|\d)"
)
_ENCRYPTED = re.compile(rb"/Encrypt\b")


def may_have_notes(data: mmap.mmap) -> bool:
    """Whether a page may have notes or fields. False only if there are none in the whole file,
    whose dictionaries lie open or are packed in the usual way."""
    if _SAYING.search(data) or _ENCRYPTED.search(data):
        return True
    return any(
        not stream.whole or _SAYING.search(stream.content) for stream in packed_streams(data)
    )
