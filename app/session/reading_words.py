"""What a step of reading documents is called."""

from PySide6.QtCore import QCoreApplication

from app.core.document import Unit
from app.core.reading.steps import Step
from app.session.attached import counted

_MANY: dict[Unit, str] = {
    "page": "pages {0}–{1}",
    "slide": "slides {0}–{1}",
    "sheet": "sheets {0}–{1}",
    "section": "chapters {0}–{1}",
    "file": "files {0}–{1}",
    "time": "pieces {0}–{1}",
}
_ONE: dict[Unit, str] = {
    "page": "page {0}",
    "slide": "slide {0}",
    "sheet": "sheet {0}",
    "section": "chapter {0}",
    "file": "file {0}",
    "time": "piece {0}",
}


def _say(text: str) -> str:
    return QCoreApplication.translate("Reading", text)


def label_of(step: Step, unit: Unit) -> str:
    """ "Section 7 of 31 · pages 84–96"; ``unit`` is that of the step's document."""
    match step.kind:
        case "look":
            place = _say(_ONE[unit]).format(step.page)
            words = _say("Looking at {0}, {1} of {2}").format(place, step.number, step.total)
        case "hear":
            words = _say("Listening, {0} of {1}").format(step.number, counted("time", step.total))
        case "search":
            words = _say("Searching")
        case "notes":
            words = _say("Section {0} of {1}").format(step.number, step.total)
            if step.first:
                words = f"{words} · {_pages(step.first, step.last, unit)}"
        case "merge":
            words = _say("Bringing notes together, {0} of {1}").format(step.number, step.total)
        case "answer":
            words = _say("Writing the answer")
    return words


def _pages(first: int, last: int, unit: Unit) -> str:
    if first == last:
        return _say(_ONE[unit]).format(first)
    return _say(_MANY[unit]).format(first, last)
