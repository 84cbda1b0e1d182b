"""Whether text is text: what a document has in letters may be nothing like what is seen."""

import re

# Private and unassigned characters, marks for "unknown", and what controls printers.
_ODD = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufff0-\uffff]")
_FEW = 40  # characters about which nothing can be said
_FOREIGN = re.compile("[\u0100-\U000dffff]")  # letters beyond Western Europe's, for the most part

# In Latin-1, in which counting is quickest.
_SPACES = b"\t\n\r \xa0"
_SMALL = bytes(range(ord("a"), ord("z") + 1))
_VOWELS = b"aeiouy"
# The ten letters that make up two thirds and more of a text in a European language.
_COMMON = b"etaoinsrhl"
# The rarest ones: a fifth of what is written in Polish, and of nothing else so much.
_RARE = b"jkqvwxz"
_WESTERN = bytes(range(0xE0, 0x100))
# Strokes that lead the eye, in tables and lists of contents.
_LEADING = b".-_=|\xb7" + _SPACES

MAX_ODD = 0.15
_MIN_WORDLY = 0.3  # letters and digits among what isn't a leader
_MAX_WESTERN = 0.55  # of the letters; a fifth is much for French, a third for Vietnamese
_MIN_VOWELS, _MAX_VOWELS = 0.16, 0.75
_MIN_COMMON = 0.42
_MAX_RARE = 0.25
_ENOUGH_LETTERS = 120
_LONG_WORDS = 15  # characters on average


def legible(text: str) -> bool | None:
    """Whether ``text`` is what somebody wrote. None if that can't be told from the text alone: it
    is short, or in a script whose letters aren't counted."""
    small = text.lower().encode("latin-1", "replace")
    letters = _count(small, _SMALL)
    # Where most is letters, the rest needn't be counted.
    solid = len(small) if 2 * letters >= len(small) else len(small) - _count(small, _LEADING)
    if solid < 4:
        return None
    doubtful = "\ufffd" in text or not text.replace("\n", "").isprintable()
    if doubtful and len(_ODD.findall(text)) > MAX_ODD * solid:
        return False
    if solid < _FEW:
        return None
    if letters >= max(_ENOUGH_LETTERS, solid / 2):
        vowels, common = _count(small, _VOWELS) / letters, _count(small, _COMMON) / letters
        rare = _count(small, _RARE) / letters
        if _MIN_VOWELS < vowels < _MAX_VOWELS and common > _MIN_COMMON and rare < _MAX_RARE:
            return True
        # Keys, sequences and files in letters are no words, either, but meant as they are.
        return None if len(text) > _LONG_WORDS * len(text.split()) else False
    western = _count(small, _WESTERN)
    if western > _MAX_WESTERN * (letters + western) and letters + western > solid / 2:
        return False
    wordly = letters + western + _count(small, b"0123456789")
    if wordly < _MIN_WORDLY * solid and not _FOREIGN.search(text):
        return False
    return None


def solid_characters(text: str) -> int:
    """How many characters there are besides white space and leaders."""
    small = text.encode("latin-1", "replace")
    return len(small) - _count(small, _LEADING)


def _count(text: bytes, which: bytes) -> int:
    return len(text) - len(text.translate(None, which))
