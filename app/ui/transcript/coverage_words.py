"""What was read for an answer, in words: a sentence, and the lines behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from app.core.conversation import Reading
from app.core.document import Coverage, Unit


@dataclass(frozen=True)
class Said:
    """``words`` say how much was read, ``aside`` adds how, in brackets. The ``tone`` is "warn"
    where something was left out, "note" where it was meant to be."""

    words: str
    aside: str
    tone: Literal["ok", "warn", "note"]

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.words} {self.aside}".strip()


def summary(reading: Reading) -> Said:
    """One sentence about all documents: "Read all 37 pages (3 from pictures)"."""
    coverage = reading.coverage
    missing = [line for one in coverage for line in one.left_out]
    searched = any(one.how == "search" for one in coverage)
    complete = all(len(one.read) == one.total for one in coverage)
    words = _how_much(coverage, complete)
    if missing:
        if len(missing) == 1:
            words = f"{_ended(words)} {missing[0]}"
        else:
            words = _say("{0} {1} notes on what was left out.").format(_ended(words), len(missing))
        return Said(words, _aside(coverage), "warn")
    if complete:
        return Said(words, _aside(coverage), "ok")
    if reading.paused:
        return Said(_say("{0} so far").format(words), _aside(coverage), "note")
    if searched:
        return Said(words, _say("(those that fit the question)"), "note")
    return Said(words, _aside(coverage), "warn")


def lines(coverage: Coverage) -> list[str]:
    """What is known of one document, a line each: pages read, seen, heard; what was left out."""
    unit = coverage.unit
    said = []
    if coverage.read:
        read = _say("Read after a search: {0}") if coverage.how == "search" else _say("Read: {0}")
        if coverage.how == "sections":
            read = _say("Read section by section: {0}")
        said.append(read.format(listed(unit, coverage.read)))
    if coverage.pictures:
        said.append(_say("From pictures: {0}").format(listed(unit, coverage.pictures)))
    if coverage.sounds and unit != "time":
        said.append(_say("By listening: {0}").format(listed(unit, coverage.sounds)))
    unread = sorted(set(range(1, coverage.total + 1)) - set(coverage.read))
    if unread:
        said.append(_say("Not read: {0}").format(listed(unit, unread)))
    return [*said, *coverage.left_out]


def pages(unit: Unit, count: int) -> str:
    """So many pages, slides, sheets …: "1 page", "37 pages"."""
    one, many = {
        "page": (_say("1 page"), _say("{0} pages")),
        "slide": (_say("1 slide"), _say("{0} slides")),
        "sheet": (_say("1 sheet"), _say("{0} sheets")),
        "section": (_say("1 section"), _say("{0} sections")),
        "file": (_say("1 file"), _say("{0} files")),
        "time": (_say("1 part"), _say("{0} parts")),
    }[unit]
    return one if count == 1 else many.format(f"{count:,}")


def listed(unit: Unit, numbers: Sequence[int]) -> str:
    """Pages by their numbers: "page 5", "pages 1–36, 38"."""
    one, many = {
        "page": (_say("page {0}"), _say("pages {0}")),
        "slide": (_say("slide {0}"), _say("slides {0}")),
        "sheet": (_say("sheet {0}"), _say("sheets {0}")),
        "section": (_say("section {0}"), _say("sections {0}")),
        "file": (_say("file {0}"), _say("files {0}")),
        "time": (_say("part {0}"), _say("parts {0}")),
    }[unit]
    return (one if len(numbers) == 1 else many).format(ranges(numbers))


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in order, with neighbours joined: "1–36, 38"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def _how_much(coverage: Sequence[Coverage], complete: bool) -> str:
    read = sum(len(one.read) for one in coverage)
    total = sum(one.total for one in coverage)
    units = {one.unit for one in coverage}
    count = len(coverage)
    unit = coverage[0].unit
    if len(units) > 1:
        if complete:
            return _say("Read all of {0} documents").format(count)
        whole = sum(len(one.read) == one.total for one in coverage)
        return _say("Read {0} of {1} documents as a whole").format(whole, count)
    if complete and total == 1:
        words = _say("Heard all of it") if unit == "time" else _say("Read all of it, {0}")
        return words.format(pages(unit, 1))
    if complete:
        words = _say("Heard all {0}") if unit == "time" else _say("Read all {0}")
        words = words.format(pages(unit, total))
    else:
        words = _say("Heard {0} of {1}") if unit == "time" else _say("Read {0} of {1}")
        words = words.format(f"{read:,}", pages(unit, total))
    return _say("{0} of {1} documents").format(words, count) if count > 1 else words


def _aside(coverage: Sequence[Coverage]) -> str:
    pictures = sum(len(one.pictures) for one in coverage)
    read = sum(len(one.read) for one in coverage)
    if not pictures:
        return ""
    if pictures == read:
        return _say("(from pictures)")
    return _say("({0} from pictures)").format(f"{pictures:,}")


def _ended(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _say(text: str) -> str:
    return QCoreApplication.translate("Coverage", text)
