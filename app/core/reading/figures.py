"""Numbers in texts, however they are written: 1,450 is 1.450 is 1450 is "1 450"."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

_THIN = "\u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"(?<![\d.,])(?:\d{{1,3}}(?:[ {_THIN}'\u2019]\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,:/]\d+)*)"
    r"(?!\d)"
)
_SCALES: Mapping[str, int] = {
    "thousand": 3, "tausend": 3, "tsd": 3, "mille": 3, "mil": 3, "k": 3,
    "million": 6, "millions": 6, "millionen": 6, "mio": 6, "mn": 6, "m": 6, "millones": 6,
    "billion": 9, "billions": 9, "milliarde": 9, "milliarden": 9, "mrd": 9, "bn": 9,
    "milliard": 9, "milliards": 9,
}  # fmt: skip
_SCALE = re.compile(r"[\s-]*([A-Za-z]+)")
_WORDS: Mapping[str, int] = {
    word: number
    for number, names in enumerate((
        "zero null", "one eins", "two zwei deux dos", "three drei trois tres",
        "four vier quatre cuatro", "five fünf cinq cinco", "six sechs seis",
        "seven sieben sept siete", "eight acht huit ocho", "nine neun neuf nueve",
        "ten zehn dix diez", "eleven elf onze once", "twelve zwölf douze doce",
    ))
    for word in names.split()
}  # fmt: skip
_MONTHS: Mapping[str, int] = {
    word: number
    for number, names in enumerate((
        "january januar janvier enero jan", "february februar février febrero feb",
        "march märz mars marzo mar", "april avril abril apr", "may mai mayo",
        "june juni juin junio jun", "july juli juillet julio jul", "august août agosto aug",
        "september septembre septiembre sep sept", "october oktober octobre octubre oct okt",
        "november novembre noviembre nov", "december dezember décembre diciembre dec dez",
    ), start=1)
    for word in names.split()
}  # fmt: skip
_ABOUT = re.compile(
    r"(?:about|around|roughly|nearly|almost|approximately|some|over|more\s+than|less\s+than|under"
    r"|up\s+to|~|\u2248|ca\.?|etwa|rund|ungefähr|fast|über|mehr\s+als|knapp|environ|près\s+de"
    r"|unos|casi)\s*[$\u20ac\u00a3]?\s*$",
    re.IGNORECASE,
)
_ROUNDED = Decimal("0.06")


class Figure:
    """A number as it is written, and all that may be meant by it."""

    def __init__(self, text: str, start: int, written: str) -> None:
        self.start, self.end = start, start + len(written)
        self._values = _values(written)
        # A date or a time may be written otherwise, with the same numbers.
        split = re.fullmatch(r"\d{1,4}[./]\d{1,2}[./]\d{1,4}|\d+(?:[:/]\d+)+", written)
        self._parts = {Decimal(part) for part in re.findall(r"\d+", written)} if split else set()
        scale = _SCALE.match(text, self.end)
        power = _SCALES.get(scale[1].casefold(), 0) if scale else 0
        self.values = self._values | {value * 10**power for value in self._values}
        self.about = _ABOUT.search(text[max(start - 24, 0) : start]) is not None

    def among(self, values: set[Decimal]) -> bool:
        """Whether one of ``values`` is meant, or is near where the number is said to be about."""
        if self.values & values:
            return True
        if self._parts and self._parts <= values:
            return True
        return (
            self.about
            and bool(self.values)
            and any(abs(max(self.values) - value) <= abs(value) * _ROUNDED for value in values)
        )


def figures(text: str) -> list[Figure]:
    """The numbers that are written in figures, in order."""
    return [Figure(text, found.start(), found.group()) for found in _NUMBER.finditer(text)]


def values_of(text: str) -> set[Decimal]:
    """Everything that the numbers in a text may mean, those in words included."""
    values: set[Decimal] = set()
    for figure in figures(text):
        values |= figure.values
        written = text[figure.start : figure.end]
        if re.search(r"[\s:/]|\..*\.", written):  # a date, a time; columns side by side
            values |= {Decimal(part) for part in re.findall(r"\d+", written)}
    for word in re.findall(r"[^\W\d_]+", text.casefold()):
        if word in _WORDS or word in _MONTHS:
            values.add(Decimal(_WORDS.get(word, _MONTHS.get(word, 0))))
    return values


def _values(written: str) -> set[Decimal]:
    """What one number may mean: a point or comma may stand before decimals or thousands."""
    plain = unicodedata.normalize("NFKC", written)
    plain = re.sub(r"[\s'\u2019]", "", plain)
    digits = "".join(str(int(one)) if one.isdigit() else one for one in plain)
    marks = re.findall(r"[.,]", digits)
    if re.fullmatch(r"\d{1,2}:\d{2}", digits):
        return {Decimal(digits.replace(":", "."))}  # a time, which some write with a point
    if re.search(r"[:/]", digits):
        return set()
    readings = set()
    if not marks:
        readings.add(digits)
    elif len(set(marks)) == 2:
        readings.add(digits.replace(marks[0], "").replace(marks[-1], "."))
    elif len(marks) == 1:
        whole, _, rest = digits.partition(marks[0])
        readings.add(f"{whole}.{rest}")
        if len(rest) == 3 and len(whole) <= 3:
            readings.add(whole + rest)
    elif all(len(group) == 3 for group in digits.split(marks[0])[1:]):
        readings.add(digits.replace(marks[0], ""))
    return {Decimal(one) for one in readings if one.replace(".", "", 1).isdigit()}
