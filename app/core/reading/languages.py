"""Which language a text is in, by its small words: well enough to tell whether two are the same."""

import re
from collections.abc import Mapping

_SMALL_WORDS: Mapping[str, str] = {
    "English": (
        "the of and to in is are was were that for with as by on it this from at which be not "
        "or has have had an will its their been"
    ),
    "German": (
        "der die das und ist den von zu mit sich des dem nicht ein eine einer auf im wird für "
        "als auch es an werden aus hat sind war bei nach zum zur"
    ),
    "French": (
        "le la les de des et est un une du dans que qui pour par sur au aux avec ne pas ce "
        "cette sont il elle ses"
    ),
    "Spanish": (
        "el la los las de del y es un una en que por para con no se su al lo como más fue son entre"
    ),
    "Italian": (
        "il la lo gli le di del della e è un una in che per con non si al dei nel sono da come"
    ),
    "Portuguese": (
        "o a os as de do da dos das e é um uma em que por para com não se ao no na são foi"
    ),
    "Dutch": (
        "de het een en van is in op te dat die niet voor met zijn aan er om ook als bij door naar"
    ),
    "Polish": ("i w na z do nie się że jest o to od po za przez jak dla oraz"),
    "Swedish": ("och att det en som av för på är den med till ett har de inte"),
}
_KNOWN = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_LEAST, _SHARE = 2, 0.12  # small words there have to be, and their share of all words


def is_small(word: str) -> bool:
    """Whether a word in lower case says nothing of what a text is about, in any language that is
    known here."""
    return any(word in small for small in _KNOWN.values())


def language_of(text: str) -> str:
    """The language of a text by its English name; "" where too little tells it."""
    words = re.findall(r"[^\W\d_]+", text.casefold())[:600]
    counts = {language: sum(word in small for word in words) for language, small in _KNOWN.items()}
    first, second, *_ = sorted(counts, key=lambda language: -counts[language])
    found = counts[first]
    clear = found > counts[second] and found >= _LEAST and found >= _SHARE * len(words)
    return first if clear else ""
