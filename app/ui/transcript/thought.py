"""What was thought before an answer, or noted while documents were read: folded away above it."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QElapsedTimer
from PySide6.QtWidgets import QWidget

from app.ui.theme.theme import Theme
from app.ui.transcript import words
from app.ui.transcript.body import AnswerBody
from app.ui.transcript.formats import Formats
from app.ui.transcript.rows import Reveal, ThoughtRow
from app.ui.transcript.stack import Stack


class Thought:
    """A row that opens and closes the words, in ``stack`` at the index that ``place`` gives.
    ``notes`` means that they are notes, and no thought."""

    def __init__(
        self,
        theme: Theme,
        formats: Formats,
        stack: Stack,
        place: Callable[[], int],
        link_clicked: Callable[[str], object],
    ) -> None:
        self._theme = theme
        self._formats = formats
        self._stack = stack
        self._place = place
        self._link_clicked = link_clicked
        self._clock = QElapsedTimer()
        self._body: AnswerBody | None = None
        self._reveal: Reveal | None = None
        self._growing = False
        self.notes = False
        self.text = ""
        self.row: ThoughtRow | None = None

    def add(self, text: str) -> None:
        """More of it."""
        self._need_row()
        if not self.text:
            self._clock.start()
        self._growing = True
        self.text += text
        if self._body is not None:
            self._body.add_text(text)

    def show(self, text: str) -> None:
        """All of it."""
        self._need_row()
        self.text = text

    def answer_begins(self) -> None:
        """The thought is over, it was measured here how long it took."""
        self._growing = False
        if self._clock.isValid():
            self._took(self._clock.elapsed())

    def end(self, milliseconds: float) -> None:
        """There will be no more; it took so long, 0 if that is unknown."""
        self._growing = False
        if self._body is not None:
            self._body.close_text()
        if self.row is None:
            return
        if milliseconds:
            self._took(milliseconds)
        elif self._clock.isValid():
            self._took(self._clock.elapsed())
        else:
            self._name(_say("Thought"))

    def are_notes(self) -> None:
        """They are notes."""
        self.notes = True
        if self.row is not None:
            self._name("")

    # -- inside -----------------------------------------------------------------------------

    def _took(self, milliseconds: float) -> None:
        self._name(words.thought_for(milliseconds))
        self._clock.invalidate()

    def _name(self, name: str) -> None:
        assert self.row is not None
        name = _say("Notes") if self.notes else name
        if self.row.text() != name:
            self.row.setText(name)
            self.row.refresh()
            self._stack.relayout()

    def _need_row(self) -> None:
        if self.row is not None:
            return
        self.row = ThoughtRow(self._theme)
        row = _Left(self.row)
        self._stack.add(row, index=self._place(), shift=-3)
        row.show()
        if self.notes:
            self._name("")
        self.row.toggled.connect(self._toggle)

    def _toggle(self, opened: bool) -> None:
        if self._reveal is None:
            self._body = AnswerBody(self._theme, self._formats)
            self._body.link_clicked.connect(self._link_clicked)
            self._body.height_changed.connect(self._stack.relayout)
            self._body.setAccessibleName(_say("Notes") if self.notes else _say("Thought"))
            if self._growing:
                self._body.add_text(self.text)
            else:
                self._body.show_text(self.text)
            self._reveal = Reveal(self._theme, self._body)
            self._reveal.height_changed.connect(self._stack.relayout)
            self._stack.add(self._reveal, lambda: 4, index=self._place() + 1)
            self._body.show()
        self._reveal.set_open(opened)
        self._stack.relayout()


class _Left(QWidget):
    """A row of its own for a button that is only as wide as its words."""

    def __init__(self, button: ThoughtRow) -> None:
        super().__init__()
        self._button = button
        button.setParent(self)

    def height_for(self, width: int) -> int:
        size = self._button.sizeHint()
        x = width - size.width() if self.isRightToLeft() else 0
        self._button.setGeometry(x, 0, size.width(), size.height())
        return size.height()


def _say(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)
