"""Whether pages say what is claimed of them: numbers, quotes, and the words themselves."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from app.core.reading.figures import Figure, figures, values_of
from app.core.reading.languages import language_of
from app.core.reading.sentences import sentences

_ENOUGH = 0.5  # of the words have to be on the page, where nothing else can be checked …
_ENOUGH_BESIDES = 0.25  # … and where numbers or quotes have been found there
_ALIKE = 84  # of 100: how like a word has to be to count as the same, for slips of a scan
_QUOTE_ALIKE = 88
_WINDOW = 3  # sentences of a passage, at most

_QUOTES = re.compile(
    r"[\"\u201c\u201d\u201e]([^\"\u201c\u201d\u201e\n]{2,400})[\"\u201c\u201d]"
    r"|\u00ab\s*([^\u00ab\u00bb\n]{2,400}?)\s*\u00bb|\u300c([^\u300d\n]{1,400})\u300d"
)
_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f"
_WORD = re.compile(rf"[^\W\d_{_WIDE}]+|[{_WIDE}]+")
_IS_WIDE = re.compile(rf"[{_WIDE}]")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\s*\n\s*(?=[^\W\d_])")
_SMALL = 3  # letters; shorter words tell the language, longer ones the subject
_COMMON = frozenset(
    word
    for words in (
        "that this with from have were been which their they there also than into more most such",
        "only will would about what when where these those between other some each many much very",
        "dass eine einen einer eines wird werden wurde wurden sind auch nach beim durch über unter",
        "oder aber nicht noch mehr sowie sich ihre seine dieser diese dieses page pages seite",
        "dans pour avec sont plus cette leurs para como este esta más",
    )
    for word in words.split()
)


class Evidence:
    """What of a claim is in ``texts``, the pages that it names."""

    def __init__(self, claim: str, texts: Sequence[str]) -> None:
        self._claim = claim
        self._texts = texts
        self._said = normal(claim)
        self._page = normal("\n".join(texts))

    @property
    def supported(self) -> bool:
        """Whether all that can be checked is there. A claim without numbers, quotes and words to
        be looked for can't be wrong about them."""
        if self._page.strip() == "" or not self._numbers_found or not self._quotes_found:
            return False
        wanted = words_of(self._said)
        if not wanted or self._strange:
            return True
        found = _matching(wanted, self._vocabulary)
        checked = bool(figures(self._said) or _quotes(self._said))
        return len(found) / len(wanted) >= (_ENOUGH_BESIDES if checked else _ENOUGH)

    def adds_to(self, others: Sequence[str]) -> bool:
        """Whether it has a part of the claim that is not in ``others``: a number, a quote, a
        word. Enough for a page that is named together with them."""
        rest = normal("\n".join(others))
        numbers = figures(self._said)
        here, there = values_of(self._page), values_of(rest)
        if any(one.among(here) and not one.among(there) for one in numbers):
            return True
        quotes = _quotes(self._said)
        if any(_quoted(one, self._page) and not _quoted(one, rest) for one in quotes):
            return True
        wanted = words_of(self._said)
        return self._strange or not _matching(wanted, self._vocabulary) <= _matching(
            wanted, _Vocabulary(rest)
        )

    @cached_property
    def passage(self) -> tuple[int, int, int]:
        """The sentences that say it best: the index of their text, where they begin and end.
        (0, 0, 0) where nothing stands out."""
        best, place = 0.0, (0, 0, 0)
        wanted = words_of(self._said)
        numbers = figures(self._said)
        quotes = _quotes(self._said)
        for index, text in enumerate(self._texts):
            spots = list(sentences(text))
            scored = [
                self._score(normal(text[start:end]), wanted, numbers, quotes)
                for start, end in spots
            ]
            for first in range(len(spots)):
                for last in range(first, min(first + _WINDOW, len(spots))):
                    found = set().union(*scored[first : last + 1])
                    worth = sum(weight for _, weight in found) - 0.3 * (last - first)
                    if worth > best + 1e-9:
                        best, place = worth, (index, spots[first][0], spots[last][1])
        return place

    @staticmethod
    def _score(
        sentence: str, wanted: set[str], numbers: Sequence[Figure], quotes: Sequence[str]
    ) -> set[tuple[str, float]]:
        """What of the claim is in one sentence, each with what it is worth."""
        there = values_of(sentence)
        found = {(word, 1.0) for word in _matching(wanted, _Vocabulary(sentence))}
        found |= {(f"#{index}", 2.0) for index, one in enumerate(numbers) if one.among(there)}
        return found | {(quote, 4.0) for quote in quotes if _quoted(quote, sentence)}

    @cached_property
    def _vocabulary(self) -> "_Vocabulary":
        return _Vocabulary(self._page)

    @property
    def _numbers_found(self) -> bool:
        there = values_of(self._page)
        return all(figure.among(there) for figure in figures(self._said))

    @property
    def _quotes_found(self) -> bool:
        return all(_quoted(quote, self._page) for quote in _quotes(self._said))

    @property
    def _strange(self) -> bool:
        """Whether the claim is in another language than the pages."""
        if _script(self._said) != _script(self._page):
            return True
        said, page = language_of(self._said), language_of(self._page)
        return bool(said and page) and said != page


class _Vocabulary:
    """The words of a text, and all their beginnings."""

    def __init__(self, text: str) -> None:
        self.words = set(_pieces(_WORD.findall(text)))
        self._beginnings = {
            word[:length] for word in self.words for length in range(4, len(word) + 1)
        }

    def has(self, word: str) -> bool:
        """Whether the word is there: itself, with another ending, or with a slip in it."""
        stem = word[: max(4, -(-len(word) * 7 // 10))]
        if word in self.words or (len(word) > _SMALL and stem in self._beginnings):
            return True
        alike = len(word) > 5 and process.extractOne(
            word, self.words, scorer=fuzz.ratio, score_cutoff=_ALIKE
        )
        return bool(alike)


def normal(text: str) -> str:
    """``text`` for comparing: lower case, one kind of letters, words that a line end had cut
    joined, white space as single spaces."""
    joined = _HYPHENATED.sub("", text)
    plain = unicodedata.normalize("NFKC", joined).replace("\u00ad", "").casefold()
    return re.sub(r"\s+", " ", plain)


def words_of(text: str) -> set[str]:
    """The words of a normal text that say what it is about."""
    return {
        word
        for word in _pieces(_WORD.findall(text))
        if _IS_WIDE.search(word) or (len(word) > _SMALL and word not in _COMMON)
    }


def _pieces(words: Iterable[str]) -> Iterable[str]:
    """Words; of scripts without spaces each two neighbouring characters."""
    for word in words:
        if _IS_WIDE.match(word) and len(word) > 1:
            yield from (word[index : index + 2] for index in range(len(word) - 1))
        else:
            yield word


def _matching(wanted: set[str], vocabulary: _Vocabulary) -> set[str]:
    return {word for word in wanted if vocabulary.has(word)}


def _quotes(text: str) -> list[str]:
    return [next(filter(None, groups)).strip() for groups in _QUOTES.findall(text)]


def _quoted(quote: str, page: str) -> bool:
    words = quote.strip(" .,;:!?\u2026")
    if words in page:
        return True
    return len(words) > 11 and fuzz.partial_ratio(words, page) >= _QUOTE_ALIKE


def _script(text: str) -> str:
    """The script that most letters of a text are of, by its name in Unicode."""
    counts: dict[str, int] = {}
    for letter in text[:2000]:
        if letter.isalpha():
            name = unicodedata.name(letter, "?").split()[0]
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name]) if counts else ""
