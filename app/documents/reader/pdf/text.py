"""The text of a PDF's page, as people would read it."""

import ctypes
import re
import unicodedata

import pypdfium2.raw as pdfium

# What PDFium has instead of the hyphen of a word that goes on in the next line: one in the list of
# its characters, the other in text.
_BROKEN = "\x02\ufffe"
_BREAK = re.compile(f"[{_BROKEN}\xad]\\s*")
_BEFORE, _AFTER = re.compile(r"\w+\Z"), re.compile(r"\w+")
_LONGEST_WORD = 50
LINE_ENDS = (0x0A, 0x02, 0xFFFE)  # in the list of characters
_MANY_LINES = re.compile(r"\n[ \t\n]*\n[ \t]*\n")
_UNUSUAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2028\u2029\ue000-\uf8ff\ufb00-\ufb06"
    "\ufb1d-\ufdff\ufe70-\ufeff\ufff0-\uffff]"
)
# What Word's symbol font has instead of a bullet.
_BULLETS = "\uf0b7\uf0a7\uf076\uf0d8\uf0fc"
_SAMPLES = 40


class PageText:
    """The text of an open page, until ``close``. ``raw`` is PDFium's handle; ``characters`` counts
    what it has, of which some don't become text."""

    def __init__(self, page: object) -> None:
        self.raw = pdfium.FPDFText_LoadPage(page)
        self.characters = max(0, pdfium.FPDFText_CountChars(self.raw)) if self.raw else 0

    def read(self) -> str:
        """The text as PDFium has it: lines end in \\r\\n, and some characters are marks."""
        if not self.characters:
            return ""
        # Characters beyond the first 65,536 take two places.
        buffer = (ctypes.c_ushort * (2 * self.characters + 1))()
        count = pdfium.FPDFText_GetText(self.raw, 0, self.characters, buffer)
        return bytes(memoryview(buffer)[: max(0, count - 1)]).decode("utf-16-le", "replace")

    def unmapped(self) -> float:
        """Which share of the characters PDFium had to guess, as the font doesn't tell what they
        mean; of a sample."""
        step = max(1, self.characters // _SAMPLES)
        samples = range(0, self.characters, step)
        errors = [pdfium.FPDFText_HasUnicodeMapError(self.raw, index) == 1 for index in samples]
        return sum(errors) / len(errors) if errors else 0.0

    def close(self) -> None:
        """Let go of the text; before the page is closed."""
        if self.raw:
            pdfium.FPDFText_ClosePage(self.raw)
            self.raw = None


def tidy(text: str) -> str:
    """Text as it came from PDFium, with lines that end in \\n, whole words where a line has broken
    them, and letters instead of ligatures and presentation forms."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" \n", "\n")
    if "\ufffe" in text or "\x02" in text or "\xad" in text:
        text = _BREAK.sub(_mended, text)
    if not text.isascii() or not text.replace("\n", "").isprintable():
        text = _UNUSUAL.sub(_usual, text)
    if "\n\n" in text:
        text = _MANY_LINES.sub("\n\n", text)
    return text.strip()


def _mended(found: re.Match[str]) -> str:
    """What belongs between the halves of a broken word. The hyphen stays before a capital or a
    digit, and where the text has the word with it elsewhere."""
    text = found.string
    before = _BEFORE.search(text, max(0, found.start() - _LONGEST_WORD), found.start())
    after = _AFTER.match(text, found.end(), found.end() + _LONGEST_WORD)
    if before is None or after is None:
        return "" if found[0][0] == "\xad" else "-" + found[0][1:]
    if before[0][-1].islower() and after[0][0].islower():
        return "-" if f"{before[0]}-{after[0]}" in text else ""
    return "" if found[0][0] == "\xad" else "-"


def _usual(found: re.Match[str]) -> str:
    character = found[0]
    if character in _BULLETS:
        return "•"
    if character in _BROKEN:
        return "-"
    if "\ufb00" <= character <= "\ufefe":
        return unicodedata.normalize("NFKC", character)
    if character in "\x0b\x0c\x85\u2028\u2029":
        return "\n"
    return character if "\ue000" <= character <= "\uf8ff" else ""
