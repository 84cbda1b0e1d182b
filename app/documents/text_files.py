"""Text files: bytes -> text, whatever wrote them.

What says its encoding is believed, what is valid UTF-8 is UTF-8 (other encodings almost never are,
by accident), and UTF-16 without a mark betrays itself by its zero bytes. Of the rest, text with
many letters beyond ASCII is in a script of its own: statistics tell which. All else is what this
system wrote before UTF-8, else Windows-1252: between encodings of Latin letters statistics err.
"""

import codecs
import locale

from charset_normalizer import from_bytes

MAX_BYTES = 2_000_000  # about 500,000 tokens: beyond any context a desktop holds

# The longer marks first: UTF-32's begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of scripts other than the Latin one.
_SCRIPTS = (
    *("cp1251", "koi8_r", "cp866", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1253", "cp1255", "cp1256", "cp874"),
)
_FOREIGN = 0.25  # share of bytes beyond ASCII from which on a text is in such a script
_GUESSED = 32_768  # bytes that the guess is made of
_SAMPLE = 4096  # bytes looked at for UTF-16 without a mark
# Control characters that texts have: tab, line ends, form feed, backspace, escape (coloured logs).
_USUAL = set("\t\n\r\f\v\b\x1b")
_MAX_CONTROLS = 0.005  # share of other control characters that a text may have


def decode_surely(data: bytes) -> str | None:
    """The text of a file that says its encoding, or is UTF-8; None if it does neither."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _try(data, encoding)
    return _try(data, "utf-8")


def decode(data: bytes) -> str | None:
    """The text in ``data`` with line ends as "\\n"; None if it is no text in any encoding."""
    if (text := decode_surely(data)) is not None:
        return text
    if (wide := _wide_encoding(data)) is not None:
        return _try(data, wide)
    if 0 in data:
        return None
    for encoding in (*_foreign(data), locale.getpreferredencoding(False), "cp1252", "latin-1"):
        if (text := _try(data, encoding)) is not None:
            return text
    return None


def begins_like_text(data: bytes) -> bool:
    """Whether the first bytes of a file that is too large to decode look like text."""
    sample = data[: _SAMPLE - _SAMPLE % 4]
    # Up to three bytes fewer, for the cut may have gone through a character.
    return any(decode(sample[: len(sample) - cut]) is not None for cut in range(4))


def _foreign(data: bytes) -> tuple[str, ...]:
    """The likeliest encoding of a text in another script than the Latin one, if it is in one."""
    sample = data[:_GUESSED]
    beyond = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    if beyond < _FOREIGN * len(sample):
        return ()
    if len(sample) < len(data):  # no character is cut in two there
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    best = from_bytes(sample, cp_isolation=list(_SCRIPTS)).best()
    return (best.encoding,) if best is not None else ()


def _try(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    if not _is_text(text):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_text(text: str) -> bool:
    controls = sum(
        text.count(character)
        for character in map(chr, (*range(0x20), *range(0x7F, 0xA0)))
        if character not in _USUAL
    )
    return controls <= _MAX_CONTROLS * len(text)


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 of mostly Western text has a zero in every other byte."""
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if half == 0 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None
