"""The answering of one question about documents, as steps: what the model is asked, one thing after
the other. Does nothing by itself: a driver takes each ``step``, lets the engine answer it, and
hands the words back.

    work = Work.begin(...)
    while (step := work.step()) is not None:
        if step.kind == "search":
            work.found(index.search(step.question, step.blobs))
        elif step.ready:                  # the answer, without asking the model
            work.take(step.ready)
        else:                             # step.turns, and the picture or sound of step.page
            work.take(words) or work.failed(reason, code)

Stopped between two steps, it goes on later from ``state``. An answer that is stopped in the middle
is taken as far as it came: the model has been given all that it rests on.
"""

from collections.abc import Sequence

import msgspec

from app.core.conversation import Document, Role
from app.core.document import Coverage, Extract, Page
from app.core.errors import AppError
from app.core.prompt import Turn
from app.core.reading import prompts
from app.core.reading.coverage import cover, fully_given, in_sentence
from app.core.reading.excerpts import excerpt_text, found_spans, telling_spans
from app.core.reading.hits import Hit
from app.core.reading.pieces import tidy, unfenced
from app.core.reading.plan import Plan, choose
from app.core.reading.sectioned import TOO_LONG, Sectioned
from app.core.reading.state import VERSION, State, prints_of
from app.core.reading.steps import Step, answer_step
from app.core.reading.tasks import DocumentTask
from app.core.speech import prompts as speech

__all__ = ["Hit", "Step", "Work"]

_TIGHTER = 1.4  # by which tokens are counted higher once a prompt was longer than thought
_MOST_SCALE = 40.0
_BLIND = "a picture, which this model can't see."
_DEAF = "a sound, which this model can't hear."
_CUT = "The end was not written down."
_PART = "only a part was given to the model."


