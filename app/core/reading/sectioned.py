"""Documents that are read section by section: notes on each, then fewer notes, then the answer."""

from collections.abc import Sequence

import msgspec

from app.core.conversation import Role
from app.core.document import Extract
from app.core.errors import AppError
from app.core.prompt import Turn
from app.core.reading import prompts
from app.core.reading.coverage import fully_given, in_sentence, readable
from app.core.reading.pages import mark, marked
from app.core.reading.pieces import (
    Gathered,
    Piece,
    groups,
    notes_text,
    one_table,
    one_text,
    table_lines,
    tidy,
    unfenced,
)
from app.core.reading.plan import answer_room
from app.core.reading.sections import Section, halves, split
from app.core.reading.spans import Span
from app.core.reading.state import State, prints_of
from app.core.reading.steps import Step, answer_step
from app.core.reading.tokens import estimate

TOO_LONG = "too_long"  # the engine's code for a prompt that is longer than its context
_SECTIONS = 30  # as many as one likes to wait for; of longer documents each is larger
_LEAST_SECTION, _MOST_SECTION = 2000, 8000  # tokens
_COPIED_SECTION = 900  # a small model translates a page well, and ten carelessly
_ASKING = 500  # tokens of a prompt besides the section: what is asked, the model's own marks
_LEAST_NOTES = 60  # tokens; fewer are not merged any more
_LINE = 36  # tokens of a line of notes
_NO_ROOM = "too long for this model's context."
_CUT = "not all of it was written down."


