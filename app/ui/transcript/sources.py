"""What an answer about documents says of its sources: the line above it, and its citations."""

from collections.abc import Callable, Sequence

from app.core.conversation import Reading
from app.core.reading.citations import Citation, Verdict, find
from app.ui.theme.theme import Theme
from app.ui.transcript.body import AnswerBody
from app.ui.transcript.coverage_row import CoverageDetails, CoverageRow
from app.ui.transcript.pills import State
from app.ui.transcript.rows import Reveal
from app.ui.transcript.stack import Stack

Checked = Sequence[tuple[Citation, Verdict]]


class Sources:
    """The line of coverage with its details, in ``stack`` above ``body``, and the citations in
    ``body``. A citation is known by its number among all that ``find`` sees in the answer;
    ``opened`` gets that of one that somebody wants to see."""

    def __init__(
        self, theme: Theme, stack: Stack, body: AnswerBody, opened: Callable[[int], object]
    ) -> None:
        self._theme = theme
        self._stack = stack
        self._body = body
        self._opened = opened
        self._checked: Checked = ()
        self._matched: tuple[str, list[int]] = ("", [])  # the text, and the numbers of its pills
        self.row: CoverageRow | None = None
        self.details: CoverageDetails | None = None
        self._reveal: Reveal | None = None
        body.set_cites(find)
        body.citation_clicked.connect(self._clicked)

    @property
    def tally(self) -> tuple[int, int]:
        """How many citations were found in their documents, of how many; 0, 0 before they have
        been looked up."""
        found = sum(verdict.state == "found" for _, verdict in self._checked)
        return found, len(self._checked)

    def show_reading(self, reading: Reading) -> None:
        """Say what was read."""
        for widget in (self.row, self._reveal):
            if widget is not None:
                self._stack.remove(widget)
        self._reveal = self.details = self.row = None
        if not reading.coverage:
            return
        self.row = CoverageRow(self._theme, reading)
        self.row.details.toggled.connect(lambda opened: self._unfold(reading, opened))
        self._stack.add(self.row, index=self._above_body())
        self.row.show()

    def set_checked(self, checked: Checked) -> None:
        """Take over what has been found out about the citations, all of them in order."""
        self._checked, self._matched = checked, ("", [])
        states: list[State] = [
            checked[number][1].state if 0 <= number < len(checked) else ""
            for number in self._numbers()
        ]
        self._body.set_states(states)

    def set_opened(self, number: int) -> None:
        """The citation ``number`` is open beside the chat; -1 for none."""
        numbers = self._numbers() if number >= 0 else []
        self._body.set_opened(numbers.index(number) if number in numbers else -1)

    # -- inside -----------------------------------------------------------------------------

    def _clicked(self, place: int) -> None:
        numbers = self._numbers()
        if 0 <= place < len(numbers) and numbers[place] >= 0:
            self._opened(numbers[place])

    def _numbers(self) -> list[int]:
        """The number of each citation that is shown."""
        text = self._body.text
        if text != self._matched[0] or not self._checked:  # perhaps not all of it is drawn yet
            written = [text[one.start : one.end] for one in find(text)]
            shown = [pill.source for pill in self._body.citations()]
            self._matched = text, matched(shown, written)
        return self._matched[1]

    def _unfold(self, reading: Reading, opened: bool) -> None:
        if self._reveal is None:
            assert self.row is not None
            self.details = CoverageDetails(self._theme, reading)
            self._reveal = Reveal(self._theme, self.details)
            self._reveal.height_changed.connect(self._stack.relayout)
            self._stack.add(self._reveal, lambda: 4, index=self._above_body())
            self.details.show()
        self._reveal.set_open(opened)
        self._stack.relayout()

    def _above_body(self) -> int:
        return self._stack.widgets().index(self._body)


def matched(shown: Sequence[str], written: Sequence[str]) -> list[int]:
    """For each of the citations that are ``shown`` which of those ``written`` it is, -1 for none.
    Both are in the order of reading; some that are written may not be shown."""
    numbers: list[int] = []
    start = 0
    for one in shown:
        place = next((i for i in range(start, len(written)) if written[i] == one), -1)
        numbers.append(place)
        start = place + 1 if place >= 0 else start
    return numbers