class Work:
    """See above. The ``plan`` is settled with the first step that is neither "look" nor "hear",
    since only then it is known how long the documents are; it changes when a prompt turns out to
    be too long."""

    def __init__(
        self, state: State, extracts: Sequence[Extract], *, sees: bool, hears: bool
    ) -> None:
        """Made by ``begin`` and ``resume``."""
        self._state = state
        self._extracts = list(extracts)
        self._sections = Sectioned(state, self._extracts)
        self._places = [
            {page.number: place for place, page in enumerate(extract.pages)} for extract in extracts
        ]
        self._next: Step | None = None  # as long as nothing has been handed back
        self._senses = {"picture": sees, "sound": hears}

    @classmethod
    def begin(
        cls,
        documents: Sequence[tuple[Document, Extract]],
        task: DocumentTask,
        context: int,
        *,
        sees: bool = False,
        hears: bool = False,
        earlier: int = 0,
        system: str = "",
        numbers: Sequence[int] = (),
    ) -> "Work":
        """``context`` is the model's, in tokens, of which the chat so far takes ``earlier``;
        ``sees`` and ``hears`` say what the model can do. ``system`` is the person's system prompt,
        for the answer. ``numbers`` are the documents' in this chat (default 1, 2, 3 …)."""
        extracts = [extract for _, extract in documents]
        looks = tuple(
            (index, page.number)
            for index, extract in enumerate(extracts)
            for page in extract.pages
            if not page.read
        )
        state = State(
            tuple(msgspec.structs.replace(document, text="") for document, _ in documents),
            tuple(numbers) or tuple(range(1, len(documents) + 1)),
            task,
            context,
            earlier,
            system,
            choose(extracts, context, task, earlier),
            looks,
        )
        return cls(state, extracts, sees=sees, hears=hears)

    @classmethod
    def resume(
        cls,
        state: bytes,
        extracts: Sequence[Extract],
        context: int,
        *,
        sees: bool = False,
        hears: bool = False,
    ) -> "Work":
        """Go on where ``state`` was taken, perhaps with another model. ``extracts`` belong to the
        documents in order, with all that had been seen and heard of them. Raises ValueError for a
        state that can't be read (of another version)."""
        try:
            old = msgspec.msgpack.decode(state, type=State)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error
        if old.version != VERSION or len(old.documents) != len(extracts):
            raise ValueError("another version, or other documents")
        if old.context != context:
            old.context = context
            old.merged = []
        if old.pieces is not None and old.prints != prints_of(extracts):
            old.pieces = old.gathered = None  # the files are read otherwise than before
            old.merged = []
            old.settled = False
        return cls(old, extracts, sees=sees, hears=hears)

    @property
    def documents(self) -> tuple[Document, ...]:
        """What is read."""
        return self._state.documents

    @property
    def numbers(self) -> tuple[int, ...]:
        """What each document is called in citations."""
        return self._state.numbers

    @property
    def task(self) -> DocumentTask:
        """What is asked."""
        return self._state.task

    @property
    def plan(self) -> Plan:
        """How it is answered."""
        return self._state.plan

    @property
    def state(self) -> bytes:
        """All that is needed to go on later, but for the extracts."""
        return msgspec.msgpack.encode(self._state)

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """The documents, with what has been seen and heard of them by now."""
        return tuple(self._extracts)

    @property
    def done(self) -> bool:
        """Whether the answer has been taken."""
        return self._state.done

    # -- what to do next --------------------------------------------------------------------------

    def step(self) -> Step | None:
        """What to do next, None at the end. The same until something is handed back. AppError
        where there is nothing that could be answered from."""
        if self._next is None:
            self._next = self._following()
        return self._next

    def _following(self) -> Step | None:
        if self._state.done:
            return None
        look = self._look()
        if look is not None:
            return look
        if not any(page.text.strip() for extract in self._extracts for page in extract.pages):
            raise self._wordless()
        self._settle()
        if self._state.plan.how == "whole":
            return answer_step()
        if self._state.plan.how == "search":
            return self._search_step() if self._state.chosen is None else answer_step()
        return self._sections.step()

    def _look(self) -> Step | None:
        for number, (document, page_number) in enumerate(self._state.looks, start=1):
            page = self._page(document, page_number)
            lost = f"{document}:{page_number}" in self._state.lost
            if page is None or page.read or lost or not self._senses.get(page.source, True):
                continue
            total = len(self._state.looks)
            sound = page.source == "sound"
            place = in_sentence(self._extracts[document], [page_number])
            doing, limit = (
                ("Listening to", prompts.HEAR_TOKENS)
                if sound
                else ("Looking at", prompts.LOOK_TOKENS)
            )
            return Step(
                "hear" if sound else "look",
                number,
                total,
                f"{doing} {place}, {number} of {total}",
                document,
                page_number,
                page_number,
                page_number,
                (Turn(Role.USER, speech.transcribe() if sound else prompts.LOOK),),
                min(limit, max(self._state.context // 2, 64)),
            )
        return None

    def _wordless(self) -> AppError:
        reasons = {reason for index in range(len(self._extracts)) for reason in self._left(index)}
        names = ", ".join(extract.name for extract in self._extracts)
        if reasons & {_BLIND, _DEAF}:
            sense, verb = ("pictures", "sees") if _BLIND in reasons else ("sounds", "hears")
            what = f"{names} has nothing but {sense}, which this model can't read."
            return AppError(what, f"Choose a model that {verb}.", code="modality")
        return AppError(f"There are no words in {names}.", "Choose another file.", code="wordless")

    def _settle(self) -> None:
        """Decide how the documents are read, now that all their words are known."""
        if not self._state.settled:
            self._state.settled = True
            self._plan_anew()

    def _plan_anew(self) -> None:
        self._state.plan = choose(
            self._extracts, self._state.room, self._state.task, int(self._state.earlier)
        )

    def _search_step(self) -> Step:
        state = self._state
        if state.task.kind == "explain" or state.hits is not None:
            self._choose_excerpts()
            return answer_step()
        searched = [
            document.blob
            for document, share in zip(state.documents, state.plan.shares, strict=True)
            if share.how == "search"
        ]
        question = state.task.question
        return Step("search", 1, 1, "Searching", question=question, blobs=tuple(searched))

    # -- what came of it --------------------------------------------------------------------------

    def take(self, words: str, complete: bool = True) -> None:
        """The model's answer to the step; not ``complete`` when it was cut at ``max_tokens``."""
        step = self.step()
        if step is None or step.kind == "search":
            raise ValueError("There is nothing to be taken.")
        self._next = None
        match step.kind:
            case "look" | "hear":
                self._write_down(step, words, complete)
            case "notes":
                self._sections.take_notes(step.number - 1, words, complete)
            case "merge":
                self._sections.take_merged(step, tidy(words, complete))
            case "answer":
                self._state.answer = words
                self._state.done = True

    def found(self, hits: Sequence[Hit]) -> None:
        """What the search has found, best first."""
        self._next = None
        self._state.hits = list(hits)
        self._choose_excerpts()

    def failed(self, reason: str, code: str = "") -> None:
        """The step can't be done: ``reason`` is a sentence, ``code`` the engine's. A section that
        was "too_long" is cut in two, a page or section that can't be read is left out. AppError
        where there is nothing to go on with (the answer itself has failed)."""
        step = self.step()
        if step is None:
            raise ValueError("There is nothing to be done.")
        self._next = None
        if step.kind in ("look", "hear"):
            self._state.lost[f"{step.document}:{step.page}"] = reason
        elif step.kind == "notes":
            self._sections.leave(step.number - 1, reason, code)
        elif code == TOO_LONG and self._state.scale < _MOST_SCALE:
            self._tighten(step)
        else:
            raise AppError(reason, "Ask about fewer pages, or try another model.", code=code)

    def _write_down(self, step: Step, words: str, complete: bool) -> None:
        text = tidy(unfenced(words), complete=True)
        if text.casefold() == prompts.EMPTY:
            text = ""
        extract = self._extracts[step.document]
        problem = "" if complete else _CUT
        pages = list(extract.pages)
        place = self._places[step.document][step.page]
        page = pages[place]
        if page.text.strip():  # notes and fields that somebody has added to the picture
            text = "\n\n".join(part for part in (text, page.text.strip()) if part)
        pages[place] = msgspec.structs.replace(
            page, text=text, read=True, problem=page.problem or problem
        )
        self._extracts[step.document] = msgspec.structs.replace(extract, pages=tuple(pages))

    def _tighten(self, step: Step) -> None:
        """Plan again after a prompt that was longer than thought."""
        state = self._state
        state.scale *= _TIGHTER
        state.merged, state.chosen = [], None
        if state.plan.how == "sections":
            return
        before = state.plan.how
        while state.scale < _MOST_SCALE:
            self._plan_anew()
            if before == "search" or state.plan.how != "whole":
                return
            state.scale *= _TIGHTER
        raise AppError(
            "The chat has no room left for this document.", "Begin another chat.", code=TOO_LONG
        )

    def _choose_excerpts(self) -> None:
        state = self._state
        state.chosen = []
        for index, (extract, share) in enumerate(
            zip(self._extracts, state.plan.shares, strict=True)
        ):
            if share.how != "search":
                state.chosen.append(())
            elif state.task.kind == "explain":
                state.chosen.append(telling_spans(extract, share.share))
            else:
                blob = state.documents[index].blob
                mine = [hit for hit in state.hits or () if hit.blob == blob]
                state.chosen.append(found_spans(extract, mine, share.share))

    # -- what can be said of it -------------------------------------------------------------------

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What the model has been given by now, one for each document; after the last step, what
        the answer rests on."""
        return tuple(self._cover(index) for index in range(len(self._extracts)))

    def _cover(self, index: int) -> Coverage:
        state, extract = self._state, self._extracts[index]
        how = state.plan.shares[index].how
        left = self._left(index)
        given: set[int] = set()
        if how == "whole" and state.done:
            given = {page.number for page in extract.pages}
        elif how == "search" and state.done and state.chosen is not None:
            given, parts = fully_given(extract, state.chosen[index])
            if parts:
                left.setdefault(_PART, []).extend(sorted(parts))
        elif how == "sections":
            given = self._sections.given(index, left)
        return cover(extract, state.documents[index].blob, how, given, left)

    def _left(self, index: int) -> dict[str, list[int]]:
        """The pages that the model could not see or hear, by the reason."""
        left: dict[str, list[int]] = {}
        for page in self._extracts[index].pages:
            if page.read:
                continue
            reason = self._state.lost.get(f"{index}:{page.number}", "")
            if not self._senses.get(page.source, True):
                reason = _DEAF if page.source == "sound" else _BLIND
            if reason:
                left.setdefault(reason, []).append(page.number)
        return left

    @property
    def notes(self) -> str:
        """What has been found out by now, as Markdown; "" where nothing is read in sections."""
        return self._sections.notes if self._state.plan.how == "sections" else ""

    @property
    def excerpts(self) -> str:
        """What the question is given of documents that are not in the prompt as a whole."""
        return "\n\n".join(
            excerpt_text(extract, spans, share.share, number)
            for extract, spans, share, number in zip(
                self._extracts,
                self._state.chosen or (),
                self._state.plan.shares,
                self._state.numbers,
                strict=False,
            )
            if share.how == "search"
        )

    def _page(self, document: int, number: int) -> Page | None:
        place = self._places[document].get(number)
        return None if place is None else self._extracts[document].pages[place]