class Sectioned:
    """The sections of ``extracts`` and what has come of them; all that changes is in ``state``."""

    def __init__(self, state: State, extracts: Sequence[Extract]) -> None:
        self._state = state
        self._extracts = extracts

    def step(self) -> Step:
        """What to do next. AppError where nothing has come of all sections."""
        state = self._state
        if state.task.kind == "transcribe" and not state.task.language:
            return answer_step(ready=self._transcript())
        if state.pieces is None:
            state.pieces = self._cut()
            state.prints = prints_of(self._extracts)
        at = self._at(state.pieces)
        if at is not None:
            return self._notes_step(state.pieces, at)
        if state.task.exact:
            text = (
                one_table(state.pieces)
                if state.task.kind == "table"
                else one_text(state.pieces, self._extracts, state.numbers)
            )
            if not text.strip():
                what = "No data for a table" if state.task.kind == "table" else "Nothing"
                raise AppError(f"{what} was found.", "Ask for something else.", code="reading")
            return answer_step(ready=text)
        return self._gathered_step(state.pieces)

    def _cut(self) -> list[Piece]:
        limit = self._section_limit()
        return [
            self._piece(index, section)
            for index, extract in enumerate(self._extracts)
            for section in split(extract, limit)
        ]

    def _piece(self, index: int, section: Section) -> Piece:
        """A section that waits to be read, unless there is nothing in it."""
        piece = Piece(index, section.title, section.first, section.last, section.spans)
        return piece if section.text.strip() else msgspec.structs.replace(piece, state="read")

    def _section_limit(self) -> int:
        """How long a section is, in tokens as they are estimated."""
        room = self._state.room
        if self._state.task.exact:
            return max(min(_COPIED_SECTION, (room - _ASKING) // 3), 80)
        total = sum(share.tokens for share in self._state.plan.shares)
        wanted = min(max(total // _SECTIONS, _LEAST_SECTION), _MOST_SECTION)
        notes = prompts.note_tokens(prompts.note_lines(wanted, self._state.task))
        return max(min(wanted, int(room * 0.85) - _ASKING - notes), room // 4, 80)

    @staticmethod
    def _at(pieces: Sequence[Piece]) -> int | None:
        return next((at for at, one in enumerate(pieces) if one.state == "waiting"), None)

    def _notes_step(self, pieces: Sequence[Piece], at: int) -> Step:
        state, piece = self._state, pieces[at]
        extract = self._extracts[piece.document]
        number = state.numbers[piece.document]
        mine = [one for one in pieces if one.document == piece.document]
        section = Section(
            mine.index(piece) + 1, piece.title, piece.first, piece.last, "", 0, 0, piece.spans
        )
        tokens = estimate(marked(extract, piece.spans, number))
        if state.task.kind == "table":
            header = next((table_lines(one.words)[0] for one in pieces if self._rows(one)), "")
            asked = prompts.table(extract, section, len(mine), number, state.task, header)
            limit = 3 * tokens + 200
        elif state.task.exact:
            asked = prompts.translate(_text(extract, piece.spans), state.task)
            limit = 2 * tokens + 100
        else:
            lines = prompts.note_lines(tokens, state.task)
            asked = prompts.notes(extract, section, len(mine), number, state.task, lines)
            limit = prompts.note_tokens(lines)
        place = in_sentence(extract, range(piece.first, piece.last + 1))
        return Step(
            "notes",
            at + 1,
            len(pieces),
            f"Section {at + 1} of {len(pieces)}, {place}",
            piece.document,
            0,
            piece.first,
            piece.last,
            (Turn(Role.USER, asked),),
            min(limit, max(state.context // 2, 64)),
        )

    @staticmethod
    def _rows(piece: Piece) -> bool:
        return piece.state == "read" and bool(table_lines(piece.words))

    def _gathered_step(self, pieces: Sequence[Piece]) -> Step:
        state = self._state
        if state.gathered is None:
            state.gathered = [
                Gathered(one.document, one.words)
                for one in pieces
                if one.state == "read" and one.words.strip()
            ]
            state.merged = []
        if not state.gathered:
            raise AppError(
                "Nothing could be read of the documents.", "Try another model.", code="reading"
            )
        room = self._state.room - _ASKING - answer_room(self._state.room)
        total = sum(estimate(one.words) for one in state.gathered)
        if total <= max(room, _LEAST_NOTES * len(state.gathered)):
            return answer_step(self._answer_turns(state.gathered))
        mergeable = self._groups(state.gathered)
        group = mergeable[len(state.merged)]
        extract = self._extracts[group[0].document]
        tokens = sum(estimate(one.words) for one in group)
        lines = max(tokens // 2 // _LINE, 3)
        asked = prompts.merge(extract, [one.words for one in group], state.task, lines)
        number, steps = len(state.merged) + 1, len(mergeable)
        return Step(
            "merge",
            number,
            steps,
            f"Putting notes together, {number} of {steps}",
            group[0].document,
            turns=(Turn(Role.USER, asked),),
            max_tokens=max(tokens // 2, _LEAST_NOTES),
        )

    def _groups(self, gathered: Sequence[Gathered]) -> list[list[Gathered]]:
        return list(groups(gathered, max(int(self._state.room * 0.55) - _ASKING, _LEAST_NOTES)))

    def _answer_turns(self, gathered: Sequence[Gathered]) -> tuple[Turn, ...]:
        parts = []
        for index, extract in enumerate(self._extracts):
            notes = [one.words for one in gathered if one.document == index]
            if notes:
                parts.append((extract, self._state.numbers[index], notes))
        turn = Turn(Role.USER, prompts.answer(parts, self._state.task))
        system = self._state.system.strip()
        return (Turn(Role.SYSTEM, system), turn) if system else (turn,)

    # -- what came of it --------------------------------------------------------------------------

    def take_notes(self, at: int, words: str, complete: bool) -> None:
        """What the model wrote about section ``at``."""
        assert self._state.pieces is not None
        piece = self._state.pieces[at]
        exact = self._state.task.exact
        if exact and not complete and self._halve(at):
            return
        text = unfenced(words) if exact else tidy(unfenced(words), complete)
        self._state.pieces[at] = msgspec.structs.replace(
            piece, state="read", words=text, cut=exact and not complete
        )

    def leave(self, at: int, reason: str, code: str) -> None:
        """Section ``at`` could not be read: cut it in two if it was too long, else leave it out."""
        assert self._state.pieces is not None
        if code == TOO_LONG:
            if self._halve(at):
                return
            reason = _NO_ROOM
        self._state.pieces[at] = msgspec.structs.replace(
            self._state.pieces[at], state="left", reason=reason
        )

    def _halve(self, at: int) -> bool:
        """Cut a section in two; False if it can't be."""
        assert self._state.pieces is not None
        piece = self._state.pieces[at]
        parts = halves(self._extracts[piece.document], piece.spans)
        if len(parts) < 2:
            return False
        self._state.pieces[at : at + 1] = [
            msgspec.structs.replace(piece, spans=spans, first=spans[0].page, last=spans[-1].page)
            for spans in parts
        ]
        return True

    def take_merged(self, step: Step, words: str) -> None:
        """What came of a group of notes."""
        state = self._state
        assert state.gathered is not None
        mergeable = self._groups(state.gathered)
        group = mergeable[len(state.merged)]
        kept = words or "\n".join(one.words for one in group)[: 4 * step.max_tokens]
        state.merged.append(Gathered(step.document, kept))
        if len(state.merged) == len(mergeable):
            state.gathered, state.merged = state.merged, []

    # -- what can be said of it -------------------------------------------------------------------

    def given(self, index: int, left: dict[str, list[int]]) -> set[int]:
        """The pages of a document that the model has been given from beginning to end. ``left``
        gets those of which something is missing, by the reason."""
        extract = self._extracts[index]
        if self._state.pieces is None:
            heard = self._state.task.kind == "transcribe"
            return {page.number for page in extract.pages if heard and readable(page)}
        mine = [piece for piece in self._state.pieces if piece.document == index]
        for piece in mine:
            reason = piece.reason if piece.state == "left" else _CUT if piece.cut else ""
            if reason:
                left.setdefault(reason, []).extend(
                    number
                    for number in range(piece.first, piece.last + 1)
                    if number not in left.get(reason, [])
                )
        spans = [span for piece in mine if piece.state == "read" for span in piece.spans]
        return fully_given(extract, spans)[0]

    @property
    def notes(self) -> str:
        """What has been found out by now, as Markdown."""
        state = self._state
        if state.task.kind == "transcribe" and not state.task.language:
            return self._transcript()
        if state.pieces is None:
            return ""
        if state.task.kind == "table":
            return one_table(state.pieces)
        if state.task.exact:
            return one_text(state.pieces, self._extracts, state.numbers)
        return notes_text(state.pieces, self._extracts, state.numbers)

    def _transcript(self) -> str:
        """What has been heard, a paragraph for each piece, after its time."""
        return "\n\n".join(
            f"{mark(extract.unit, page, number)} {' '.join(page.text.split())}"
            for extract, number in zip(self._extracts, self._state.numbers, strict=True)
            for page in extract.pages
            if page.read and page.text.strip()
        )


def _text(extract: Extract, spans: Sequence[Span]) -> str:
    """Pieces of a document without marks, as one text."""
    pages = {page.number: page.text for page in extract.pages}
    return "\n".join(pages[span.page][span.start : span.end].strip("\n") for span in spans)
