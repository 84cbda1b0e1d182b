"""About how many tokens a text becomes, without a model at hand.

The figures are those of a vocabulary as large as Gemma's (262,144 tokens): most English words are
one token, every digit is one, a Chinese character is less than one. They are a little higher than
what one gets, since a prompt that is a little shorter than thought does no harm.
"""

from collections import Counter

_WORD = 0.7  # of a token for each word of Latin letters …
_LETTER = 0.13  # … and for each of its letters
_LINE = 0.8  # for the end of a line
_INDENT = 0.6  # for a run of spaces at the beginning of one
_GAP = 0.9  # for a space before a digit: it joins words, but not numbers

# Tokens a character, by the block it is in: (first code point behind the block, tokens).
_BLOCKS = (
    (0x0250, 0.55),  # Latin letters with accents
    (0x0530, 0.40),  # Greek, Cyrillic
    (0x0700, 0.45),  # Armenian, Hebrew, Arabic
    (0x0900, 0.80),
    (0x0E00, 0.50),  # scripts of India
    (0x0E80, 0.50),  # Thai
    (0x1100, 0.90),
    (0x1200, 0.90),  # parts of Hangul
    (0x1E00, 1.00),
    (0x2000, 0.60),  # more Latin letters, more Greek
    (0x3000, 1.00),  # marks, arrows, mathematics
    (0x3040, 0.90),  # marks of East Asia
    (0x3100, 0.75),  # kana
    (0xA000, 0.80),  # Chinese characters
    (0xAC00, 1.50),
    (0xD7B0, 0.85),  # Hangul
    (0xE000, 1.50),
    (0x10000, 1.20),  # compatibility forms
)
_PIECE = 100_000  # characters
_RARE = 2.5  # what lies beyond: pictograms, old scripts

_LETTERS = bytes(
    ord("a") if chr(byte).isalpha() and byte < 128 else ord(" ") for byte in range(256)
)
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))


def estimate(text: str) -> int:
    """About what ``text`` costs to read, in tokens; rather too many than too few."""
    # In pieces, for no other thread runs while one is counted.
    starts = range(0, len(text), _PIECE)
    return sum(_estimate(text[start : start + _PIECE]) for start in starts)


def _estimate(text: str) -> int:
    plain = text.encode("ascii", "replace")
    words = len(plain.translate(_LETTERS).split())
    tokens = words * _WORD + plain.count(b"\n  ") * _INDENT
    tokens += plain.translate(_DIGITS).count(b" 0") * _GAP
    for character, count in Counter(text).items():
        tokens += _weight(character) * count
    return int(tokens) + 1


def _weight(character: str) -> float:
    code = ord(character)
    if code >= 128:
        return next((tokens for end, tokens in _BLOCKS if code < end), _RARE)
    if character.isalpha():
        return _LETTER
    if character == "\n":
        return _LINE
    return 0.05 if character.isspace() else 1.0
