"""Looking for words in what is shown: places in text widgets, marked and gone through."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from app.ui.theme.theme import Theme
from app.ui.transcript.pills import pills_of


@dataclass(frozen=True)
class Place:
    """One find: from ``start`` to ``end`` in the document of ``edit``."""

    edit: QTextEdit
    start: int
    end: int

    def cursor(self) -> QTextCursor:
        """The place as a selection."""
        cursor = QTextCursor(self.edit.document())
        cursor.setPosition(self.start)
        cursor.setPosition(self.end, QTextCursor.MoveMode.KeepAnchor)
        return cursor


def places(edit: QTextEdit, words: str) -> list[Place]:
    """Where ``words`` stand, upper and lower case alike; a citation as a whole."""
    low = words.casefold()
    found = [
        Place(edit, pill.position, pill.position + 1)
        for pill in pills_of(edit.document())
        if low in pill.source.casefold()
    ]
    cursor = QTextCursor(edit.document())
    while True:
        cursor = edit.document().find(words, cursor, QTextDocument.FindFlag(0))
        if cursor.isNull():
            return sorted(found, key=lambda place: place.start)
        found.append(Place(edit, cursor.selectionStart(), cursor.selectionEnd()))


def mark(theme: Theme, found: list[Place], current: Place | None) -> None:
    """Highlight ``found`` in their widgets, ``current`` more strongly."""
    by_edit: dict[QTextEdit, list[Place]] = {}
    for place in found:
        by_edit.setdefault(place.edit, []).append(place)
    for edit, own in by_edit.items():
        selections = []
        for place in own:
            selection = QTextEdit.ExtraSelection()
            made = QTextCharFormat()
            made.setForeground(theme.color("mark-text" if place == current else "text"))
            made.setBackground(theme.color("mark-hi" if place == current else "selection"))
            selection.cursor = place.cursor()
            selection.format = made
            selections.append(selection)
        edit.setExtraSelections(selections)


class Finder:
    """The places where some words stand, and which of them one is at."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.words = ""
        self._found: list[Place] = []
        self._current = -1

    def __len__(self) -> int:
        return len(self._found)

    def clear(self) -> None:
        """Take the marks away and forget the words."""
        for edit in {place.edit for place in self._found}:
            edit.setExtraSelections([])
        self.words, self._found, self._current = "", [], -1

    def look(self, words: str, edits: Iterable[QTextEdit]) -> list[Place]:
        """Look for ``words`` in ``edits``, in reading order."""
        self.clear()
        self.words = words
        for edit in edits:
            self._found.extend(places(edit, words))
        return self._found

    def start_before(self, index: int) -> None:
        """Let the next step forward arrive at the place ``index``."""
        self._current = index - 1

    def step(self, backwards: bool) -> Place | None:
        """Go on to the next place or the one before, round and round; None if there is none."""
        if not self._found:
            return None
        self._current = (self._current + (-1 if backwards else 1)) % len(self._found)
        place = self._found[self._current]
        mark(self._theme, self._found, place)
        return place

    @property
    def number(self) -> int:
        """Which place one is at, from 1; 0 for none."""
        return self._current + 1 if self._found else 0
